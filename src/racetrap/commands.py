"""What each command does: settle the options, call the stage, hand its result to a renderer -> exit code."""

from __future__ import annotations

import difflib
import secrets
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from racetrap import settings, store, workload
from racetrap.errors import Problem
from racetrap.hunt import FAULTS, SCHEDULES, SECONDS, UNLIMITED, Order, hunt, replay
from racetrap.report import json as json_report
from racetrap.report import replay as replay_report
from racetrap.report import text as text_report
from racetrap.report.inert import inert
from racetrap.report.paint import paint_for

if TYPE_CHECKING:
    from racetrap.report.formats import Output


@dataclass(frozen=True, kw_only=True)
class HuntOptions:
    """The options of `racetrap hunt`, as typed."""

    command: list[str]
    python: str | None
    seconds: float | None
    schedules: int | None
    seed: int | None
    latency: float
    jobs: int | None
    json: str | None
    notes: bool
    first: bool
    fork: bool
    save: bool
    wall: float
    startup: float
    max_units: int
    inject: str | None
    faults: int
    reset: str | None
    also: list[str] = field(default_factory=list)
    explain: bool = False
    formats: list[str] = field(default_factory=list)


def order_of(options: HuntOptions) -> Order:
    """The order those options mean.  A budget given alone is the only one.

    Raises:
        Problem: the command, the interpreter or [tool.racetrap] is wrong.
    """
    what = workload.prepare(options.command, python=options.python)
    if options.reset is not None:
        what = msgspec.structs.replace(what, reset=options.reset)
    what = msgspec.structs.replace(what, also=options.also)
    seconds, schedules = options.seconds, options.schedules
    if seconds is None and schedules is None:
        seconds, schedules = SECONDS, SCHEDULES
    order = Order(
        workload=what,
        seed=options.seed if options.seed is not None else secrets.randbelow(1_000_000),
        seconds=seconds if seconds is not None else float(UNLIMITED),
        schedules=schedules if schedules is not None else UNLIMITED,
        latency=options.latency,
        first=options.first,
        fork=options.fork,
        wall=options.wall,
        startup=options.startup,
        max_units=options.max_units,
        inject=_kinds_of_faults(options.inject),
        faults=options.faults,
        roles=settings.read_roles(Path(what.root), rule_codes()),
    )
    if options.jobs is not None:
        order = replace(order, jobs=options.jobs)
    return order


def _kinds_of_faults(typed: str | None) -> tuple[str, ...]:
    """
    Raises:
        Problem: one of them does not exist.
    """
    kinds = tuple(dict.fromkeys(word.strip() for word in typed.split(",") if word.strip())) if typed else ()
    for kind in kinds:
        if kind not in FAULTS:
            near = difflib.get_close_matches(kind, FAULTS, n=1)
            raise Problem(
                f"--inject knows no fault {kind!r}.",
                seen=f"there are {', '.join(FAULTS)}",
                fix=f"racetrap hunt --inject {near[0] if near else FAULTS[0]} -- ...",
            )
    return kinds


def run_hunt(options: HuntOptions) -> int:
    """Hunt, print the report."""
    if options.json is not None:
        json_report.check(options.json)
    wanted = _wanted(options)
    order = order_of(options)
    live = sys.stderr.isatty()
    sys.stderr.write(f"racetrap: hunting in `{inert(' '.join(options.command))}`, seed {order.seed}\n")
    report = hunt(order, save_to=Path() if options.save else None, stream=sys.stderr, live=live)
    text_stream = sys.stderr if options.json == "-" else sys.stdout
    text_stream.write(text_report.render(report, paint_for(text_stream), notes=options.notes))
    text_stream.flush()
    if options.json is not None:
        json_report.write(report, options.json)
    if options.explain:
        from racetrap.commands_explain import explain_all

        explain_all(report.findings, wanted, fork=options.fork)
    return report.exit_code


def _wanted(options: HuntOptions) -> list[Output]:
    """The formats of the explanations, checked before anything is run."""
    if not options.explain:
        return []
    if not options.save:
        raise Problem("--explain needs the findings' directories.", seen="--no-save", fix="leave one of the two out")
    from racetrap.report.formats import outputs

    return outputs(options.formats)


def run_replay(finding: Path, *, times: int, python: str | None, json: str | None, reset: str | None) -> int:
    """Replay a finding, print what that showed."""
    saved, schedule = store.load(finding)
    what = saved.workload
    if python is not None:
        again = workload.prepare(what.given, python=python, cwd=Path(what.cwd))
        what = msgspec.structs.replace(what, command=again.command)
    if reset is not None:
        what = msgspec.structs.replace(what, reset=reset)
    order = Order(workload=what, seed=schedule.strategy.seed, roles=settings.read_roles(Path(what.root)))
    result = replay(saved.finding, schedule, what, times=times, order=order)
    if json is not None:
        json_report.write(result, json)
    text_stream = sys.stderr if json == "-" else sys.stdout
    text_stream.write(replay_report.render(result, paint_for(text_stream)))
    return result.exit_code


def run_doctor(*, json: str | None) -> int:
    """Look at the machine, print what was seen."""
    from racetrap import doctor
    from racetrap.report import doctor as doctor_report

    if json is not None:
        json_report.check(json)
    diagnosis = doctor.look()
    text_stream = sys.stderr if json == "-" else sys.stdout
    text_stream.write(doctor_report.render(diagnosis, paint_for(text_stream)))
    if json is not None:
        json_report.write(diagnosis, json)
    return 0 if diagnosis.can_hunt else 2


def rule_codes() -> list[str]:
    """The codes of all rules."""
    from racetrap_probe import oracles

    return list(oracles.rule_codes())


def run_rule(code: str | None) -> int:
    """Print a rule's text, or the list of codes."""
    from difflib import get_close_matches

    from racetrap_probe import oracles

    codes = rule_codes()
    if code is None:
        for each in codes:
            sys.stdout.write(f"{each}  {_title(oracles.rule_text(each) or '')}\n")
        return 0
    text = oracles.rule_text(code.upper())
    if text is None:
        near = get_close_matches(code.upper(), codes, n=1, cutoff=0.0)
        raise Problem(
            f"There is no rule {inert(code)}.",
            seen=f"the codes are {', '.join(codes)}",
            fix=f"racetrap rule {near[0]}" if near else "racetrap rule",
        )
    sys.stdout.write(text.rstrip() + "\n")
    return 0


def _title(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
