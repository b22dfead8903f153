"""`--json`: the report as it is."""

from __future__ import annotations

import sys
from pathlib import Path

from racetrap.case import Data, as_json
from racetrap.errors import Problem
from racetrap.store import write_atomically


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
        write_atomically(Path(target), content)
    except OSError as error:
        raise Problem(
            f"The JSON report cannot be written to {target}.",
            seen=str(error.strerror),
            fix="--json with a file in a writable directory, or --json - for stdout",
        ) from error
