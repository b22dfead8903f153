"""The newest releases of libraries in ordinary use: two minutes each, and nothing certain, or something real.

The programs are in bench/newest/, the releases in tests/live/requirements.txt.  A finding is told with its first site inside an installed package and what the stock runtime said of it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from bench.hunting import ROOT, Hunt, hunt
from bench.interpreters import interpreter
from bench.realbugs.environments import CannotMake, made
from bench.realbugs.stress import servers
from bench.rows import Row, missing

PART = "newest"
PROGRAMS = ROOT / "bench" / "newest"
REQUIREMENTS = ROOT / "tests" / "live" / "requirements.txt"
SECONDS = 120.0


def measure(quick: bool) -> list[Row]:
    version = next((v for v in ("3.12", "3.11", "3.13") if interpreter(v)), "3.12")
    rows = []
    for program in sorted(PROGRAMS.glob("*.py")):
        header = dict(line.removeprefix("# ").split(": ") for line in program.read_text().splitlines() if line.startswith(("# server: ", "# package: ")))
        what = f"{header['package']} {_release(header['package'])} in {program.stem}"
        try:
            python = made("live", REQUIREMENTS, version)
            with contextlib.ExitStack() as stack:
                around = {} if header["server"] == "none" else stack.enter_context(servers.SERVERS[header["server"]]()).environment()
                done = hunt(["python", program.name], PROGRAMS, "--seed", 1, "--schedules", 1_000_000_000, "--jobs", 1,
                            seconds=10.0 if quick else SECONDS, python=str(python), around=around)  # fmt: skip
        except (CannotMake, servers.NotInstalled, servers.DidNotStart) as problem:
            rows.append(missing(PART, what, str(problem)))
            continue
        rows.append(missing(PART, what, done.error) if done.error else _row(what, done))
    return rows


def _row(what: str, done: Hunt) -> Row:
    report: dict[str, Any] = done.report
    told = [_told(finding) for finding in done.findings]
    measured = f"{', '.join(told) or 'silent'} in {report['schedules']:,} schedules, {report['verdict']}"
    met = False if told and any(f["stock"] != "confirmed" for f in done.findings) else None if told else report["verdict"] == "holds-within-bounds"
    return Row(PART, what, measured, "silent, or shown to be real", met, {"findings": told, "schedules": report["schedules"], "seconds": report["seconds"]})


def _told(finding: dict[str, Any]) -> str:
    inner = next((s for s in finding["sites"] if not (PROGRAMS / Path(s["path"]).name).exists()), finding["sites"][0] if finding["sites"] else None)
    at = f" at {inner['function']} ({inner['path']}:{inner['line']})" if inner else ""
    return f"{finding['code']}{at}, replayed {finding['replayed'][0]}/{finding['replayed'][1]}, stock {finding['stock']}"


def _release(package: str) -> str:
    pins = dict(line.split("==") for line in REQUIREMENTS.read_text().split())
    return next((version for name, version in pins.items() if name.lower().replace("_", "-") == package.lower()), "?")
