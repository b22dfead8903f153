"""Ordinary mistakes of programs that use a library, over its real server: found and named by the library's roles; their correct twins are not accused.

# server: NAME               the server it needs, or none
# expects: CODE FUNCTION     a finding of that code has a site in that function of the program
# runtime: threads           blocking sockets are not tried on the stock runtime
"""

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
from bench.realbugs.environments import made

HERE = Path(__file__).parent
MISTAKES = sorted(path.stem for path in (HERE / "mistakes").glob("*.py"))
SCHEDULES = 1000
UNSTEADY = ("aio_pika_late_ack", "kombu_acked_twice", "nats_acked_twice", "pika_acked_twice")
"""Their servers answer when they like, and runs are cut off for it: inconclusive is what can be said, and a finding may need a second hunt."""

Live = Callable[[str], AbstractContextManager[Address]]


def headers(program: str) -> dict[str, str]:
    lines = (HERE / "mistakes" / f"{program}.py").read_text().splitlines()
    return dict(
        line.removeprefix("# ").split(": ")
        for line in lines
        if line.startswith(("# server: ", "# expects: ", "# runtime: "))
    )


def hunted(program: str, live: Live, *words: str, schedules: int, seconds: int, seed: int = 1) -> dict[str, Any]:
    """words: options of the hunt, and arguments of the program"""
    version = next(v for v in ("3.12", "3.11", "3.13") if interpreter(v))
    python = made("live", HERE / "requirements.txt", version)
    server = headers(program)["server"]
    with live(server) if server != "none" else nullcontext() as address:
        line = [
            *RACETRAP,
            "hunt",
            "--python",
            str(python),
            "--json",
            "-",
            "--seed",
            str(seed),
            "--schedules",
            str(schedules),
            "--seconds",
            str(seconds),
            "--no-save",
            *(word for word in words if word.startswith("--")),
        ]
        around = {**os.environ, **(address.environment() if address is not None else {})}
        command = [*line, "--", "python", f"{program}.py", *(word for word in words if not word.startswith("--"))]
        done = subprocess.run(
            command, cwd=HERE / "mistakes", env=around, capture_output=True, text=True, timeout=seconds + 200
        )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("program", MISTAKES)
def test_the_mistake_is_found_and_named(program: str, live: Live) -> None:
    code, function = headers(program)["expects"].split()
    for seed in range(1, 4 if program in UNSTEADY else 2):
        report = hunted(program, live, "--first", schedules=200, seconds=60, seed=seed)
        matching = [
            f
            for f in report["findings"]
            if f["code"] == code
            and any(s["function"] == function and s["path"].endswith(f"{program}.py") for s in f["sites"])
        ]
        if matching:
            break
    assert matching, told(report)
    assert {f["code"] for f in report["findings"]} == {code}, told(report)
    if headers(program).get("runtime") != "threads":
        assert matching[0]["stock"] == "confirmed", told(report)


@pytest.mark.parametrize("program", MISTAKES)
def test_the_correct_twin_is_not_accused(program: str, live: Live) -> None:
    report = hunted(program, live, "careful", schedules=SCHEDULES, seconds=6)
    assert not report["findings"], told(report)
    assert report["verdict"] == "holds-within-bounds" or program in UNSTEADY, told(report)
