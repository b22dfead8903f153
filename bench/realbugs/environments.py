"""One virtual environment per requirement file, made once and kept below .venv-realbugs/.

    python bench/realbugs/environments.py                        # make what is missing; a line each with its interpreter
    python bench/realbugs/environments.py redis-py-2624          # of one case
    python bench/realbugs/environments.py redis-py-2624 buggy    # print the interpreter of its first buggy side, for scripts

An environment's name has a digest of the requirement file and the interpreter's version: a changed file gets a new one.
Racetrap is not installed into them: it puts its probe on the path of whatever interpreter it is given.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.interpreters import interpreter, version_of
from bench.realbugs.cases import ROOT, Case, chosen, load, names

HOME = ROOT / ".venv-realbugs"


class CannotMake(Exception):
    """An environment could not be made; the message says what is missing or what pip said."""


def environment(case: Case, requirements: Path) -> Path:
    """The interpreter of the environment with those requirements of a case, made now if it is not there."""
    return made(f"{case.name}-{requirements.stem}", requirements, case.python_for(requirements))


def made(name: str, requirements: Path, version: str) -> Path:
    """The interpreter of the environment with those requirements on that Python, "3.12", made now if it is not there.

    Raises:
        CannotMake: there is no such Python, or pip failed.
    """
    base = interpreter(version)
    if base is None:
        raise CannotMake(
            f"{name} runs on Python {version}, which is neither on the path nor below pyenv's root: pyenv install {version}"
        )
    digest = hashlib.sha256(requirements.read_bytes() + version_of(base).encode()).hexdigest()[:8]
    home = HOME / f"{name}-{digest}"
    python = home / "bin" / "python"
    HOME.mkdir(exist_ok=True)
    with open(HOME / f"{home.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test processes may want the same one
        if not (home / ".ready").exists():
            _make(base, home, python, requirements)
            (home / ".ready").touch()
    return python


def _make(base: str, home: Path, python: Path, requirements: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    _run([base, "-m", "venv", "--without-pip", str(home)])
    # The base interpreter's pip does the work: an environment without one is made in a tenth of the time.
    _run(
        [
            base,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-warn-script-location",
            "-r",
            str(requirements),
        ]
    )


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise CannotMake(f"{' '.join(command)}\nended with status {done.returncode}:\n{done.stdout}{done.stderr}")


def main(arguments: list[str]) -> int:
    try:
        if len(arguments) == 2 and arguments[1] in ("buggy", "fixed"):
            case = load(arguments[0])
            print(environment(case, getattr(case, arguments[1])[0]))
            return 0
        unknown = [name for name in arguments if name not in names()]
        if unknown:
            print(
                f"environments.py: no case named {', '.join(unknown)}; there are {', '.join(names())}", file=sys.stderr
            )
            return 2
        for case in chosen(arguments):
            for side, requirements in case.sides():
                print(f"{case.name:24} {side:6} {requirements.name:22} {environment(case, requirements)}", flush=True)
    except CannotMake as problem:
        print(f"environments.py: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
