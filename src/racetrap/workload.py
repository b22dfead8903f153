"""From what the user typed to what is started: command, interpreter, project root."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from racetrap.case import Workload
from racetrap.errors import Problem

_KEPT = ("PYTHONPATH", "PYTHONHASHSEED", "VIRTUAL_ENV", "PYTEST_ADDOPTS")
"""Variables that decide which code runs.  Others may hold secrets and are not written down."""

_PYTHON = re.compile(r"^(python|pypy)(\d+(\.\d+)?)?$")
_MODULES = {"pytest": "pytest", "py.test": "pytest"}
"""Commands that are a module run by an interpreter."""


def find_root(start: Path) -> Path:
    """The project a directory belongs to: the nearest ancestor with a pyproject.toml, setup file or repository."""
    for directory in (start, *start.parents):
        if any((directory / mark).exists() for mark in ("pyproject.toml", "setup.py", "setup.cfg", ".git")):
            return directory
    return start


def prepare(
    command: list[str],
    *,
    python: str | None = None,
    cwd: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Workload:
    """The workload a command line means.

    Args:
        command: what stands behind `--`.
        python: interpreter to use; takes the place of `python` in the command, and runs `pytest` as a module.
        cwd: where to run it.

    Raises:
        Problem: there is no command, or it or the interpreter cannot be found.
    """
    here = (cwd or Path.cwd()).resolve()
    if not command:
        raise Problem(
            "There is no command to hunt in.",
            seen="nothing stands behind `--`",
            fix="racetrap hunt -- pytest tests/test_x.py    or    racetrap hunt -- python app.py",
        )
    started = list(command)
    if python is not None:
        started = _with_interpreter(command, python, here, environment)
    else:
        started[0] = _resolve(command[0], here, environment)
    return Workload(
        command=started,
        given=list(command),
        cwd=str(here),
        root=str(find_root(here)),
        environment={name: environment[name] for name in _KEPT if name in environment},
        asked_python=python or "",
    )


def _with_interpreter(command: list[str], python: str, here: Path, environment: Mapping[str, str]) -> list[str]:
    interpreter = _which(python, here, environment)
    if interpreter is None:
        raise Problem(
            f"The interpreter {python} cannot be run.",
            seen="no executable file of that name, here or on the path",
            fix="racetrap hunt --python /path/to/venv/bin/python -- ...",
        )
    name = Path(command[0]).name
    if _PYTHON.match(name):
        return [interpreter, *command[1:]]
    if name in _MODULES:
        return [interpreter, "-m", _MODULES[name], *command[1:]]
    if command[0].endswith(".py"):
        return [interpreter, *command]
    raise Problem(
        f"--python does not fit the command {command[0]!r}.",
        seen="it is neither python nor pytest, so its own interpreter decides",
        fix=f"racetrap hunt -- {command[0]} ... without --python, or with `python -m ...` as the command",
    )


def _resolve(name: str, here: Path, environment: Mapping[str, str]) -> str:
    found = _which(name, here, environment)
    if found is not None:
        return found
    beside = Path(sys.executable).with_name(name)
    if os.sep in name:
        seen = "the file is there but may not be executed" if (here / name).exists() else "no such file"
    else:
        seen = "no executable of that name on the path"
    if name.endswith(".py"):
        fix = f"racetrap hunt -- python {name} ..."
    elif os.sep not in name and beside.exists():
        fix = f"racetrap hunt --python {sys.executable} -- {name} ...   (it is installed there)"
    elif name in _MODULES:
        fix = "racetrap hunt --python /path/to/venv/bin/python -- pytest ...   (the one that has pytest)"
    else:
        fix = "give the command as you would type it in this shell: racetrap hunt -- python app.py"
    raise Problem(f"Command not found: {name}", seen=seen, fix=fix)


def _which(name: str, here: Path, environment: Mapping[str, str]) -> str | None:
    """An executable's absolute path.  Links stay: a venv's python is a link, and must not be followed."""
    if os.sep in name:
        path = Path(os.path.normpath(here / Path(name).expanduser()))
        return str(path) if path.is_file() and os.access(path, os.X_OK) else None
    found = shutil.which(name, path=environment.get("PATH"))
    return os.path.abspath(found) if found else None
