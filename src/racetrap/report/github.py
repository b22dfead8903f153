"""Explanations as GitHub annotations: workflow commands on stdout, at most ten, the last one says how many more there are.

Format: "Workflow commands for GitHub Actions".  What comes from the hunted program is escaped, so that it cannot give commands of its own.
"""

from __future__ import annotations

from racetrap.explain.model import Explanation
from racetrap.report.explanation import status
from racetrap.report.inert import inert

MOST = 10
"""GitHub shows ten of a step and drops the rest in silence."""


def render(made: list[Explanation]) -> str:
    """One line each."""
    shown = made if len(made) <= MOST else made[: MOST - 1]
    lines = [_annotation(e) for e in shown]
    if len(made) > len(shown):
        lines.append(f"::error title=racetrap::{_data(f'and {len(made) - len(shown)} more findings: the report has them all')}")
    return "".join(line + "\n" for line in lines)


def _annotation(made: Explanation) -> str:
    finding, site = made.finding, made.root.site or next(iter(made.finding.sites), None)
    where = f"file={_property(site.path)},line={site.line}," if site is not None and site.line else ""
    doubts = status(made)
    told = [finding.title, f"Root: {made.root.why}", *(o.text for o in made.orderings), made.counterfactual]
    if doubts:
        told.insert(0, f"Not beyond doubt: {doubts}")
    text = "\n".join(inert(t) for t in told if t)
    return f"::error {where}title={_property(f'{finding.id} {finding.code}')}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(inert(text)).replace(":", "%3A").replace(",", "%2C")
