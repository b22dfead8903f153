"""The table of the real bugs: one row a case."""

from __future__ import annotations

from typing import Any

from bench.hunting import in_family

HEAD = ("case", "found", "root site", "stock", "seconds", "schedules", "fixed side", "plain stress, same CPU time")
WIDTHS = (24, 16, 9, 13, 7, 9, 26, 27)


def row(told: dict[str, Any]) -> tuple[str, ...]:
    """A case as the cells of its row."""
    if "problem" in told or not told["buggy"]:
        return (told["case"], "not run", *[""] * 6)
    best = told["buggy"][0]
    found = next((code for code in best["codes"] if best["found"] and _expected(code, told)), "")
    return (
        told["case"],
        found if best["found"] else "no",
        ("yes" if best["root"] else "no") if best["found"] else "",
        best["stock"],
        f"{best['seconds']:.1f}",
        f"{best['schedules']:,}",
        "; ".join(_fixed(trial) for trial in told["fixed"]) or "none published",
        _stress(told.get("stress")),
    )


def _expected(code: str, told: dict[str, Any]) -> bool:
    return in_family(code.split()[0], told["families"])


def _fixed(trial: dict[str, Any]) -> str:
    if trial["error"]:
        return "not searched"
    return f"{', '.join(code.split()[0] for code in trial['codes']) or 'silent'} in {trial['schedules']:,}"


def _stress(stress: dict[str, Any] | None) -> str:
    return "" if stress is None else f"{stress['failed']} of {stress['runs']} runs, {stress['cpu']:.1f} s"


def reasons(told: dict[str, Any]) -> list[str]:
    """What the row does not say: why it was not run, what was found instead, what was not under control."""
    if "problem" in told:
        return [told["problem"]]
    out = []
    for trial in (*told["buggy"], *told["fixed"]):
        if trial["error"]:
            out.append(f"{trial['requirements']}: {trial['error']}")
        if trial["side"] == "buggy" and not trial["found"]:
            said = f"; found {', '.join(trial['codes'])}" if trial["codes"] else ""
            free = f"; not under control: {'; '.join(trial['uncontrolled'][:3])}" if trial["uncontrolled"] else ""
            out.append(f"{trial['requirements']}: {trial['verdict']}, {trial['schedules']:,} schedules{said}{free}")
        if trial["side"] == "fixed" and trial["codes"]:
            out.append(f"{trial['requirements']}: {'; '.join(f'{c} {t}' for c, t in zip(trial['codes'], trial['titles'], strict=True))}")
    return out


def summary(cases: list[dict[str, Any]]) -> str:
    first = [told["buggy"][0] for told in cases if told["buggy"]]
    found = sum(trial["found"] for trial in first)
    root = sum(trial["root"] for trial in first)
    return f"{found} of {len(cases)} found, {root} with the root site in the right function"


def line(cells: tuple[str, ...]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def as_markdown(results: dict[str, Any]) -> str:
    """A results file as the section of RESULTS.md it stands for."""
    out = [f"## {results['date']}: real bugs", "", f"`{results['command']}` on {results['machine']}.", ""]
    out += ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    out += ["| " + " | ".join(row(told)) + " |" for told in results["cases"]]
    out += ["", summary(results["cases"]) + ".", ""]
    out += [f"* {told['case']}: {why}".replace("\n", " ") for told in results["cases"] for why in reasons(told)]
    return "\n".join(out) + "\n"
