"""Explanations as one HTML page: no network, no scripts, readable in any browser, light and dark.

Everything that comes from the hunted program is escaped by the template engine and made inert first.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from racetrap import __version__
from racetrap.case import Site
from racetrap.explain.model import Explanation
from racetrap.report.curve_svg import plot
from racetrap.report.explanation import curve_said, status
from racetrap.report.inert import inert
from racetrap.report.source import SourceLines
from racetrap.report.swimlanes import lay_out
from racetrap.store import Saved, write_atomically

AROUND = 3
"""Lines quoted before and behind a site."""


def render(made: list[Explanation]) -> str:
    """The page of one finding, or of several one below the other."""
    return _environment().get_template("report.html.j2").render(reports=[_view(each) for each in made], version=__version__)


def write_index(place: Path) -> None:
    """The page over all findings of a directory.

    Raises:
        OSError: it cannot be written.
    """
    rows = []
    for directory in sorted(place.glob("F*"), key=lambda d: (len(d.name), d.name)):
        try:
            saved = msgspec.json.decode((directory / "finding.json").read_bytes(), type=Saved)
        except (OSError, msgspec.MsgspecError):
            continue
        report = (directory / "report.html").is_file()
        rows.append({"finding": saved.finding, "name": directory.name, "report": report, "root": _root_of(directory)})
    page = _environment().get_template("index.html.j2").render(rows=rows, version=__version__)
    write_atomically(place / "index.html", page.encode("utf-8", "backslashreplace"))


def _root_of(directory: Path) -> str:
    try:
        root = msgspec.json.decode((directory / "explanation.json").read_bytes(), type=Explanation).root
    except (OSError, msgspec.MsgspecError):
        return ""
    return f"{root.site}" if root.site is not None else "root unknown"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("racetrap.report"), autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters["inert"] = lambda value: inert(str(value))
    return environment


def _view(made: Explanation) -> dict[str, Any]:
    source = SourceLines(made.workload.root, made.files)
    places = [made.root.site, made.root.raised, *(link.site for link in made.chain)]
    return {
        "made": made,
        "finding": made.finding,
        "doubts": status(made),
        "quoted": lambda site: source.line(site.path, site.line),
        "swimlanes": lay_out(made),
        "plot": plot(made.curve) if made.curve is not None else None,
        "curve_said": curve_said(made.curve) if made.curve is not None else "",
        "sources": _excerpts(source, [p for p in places if p is not None]),
        "replay": f"racetrap replay {Path(made.finding.schedule).parent}" if made.finding.schedule else "",
    }


def _excerpts(source: SourceLines, places: Iterable[Site]) -> list[dict[str, Any]]:
    """Quoted source, one excerpt for places that lie together."""
    wanted: dict[str, dict[int, str]] = {}
    for site in places:
        if site.line:
            marks = wanted.setdefault(site.path, {})
            marks[site.line] = marks.get(site.line) or site.role
    excerpts = []
    for path, marks in wanted.items():
        numbers = sorted({n for line in marks for n in range(max(1, line - AROUND), line + AROUND + 1)})
        lines = [
            {"number": n, "text": inert(source.raw(path, n)), "mark": n in marks, "role": marks.get(n, ""), "gap": at > 0 and n != numbers[at - 1] + 1}
            for at, n in enumerate(numbers)
            if source.has(path, n)
        ]
        if lines:
            excerpts.append({"path": path, "lines": lines})
    return excerpts
