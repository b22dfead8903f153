"""`--format NAME[=FILE]`: which renderer writes where."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from racetrap.errors import Problem
from racetrap.explain.model import Explanation
from racetrap.report.paint import Paint, paint_for
from racetrap.store import write_atomically

FORMATS = ("text", "json", "sarif", "github", "html")


@dataclass(frozen=True)
class Output:
    """One format, to a file or (file empty) to stdout."""

    name: str
    file: str

    def write(self, made: list[Explanation]) -> None:
        """
        Raises:
            Problem: the file cannot be written.
        """
        text = rendered(self.name, made, paint_for(sys.stdout) if not self.file else Paint(False))
        if not self.file:
            sys.stdout.write(text)
            return
        try:
            path = Path(self.file)
            if path.exists() and not path.is_file():
                path.write_text(text, encoding="utf-8")  # a device or a pipe
            else:
                write_atomically(path, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise _unwritable(self, str(error.strerror)) from error


def outputs(typed: list[str]) -> list[Output]:
    """What was asked for; checked before anything is run.

    Raises:
        Problem: an unknown format, or a file that cannot be written.
    """
    found = []
    for word in typed:
        name, _, file = word.partition("=")
        if name not in FORMATS:
            near = difflib.get_close_matches(name, FORMATS, n=1)
            raise Problem(
                f"--format knows no {name!r}.",
                seen=f"there are {', '.join(FORMATS)}",
                fix=f"--format {near[0] if near else FORMATS[0]}" + (f"={file}" if file else ""),
            )
        output = Output(name, "" if file == "-" else file)
        directory = Path(output.file).parent
        if output.file and (Path(output.file).is_dir() or not (directory.is_dir() and os.access(directory, os.W_OK))):
            raise _unwritable(output, "that is a directory" if Path(output.file).is_dir() else "no such directory, or it is not writable")
        found.append(output)
    return found


def rendered(name: str, made: list[Explanation], paint: Paint) -> str:
    """The explanations in that format."""
    if name == "text":
        from racetrap.report import explanation

        return "\n".join(explanation.render(each, paint) for each in made)
    module = import_module(f"racetrap.report.{'explained_json' if name == 'json' else name}")
    render: Callable[[list[Explanation]], str] = module.render
    return render(made)


def _unwritable(output: Output, seen: str) -> Problem:
    return Problem(
        f"The {output.name} report cannot be written to {output.file}.",
        seen=seen,
        fix=f"--format {output.name}=FILE with a file in a writable directory, or --format {output.name} for stdout",
    )
