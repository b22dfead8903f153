"""Which interpreters this machine has: on the path and below pyenv's root."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13")


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(path) for path in sorted(root.glob(f"versions/{version}.*/bin/python{version}"), reverse=True))


@functools.cache
def interpreter(version: str) -> str | None:
    """The real path of a CPython `version` ("3.12") that starts, or None.  A shim is followed to what it runs."""
    for path in _candidates(version):
        done = subprocess.run(
            [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"],
            capture_output=True,
            text=True,
        )
        lines = done.stdout.split("\n")
        if done.returncode == 0 and lines[0] == version:
            return lines[1]
    return None


def lowest_from(oldest: tuple[int, int]) -> str | None:
    """The interpreter of the lowest version that is at least `oldest`."""
    for version in VERSIONS:
        if tuple(map(int, version.split("."))) >= oldest and (found := interpreter(version)):
            return found
    return None


def version_of(python: str | Path) -> str:
    """Its version in full: "3.12.1"."""
    asked = [str(python), "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(asked, capture_output=True, text=True).stdout.strip()
