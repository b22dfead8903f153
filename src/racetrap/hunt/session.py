"""The app's end of docs/protocol.md: one running workload with its connections.

A `Session` starts the command, takes the probe's connections and hands out `Unit`s.
Every wait has an end: it is over when the answer comes, when the other side is gone
(`Gone`), or when its time is up (`Gone` too, naming what was waited for).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import msgspec

from racetrap.case import Schedule, Workload
from racetrap.errors import ProbeFault, Problem
from racetrap.hunt import diagnose, launch
from racetrap.hunt.messages import (
    Answer,
    Collected,
    ControlMessage,
    Found,
    Hello,
    Notice,
    Refused,
    RunResult,
    SearchDone,
    SearchProgress,
    UnitReady,
    decode,
)

LINE_LIMIT = 256 * 1024 * 1024
"""Bytes a message may have: a full run's events come as one line."""

GRACE = 15.0
"""Seconds the other side may take beyond the time it was given."""


class Gone(Exception):
    """The process that should have answered is gone, silent or talking nonsense."""


class Line:
    """One connection: JSON lines both ways."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def receive(self) -> bytes | None:
        """The next line, or None at the end."""
        try:
            line = await self._reader.readline()
        except (ConnectionError, ValueError) as error:  # ValueError: longer than LINE_LIMIT
            raise ProbeFault(f"a connection of the probe broke: {error}") from error
        return line if line.endswith(b"\n") else None

    def send(self, command: dict[str, Any]) -> None:
        if not self._writer.is_closing():
            self._writer.write(msgspec.json.encode(command) + b"\n")

    def close(self) -> None:
        self._writer.close()


class Unit:
    """One hunted thing: its fork server at the other end of a connection."""

    def __init__(self, ready: UnitReady, line: Line, reset: str = "") -> None:
        self.name = ready.unit
        self.kind = ready.kind
        self.pid = ready.pid
        self.notices = ready.notices
        self.watched = ready.watched
        self.uncontrolled = ready.uncontrolled
        self.gone: str | None = None
        """Why it does not answer any more."""
        self._line = line
        self._reset = reset
        self._last_id = 0
        self._waiting: dict[int, asyncio.Queue[Answer | None]] = {}

    async def run(
        self,
        schedule: Schedule,
        *,
        wall: float,
        full: bool = False,
        keep_sleep0: bool = False,
        stock: dict[str, Any] | None = None,
        keyed: list[Any] | None = None,
        alone: bool = False,
    ) -> RunResult:
        """One execution in a fresh fork.

        Args:
            wall: seconds it may take before the probe kills it.
            stock: run it on asyncio's own loop instead, with what came when in a full run ("timing") and the number of the attempt.
            keyed: instead of the schedule's decisions, these of its choices, each found again by who chose for the nth time.
            alone: nothing is under control, the interpreter runs it as it always does.

        Raises:
            Gone: no answer will come.
        """
        command = {
            "op": "run",
            "schedule": msgspec.to_builtins(schedule),
            "full": full,
            "keep_sleep0": keep_sleep0,
            "wall": wall,
            "stock": stock,
            "keyed": keyed,
            "alone": alone,
        }
        async with aclosing(self._ask(command, wall + GRACE)) as answers:
            async for answer in answers:
                if isinstance(answer, RunResult):
                    if answer.outcome == "reset-failed":
                        raise diagnose.reset_failed(self._reset, answer.exception.message if answer.exception else "")
                    return answer
        raise Gone(f"{self.name}: {self.gone}")

    async def search(
        self, *, seconds: float, wall: float, **options: Any
    ) -> AsyncGenerator[SearchProgress | Found | SearchDone, None]:
        """Run schedules of the portfolio; the last answer is the `SearchDone`.

        Args:
            seconds: the search's time.
            wall: seconds one run may take.
            options: the other fields of the op: seed, first, stride, count, in_process, keep_sleep0, known.

        Raises:
            Gone: no answer will come any more.
        """
        command = {"op": "search", "seconds": seconds, "wall": wall, "strategy": None, **options}
        async with aclosing(self._ask(command, seconds + wall + GRACE)) as answers:
            async for answer in answers:
                if isinstance(answer, SearchProgress | Found | SearchDone):
                    yield answer
                if isinstance(answer, SearchDone):
                    return
        raise Gone(f"{self.name}: {self.gone}")

    @asynccontextmanager
    async def conversation(self, command: dict[str, Any]) -> AsyncIterator[Conversation]:
        """A worker that takes commands until the end of the block."""
        if self.gone is not None:
            raise Gone(f"{self.name}: {self.gone}")
        self._last_id += 1
        number = self._last_id
        queue = self._waiting[number] = asyncio.Queue()
        try:
            self._line.send({**command, "id": number})
            yield Conversation(self, self._line, number, queue)
        finally:
            del self._waiting[number]
            self._line.send({"op": "stop", "id": number})

    def stop_searches(self) -> None:
        """Ask all searches of this unit to end soon."""
        for number in self._waiting:
            self._line.send({"op": "stop", "id": number})

    def quit(self) -> None:
        self._line.send({"op": "quit"})

    def give_up(self, why: str) -> None:
        """Nothing will come any more: everybody who waits is told."""
        if self.gone is None:
            self.gone = why
            for queue in self._waiting.values():
                queue.put_nowait(None)
            self._line.close()

    def deliver(self, answer: Answer) -> None:
        queue = self._waiting.get(answer.id)
        if queue is not None:
            queue.put_nowait(answer)

    async def _ask(self, command: dict[str, Any], patience: float) -> AsyncGenerator[Answer, None]:
        """Send a command; its answers, until the unit is gone or silent for `patience` seconds."""
        if self.gone is not None:
            raise Gone(f"{self.name}: {self.gone}")
        self._last_id += 1
        number = self._last_id
        queue: asyncio.Queue[Answer | None] = asyncio.Queue()
        self._waiting[number] = queue
        over = False
        try:
            self._line.send({**command, "id": number})
            while True:
                try:
                    async with asyncio.timeout(patience):
                        answer = await queue.get()
                except TimeoutError:
                    self.give_up(f"no answer to {command['op']!r} within {patience:.0f} s")
                    return
                if answer is None:
                    return
                over = isinstance(answer, RunResult | SearchDone)
                yield answer
        finally:
            del self._waiting[number]
            if not over:  # whoever asked left early
                self._line.send({"op": "stop", "id": number})


class Conversation:
    """Commands to one worker, and its answers."""

    def __init__(self, unit: Unit, line: Line, number: int, queue: asyncio.Queue[Answer | None]) -> None:
        self._unit = unit
        self._line = line
        self._number = number
        self._queue = queue

    def send(self, command: dict[str, Any]) -> None:
        self._line.send({**command, "id": self._number})

    async def receive(self, patience: float) -> Answer:
        """The next answer.

        Raises:
            Gone: none came within `patience` seconds, or the unit is gone.
        """
        try:
            async with asyncio.timeout(patience):
                answer = await self._queue.get()
        except TimeoutError:
            answer = None
        if answer is None:
            raise Gone(f"{self._unit.name}: {self._unit.gone or f'no answer within {patience:.0f} s'}")
        return answer


class Session:
    """A started workload.

    `arrivals` hands out, in order: the `Hello`, then units and control messages, and None
    once the workload's process is gone.
    """

    def __init__(self, workload: Workload, directory: launch.JobDirectory) -> None:
        self.workload = workload
        self.output = launch.OutputTail()
        self.hello: Hello | None = None
        self.units: list[Unit] = []
        self.arrivals: asyncio.Queue[Hello | Unit | ControlMessage | None] = asyncio.Queue()
        self.faults: list[str] = []
        """Breaches of the contract by the probe."""
        self._directory = directory
        self._lines: list[Line] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def exit_status(self) -> int | None:
        """Of the workload's first process; None while it runs."""
        return self._process.poll() if self._process else None

    async def __aenter__(self) -> Session:
        try:
            self._server = await asyncio.start_unix_server(
                self._connected, path=str(self._directory.socket), limit=LINE_LIMIT
            )
        except OSError as error:
            raise Problem(
                "The socket to the workload cannot be made.",
                seen=f"{self._directory.socket}: {error.strerror}",
                fix="set TMPDIR to a writable directory on a local file system",
            ) from error
        try:
            self._process = launch.start(self.workload, self._directory.job)
        except Problem:
            self._server.close()
            raise
        assert self._process.stdout is not None
        asyncio.get_running_loop().add_reader(self._process.stdout.fileno(), self._read_output)
        self._spawn(self._watch_process(self._process))
        return self

    async def __aexit__(self, *_: object) -> None:
        process = self._process
        assert self._server is not None and process is not None and process.stdout is not None
        for unit in self.units:
            unit.quit()
        for line in self._lines:
            line.send({"op": "quit"})
        try:
            async with asyncio.timeout(1.0):
                while process.poll() is None:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pass
        finally:
            launch.kill_all(process)
            asyncio.get_running_loop().remove_reader(process.stdout.fileno())
            process.stdout.close()
            self._server.close()
            for line in self._lines:
                line.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, coroutine: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(coroutine)
        self._tasks.add(task)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._spawn(self._serve(Line(reader, writer)))

    async def _serve(self, line: Line) -> None:
        """Read one connection to its end."""
        self._lines.append(line)
        unit: Unit | None = None
        why = "its process ended"
        try:
            while (data := await line.receive()) is not None:
                message = decode(data)
                if isinstance(message, UnitReady):
                    unit = Unit(message, line, self.workload.reset)
                    self.units.append(unit)
                    self.arrivals.put_nowait(unit)
                elif isinstance(message, Hello | Notice | Collected | Refused):
                    if isinstance(message, Hello):
                        self.hello = message
                    self.arrivals.put_nowait(message)
                elif unit is not None:
                    unit.deliver(message)
                else:
                    raise ProbeFault(f"an answer came on a connection that is no unit's: {data[:200]!r}")
        except ProbeFault as fault:
            why = str(fault)
            self.faults.append(why)
            line.close()
        if unit is not None:
            unit.give_up(why)

    async def _watch_process(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            await asyncio.sleep(0.05)
        # What it had sent before it ended is still on its way through the socket.
        await asyncio.sleep(0.1)
        self._read_output()
        self.arrivals.put_nowait(None)

    def _read_output(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        try:
            while data := os.read(descriptor, 1 << 16):
                self.output.add(data)
        except BlockingIOError:
            return
        asyncio.get_running_loop().remove_reader(descriptor)  # its end: nobody holds the other side any more


def open_session(workload: Workload, directory: launch.JobDirectory) -> Session:
    """A session of that workload, to be used in `async with`.

    Raises:
        Problem: this platform has no fork or no UNIX sockets.
    """
    if not hasattr(os, "fork") or sys.platform == "win32":
        raise Problem(
            f"racetrap does not run on {sys.platform}.",
            seen="there is no fork here",
            fix="run it on Linux or macOS, in WSL or in a container",
        )
    return Session(workload, directory)
