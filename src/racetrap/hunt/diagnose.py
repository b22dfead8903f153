"""Why no unit came: from what was seen to what is wrong and what fixes it.

Pure but for one question to the interpreter (its version).  Each case is one of docs/protocol.md's
ways to end without a unit.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from racetrap.case import Workload
from racetrap.errors import Problem
from racetrap.report.inert import inert_lines

OLDEST = (3, 11)
_PYTEST_NOTHING_COLLECTED = 5
_PYTEST_USAGE = 4
_REFUSED = 70
"""The status with which the probe ends a process whose job it cannot take; it says why."""


def no_hello(workload: Workload, status: int | None, waited: float, output: str) -> Problem:
    """The first Python never reported."""
    command = " ".join(workload.given)
    ended = f"the command {describe(status)} without it" if status is not None else f"nothing came in {waited:.0f} s"
    seen = f"racetrap's start-up hook never reported; {ended}{quoted(output)}"
    interpreter = _interpreter(workload.command)
    if interpreter is not None:
        switch = _isolating_switch(workload.command)
        if switch is not None:
            return Problem(
                f"Python runs with {switch}, so racetrap's start-up hook is not loaded.",
                seen=seen,
                fix=f"leave {switch} out: racetrap hunt -- {' '.join(_without(workload.given, switch))}",
            )
        version = ask_version(interpreter)
        if version is not None and version < OLDEST:
            return too_old(version, interpreter, workload)
    if status is None:
        return Problem(
            "The command starts no Python.",
            seen=seen,
            fix="give the Python command itself: racetrap hunt -- python app.py; a slow start gets longer with --startup SECONDS",
        )
    if status == _REFUSED and (said := [line for line in inert_lines(output) if line.startswith("racetrap: ")]):
        return Problem("The hunt cannot begin.", seen=said[-1].removeprefix("racetrap: "), fix="correct the command line; racetrap hunt --help says what it takes")
    if status not in (0, None):
        return Problem(
            f"The command failed before racetrap's hook was loaded: {command}",
            seen=seen,
            fix="make the command run by itself first; its own output is above",
        )
    return Problem(
        "The command ran without racetrap's start-up hook.",
        seen=seen,
        fix="a wrapper that clears the environment (sudo, env -i, tox, docker) loses it: "
        "give the Python command itself, racetrap hunt -- python app.py",
    )


def is_usage(workload: Workload, status: int) -> bool:
    """Whether the exit status says that pytest was asked for something that is not there."""
    return _is_pytest(workload.command) and status in (_PYTEST_USAGE, _PYTEST_NOTHING_COLLECTED)


def too_old(version: tuple[int, int], interpreter: str, workload: Workload) -> Problem:
    return Problem(
        f"This interpreter is Python {version[0]}.{version[1]}; racetrap hunts in {OLDEST[0]}.{OLDEST[1]} and newer.",
        seen=f"{interpreter} says it is {version[0]}.{version[1]}",
        fix=f"racetrap hunt --python /path/to/python3.{OLDEST[1]} -- {' '.join(workload.given)}",
    )


def no_units(workload: Workload, status: int, output: str) -> Problem:
    """The workload ended by itself before an event loop or a test body."""
    seen = f"it {describe(status)}{quoted(output)}"
    if _is_pytest(workload.command) and status == _PYTEST_NOTHING_COLLECTED:
        return Problem(
            "pytest collected no test.", seen=seen, fix=f"see which tests there are: {_collect_only(workload)}"
        )
    if _is_pytest(workload.command) and status == _PYTEST_USAGE:
        return Problem(
            "pytest did not accept the command, or knows no such test.",
            seen=seen,
            fix=f"see which tests there are: {_collect_only(workload)}",
        )
    return Problem(
        "The workload ended without running an event loop or a test body: there is nothing to hunt in.",
        seen=seen,
        fix="give a command that exercises asyncio code: racetrap hunt -- python app.py",
    )


def reset_failed(command: str, how: str) -> Problem:
    """What puts back the state before each schedule did not do so."""
    return Problem(
        f"The reset command failed: {command}",
        seen="\n".join(inert_lines(how)),
        fix="run it by itself until it ends with status 0, then: racetrap hunt --reset COMMAND -- ...",
    )


def describe(status: int | None) -> str:
    if status is None:
        return "is still running"
    return f"was ended by signal {-status}" if status < 0 else f"ended with exit status {status}"


def ask_version(interpreter: str) -> tuple[int, int] | None:
    """The interpreter's version, or None if it does not say."""
    ask = "import sys; print(sys.version_info[0], sys.version_info[1])"
    try:
        answer = subprocess.run([interpreter, "-S", "-E", "-c", ask], capture_output=True, text=True, timeout=10)
        major, minor = answer.stdout.split()
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return int(major), int(minor)


def _interpreter(command: list[str]) -> str | None:
    """The Python that a command starts: itself, or the one in its first line."""
    if re.match(r"^python[\d.]*$", Path(command[0]).name):
        return command[0]
    try:
        with open(command[0], "rb") as file:
            first = file.readline(300)
    except OSError:
        return None
    match = re.match(rb"^#!\s*(\S*python[\d.]*)\b(?!\S)", first)
    return match[1].decode() if match else None


def _isolating_switch(command: list[str]) -> str | None:
    """The interpreter's own option that keeps the hook out, as it was written."""
    for word in command[1:]:
        if not word.startswith("-") or word in ("-c", "-m", "-"):
            return None
        if not word.startswith("--") and set(word[1:]) & set("IES"):
            return word
    return None


def _without(command: list[str], word: str) -> list[str]:
    rest = list(command)
    if word in rest:
        rest.remove(word)
    return rest


def _is_pytest(command: list[str]) -> bool:
    return Path(command[0]).name in ("pytest", "py.test") or command[1:3] == ["-m", "pytest"]


def _collect_only(workload: Workload) -> str:
    return " ".join([*workload.given[:1], "--collect-only", "-q"])


def quoted(output: str) -> str:
    """The end of what the workload printed, to be appended to what was seen."""
    lines = inert_lines(output.strip())[-12:]
    return "; its output ends:\n" + "\n".join(f"    | {line}" for line in lines) if lines else "; it printed nothing"
