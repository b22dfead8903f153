"""`--json`: the report as it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from racetrap.case import Data, as_json
from racetrap.errors import Problem
from racetrap.store import write_atomically


def check(target: str) -> None:
    """Refuse a target that cannot be written, before anything has been done.

    Raises:
        Problem: its directory is not there or not writable.
    """
    if target != "-" and Path(target).is_dir():
        raise _unwritable(target, "that is a directory")
    directory = Path(target).parent
    if target != "-" and not (directory.is_dir() and os.access(directory, os.W_OK)):
        raise _unwritable(target, "no such directory" if not directory.is_dir() else "the directory is not writable")


def write(data: Data, target: str) -> None:
    """Write to a file, or to stdout for "-".

    Raises:
        Problem: the file cannot be written.
    """
    content = as_json(data)
    if target == "-":
        sys.stdout.write(content.decode())
        sys.stdout.flush()
        return
    try:
        if Path(target).exists() and not Path(target).is_file():
            Path(target).write_bytes(content)  # a device or a pipe: nothing to put in its place
        else:
            write_atomically(Path(target), content)
    except OSError as error:
        raise _unwritable(target, str(error.strerror)) from error


def _unwritable(target: str, seen: str) -> Problem:
    return Problem(
        f"The JSON report cannot be written to {target}.",
        seen=seen,
        fix="--json with a file in a writable directory, or --json - for stdout",
    )
