"""An explanation as text: what has to happen, why that breaks the rule, what cures it."""

from __future__ import annotations

import textwrap

from racetrap.case import Site
from racetrap.explain.model import FEW, Curve, Explanation, Ordering
from racetrap.report.inert import inert
from racetrap.report.paint import Paint
from racetrap.report.source import SourceLines

_INDENT = "    "
_WIDTH = 112
_STOCK = {False: "asyncio's own loop", True: "real threads without a scheduler of ours"}


def status(explanation: Explanation) -> str:
    """What keeps the finding from being beyond doubt, in a few words; empty if nothing does."""
    finding, doubts = explanation.finding, []
    if finding.replayed[0] < finding.replayed[1]:
        doubts.append(f"replayed {finding.replayed[0]}/{finding.replayed[1]} only")
    if explanation.replays.shown < explanation.replays.of:
        doubts.append(f"the minimised run {explanation.replays.shown}/{explanation.replays.of} only")
    alone = min((o.with_it for o in explanation.orderings), key=lambda count: count.shown / max(1, count.of), default=None)
    if alone is not None and 2 * alone.shown < alone.of:
        doubts.append(f"under these orders alone it fails in {alone} runs")
    shown, of = finding.stock_tries
    if of == 0:
        doubts.append(f"not tried on {_STOCK[is_threads(explanation)]}")
    elif shown == 0:
        doubts.append(f"not confirmed on {_STOCK[is_threads(explanation)]} (0 of {of})")
    return "; ".join(doubts)


def is_threads(explanation: Explanation) -> bool:
    """Is it about threads and nothing else?"""
    return any(a.kind == "thread" for a in explanation.actors) and not any(a.kind == "task" for a in explanation.actors)


def headline(explanation: Explanation) -> str:
    """The first line without colours."""
    finding = explanation.finding
    doubts = status(explanation)
    return f"{inert(finding.id)}  {inert(finding.code)}  {inert(finding.title)}" + (f"  [{doubts}]" if doubts else "")


def render(explanation: Explanation, paint: Paint) -> str:
    """The whole explanation."""
    source = SourceLines(explanation.workload.root, explanation.files)
    blocks = [
        [paint(headline(explanation), "bold"), _INDENT + paint(f"in {inert(explanation.unit)}", "dim")],
        _orderings(explanation, paint),
        _chain(explanation, source, paint),
        _timeline(explanation, source, paint),
        _root(explanation, source, paint),
        _proof(explanation, paint),
        _siblings(explanation, paint),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _orderings(explanation: Explanation, paint: Paint) -> list[str]:
    if explanation.why_not and not explanation.orderings:
        return [paint("WHAT HAS TO HAPPEN", "bold"), *_wrapped(explanation.why_not)]
    if not explanation.orderings:
        return [paint("WHAT HAS TO HAPPEN", "bold"), f"{_INDENT}nothing has to be late: the default order does it"]
    count = len(explanation.orderings)
    lines = [paint(f"WHAT HAS TO HAPPEN  {count} {'order' if count == 1 else 'orders'}, everything else as it comes", "bold")]
    for number, ordering in enumerate(explanation.orderings, start=1):
        lines += _wrapped(f"{number}. {inert(ordering.text)}")
        lines.append(f"{_INDENT}   {paint(_flipped(ordering), 'green')}")
    if explanation.causes_alone is not None:
        lines += _wrapped(f"with nothing but {'this' if count == 1 else 'these'} held, {explanation.causes_alone} runs fail")
    if count > FEW:
        lines += _wrapped(f"more than {FEW}: {inert(explanation.why_not)}")
    for ordering in explanation.noise:
        lines += _wrapped(f"dropped as noise: {inert(ordering.text)} ({_flipped(ordering)})")
    return lines


def _flipped(ordering: Ordering) -> str:
    if not ordering.reversed.of:
        return f"not turned round, the time was up; as it stands: {ordering.with_it}"
    if not ordering.with_it.shown:
        return f"turned round or not, it does not fail again: {ordering.reversed} runs, as it stands: {ordering.with_it}"
    cured = "cured" if ordering.reversed.shown == 0 else "rarer" if ordering.cause else "not cured"
    return f"{'left open' if ordering.left_open else 'the other way round'}: {ordering.reversed} runs fail ({cured}); as it stands: {ordering.with_it}"


def _chain(explanation: Explanation, source: SourceLines, paint: Paint) -> list[str]:
    lines = [paint("WHY IT BREAKS", "bold")]
    for number, link in enumerate(explanation.chain, start=1):
        events = f"  {paint('e' + ', e'.join(map(str, link.events)), 'dim')}" if link.events else ""
        lines.append(f"{_INDENT}{number}. {inert(link.text)}{events}")
        if link.site is not None and link.site.line:
            lines.append(f"{_INDENT}   {paint(inert(str(link.site)), 'cyan')}  {_quoted(source, link.site)}")
        lines.append(f"{_INDENT}   {paint('because', 'dim')} {inert(link.reason)}")
    return lines


def _timeline(explanation: Explanation, source: SourceLines, paint: Paint) -> list[str]:
    lines = [paint("TIMELINE", "bold") + "  in the order in which things took effect"]
    wide = max((len(inert(m.who)) for m in explanation.timeline), default=0)
    digits = max((len(f"{m.at:.6f}") for m in explanation.timeline), default=0)
    for moment in explanation.timeline:
        at = f"  {inert(str(moment.site))}" if moment.site is not None else ""
        began = f"  ({moment.began})" if moment.began else ""
        lines.append(
            f"{_INDENT}{moment.label:<4}{moment.at:>{digits}.6f} s  {inert(moment.who):<{wide}}  {inert(moment.what)}{began}{paint(at, 'cyan')}"
        )
        if moment.site is not None and (quoted := _quoted(source, moment.site)):
            lines.append(f"{'':{wide + digits + 13}}{paint(quoted, 'dim')}")
    return lines


def _root(explanation: Explanation, source: SourceLines, paint: Paint) -> list[str]:
    root = explanation.root
    lines = [paint("ROOT", "bold")]
    if root.site is not None:
        lines.append(f"{_INDENT}{paint(inert(str(root.site)), 'cyan')}  {inert(root.site.function)}  {_quoted(source, root.site)}")
    if root.raised is not None and str(root.raised) != str(root.site):
        lines.append(f"{_INDENT}raised at {paint(inert(str(root.raised)), 'cyan')}  {_quoted(source, root.raised)}")
    return lines + _wrapped(inert(root.why))


def _proof(explanation: Explanation, paint: Paint) -> list[str]:
    lines = [paint("PROOF", "bold")]
    rows = [("reversed", explanation.counterfactual)]
    if explanation.minimised_from:
        rows.append(("minimised", f"from {explanation.minimised_from} constraints to {len(explanation.orderings)}"
                     + ("" if explanation.complete else " (cut short: perhaps fewer will do)")))
    rows.append(("replayed", f"{explanation.replays.shown}/{explanation.replays.of}, the minimised run, each from a fresh fork"))
    rows.append(("base rate", f"{explanation.wild} schedules of a short search show it"))
    if explanation.curve is not None:
        rows.append(("baked in", curve_said(explanation.curve)))
    rows.append(("cost", f"{explanation.runs:,} runs, {explanation.seconds:g} s, {explanation.mode}"))
    rows += [("noticed", notice) for notice in explanation.notices]
    for head, text in rows:
        lines += [f"{_INDENT}{head if n == 0 else '':<11}{line}" for n, line in enumerate(textwrap.wrap(inert(text), _WIDTH - 15))]
    return lines


def curve_said(curve: Curve) -> str:
    """The likelihood curve in one sentence."""
    first, last = curve.points[0], curve.points[-1]
    if curve.jump is None:
        return f"the failure is as likely with no decision kept ({first.shown} of {first.of}) as with all {curve.decisions}"
    before = max((p for p in curve.points if p.kept < curve.jump), key=lambda p: p.kept)
    at = next(p for p in curve.points if p.kept == curve.jump)
    where = "" if curve.exact else f" (somewhere after {before.kept})"
    return (
        f"decision {curve.jump} of {curve.decisions}{where}, {curve.label}: {before.shown} of {before.of} runs fail with what came before it kept, "
        f"{at.shown} of {at.of} with it; none kept {first.shown} of {first.of}, all kept {last.shown} of {last.of}"
    )


def _siblings(explanation: Explanation, paint: Paint) -> list[str]:
    if not explanation.siblings:
        return []
    lines = [paint("THE SAME PATTERN ELSEWHERE", "bold") + "  suspected: read, not run"]
    for sibling in explanation.siblings:
        lines.append(f"{_INDENT}{paint(inert(str(sibling.site)), 'cyan')}  {inert(sibling.site.function)}  {inert(sibling.why)}")
        lines.append(f"{_INDENT}    {inert(sibling.command)}")
    return lines


def _quoted(source: SourceLines, site: Site) -> str:
    line = source.line(site.path, site.line)
    return f"| {inert(line)}" if line else ""


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT + "   ", break_long_words=False, break_on_hyphens=False)
