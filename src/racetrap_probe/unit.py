"""A unit: the thing that is run again and again.  A script is one, a pytest item is one."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any

from .confirm import StockEngine
from .confirm_threads import StockThreads
from .execution import Execution, Uncontrolled
from .schedule import Replay, Strategy
from .search import Search
from .server import Channel, record_into
from .strategies.keyed import Keyed
from .strategies.stock import Stock

Report = Callable[[], None]


class Unit:
    """What the fork server and a search need of a script or a test.

    name: how results call it.  latency: how late a sleep may be.  roles: what was learned of the project's classes; set before the
    first run.  why_not: why it cannot be run again in process ("" if it can).
    """

    kind = ""

    def __init__(self, name: str, latency: float) -> None:
        self.name = name
        self.latency = latency
        self.roles: Any = None
        self.why_not = ""
        self.uncontrolled: list[dict[str, str]] = []
        """What was there at the fork point and is not ours."""

    # Each kind of unit has its own of these three.
    def begin(self, execution: Execution, report: Report) -> None:
        """In a fresh fork: begin the execution; `report` is called at its end.  If this returns, the user's program goes on."""
        raise NotImplementedError

    def prepare_reruns(self) -> None:
        """Once in a process that will call `rerun`."""
        raise NotImplementedError

    def rerun(self, execution: Execution) -> int:
        """Run once more in this process, between the execution's begin and end -> exit status."""
        raise NotImplementedError

    # ----------------------------------------------------------------- common
    def watched(self, book: Any, report: Report) -> None:
        """Begin the run roles are learned from."""
        execution = Execution(Stock(), None, latency=self.latency)
        execution.monitor.recorder = book

        def told() -> None:
            book.passed = execution.failure is None and execution.engine.outcome is None
            report()

        self.begin(execution, told)

    def arm(self, command: dict[str, Any], channel: Channel, ring: mmap.mmap) -> None:
        """In a fresh fork: begin the execution of a recorded schedule."""
        schedule = command.get("schedule", {})
        keep = bool(command.get("keep_sleep0"))
        latency = float(schedule.get("latency", self.latency))
        stock = command.get("stock")
        if command.get("alone"):
            execution: Execution = Uncontrolled(Stock(), self.roles, latency=latency)
        elif stock and stock["timing"].get("free"):
            free = StockThreads(stock["timing"], int(stock["attempt"]), latency)
            execution = Execution(free.strategy, self.roles, latency=latency, full=bool(command.get("full")), engine=free)
        elif stock:
            engine = StockEngine(stock["timing"], int(stock["attempt"]), latency)
            execution = Execution(engine.strategy, self.roles, latency=latency, full=bool(command.get("full")), engine=engine)
        else:
            keyed = command.get("keyed")
            replay: Strategy = Keyed(keyed) if keyed is not None else Replay(schedule.get("decisions", []), keep)
            replay.begin(0, 0)
            execution = Execution(replay, self.roles, latency=latency, keep_sleep0=keep, full=bool(command.get("full")))
        execution.engine.record = record_into(ring)
        self.begin(execution, lambda: channel.send(execution.result()))

    def again(self, command: dict[str, Any], channel: Channel, ring: mmap.mmap) -> None:
        """In a fresh fork: begin the execution of one schedule of a search, by its index."""
        command.setdefault("latency", self.latency)
        execution = Search(self, command, channel, mmap.mmap(-1, 64)).execution(command["index"])
        execution.engine.record = record_into(ring)
        self.begin(execution, lambda: channel.send(execution.result()))

    def schedule_of(self, command: dict[str, Any], decisions: list[Any]) -> dict[str, Any]:
        """The schedule number `index` of a search, as data."""
        from .strategies import Portfolio

        name = Portfolio(command.get("strategy")).strategy(command["index"]).name
        return {"format": 1, "unit": self.name, "latency": float(command.get("latency", self.latency)),
                "strategy": {"name": name, "seed": int(command["seed"]), "index": command["index"]}, "decisions": decisions}

    def search(self, command: dict[str, Any], channel: Channel, slot: mmap.mmap) -> None:
        """In a worker: run schedules of the portfolio and report."""
        command.setdefault("latency", self.latency)
        Search(self, command, channel, slot).run()

    def trials(self, command: dict[str, Any], channel: Channel, slot: mmap.mmap) -> None:
        """In a worker: run what the app wants to try, one after the other."""
        from .trials import Trials

        command.setdefault("latency", self.latency)
        Trials(self, command, channel, slot).serve()
