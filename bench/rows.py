"""The lines of the table: what was measured, its floor, and whether it was met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line.  `met` is None where there is no floor or nothing could be measured."""

    part: str
    what: str
    measured: str
    floor: str = ""
    met: bool | None = None
    data: dict[str, Any] = field(default_factory=dict)
    """What `measured` was made from, for the JSON file."""

    @property
    def verdict(self) -> str:
        return "" if self.met is None else "met" if self.met else "MISSED"


def at_least(part: str, what: str, value: float, floor: float, unit: str, **data: Any) -> Row:
    return Row(
        part, what, f"{number(value)}{unit}", f"≥ {number(floor)}{unit}", value >= floor, {"value": value, **data}
    )


def at_most(part: str, what: str, value: float, floor: float, unit: str, **data: Any) -> Row:
    return Row(
        part, what, f"{number(value)}{unit}", f"≤ {number(floor)}{unit}", value <= floor, {"value": value, **data}
    )


def all_of(part: str, what: str, good: int, of: int, told: str = "", *, promised: bool = True, **data: Any) -> Row:
    """Every single one counts."""
    measured = f"{good} of {of}{', ' + told if told else ''}"
    met = good == of if promised else None
    return Row(part, what, measured, "all" if promised else "", met, {"good": good, "of": of, **data})


def missing(part: str, what: str, why: str, floor: str = "") -> Row:
    """Not measured, and why."""
    return Row(part, what, f"not measured: {why}", floor, None, {"missing": why})


def number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def as_text(rows: Iterable[Row]) -> str:
    """The rows of a part as aligned columns."""
    table = [(row.what, row.measured, row.floor, row.verdict) for row in rows]
    widths = [max(len(line[column]) for line in table) for column in range(4)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table)
    return "\n".join(f"    {line}" for line in lines)


def as_markdown(results: dict[str, Any]) -> str:
    """A results file as the section of RESULTS.md it stands for."""
    out = [f"## {results['date']}", "", f"`{results['command']}` on {results['machine']}."]
    part = None
    for row in results["rows"]:
        if row["part"] != part:
            part = row["part"]
            out += ["", f"### {part}", "", "| what | measured | floor | |", "|---|---|---|---|"]
        cells = (row["what"], row["measured"], row["floor"], row["verdict"])
        out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(out) + "\n"
