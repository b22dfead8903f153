"""What the doctor saw, for a person."""

from __future__ import annotations

from racetrap.doctor import Diagnosis
from racetrap.report.inert import inert
from racetrap.report.paint import Paint


def render(diagnosis: Diagnosis, paint: Paint) -> str:
    """A line for each check, with what a missing thing is for and how to get it; the answer last."""
    width = max(len(check.name) for check in diagnosis.checks) + 2
    lines = []
    for check in diagnosis.checks:
        mark = (
            paint("ok ", "green")
            if check.good
            else paint("NO ", "bold", "red")
            if check.needed
            else paint("-  ", "yellow")
        )
        lines.append(f"{mark} {check.name:<{width}}{inert(check.seen)}")
        if not check.good:
            lines += [
                f"    {'':<{width}}{text}"
                for text in (check.so_what, f"fix   {check.fix}" if check.fix else "")
                if text
            ]
    lines.append("")
    if diagnosis.can_hunt:
        lines.append(
            "racetrap can hunt here"
            + ("" if all(c.good for c in diagnosis.checks) else "; what is missing is only needed for what it says")
        )
    else:
        lines.append("racetrap cannot hunt here: see NO above")
    return "\n".join(lines) + "\n"
