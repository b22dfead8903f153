"""One recorded schedule, replayed again and again: how many different executions were there?

Per interpreter a2 is hunted once; its schedule is then run 300 times, each time by starting the workload's command
anew (not only by forking it), and the digests of the executions are compared.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.hunting import FLAGSHIP, PROGRAMS, hunt, in_family
from bench.interpreters import VERSIONS, interpreter, version_of
from bench.parts.flagship import RACE
from bench.rows import Row, missing
from racetrap import store
from racetrap.case import Schedule, Workload
from racetrap.hunt.launch import JobDirectory
from racetrap.hunt.session import Unit, open_session
from racetrap.settings import no_roles

PART = "determinism"
TOGETHER = 2
PATIENCE = 60.0


async def run_anew(workload: Workload, schedule: Schedule) -> str:
    """Start the workload, run the schedule once, end it -> the execution's digest, or what went wrong."""
    directory = JobDirectory()
    try:
        directory.write_job(root=workload.root, latency=schedule.latency, roles=no_roles(), max_units=64)
        async with asyncio.timeout(PATIENCE), open_session(workload, directory) as session:
            while (arrival := await session.arrivals.get()) is not None:
                if isinstance(arrival, Unit) and arrival.name == schedule.unit:
                    result = await arrival.run(schedule, wall=PATIENCE)
                    return f"diverged: {result.diverged}" if result.diverged is not None else result.digest
            return "the workload ended without its unit"
    except TimeoutError:
        return "no answer"
    finally:
        directory.remove()


async def digests(workload: Workload, schedule: Schedule, times: int) -> Counter[str]:
    slots = asyncio.Semaphore(TOGETHER)

    async def one() -> str:
        async with slots:
            return await run_anew(workload, schedule)

    return Counter(await asyncio.gather(*(one() for _ in range(times))))


def measure(quick: bool) -> list[Row]:
    times = 20 if quick else 300
    rows = []
    for version in VERSIONS:
        python = interpreter(version)
        if python is None:
            rows.append(missing(PART, f"a2 on Python {version}", "no such interpreter here", f"1 in {times}"))
            continue
        rows.append(_replayed(f"a2 on Python {version_of(python)}", PROGRAMS, ["python", "a2.py"], times, python))
    test = ["pytest", "tests/test_consumer.py::test_consumes"]
    return [*rows, _replayed("the flagship's test", FLAGSHIP, test, times, sys.executable)]


def _replayed(name: str, project: Path, command: list[str], times: int, python: str) -> Row:
    what = f"{name}: different digests of one schedule"
    with tempfile.TemporaryDirectory() as place:
        # Findings are kept below the working directory, so a copy is hunted in.
        here = shutil.copytree(project, Path(place) / "project", ignore=shutil.ignore_patterns(".*"))
        done = hunt(
            command, here, "--jobs", TOGETHER, "--seed", 1, seconds=10, python=python, save=True, until=_has_race
        )
        finding = next((f for f in done.findings if in_family(f["code"], RACE)), None)
        if finding is None:
            return missing(PART, what, done.error or "nothing was found to replay", f"1 in {times}")
        saved, schedule = store.load((here / finding["schedule"]).parent)
        seen = asyncio.run(digests(saved.workload, schedule, times))
    return Row(
        PART, what, f"{len(seen)} in {times} new processes", f"1 in {times}", len(seen) == 1, {"digests": dict(seen)}
    )


def _has_race(codes: set[str]) -> bool:
    return any(in_family(code, RACE) for code in codes)
