"""The files of an explained finding, beside finding.json and schedule.json.

    explanation.json   the explanation as data
    minimal.json       the schedule of the minimised run
    trace.json         the minimised run for Perfetto or chrome://tracing
    report.html        the page
    repro.sh           runs the finding again
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from racetrap.case import Origin, Schedule, as_json
from racetrap.explain.model import Explanation
from racetrap.report import explained_json, html, perfetto
from racetrap.store import write_atomically


def write_all(made: Explanation, directory: Path) -> None:
    """Write them.

    Raises:
        OSError: the directory cannot be written.
    """
    minimal = Schedule(unit=made.unit, strategy=Origin(name="minimised"), latency=made.latency, decisions=made.decisions)
    write_atomically(directory / "explanation.json", explained_json.render([made]).encode())
    write_atomically(directory / "minimal.json", as_json(minimal))
    write_atomically(directory / "trace.json", perfetto.render(made).encode())
    write_atomically(directory / "report.html", html.render([made]).encode("utf-8", "backslashreplace"))
    script = directory / "repro.sh"
    write_atomically(script, repro(made, directory).encode())
    os.chmod(script, 0o755)
    html.write_index(directory.parent)


def repro(made: Explanation, directory: Path) -> str:
    """A script that replays the finding, then runs the workload as it is."""
    # A name of the hunted program may hold anything; in a comment a line break would end the comment.
    title = f"{made.finding.id} {made.finding.code} {made.finding.title}".encode("unicode_escape").decode("ascii")
    return (
        "#!/bin/sh\n"
        f"# {title}\n"
        "set -e\n"
        f"cd {shlex.quote(made.workload.cwd)}\n"
        f"exec racetrap replay {shlex.quote(str(directory.resolve()))} \"$@\"\n"
    )
