"""Real sockets: replays over them, schedules per second with them, and redis-py beside plain runs of the same script."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.hunting import ROOT, hunt
from bench.interpreters import VERSIONS, interpreter, version_of
from bench.realbugs.environments import made
from bench.rows import Row, at_least, missing

PART = "wire"
HERE = ROOT / "bench" / "wire"
KINDS = {"single small replies": (1 << 20, 40), "replies in pieces of 7 bytes": (7, 40), "replies of 150,000 bytes": (1 << 20, 150_000),
         "over TLS": (1 << 20, 3_000)}
"""(bytes sent at a time, bytes of a reply)"""


def measure(quick: bool) -> list[Row]:
    sys.path[:0] = [str(ROOT / "tests" / "probe"), str(ROOT / "tests" / "live")]
    times, seeds, seconds = (20, 2, 1.0) if quick else (300, 5, 4.0)
    rows = [_replayed(version, kind, times) for version in VERSIONS for kind in KINDS]
    return [*rows, _streams(seeds, seconds), *_redis(seeds, seconds)]


# ------------------------------------------------------------------- replays
@contextmanager
def _certificate() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        key, both = Path(place) / "key.pem", Path(place) / "both.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", both, "-days", "2", "-subj", "/CN=localhost"],
            check=True, capture_output=True,
        )  # fmt: skip
        both.write_bytes(key.read_bytes() + both.read_bytes())
        yield str(both)


@contextmanager
def _server(*arguments: str) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, HERE / "answers.py", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def _replayed(version: str, kind: str, times: int) -> Row:
    import probing

    python = interpreter(version)
    what = f"{kind}, Python {version_of(python) if python else version}: replays alike"
    if python is None:
        return missing(PART, what, "no such interpreter here", f"{times} of {times}")
    piece, size = KINDS[kind]
    tls = kind == "over TLS"
    with _certificate() as both, _server(str(piece), *([both] if tls else [])) as port:
        with probing.hunted(str(python), HERE, ["three_askers.py", str(port), str(size), *(["tls"] if tls else [])]) as workload:
            unit = workload.unit()
            first = unit.run()
            if first["outcome"] != "passed":
                return missing(PART, what, f"the program {first['outcome']}: {first.get('exception')}", f"{times} of {times}")
            seen = Counter("diverged" if again["diverged"] else again["digest"]
                           for again in (unit.run({"format": 1, "decisions": first["decisions"]}) for _ in range(times)))
    alike = seen[first["digest"]]
    return Row(PART, what, f"{alike} of {times}", f"{times} of {times}", alike == times, {"digests": dict(seen)})


# --------------------------------------------------------------------- rates
def _streams(seeds: int, seconds: float) -> Row:
    what = "three stream clients over loopback, in process"
    rates = []
    for seed in range(seeds):
        done = hunt(["python", "three_clients.py"], HERE, "--jobs", 1, "--seed", seed, seconds=seconds)
        if done.error:
            return missing(PART, what, done.error)
        rates.append(done.rate)
    row = at_least(PART, what, median(rates), 500, "/s", rates=rates)
    return Row(row.part, row.what, f"{row.measured} (load {os.getloadavg()[0]:.1f})", row.floor, row.met, row.data)


def _redis(seeds: int, seconds: float) -> list[Row]:
    """Hunts and plain runs take turns."""
    import servers

    what = "redis-py against redis-server: schedules for each plain run"
    try:
        version = next(v for v in ("3.12", "3.11", "3.13") if interpreter(v))
        python = made("live", ROOT / "tests" / "live" / "requirements.txt", version)
        with servers.SERVERS["redis"]() as address:
            around = {**os.environ, **address.environment()}
            hunts, again, anew = [], [], []
            for seed in range(seeds):
                done = hunt(["python", "redis_keys.py"], HERE, "--jobs", 1, "--seed", seed, seconds=seconds, python=str(python), around=address.environment())
                if done.error:
                    return [missing(PART, what, done.error)]
                hunts.append(done.rate)
                plain = [str(python), str(HERE / "redis_keys.py")]
                again.append(float(subprocess.run([*plain, str(seconds)], env=around, check=True, capture_output=True, text=True).stdout))
                anew.append(float(subprocess.run([sys.executable, "-c", TIMED, *plain], env=around, check=True, capture_output=True, text=True).stdout))
    except servers.NotInstalled as why:
        return [missing(PART, what, str(why))]
    return [
        at_least(PART, f"{what} in a new process", median(hunts) / median(anew), 0.7, "x", hunts=hunts, plain=anew),
        at_least(PART, f"{what} again and again in one process", median(hunts) / median(again), 0.7, "x", hunts=hunts, plain=again),
    ]


TIMED = """
import subprocess, sys, time
began = time.perf_counter()
for _ in range(5):
    subprocess.run(sys.argv[1:], check=True)
print(5 / (time.perf_counter() - began))
"""
