"""Taking a workload's units as they come, and saying why none did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from racetrap.case import Failure
from racetrap.errors import Problem
from racetrap.hunt import diagnose
from racetrap.hunt.messages import Collected, ControlMessage, Hello, Notice, Refused
from racetrap.hunt.order import Order
from racetrap.hunt.seen import Seen
from racetrap.hunt.session import GRACE, Session, Unit

HELLO_WAIT = 30.0
"""Seconds until a command that has not started a Python is told so."""


@dataclass
class Gathered:
    """What the workload handed over."""

    units: dict[str, Unit] = field(default_factory=dict)
    announced: int | None = None
    """How many units it said there are; None: it has not said so."""
    left_out: int = 0
    failure: Failure | None = None
    """The workload failed before there was any unit."""


class Gathering:
    """Takes units until all are there, the process is gone, silent, or the user wants an end.

    Args:
        stopping: set when the user wants an end.
        on_unit: called with each unit as it comes.
    """

    def __init__(
        self, order: Order, session: Session, seen: Seen, stopping: asyncio.Event, on_unit: Callable[[Unit], None]
    ) -> None:
        self._order = order
        self._session = session
        self._seen = seen
        self._stopping = stopping
        self._on_unit = on_unit
        self._got = Gathered()
        self._began = time.monotonic()

    async def run(self) -> Gathered:
        """All of it.

        Raises:
            Problem: nothing to hunt in, by the command's or the environment's fault.
        """
        got = self._got
        patience = min(HELLO_WAIT, self._order.startup)
        while got.announced is None or len(got.units) < got.announced:
            try:
                arrival = await self._next_arrival(patience)
            except TimeoutError:
                self._nothing_came(patience)
                break
            if arrival is None:
                if not self._stopping.is_set():
                    self._process_ended()
                break
            self._take(arrival)
            # What was handed over is announced on one connection and comes on others, and each unit first watches
            # one run of its own: on a busy machine seconds may pass.
            patience = self._order.startup if got.announced is None else GRACE
        return got

    def _take(self, arrival: Unit | Hello | ControlMessage) -> None:
        if isinstance(arrival, Unit):
            self._got.units[arrival.name] = arrival
            self._seen.notice(arrival.notices)
            self._on_unit(arrival)
        elif isinstance(arrival, Notice):
            self._seen.notice([arrival.text])
        elif isinstance(arrival, Refused):
            raise self._refused(arrival)
        elif isinstance(arrival, Collected):
            self._got.announced, self._got.left_out = arrival.units, arrival.left_out

    async def _next_arrival(self, patience: float) -> Unit | Hello | ControlMessage | None:
        """What comes next; None when the process is gone or the user wants an end.

        Raises:
            TimeoutError: nothing for `patience` seconds.
        """
        getting = asyncio.ensure_future(self._session.arrivals.get())
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({getting, stopping}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                return getting.result()
            if stopping.done():
                return None
            raise TimeoutError
        finally:
            getting.cancel()
            stopping.cancel()

    def _nothing_came(self, waited: float) -> None:
        output = self._session.output.tail()
        if self._session.hello is None:
            raise diagnose.no_hello(self._order.workload, self._session.exit_status, waited, output)
        if not self._got.units:
            raise Problem(
                "The workload does not get to an event loop or a test body.",
                seen=f"Python started, and then nothing for {waited:.0f} s{diagnose.quoted(output)}",
                fix="if it only needs longer: racetrap hunt --startup 300 -- ...; if it waits for input or a server, "
                "start that first",
            )
        self._seen.lost_control(f"handing over stopped after {len(self._got.units)} units: nothing for {waited:.0f} s")

    def _process_ended(self) -> None:
        status, output = self._session.exit_status, self._session.output.tail()
        workload = self._order.workload
        if self._session.hello is None:
            raise diagnose.no_hello(workload, status, time.monotonic() - self._began, output)
        ended = diagnose.describe(status)
        if self._got.units:
            self._seen.lost_control(f"the workload {ended} before all its units were handed over")
        elif status and not diagnose.is_usage(workload, status):
            what = f"{ended} before any event loop or test body"
            self._got.failure = Failure(unit=" ".join(workload.given), what=what, text=output)
        elif self._session.faults:
            self._seen.lost_control(self._session.faults[0])
        else:
            raise diagnose.no_units(workload, status or 0, output)

    def _refused(self, message: Refused) -> Problem:
        hello = self._session.hello
        if hello is not None and tuple(hello.python[:2]) < diagnose.OLDEST:
            major, minor = hello.python[:2]
            return diagnose.too_old((major, minor), hello.executable, self._order.workload)
        return Problem(
            "The probe cannot do this job.",
            seen=message.text,
            fix=message.fix or "if the app and the probe are of different versions, install racetrap anew in one environment",
        )
