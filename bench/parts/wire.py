"""Real sockets: replays of one record that were identical, and the rates of streams in process and of redis-py against plain runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.hunting import ROOT, hunt
from bench.interpreters import VERSIONS, interpreter, version_of
from bench.rows import Row, at_least, missing

PART = "wire"
HERE = ROOT / "bench" / "wire"
STREAMS = 500.0
"""Schedules per second of three stream clients over loopback, in process."""
REDIS = 0.7
"""The search's rate of a redis-py script by that of plain runs of it."""


@dataclass(frozen=True)
class Answers:
    """How the server answers."""

    name: str
    piece: int
    size: int
    tls: bool = False


KINDS = (
    Answers("single small replies", 1 << 20, 40),
    Answers("replies in several pieces", 7, 40),
    Answers("replies over 64 KB", 1 << 20, 150_000),
    Answers("replies over 64 KB in pieces", 9_000, 150_000),
    Answers("over TLS", 1 << 20, 3_000, tls=True),
    Answers("over TLS, over 64 KB", 1 << 20, 150_000, tls=True),
)


def measure(quick: bool) -> list[Row]:
    sys.path[:0] = [str(ROOT / "tests" / "probe"), str(ROOT / "tests" / "live")]
    times = 20 if quick else 300
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for answers in KINDS:
            for version in VERSIONS:
                python = interpreter(version)
                what = f"replays, {answers.name}, Python {version_of(python) if python else version}: identical"
                if python is None:
                    rows.append(missing(PART, what, "no such interpreter here", f"{times} of {times}"))
                else:
                    rows.append(_replayed(what, answers, python, times, Path(place)))
    return [*rows, _streams(quick), _redis(quick)]


@contextmanager
def served(answers: Answers, place: Path) -> Iterator[int]:
    """The port of such a server in another process."""
    line = [sys.executable, str(HERE / "server.py"), str(answers.piece), *([str(_certificate(place))] if answers.tls else [])]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.communicate("")


def _certificate(place: Path) -> Path:
    both = place / "both.pem"
    if not both.exists():
        key, certificate = place / "key.pem", place / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                        "-subj", "/CN=localhost"], check=True, capture_output=True)  # fmt: skip
        both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


def _replayed(what: str, answers: Answers, python: str, times: int, place: Path) -> Row:
    """The default run is recorded, and then followed again and again, each time from a fresh fork."""
    import probing

    floor = f"{times} of {times}"
    with served(answers, place) as port:
        around = {"WIRE_PORT": str(port), "WIRE_SIZE": str(answers.size), "WIRE_TLS": "1" if answers.tls else ""}
        with probing.hunted(python, HERE, ["clients.py"], env=around) as workload:
            unit = workload.unit()
            first = unit.run()
            if first["outcome"] != "passed" or first["uncontrolled"]:
                return missing(PART, what, f"{first['outcome']}, {first['uncontrolled']}", floor)
            schedule = {"format": 1, "decisions": first["decisions"]}
            again = [unit.run(schedule) for _ in range(times)]
    ways = Counter(f"diverged: {r['diverged']}" if r["diverged"] else r["digest"] for r in again)
    alike = ways[first["digest"]]
    others = [f"{count} x {way}" for way, count in ways.items() if way != first["digest"]]
    return Row(PART, what, f"{alike} of {times}" + (f"; {others[0][:200]}" if others else ""), floor, alike == times, {"ways": dict(ways)})


def _streams(quick: bool) -> Row:
    what = "three stream clients over loopback, their server inside, re-run in process"
    rates, mode = [], ""
    for seed in range(1, 2 if quick else 6):
        done = hunt(["python", "three_streams.py"], HERE, "--jobs", 1, "--seed", seed, "--schedules", 1_000_000, seconds=2 if quick else 4)
        if done.error:
            return missing(PART, what, done.error)
        rates.append(done.rate)
        mode = done.mode
    row = at_least(PART, what, median(rates), STREAMS, "/s", rates=rates)
    return Row(PART, what, f"{row.measured} {mode} ({_load()})", row.floor, bool(row.met) and mode == "in-process", row.data)


def _redis(quick: bool) -> Row:
    """In turn: a search, plain runs."""
    import servers

    from bench.realbugs.environments import CannotMake, made

    what = "redis-py: the search's rate by that of plain runs of the same script in one process"
    try:
        python = str(made("wire", HERE / "requirements.txt", "3.12"))
        pairs, mode = [], ""
        with servers.redis() as address:
            around = address.environment()
            for seed in range(1, 2 if quick else 6):
                done = hunt(["python", "redis_keys.py"], HERE, "--jobs", 1, "--seed", seed, "--schedules", 1_000_000,
                            seconds=2 if quick else 4, python=python, around=around)  # fmt: skip
                if done.error:
                    return missing(PART, what, done.error, f"≥ {REDIS}")
                plain = subprocess.run([python, str(HERE / "plain.py"), str(HERE / "redis_keys.py"), "2" if quick else "4"],
                                       capture_output=True, text=True, check=True, env={**os.environ, **around})  # fmt: skip
                pairs.append((done.rate, float(plain.stdout)))
                mode = done.mode
    except (CannotMake, servers.NotInstalled, servers.DidNotStart, subprocess.CalledProcessError) as problem:
        return missing(PART, what, str(problem), f"≥ {REDIS}")
    ratio = median(searched / stock for searched, stock in pairs)
    told = f"{ratio:.2f} ({median(s for s, _ in pairs):.0f}/s by {median(p for _, p in pairs):.0f}/s, {mode}, {_load()})"
    return Row(PART, what, told, f"≥ {REDIS}", ratio >= REDIS, {"pairs": pairs})


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
