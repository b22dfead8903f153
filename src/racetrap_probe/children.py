"""Child processes: what they write and that they end are arrivals.

The pipes to a child and its exit status are in our hands: they are read when the schedule says so, and before that the loop waits
in real time until the child has *settled*: it ended, or it is blocked in a read or write that only the program can end.
What it wrote until then is one delivery for each pipe.  So neither the child's speed nor the kernel's buffers
decide anything.

A child that sleeps, or waits for something else, in its own time is waited for PATIENCE seconds; then the program goes on
and the child is listed: its timing is not ours.

How a child is seen to be blocked: /proc/<pid>/task/<tid>/syscall of all its threads and descendants.  Where that cannot be read,
a child that shows nothing for QUIET seconds is taken for settled, and listed if it then writes by itself.
"""

from __future__ import annotations

import asyncio
import os
import platform
import select
import signal
from asyncio import base_subprocess, events
from typing import Any

from . import clock, current, sites

INF = float("inf")
PATIENCE = 2.0
QUIET = 0.25
STEP = 0.002

# read, write, readv, writev, recvfrom, recvmsg, sendto, sendmsg, splice; sleeps; see the kernel's syscall tables.
_BLOCKED = {"x86_64": {0, 1, 19, 20, 44, 45, 46, 47, 275}, "aarch64": {63, 64, 65, 66, 206, 207, 211, 212, 76}}.get(platform.machine(), set())
_SLEEPS = {"x86_64": {35, 230}, "aarch64": {101, 115}}.get(platform.machine(), set())


class Watch:
    """A pipe of a child with somebody waiting for it; stands for the future of its arrival."""

    def __init__(self, child: Child, fd: int, mask: int, callback: Any, args: tuple[Any, ...], loop: Any) -> None:
        self.child, self.fd, self.mask, self.loop = child, fd, mask, loop
        self.handle = events.Handle(callback, args, loop)
        self.queued = False
        self.active = True

    def done(self) -> bool:
        return not self.active

    def deliver(self) -> None:
        self.queued = False
        if self.active:
            self.loop._ready.append(self.handle)


class Child:
    def __init__(self, process: Any, transport: Any, loop: Any, site: tuple[Any, int] | None, number: int) -> None:
        self.process, self.transport, self.loop = process, transport, loop
        self.site, self.number = site, number
        self.watches: dict[tuple[int, int], Watch] = {}
        self.exit_queued = self.reaped = False
        self.given_up = False
        self.by_quiet = False

    def files(self) -> list[Any]:
        return [f for f in (self.process.stdin, self.process.stdout, self.process.stderr) if f is not None]

    def ended(self) -> bool:
        if self.reaped or self.process.returncode is not None:
            return True
        try:
            return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def done(self) -> bool:
        return self.reaped

    def deliver_exit(self) -> None:
        self.reaped = True
        try:
            _, status = os.waitpid(self.process.pid, 0)
            code = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            code = self.process.returncode if self.process.returncode is not None else 255
        if self.transport._returncode is None:
            self.loop._ready.append(events.Handle(self.transport._process_exited, (code,), self.loop))


# ---------------------------------------------------------------- settled?
def _threads(pid: int) -> list[str]:
    """The /proc directories of every thread of a process and of its descendants."""
    out: list[str] = []
    todo = [pid]
    while todo and len(out) < 500:
        base = f"/proc/{todo.pop()}/task"
        for tid in os.listdir(base):
            out.append(f"{base}/{tid}")
            with open(f"{base}/{tid}/children") as f:
                todo.extend(int(p) for p in f.read().split())
    return out


def _sample(pid: int) -> str:
    """ "blocked" on a read or write, "waits" for something else, "busy" (runs or sleeps), or "unknown" """
    try:
        some = False
        for thread in _threads(pid):
            with open(thread + "/stat") as f:
                if f.read().rpartition(")")[2].split()[0] == "Z":
                    continue
            with open(thread + "/syscall") as f:
                word = f.read().split()[0]
            if word == "running" or int(word) in _SLEEPS:
                return "busy"
            some = some or int(word) in _BLOCKED
        return "blocked" if some else "waits"
    except (OSError, ValueError, IndexError):
        return "unknown"


def settle(engine: Any) -> None:
    """Wait, in real time, until every child has settled; then what they wrote and their ends become arrivals."""
    began = clock.real_monotonic()
    for child in engine.children:
        quiet_since, blocked = 0.0, 0
        child.by_quiet = False
        while not child.ended() and not child.given_up:
            seen = _sample(child.process.pid)
            now = clock.real_monotonic()
            blocked = blocked + 1 if seen == "blocked" else 0
            if blocked >= 2:
                break
            quiet_since = (quiet_since or now) if seen in ("waits", "unknown") else 0.0
            if quiet_since and now - quiet_since > QUIET:
                child.by_quiet = True
                break
            if now - began > PATIENCE:
                child.given_up = True
                engine.note_uncontrolled("a child process that goes on in its own time", sites.text(child.site))
                break
            clock.real_sleep(STEP)
    collect(engine)


def collect(engine: Any) -> bool:
    """Make arrivals of what is ready -> whether anything was."""
    poller = select.poll()
    waiting: dict[int, list[Watch]] = {}
    for child in engine.children:
        for watch in child.watches.values():
            if not watch.queued:
                waiting.setdefault(watch.fd, []).append(watch)
    for fd, watches in waiting.items():
        poller.register(fd, select.POLLOUT * any(w.mask == select.POLLOUT for w in watches)
                        | select.POLLIN * any(w.mask == select.POLLIN for w in watches))
    ready = dict(poller.poll(0)) if waiting else {}
    some = False
    for child in engine.children:
        for watch in list(child.watches.values()):
            if not watch.queued and ready.get(watch.fd, 0) & (watch.mask | select.POLLHUP | select.POLLERR):
                watch.queued = some = True
                engine.add_arrival("pipe", child.number, engine.now, INF, watch.deliver, child.site, watch)
    for child in engine.children:
        if not child.exit_queued and child.ended():
            child.exit_queued = some = True
            engine.add_arrival("exit", child.number, engine.now, INF, child.deliver_exit, child.site, child)
        if some and child.by_quiet:
            child.by_quiet = False
            engine.note_uncontrolled("a child process that goes on in its own time", sites.text(child.site))
    engine.children[:] = [c for c in engine.children if not c.reaped or not all(f.closed for f in c.files())]
    return some


def wait(engine: Any) -> bool:
    """Nothing else can run: wait for the children -> whether something came; False if none can bring anything."""
    while True:
        if collect(engine):
            return True
        if all(c.ended() or _sample(c.process.pid) == "blocked" for c in engine.children):
            return collect(engine)
        clock.real_sleep(0.02)


def leave(engine: Any) -> None:
    """The execution is over: end the children it leaves behind."""
    for child in engine.children:
        if not child.ended():
            try:
                os.kill(child.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if not child.reaped:
            child.reaped = True
            try:
                child.process.returncode = os.waitstatus_to_exitcode(os.waitpid(child.process.pid, 0)[1])
            except ChildProcessError:
                pass
    engine.children.clear()


# ------------------------------------------------------------------- hooks
def watch(engine: Any, loop: Any, fd: int, mask: int, callback: Any, args: tuple[Any, ...]) -> bool:
    """Is this a pipe to one of our children?  Then it is watched here and not by the selector."""
    transport = getattr(callback, "__self__", None)
    pipe = getattr(transport, "_pipe", None)
    if pipe is None:
        return False
    for child in engine.children:
        if any(pipe is f for f in child.files()):
            old = child.watches.get((fd, mask))
            if old is not None:
                old.active = False
            child.watches[fd, mask] = Watch(child, fd, mask, callback, args, loop)
            return True
    return False


def unwatch(engine: Any, fd: int, mask: int) -> bool:
    for child in engine.children:
        old = child.watches.pop((fd, mask), None)
        if old is not None:
            old.active = False
            return True
    return False


def install(owned: Any, task_number: Any) -> None:
    unix: Any = getattr(asyncio, "unix_events", None)
    if unix is None or not hasattr(os, "waitid"):
        return
    selector_loop = unix._UnixSelectorEventLoop
    stock_make = selector_loop._make_subprocess_transport

    async def _make_subprocess_transport(self: Any, protocol: Any, args: Any, shell: Any, stdin: Any, stdout: Any, stderr: Any,
                                         bufsize: Any, extra: Any = None, **kwargs: Any) -> Any:
        engine = owned()
        if engine is None:
            return await stock_make(self, protocol, args, shell, stdin, stdout, stderr, bufsize, extra=extra, **kwargs)
        task = asyncio.current_task()
        site = sites.user_site_of(task.get_coro()) if task is not None else None
        waiter = self.create_future()
        transport = unix._UnixSubprocessTransport(self, protocol, args, shell, stdin, stdout, stderr, bufsize, waiter=waiter,
                                                  extra=extra, **kwargs)
        engine.children.append(Child(transport._proc, transport, self, site, task_number()))
        try:
            await waiter
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException:
            transport.close()
            await transport._wait()
            raise
        return transport

    selector_loop._make_subprocess_transport = _make_subprocess_transport
    transport: Any = base_subprocess.BaseSubprocessTransport

    def signalling(stock: Any) -> Any:
        def method(self: Any, *args: Any) -> Any:
            engine = current.engine
            for child in engine.children if engine is not None else ():
                if child.transport is self:
                    child.given_up = False
            return stock(self, *args)
        return method

    for name in ("send_signal", "terminate", "kill"):
        setattr(transport, name, signalling(getattr(transport, name)))
