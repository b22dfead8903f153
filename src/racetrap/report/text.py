"""The report for a person: one screen per finding, the verdict with its bounds at the end.

The verdict comes last because that is where the eye is when the command has ended.
"""

from __future__ import annotations

import shlex

from racetrap.case import Bounds, Failure, Finding, Report
from racetrap.hunt.order import SCHEDULES, SECONDS, UNLIMITED, WALL
from racetrap.report.inert import inert, inert_lines
from racetrap.report.paint import Paint
from racetrap.report.source import SourceLines
from racetrap.report.traceback import own_frames

_INDENT = "    "
_MOST = 8
"""Lines of a list before the rest is only counted."""

_FEW = 100
"""Fewer schedules of a unit show little where nothing was found in them."""

_ASSUMES = {
    "late": "late",
    "sleep0": "sleep(0) taken for I/O",
    "deadline": "a deadline passed",
    "fault": "an injected fault",
    "switch": "threads switched",
}


def render(report: Report, paint: Paint, *, notes: bool = False) -> str:
    """The whole report as text.

    Args:
        notes: also what is not certain.
    """
    source = SourceLines(report.workload.root)
    blocks = [_finding(finding, source, paint) for finding in report.findings]
    blocks += [_failure(failure, report.workload.root, paint) for failure in report.failures]
    if report.depends_on_sleep0:
        blocks.append(_sleep0(report.depends_on_sleep0, paint))
    if notes:
        blocks.append(_notes(report, paint))
    blocks.append(_verdict(report, paint, notes_shown=notes))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _finding(finding: Finding, source: SourceLines, paint: Paint) -> list[str]:
    lines = [
        f"{paint(finding.id, 'bold')}  {paint(finding.code, 'bold', 'red')}  {paint(inert(finding.title), 'bold')}"
    ]
    where = inert(finding.unit) + (f" (and {len(finding.also_in)} more)" if finding.also_in else "")
    lines.append(_INDENT + paint(f"in {where}", "dim"))
    for site in finding.sites:
        role = f"  {inert(site.role)}" if site.role else ""
        lines += ["", f"{_INDENT}{paint(inert(str(site)), 'cyan')}  {inert(site.function)}{paint(role, 'yellow')}"]
        quoted = source.line(site.path, site.line)
        if quoted:
            lines.append(f"{_INDENT}    {paint('|', 'dim')} {inert(quoted)}")
    lines.append("")
    if finding.exception:
        lines += [f"{_INDENT}{paint('|', 'dim')} {line}" for line in own_frames(finding.exception, source.root)]
    else:
        lines += [_INDENT + line for text in finding.detail for line in inert_lines(text)]
    if finding.detail or finding.exception:
        lines.append("")
    for number, text in enumerate(assumed := _assumptions(finding)):
        lines.append(f"{_INDENT}{'assumes' if number == 0 else '':<10}{text}")
    if not assumed:
        by_itself = finding.found_after.get("index", 0) <= 0
        what = "nothing: this is what happens when nothing is late" if by_itself else "nothing late, only another order of what comes at the same moment"
        lines.append(f"{_INDENT}{'assumes':<10}{what}")
    shown, of = finding.replayed
    lines.append(f"{_INDENT}{'replayed':<10}{shown}/{of}, each from a fresh fork")
    if shown < of and finding.diverged is not None:
        d = finding.diverged
        told = f"decision {d.decision}: expected {inert(d.expected)}, got {inert(d.got)}"
        lines.append(f"{_INDENT}{'':<10}a replay that did not show it left the record at {told}")
    lines.append(f"{_INDENT}{'stock':<10}{_stock(finding)}")
    if finding.schedule:
        directory = finding.schedule.removesuffix("/schedule.json")
        lines.append(f"{_INDENT}{'again':<10}racetrap replay {inert(directory)}")
    lines.append(f"{_INDENT}{'rule':<10}racetrap rule {finding.code}")
    return lines


def _stock(finding: Finding) -> str:
    shown, of = finding.stock_tries
    if not of:
        return "not tried: this was shown under racetrap's scheduler only"
    where = "free threads, delayed where they had stood still" if finding.stock_on == "threads" else "asyncio's own loop with the same things late"
    if not shown:
        return f"not confirmed (0 of {of} runs on {where}), which does not make it false"
    return f"confirmed ({shown} of {of} runs on {where})"


def _assumptions(finding: Finding) -> list[str]:
    """One line per kind and site, with how often, then how many lines are left out."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in finding.assumes:
        groups.setdefault((each.kind, each.site), []).append(each.by)
    lines = []
    for (kind, site), by in groups.items():
        first = f", {inert(by[0])}" if by[0] else ""
        more = f" (and {len(by) - 1} more times)" if len(by) > 1 else ""
        lines.append(f"{_ASSUMES[kind]}: {inert(site)}{first}{more}")
    if len(lines) > _MOST:
        lines[_MOST:] = [f"and {len(lines) - _MOST} more places (finding.json has them all)"]
    return lines


def _failure(failure: Failure, root: str, paint: Paint) -> list[str]:
    told = paint("DOES NOT PASS UNDER CONTROL", "bold", "yellow") if failure.doubt else paint("FAILS BY ITSELF", "bold", "red")
    lines = [f"{told}  {inert(failure.unit)}", f"{_INDENT}{inert(failure.what)}"]
    if failure.doubt:
        lines.append(f"{_INDENT}{inert(failure.doubt)}")
    elif failure.threads:
        lines.append(f"{_INDENT}nothing was late in this run, and threads ran in the order of their start; other orders were not tried")
    else:
        lines.append(f"{_INDENT}nothing was late in this run: it is not about timing")
    return lines + [f"{_INDENT}{paint('|', 'dim')} {line}" for line in own_frames(failure.text, root)[-25:]]


def _sleep0(findings: list[Finding], paint: Paint) -> list[str]:
    lines = [paint("depends on sleep(0) order (not counted)", "bold")]
    for finding in findings:
        at = f"  {finding.sites[0]}" if finding.sites else ""
        lines.append(f"{_INDENT}{finding.code}  {inert(finding.title)}{inert(at)}")
    lines.append(f"{_INDENT}each vanished when every sleep(0) kept its place in the queue, as it does in asyncio;")
    lines.append(f"{_INDENT}it matters if these sleep(0) stand for real I/O")
    return lines


def _notes(report: Report, paint: Paint) -> list[str]:
    if not report.notes:
        return [f"{paint('notes', 'bold')}  none"]
    lines = [paint("notes (not certain, never an error)", "bold")]
    for note in report.notes:
        at = f"  {note.sites[0]}" if note.sites else ""
        lines.append(f"{_INDENT}{note.code or 'note':<8}  {inert(note.text)}{inert(at)}")
    return lines


def _verdict(report: Report, paint: Paint, *, notes_shown: bool) -> list[str]:
    lines = [_headline(report, paint)]
    bounds = report.bounds
    failing = [failure for failure in report.failures if not failure.doubt]
    if failing and report.verdict != "workload-failed":
        failed = _count(len(failing), "unit fails", "units fail")
        lines.append(f"{_INDENT}{'left out':<10}{failed} by itself and was not searched")
    if len(failing) < len(report.failures):
        failed = _count(len(report.failures) - len(failing), "unit does", "units do")
        lines.append(f"{_INDENT}{'left out':<10}{failed} not pass under control and was not searched")
    if report.schedules:
        lines += [f"{_INDENT}{head:<10}{text}" for head, text in _bounds(report, bounds)]
    shown = report.uncontrolled[:_MOST]
    for number, item in enumerate(shown):
        head = "not ours" if number == 0 else ""
        at = f"  ({inert(item.site)})" if item.site else ""
        lines.append(f"{_INDENT}{head:<10}{inert(item.what)}{at}")
    if len(report.uncontrolled) > len(shown):
        lines.append(f"{_INDENT}{'':<10}and {len(report.uncontrolled) - len(shown)} more (--json has them all)")
    for number, notice in enumerate(report.notices):
        lines.append(f"{_INDENT}{'noticed' if number == 0 else '':<10}{inert(notice)}")
    if report.notes and not notes_shown:
        count = _count(len(report.notes), "thing", "things")
        lines.append(f"{_INDENT}{'notes':<10}{count} that may or may not be wrong: --notes")
    return lines


def _headline(report: Report, paint: Paint) -> str:
    searched = _count(report.schedules, "schedule", "schedules")
    units = _units(report.bounds)
    if report.verdict == "violated":
        found = _count(len(report.findings), "finding", "findings")
        return f"{paint('VIOLATED', 'bold', 'red')}  {found} in {searched} of {units}, {report.seconds:.1f} s"
    if report.verdict == "workload-failed":
        return (
            f"{paint('WORKLOAD FAILED', 'bold', 'red')}  {_count(sum(not failure.doubt for failure in report.failures), 'unit fails', 'units fail')} "
            f"by itself; make it pass when nothing is late, then hunt"
        )
    if report.verdict == "inconclusive":
        why = _why_inconclusive(report)
        return f"{paint('INCONCLUSIVE', 'bold', 'yellow')}  nothing found in {searched} of {units}, but {why}"
    return (
        f"{paint('HOLDS WITHIN THESE BOUNDS', 'bold', 'green')}  nothing found in {searched} of {units}, "
        f"{report.seconds:.1f} s; schedules outside the bounds were not tried"
    )


def _why_inconclusive(report: Report) -> str:
    if report.uncontrolled:
        return "not everything was under control"
    if report.failures:
        return "not everything passed under control"
    if report.bounds.ended == "interrupted":
        return "the hunt was interrupted"
    if report.bounds.ended == "seconds":
        return f"the {report.bounds.asked.get('seconds', 0):g} s were over before the first schedule; give it longer: --seconds"
    return "no schedule was tried"


def _bounds(report: Report, bounds: Bounds) -> list[tuple[str, str]]:
    if bounds.without_choices == len(bounds.schedules_per_unit):
        if report.uncontrolled:
            return [("bounds", "nothing of what is ours in it can come in another order")]
        return [("bounds", "nothing in it can come in another order, so one execution is all that was tried (sleeps are late only where something else goes on)")]
    searched = [runs for unit, runs in bounds.schedules_per_unit.items() if unit in bounds.mode]
    counts = sorted(searched or bounds.schedules_per_unit.values())
    each = f"{counts[0]:,}" if counts[0] == counts[-1] else f"{counts[0]:,} to {counts[-1]:,}"
    per = f"{each} schedules per unit" if len(counts) > 1 else f"{each} schedules"
    rate = f", {report.schedules / report.seconds:,.0f}/s" if report.seconds >= 0.5 else ""
    ended = {"schedules": "all that were asked for", "seconds": f"in {bounds.asked.get('seconds', 0):g} s", "first": "ended at the first finding"}
    rows = [
        (
            "bounds",
            f"{per} ({ended.get(bounds.ended, bounds.ended)}{rate}), sleeps late by at most {bounds.latency:g} s",
        )
    ]
    few = sum(count < _FEW for count in counts)
    if few and report.verdict == "holds-within-bounds" and bounds.ended == "seconds":
        of_units = f" ({few} of {len(counts)} units had no more)" if len(counts) > 1 else ""
        rows.append(("little", f"fewer than {_FEW} schedules{of_units} show little: give it longer (--seconds), or hunt a part of it"))
    if bounds.inject:
        rows.append(("", f"injected: {', '.join(bounds.inject)}, at most {bounds.faults} in a run"))
    size = []
    if bounds.most_decisions:
        size.append(f"at most {bounds.most_decisions:,} decisions and {bounds.most_turns:,} loop turns in a run")
    if bounds.without_choices:
        size.append(f"{_count(bounds.without_choices, 'unit has', 'units have')} one execution only")
    if size:
        rows.append(("", "; ".join(size)))
    by = f"strategies {', '.join(bounds.strategies)}" if bounds.strategies else ""
    rows.append(("", " · ".join(part for part in (by, _modes(bounds), _count(bounds.jobs, "job", "jobs")) if part)))
    rows.append(("again", inert(_again(report, bounds))))
    return rows


def _again(report: Report, bounds: Bounds) -> str:
    """The command that tries the same schedules again."""
    words = ["racetrap", "hunt", "--seed", str(bounds.seed)]
    if report.workload.asked_python:
        words += ["--python", report.workload.asked_python]
    seconds, schedules = bounds.asked.get("seconds", UNLIMITED), bounds.asked.get("schedules", UNLIMITED)
    if (seconds, schedules) != (SECONDS, SCHEDULES):
        words += ["--seconds", f"{seconds:g}"] if seconds < UNLIMITED else []
        words += ["--schedules", f"{schedules:.0f}"] if schedules < UNLIMITED else []
    if bounds.latency != 1.0:
        words += ["--latency", f"{bounds.latency:g}"]
    words += ["--inject", ",".join(bounds.inject)] if bounds.inject else []
    words += ["--faults", str(bounds.faults)] if bounds.faults > 1 else []
    words += ["--reset", report.workload.reset] if report.workload.reset else []
    words += [word for package in report.workload.also for word in ("--also", package)]
    words += ["--wall", f"{bounds.asked['wall']:g}"] if bounds.asked.get("wall", WALL) != WALL else []
    words += ["--jobs", f"{bounds.asked['jobs']:g}"] if "jobs" in bounds.asked else []
    words += ["--first"] if bounds.ended == "first" else []
    return shlex.join([*words, "--", *report.workload.given])


def _modes(bounds: Bounds) -> str:
    """How schedules were run; where some were forked, why."""
    forked = {unit: mode.partition(": ")[2] for unit, mode in bounds.mode.items() if mode.startswith("fork")}
    if not bounds.mode:
        return ""
    if not forked:
        return "re-run in process"
    reasons = sorted({why for why in forked.values() if why})
    why = f" ({inert(reasons[0])}{', ...' if len(reasons) > 1 else ''})" if reasons else ""
    if len(forked) == len(bounds.mode):
        return f"each in a fork{why}"
    return f"re-run in process, {len(forked)} of {len(bounds.mode)} units by fork{why}"


def _units(bounds: Bounds) -> str:
    units = _count(bounds.units, "unit", "units")
    return f"{bounds.units} of {bounds.collected:,} units" if bounds.collected > bounds.units else units


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
