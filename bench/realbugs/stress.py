"""How often plain stress shows a bug: the workload many times on stock asyncio, with random small delays, against the real server.

    python bench/realbugs/stress.py redis-py-2624                          # the first buggy side, 300 runs, delays up to 2 ms
    python bench/realbugs/stress.py redis-py-2624 --late 0 2 20 200 --runs 100 --side fixed

--late: bytes that have come are told of, and sleeps end, up to that many milliseconds later; --turn: one loop turn in eight takes up to that much longer
(attempts.py says how).  A run fails when it prints a line that no healthy run prints (case.toml, [healthy]), raises, reports an exception to
the loop's handler, leaves something unclosed, or has not ended after --patience seconds.  The workload itself is unchanged.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.realbugs.cases import HERE, ROOT, Case, load, names
from bench.realbugs.environments import CannotMake, environment

sys.path.insert(0, str(ROOT / "tests" / "live"))
import servers

USUAL_LATE = USUAL_TURN = 2.0
"""Milliseconds."""
OUTCOMES = ("healthy", "wrong", "raised", "reported", "unclosed", "hung")


def attempts(
    case: Case, python: Path, around: dict[str, str], runs: int, late: float, turn: float, seed: int, patience: float
) -> Iterator[dict[str, object]]:
    """The outcomes of `runs` runs, as attempts.py prints them; a run that hangs is ended, and the rest go on in a new process."""
    end = seed + runs
    while seed < end:
        command = [str(python), str(HERE / "attempts.py"), str(case.workload), "--healthy", case.healthy]
        command += ["--runs", str(end - seed), "--late", str(late), "--turn", str(turn), "--seed", str(seed)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **around}
        )
        try:
            for line in _lines(process, patience):
                yield json.loads(line)
                seed += 1
        finally:
            process.kill()
            _, said = process.communicate()
        if seed == end:
            return
        if process.returncode != -9:
            raise RuntimeError(
                f"attempts.py ended with status {process.returncode} in run {seed} of {case.name}:\n{said.decode(errors='replace')}"
            )
        yield {"seed": seed, "outcome": "hung", "detail": f"not ended after {patience:g} s"}
        seed += 1


def for_cpu(case: Case, python: Path, cpu: float, wall: float) -> tuple[Counter[str], float]:
    """Runs with the usual delays until they have had `cpu` seconds of CPU time or `wall` seconds have passed -> (outcomes, CPU seconds).

    Runs mostly wait, so several go at a time; against a server, whose state they share, one after the other.
    """
    counts: Counter[str] = Counter()
    used: dict[int, float] = {}
    end = time.monotonic() + wall
    patience = min(10.0, wall)

    def one(number: int, around: dict[str, str]) -> None:
        before = last = 0.0  # of ended processes; of the one that runs
        for attempt in attempts(case, python, around, 10**6, USUAL_LATE, USUAL_TURN, 1 + 10**6 * number, patience):
            counts[str(attempt["outcome"])] += 1
            spent = float(str(attempt.get("cpu", 0.0)))
            before, last = (before + last, spent) if spent < last else (before, spent)
            used[number] = before + last
            if sum(list(used.values())) >= cpu or time.monotonic() > end:
                return

    with started(case) as around:
        workers = [threading.Thread(target=one, args=(n, around)) for n in range(1 if case.servers else 4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return counts, sum(used.values())


def _lines(process: subprocess.Popen[bytes], patience: float) -> Iterator[str]:
    """Its lines of output, until it ends or stays silent for `patience` seconds."""
    assert process.stdout
    os.set_blocking(process.stdout.fileno(), False)
    rest = b""
    deadline = time.monotonic() + patience
    while select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
        read = process.stdout.read()
        if not read:
            process.wait()
            return
        *whole, rest = (rest + read).split(b"\n")
        for line in whole:
            yield line.decode()
            deadline = time.monotonic() + patience


@contextlib.contextmanager
def started(case: Case) -> Iterator[dict[str, str]]:
    """The environment variables of the case's servers, while the block lasts."""
    with contextlib.ExitStack() as stack:
        around: dict[str, str] = {}
        for name in case.servers:
            around |= stack.enter_context(servers.SERVERS[name]()).environment()
        yield around


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("case", choices=names())
    parser.add_argument("--side", choices=["buggy", "fixed"], default="buggy")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--late", type=float, nargs="+", default=[USUAL_LATE], metavar="MS")
    parser.add_argument("--turn", type=float, default=USUAL_TURN, metavar="MS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=20.0, metavar="S")
    given = parser.parse_args()
    case = load(given.case)
    try:
        sides = [(path, environment(case, path)) for side, path in case.sides() if side == given.side]
    except CannotMake as problem:
        print(f"stress.py: {problem}", file=sys.stderr)
        return 2
    print(
        f"{'requirements':22} {'late ms':>8} {'turn ms':>8} {'runs':>6} {'failed':>7}  "
        + "  ".join(f"{name:>8}" for name in OUTCOMES)
        + f"  {'s':>6}"
    )
    with started(case) as around:
        for path, python in sides:
            for late in given.late:
                began = time.monotonic()
                counts: Counter[object] = Counter()
                examples: dict[object, object] = {}
                for attempt in attempts(case, python, around, given.runs, late, given.turn, given.seed, given.patience):
                    counts[attempt["outcome"]] += 1
                    examples.setdefault(attempt["outcome"], f"seed {attempt['seed']}: {attempt['detail']}")
                failed = sum(counts.values()) - counts["healthy"]
                row = "  ".join(f"{counts[name]:8}" for name in OUTCOMES)
                print(
                    f"{path.name:22} {late:8g} {given.turn:8g} {given.runs:6} {failed:7}  {row}  {time.monotonic() - began:6.1f}",
                    flush=True,
                )
                for outcome, example in examples.items():
                    if outcome != "healthy":
                        print(f"    {outcome}, {example}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
