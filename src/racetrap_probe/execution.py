"""One execution, from its schedule to its result."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import traceback
from asyncio import events
from collections import Counter
from typing import Any

from . import children, clock, confirm, confirm_threads, current, faults, lines, loop, outside, sites, threads, wire
from .book import Book
from .engine import EPOCH, Abort, Engine
from .monitor import Monitor
from .oracles import user
from .schedule import FAULTS, Decision, Strategy, name_of


class Execution:
    """Sets the slot in `current`, collects what happened, gives a run result (docs/protocol.md).

    strategy: who decides; it must have been begun.  roles: what the monitor knows of the user's classes.
    full: keep stacks, events and times for a report.  engine: to be used instead of one of its own.
    book: "steps" records every event, "events" all but the tasks' steps, "" none.
    """

    def __init__(self, strategy: Strategy, roles: Any, *, latency: float = 1.0, keep_sleep0: bool = False,
                 full: bool = False, engine: Engine | None = None, book: str = "") -> None:
        self.strategy = strategy
        self.engine = engine or Engine(strategy, latency, keep_sleep0)
        if full:
            self.engine.trace = confirm.Trace()
        if book:
            self.engine.book = Book(self.engine, steps=book == "steps")
            attach = getattr(strategy, "attach", None)
            if attach is not None:
                attach(self.engine)
        recorded = getattr(strategy, "faults", None)
        if recorded:
            self.engine.faults = faults.Recorded(recorded)
        self.monitor = Monitor(self.engine, roles, full)
        self.failure: BaseException | None = None
        self.finished = False
        self.in_process = False
        """This process goes on after the execution: what it leaves running must be ended."""
        self.unwinding: Any = None
        """In a recorded run: how functions are left (unwinding.Unwinding)."""

    def begin(self) -> None:
        gc.disable()  # finalizers are events: none by chance
        loop._marks.clear()
        clock.begin_run()
        current.thread = threading.get_ident()
        current.engine = self.engine
        self.monitor.begin()
        if isinstance(self.engine, confirm_threads.StockThreads):
            confirm_threads.FreeWorld(self.engine).begin()
        if self.unwinding is not None:
            self.unwinding.begin()

    def end(self) -> None:
        """Give the interpreter back: no loop, no engine."""
        if self.unwinding is not None:
            self.unwinding.end()
        if self.engine.children:
            children.leave(self.engine)
        lines.end_thread()
        if not self.in_process:
            lines.end()
        self.strategy.end(len(self.engine.decisions))
        self.monitor.end(failed=self.failure is not None)
        if threads.replaced_by_others():
            self.engine.note_uncontrolled(threads.MONKEY, "")
        world = self.engine.world
        if world is not None:
            if not self.engine.digest_at_abort:
                self.engine.digest_at_abort = self.monitor.digest(self.engine.outcome or ("failed" if self._has_failed() else "passed"))
            if self.in_process:
                world.close()
        if self.in_process and self.engine.wire is not None:
            self.engine.wire.hang_up()
        current.engine = current.world = None
        events._set_running_loop(None)
        with contextlib.suppress(Exception):
            asyncio.set_event_loop(None)

    def _has_failed(self) -> bool:
        return self.failure is not None and not isinstance(self.failure, (Abort, SystemExit))

    def result(self, exit_status: int = 0, brief: bool = False) -> dict[str, Any]:
        """What happened.  brief: only what a search looks at; the costly rest is asked for when it matters."""
        engine, monitor = self.engine, self.monitor
        if not brief:
            monitor.forget_user_violations()
        outcome = engine.outcome or ("failed" if self.failure is not None or exit_status else "passed")
        exception = None
        own = engine.deadline_of_its_own
        if own is not None and outcome == "failed" and user.is_foreseen(self.failure):
            engine.deadlines_struck += 1
            engine.assumed.append(("deadline", *own))  # type: ignore[arg-type]
        slow_world = False
        if self.failure is not None and not isinstance(self.failure, (Abort, SystemExit)):
            exception = describe(self.failure, with_text=not brief)
            slow_world = engine.is_slow_world and user.is_answer_to_deadline(self.failure)
        user.judge(monitor, outcome, exception, exit_status, self.failure)
        stands = ", ".join(dict.fromkeys(sites.text(site) for _, site in monitor.hang_info[:4])) if outcome == "unfinished" else ""
        if brief:
            return {"outcome": outcome, "stands": stands, "violations": list(monitor.violations.values()), "turns": engine.turns, "choices": len(engine.decisions),
                    "noticed": getattr(self.strategy, "events", 0),
                    "uncontrolled": [{"what": w, "site": s} for w, s in engine.uncontrolled],
                    "servers": engine.wire.servers if engine.wire is not None else [], "heard": engine.heard, "unheard": _unheard(engine), "cut_off": user.is_cut_off(engine)}
        diverged = getattr(self.strategy, "diverged", None)
        return {
            "outcome": outcome,
            "stands": stands,
            "exit": exit_status,
            "signal": None,
            "exception": exception,
            "slow_world": slow_world,
            "violations": [_named(v, engine) for v in monitor.violations.values()],
            "digest": engine.digest_at_abort or monitor.digest(engine.outcome or ("failed" if exception is not None else "passed")),
            "turns": engine.turns,
            "virtual_seconds": round(engine.now - EPOCH, 6),
            "choices": len(engine.decisions),
            "noticed": getattr(self.strategy, "events", 0),
            "decisions": [Decision(*d).as_json() for d in engine.decisions],
            "diverged": diverged,
            "patience": own is not None,
            "assumes": assumptions(engine),
            "servers": engine.wire.servers if engine.wire is not None else [],
            "threads": len(engine.world.workers) - 1 if engine.world is not None else 0,
            "packages": sorted({w.package for w in engine.world.workers} - {""}) if engine.world is not None else [],
            "heard": engine.heard,
            "unheard": _unheard(engine), "cut_off": user.is_cut_off(engine),
            "resized": engine.resized,
            "silent": wire.learned() if engine.wire is not None else [],
            "uncontrolled": [{"what": w, "site": s} for w, s in engine.uncontrolled],
            **({"events": monitor.event_rows(), "timing": {
                **engine.trace.as_json(), "faults": engine.injected,
                "stops": world.stops.made if (world := engine.world) is not None and world.stops is not None else []}} if monitor.full else {}),
            **({"answer": engine.spared.answer()} if engine.spared is not None else {}),
            **({"kept": self.strategy.kept} if hasattr(self.strategy, "kept") else {}),
            **({"book": engine.book.as_json()} if engine.book is not None else {}),
        }


class Uncontrolled(Execution):
    """One run as the interpreter itself would make it: nothing is under control, and nothing is watched but how it ends."""

    def begin(self) -> None:
        outside.not_watched()

    def end(self) -> None:
        """Nothing was taken."""

    def result(self, exit_status: int = 0, brief: bool = False) -> dict[str, Any]:
        failed = exit_status or (self.failure is not None and not isinstance(self.failure, SystemExit))
        exception = describe(self.failure) if self.failure is not None and not isinstance(self.failure, SystemExit) else None
        return {"outcome": "failed" if failed else "passed", "exit": exit_status, "signal": None, "exception": exception, "slow_world": False,
                "violations": [], "digest": "", "turns": 0, "virtual_seconds": 0.0, "choices": 0, "noticed": 0, "decisions": [], "diverged": None,
                "assumes": [], "uncontrolled": []}


def _unheard(engine: Engine) -> list[str]:
    """The servers that were asked, where nothing was heard from any."""
    return [] if engine.heard else list(engine.unheard)


def _named(violation: dict[str, Any], engine: Engine) -> dict[str, Any]:
    """With the faults that were injected in its title."""
    if not engine.injected:
        return violation
    names = Counter(FAULTS[kind] for _, kind, _ in engine.injected)
    told = " and ".join(f"{count} x {name}" if count > 1 else name for name, count in names.items())
    return {**violation, "title": f"{violation['title']} (injected: {told})"}


def assumptions(engine: Engine) -> list[dict[str, str]]:
    out = []
    for kind, site, by in [*engine.assumed, *(engine.at_failure[0] if engine.at_failure is not None else engine.late_now())]:  # type: ignore[list-item]
        if kind == "fault":
            out.append({"kind": "fault", "site": sites.text(site), "by": by})
        elif kind == "deadline":
            out.append({"kind": "deadline", "site": sites.text(site), "by": f"passed at {by - EPOCH:.6g} s"})  # type: ignore[operator]
        elif kind == "switch":
            out.append({"kind": "switch", "site": sites.text(site), "by": f"{name_of(by[0])} stopped here, {name_of(by[1])} went on"})  # type: ignore[index]
        elif kind == "sleep0":
            out.append({"kind": "sleep0", "site": sites.text(site), "by": "taken for I/O that came later"})
        elif float(by) > 0:
            out.append({"kind": "late", "site": sites.text(site), "by": f"{kind} late by {float(by):.3g} s"})
    unique: dict[tuple[str, ...], dict[str, str]] = {}
    for item in out:
        unique.setdefault((item["kind"], item["site"], item["by"]), item)
    return list(unique.values())


def describe(error: BaseException, with_text: bool = True) -> dict[str, Any]:
    frames = [f for f in traceback.walk_tb(error.__traceback__) if not sites.is_probe_file(f[0].f_code.co_filename)]
    mine = [f for f in frames if sites.is_user_code(f[0].f_code)] or frames[-1:]
    below = [f for f in frames[frames.index(mine[-1]) + 1 :] if not sites.is_standard(f[0].f_code)]
    inside = list(dict.fromkeys((f.f_code, line) for f, line in (below[0], below[-1]))) if below else []
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=-12)) if with_text else ""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - the user's own __str__ may fail in any way
        message = "<its __str__ failed>"
    return {
        "type": type(error).__name__,
        "message": message[:2000],
        "sites": [sites.as_site(f.f_code, line, "raised" if f is mine[-1][0] else "called") for f, line in mine[-6:]],
        "inside": [sites.as_site(code, line, "raised inside" if (code, line) == inside[-1] else "called") for code, line in inside],
        "text": text[-6000:],
    }


@contextlib.contextmanager
def no_collection() -> Any:
    """Finalizers are events: no automatic garbage collection during a schedule."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
