"""Libraries against their real servers: known bugs of released versions found, ordinary use of the newest ones not accused."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from hunting import RACETRAP, told
from servers import Address

from bench.interpreters import interpreter
from bench.realbugs.cases import load
from bench.realbugs.environments import environment, made

HERE = Path(__file__).parent
PROGRAMS = sorted(path.stem for path in (HERE / "programs").glob("*.py"))
SCHEDULES = {
    "aio_pika_consumer": 15,
    "nats_requests": 60,
    "psycopg_queries": 60,
    "sqlalchemy_engine": 100,
    "asyncpg_notify": 400,
    "redis_threads": 40,
    "psycopg_threads": 60,
    "psycopg_slow_thread": 60,
    "kombu_workers": 10,
    "pika_workers": 10,
    "paho_rooms": 30,
    "urllib3_threads": 100,
}
"""Fewer than usual where a schedule takes long."""
USUAL = 300
ORDINARY_SECONDS = os.environ.get("RACETRAP_LIVE_SECONDS", "12")
"""For each program that is not to be accused; `bench newest` takes two minutes each."""

Live = Callable[[str], AbstractContextManager[Address]]


def hunted(
    python: Path, program: Path, schedules: int, address: Address | None, *options: str, seconds: str = "40"
) -> dict[str, Any]:
    line = [
        *RACETRAP,
        "hunt",
        "--python",
        str(python),
        "--json",
        "-",
        "--seed",
        "1",
        "--schedules",
        str(schedules),
        "--seconds",
        seconds,
        "--no-save",
        *options,
    ]
    around = {**os.environ, **(address.environment() if address is not None else {})}
    done = subprocess.run(
        [*line, "--", "python", program.name],
        cwd=program.parent,
        env=around,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture(scope="session")
def python() -> Path:
    version = next(v for v in ("3.12", "3.11", "3.13") if interpreter(v))
    return made("live", HERE / "requirements.txt", version)


@pytest.mark.parametrize("requirements", ["buggy-4.5.1.txt", "buggy.txt"], ids=["4.5.1", "4.5.3"])
def test_redis_py_gives_one_borrower_anothers_answer(live: Live, requirements: str) -> None:
    case = load("redis-py-2624")
    with live("redis") as address:
        report = hunted(environment(case, case.home / requirements), case.workload, 300, address, "--first")
    (finding,) = report["findings"]
    assert (finding["code"], finding["replayed"], finding["stock"]) == ("POOL004", [10, 10], "confirmed"), told(report)
    assert finding["sites"][0]["path"].endswith("redis/asyncio/client.py")
    assert finding["sites"][0]["function"] == "Redis.execute_command"


@pytest.mark.parametrize("requirements", ["fixed.txt", "fixed-newest.txt"], ids=["4.5.5", "newest"])
def test_redis_py_with_the_fix_is_not_accused(live: Live, requirements: str) -> None:
    case = load("redis-py-2624")
    with live("redis") as address:
        report = hunted(environment(case, case.home / requirements), case.workload, 1000, address)
    assert (report["verdict"], report["findings"]) == ("holds-within-bounds", []), told(report)


def test_a_connection_given_up_by_sqlalchemy_stays_open(live: Live) -> None:
    case = load("sqlalchemy-12077")
    with live("postgres") as address:
        report = hunted(environment(case, case.home / "buggy.txt"), case.workload, 300, address, "--first")
        fixed = hunted(environment(case, case.home / "fixed.txt"), case.workload, 100, address)
    (finding,) = report["findings"]
    assert (finding["code"], finding["replayed"], finding["stock"]) == ("POOL010", [10, 10], "confirmed"), told(report)
    assert "AsyncAdapt_asyncpg_connection.terminate" in [site["function"] for site in finding["sites"]]
    assert not fixed["findings"], told(fixed)


@pytest.mark.parametrize("program", PROGRAMS)
def test_ordinary_use_is_not_accused(program: str, python: Path, live: Live) -> None:
    path = HERE / "programs" / f"{program}.py"
    server = next(line for line in path.read_text().splitlines() if line.startswith("# server: ")).removeprefix(
        "# server: "
    )
    with live(server) if server != "none" else nullcontext() as address:
        report = hunted(python, path, SCHEDULES.get(program, USUAL), address, seconds=ORDINARY_SECONDS)
    assert (report["verdict"], report["findings"]) == ("holds-within-bounds", []), told(report)
    assert bool(report["notices"]) == (server != "none")
