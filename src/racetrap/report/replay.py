"""What a replay showed, for a person."""

from __future__ import annotations

from racetrap.hunt.replay import Replayed
from racetrap.report.inert import inert
from racetrap.report.paint import Paint


def render(replayed: Replayed, paint: Paint) -> str:
    """A few lines, the answer first."""
    count = f"{replayed.shown}/{replayed.times}"
    name = f"{replayed.finding}  {replayed.code}  {inert(replayed.title)}"
    same = "all executions the same" if replayed.digests == 1 else f"{replayed.digests} different executions"
    lines = [f"{paint(count, 'bold', 'red' if replayed.shown else 'green')}  {name}"]
    if replayed.shown:
        lines.append(f"    replayed  {count}, each from a fresh fork; {same}")
    elif replayed.diverged is None:
        lines.append(f"    gone      the recorded schedule ran {replayed.times} times and did not show it; {same}")
        lines.append("    this is one schedule: to look for others, hunt again")
    else:
        lines.append("    unclear   the program no longer makes the recorded decisions, so this proves nothing")
        lines.append("    to look for the bug in the changed program, hunt again")
    if replayed.diverged is not None:
        d = replayed.diverged
        lines.append(f"    diverged  at decision {d.decision}: expected {inert(d.expected)}, got {inert(d.got)}")
        if "connection" in d.expected + d.got:
            lines.append("    a real server took part: what it keeps may have carried over; --reset COMMAND puts it back before each run")
    return "\n".join(lines) + "\n"
