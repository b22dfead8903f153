"""Blocking sockets of controlled threads: what such a thread waits for comes over the wire (wire.py), held and delivered as for a loop.

Replaced are the calls in which a thread waits: recv and its kin, accept, select, poll, epoll and the selectors made of them, and reading through
ssl, and connect.  Writing is real and is not waited for.  While a thread waits the
baton is somebody else's.  What is no socket (a pipe, a terminal) is not held: it is listed as uncontrolled, and waited for in real time.
"""

from __future__ import annotations

import asyncio
import functools
import os
import select
import selectors
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

from . import current, outside, primitives, sites, threads, wire
from .engine import INF

IN, OUT = select.POLLIN, select.POLLOUT
PIPE = "a file descriptor a thread waits for: it is not held"
_WAITS = "a socket"
LOOK = 1e-6
"""Virtual seconds a look takes that finds nothing."""


class _Waiter:
    """Stands for the loop of a watched connection: wakes the thread that waits.

    Of several threads that wait for the same, one is watched for; the next one is when that has gone on.
    """

    def __init__(self, world: Any, site: Any, asks: bool) -> None:
        self.world = world
        self.worker = world.running
        self.site = site
        self.asks = asks
        self._ready = self
        self.wants: dict[Any, tuple[int, int]] = {}
        self.came: set[tuple[int, int]] = set()

    def append(self, handle: Any) -> None:
        want = self.wants[handle]
        self.came.add(want)
        self.world.engine.wire.unwatch(*want)  # until it waits for that again
        self.world.wake(self.worker)

    def __contains__(self, handle: Any) -> bool:
        return False  # a thread that was woken reads: nothing lies about that was delivered and not taken

    def get_debug(self) -> bool:
        return False

    def watch(self, fd: int, mask: int) -> None:
        held = _wire_of(self.world)
        connection = held.connection(fd, self.site)
        before = connection.handles.get(mask)
        if before is not None and isinstance(before._loop, _Waiter) and before._loop is not self:
            connection.waiting.append((mask, self))
        else:
            self.wants[held.watch(self, fd, mask, _nothing, (), self.site, self.asks)] = fd, mask

    def unwatch(self, fd: int, mask: int) -> None:
        held = self.world.engine.wire
        connection = held.by_fd.get(fd)
        if connection is None:
            return
        if (mask, self) in connection.waiting:
            connection.waiting.remove((mask, self))
            return
        if mask in connection.handles and connection.handles[mask]._loop is not self:
            return  # somebody else's by now
        held.unwatch(fd, mask)
        following = next((other for its, other in connection.waiting if its == mask), None)
        if following is not None and wire.is_same_file(connection):
            connection.waiting.remove((mask, following))
            following.watch(fd, mask)


def _nothing() -> None: ...


def _world() -> Any:
    """The world, if the calling thread is controlled and runs no event loop."""
    world = primitives.controlled()
    return None if world is None or asyncio._get_running_loop() is not None else world


def _wire_of(world: Any) -> Any:
    engine = world.engine
    if engine.wire is None:
        engine.wire = wire.Wire(engine)
    return engine.wire


def _site() -> Any:
    frame: Any = sys._getframe(1)
    while sites.is_probe_file(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return sites.user_site(frame)


def wait(world: Any, wants: Iterable[tuple[int, int]], timeout: float | None, site: Any, asks: bool = False) -> set[tuple[int, int]]:
    """Wait until something of `wants`, (descriptor, IN or OUT), is delivered or `timeout` virtual seconds have passed -> what may go on.

    asks: the thread may have written without our seeing it.
    """
    held = _wire_of(world)
    wants = list(wants)
    ready = {want for want in wants if _is_due(held, *want)}
    if ready:
        return ready
    waiter = _Waiter(world, site, asks)
    for want in wants:
        waiter.watch(*want)
    try:
        if not world.block(_WAITS, timeout, site) and not waiter.came:
            world.engine.gave_up = True
    finally:
        for want in wants:
            waiter.unwatch(*want)
    return waiter.came


def _wait_to_read(world: Any, fd: int, timeout: float | None, message: str) -> None:
    """Wait until something is delivered to be read: another thread may take what this one was woken for.

    Raises:
        TimeoutError: nothing was, in `timeout` virtual seconds.
    """
    held, engine = _wire_of(world), world.engine
    end = None if timeout is None else engine.now + timeout
    while not _is_due(held, fd, IN):
        if not wait(world, [(fd, IN)], None if end is None else max(0.0, end - engine.now), _site()):
            raise TimeoutError(message)
        held.fail_if_broken(fd)


def _is_due(held: wire.Wire, fd: int, mask: int) -> bool:
    if mask == OUT:
        return bool(wire.stock_select([], [fd], [], 0)[1])
    connection = held.by_fd.get(fd)
    if connection is None or connection.due is None or not wire.is_same_file(connection):
        return False
    if connection.due and connection.seen and not wire.stock_select([fd], [], [], 0)[0]:
        connection.due = None  # another thread has read it meanwhile
        return False
    return True


# --------------------------------------------------------------- one socket
def _read(stock: Any, at: int | None, flags_at: int) -> Callable[..., Any]:
    """at: the position of the number of bytes among the arguments; None: one delivery is one call."""

    @functools.wraps(stock)
    def read(self: Any, *args: Any, **kw: Any) -> Any:
        world = _world()
        timeout = self.gettimeout() if world is not None else None
        if world is None or (timeout == 0.0 and world.engine.wire is None):
            return stock(self, *args, **kw)
        held, fd = _wire_of(world), self.fileno()
        flags = args[flags_at] if len(args) > flags_at else kw.get("flags", 0)
        held.fail_if_broken(fd)
        connection = held.connection(fd, None)
        connection.seen = True
        if not _is_due(held, fd, IN):
            if timeout == 0.0 or flags & socket.MSG_DONTWAIT:
                raise BlockingIOError(11, "Resource temporarily unavailable")
            _wait_to_read(world, fd, timeout, "timed out")
        size = connection.due or 0
        if at is None or not connection.stream:
            value = stock(self, *args, **kw)
            connection.due = None
            return value
        if size:
            world.engine.monitor.interleaved.was_read(self, world.running.actor)
        if at == 0:
            args = (min(args[0], size), *args[1:])
        else:
            wanted = args[1] if len(args) > 1 and args[1] else len(memoryview(args[0]).cast("B"))
            args = (args[0], min(wanted, size), *args[2:])
            if size == 0:
                connection.due = None
                return 0  # the end
        value = stock(self, *args, **kw)
        if not flags & socket.MSG_PEEK:
            left = size - (value if isinstance(value, int) else len(value))
            connection.due = left if left > 0 else None
        return value

    return read


def _connect(stock: Any) -> Callable[..., Any]:
    """Begun without waiting in the kernel, where a full backlog would keep the thread and the baton: what it waits for there is an arrival, as is its success."""

    @functools.wraps(stock)
    def connect(self: Any, address: Any) -> Any:
        engine = current.engine
        try:
            return begin(self, address)
        except (BlockingIOError, InterruptedError):
            raise
        except OSError:
            if engine is not None:
                wire.refused(engine, address)
            raise

    def begin(self: Any, address: Any) -> Any:
        world = _world()
        timeout = self.gettimeout() if world is not None else None
        if world is None or timeout == 0.0:
            return stock(self, address)
        engine, me = world.engine, world.running
        if self.family not in (socket.AF_INET, socket.AF_INET6):
            stock(self, address)
        elif not _begin(stock, self, address, timeout):
            _wait_for_connect(world, self, timeout)
            return None
        _wire_of(world).connection(self.fileno(), _site())
        engine.add_arrival("network", me.actor, engine.now, INF, lambda: world.wake(me), _site(), None)
        world.block(_WAITS)
        return None

    return connect


def _begin(stock: Any, sock: Any, address: Any, timeout: float | None) -> bool:
    """Begin to connect -> is it connected?

    Raises:
        OSError: it cannot be.
    """
    sock.settimeout(0.0)
    try:
        stock(sock, address)
        return True
    except BlockingIOError:
        pass
    finally:
        sock.settimeout(timeout)
    if not wire.stock_select([], [sock], [], wire.PEER)[1]:
        return False
    _fail_if_refused(sock)
    return True


def _wait_for_connect(world: Any, sock: Any, timeout: float | None) -> None:
    """
    Raises:
        OSError: it was refused, or took longer than `timeout` virtual seconds.
    """
    fd = sock.fileno()
    connection = _wire_of(world).connection(fd, _site())
    connection.connecting = True
    try:
        if not wait(world, [(fd, OUT)], timeout, _site()):
            raise TimeoutError("timed out")
    finally:
        connection.connecting = False
    _fail_if_refused(sock)
    connection.describe()


def _fail_if_refused(sock: Any) -> None:
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number:
        raise OSError(number, os.strerror(number))


def _made(stock: Any) -> Callable[..., Any]:
    """A script's schedules must not share a connection, or a port: the fork point comes before the first socket."""

    @functools.wraps(stock)
    def init(self: Any, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None) -> None:
        if threads.before_first_thread is not None and fileno is None and not threads.starting and not sites.is_importing():
            threads.before_first_thread()
        stock(self, family, type, proto, fileno)

    return init


def _fork_point_before(stock: Any) -> Callable[..., Any]:
    """The same of what makes pipes and processes: where the fork server keeps the other end open, the end of a file never comes."""

    @functools.wraps(stock)
    def make(*args: Any, **kw: Any) -> Any:
        if threads.before_first_thread is not None and not threads.starting and not _is_its_own(sys._getframe(1)) and not sites.is_importing():
            threads.before_first_thread()
        return stock(*args, **kw)

    return make


def _is_its_own(frame: Any) -> bool:
    """The pipes to a child process that is waited for before the first loop or thread are of no concern."""
    return frame.f_code.co_filename == subprocess.__file__


def _sends(stock: Any, counted: bool = False) -> Callable[..., Any]:
    """counted: the wire is told of it elsewhere."""

    @functools.wraps(stock)
    def send(self: Any, *args: Any) -> Any:
        world = _world()
        held = world.engine.wire if world is not None else None
        if held is not None:
            if not counted:
                held.fail_if_broken(self.fileno())
            world.engine.monitor.interleaved.wrote(self, world.running.actor)
        value = stock(self, *args)
        if held is not None and not counted:
            held.wrote(self.fileno())
        return value

    return send


def _read_secure(stock: Any) -> Callable[..., Any]:
    """What stands decrypted in the ssl object is no arrival any more."""

    @functools.wraps(stock)
    def read(self: Any, *args: Any, **kw: Any) -> Any:
        world = _world()
        if world is None or self._sslobj is None or self.pending() or self.gettimeout() == 0.0:
            return stock(self, *args, **kw)
        world.engine.monitor.interleaved.was_read(self, world.running.actor)
        fd = self.fileno()
        _wait_to_read(world, fd, self.gettimeout(), "The read operation timed out")
        world.engine.wire.connection(fd, None).due = None  # a record is decrypted as a whole
        return stock(self, *args, **kw)

    return read


# --------------------------------------------------------------------- pipes
def _is_own_pipe(world: Any, fd: int) -> bool:
    """A pipe of which both ends are in this process, and in no other: what comes over it is the program's own doing."""
    try:
        return not world.engine.forked and stat.S_ISFIFO(os.fstat(fd).st_mode) and wire.has_both_ends(fd)
    except OSError:
        return False


@functools.wraps(os.read)
def _read_pipe(fd: int, length: int, /) -> bytes:
    world = _ours()
    if world is None:
        return _stock_read(fd, length)
    held = world.engine.wire
    connection = held.by_fd.get(fd) if held is not None else None
    if connection is None or not connection.is_pipe or not wire.is_same_file(connection):
        if not _is_own_pipe(world, fd) or not os.get_blocking(fd):
            return _stock_read(fd, length)
        connection = _wire_of(world).connection(fd, None)
        connection.seen = True
    if not _is_due(world.engine.wire, fd, IN):
        if not os.get_blocking(fd):
            return _stock_read(fd, length)
        _wait_to_read(world, fd, None, "")
    size = connection.due or 0
    data = _stock_read(fd, min(length, size)) if size else b""
    connection.due = size - len(data) if size > len(data) else None
    return data


_stock_read = os.read


def _starts(stock: Any) -> Callable[..., Any]:
    """subprocess.Popen: a pipe of the program's own that a child is handed is not its own any more."""

    @functools.wraps(stock)
    def init(self: Any, *args: Any, **kw: Any) -> None:
        engine = current.engine
        if engine is not None:
            given = [*args[3:6], *(kw.get(name) for name in ("stdin", "stdout", "stderr")), *kw.get("pass_fds", ())]
            if not kw.get("close_fds", True) or any(_is_pipe(file) for file in given):
                engine.forked = True
                engine.note_uncontrolled(PIPE, sites.text(_site()))
        stock(self, *args, **kw)

    return init


def _is_pipe(file: Any) -> bool:
    try:
        number = _number(file)
        return number > 2 and stat.S_ISFIFO(os.fstat(number).st_mode)
    except (OSError, ValueError, AttributeError, TypeError):
        return False


# -------------------------------------------------------------- many of them
def _number(file: Any) -> int:
    return file if isinstance(file, int) else file.fileno()


def _note_python(world: Any, files: Iterable[Any]) -> None:
    """A socket object's writes are seen; those of a driver in C, known by its descriptor only, are not."""
    for file in files:
        if isinstance(file, socket.socket) and file.fileno() >= 0:
            _wire_of(world).connection(file.fileno(), None).seen = True


def _wait_many(world: Any, wants: list[tuple[int, int]], timeout: float | None) -> set[tuple[int, int]] | None:
    """As `wait`; None: one of them is no socket."""
    for fd, _ in wants:
        if not wire.stat_is_socket(fd) and not _is_own_pipe(world, fd):
            world.engine.note_uncontrolled(PIPE, sites.text(_site()))
            return None
    held = _wire_of(world)
    for fd, _ in wants:
        if not wire.stat_is_socket(fd):
            held.connection(fd, None).seen = True  # os.read is ours
        connection = held.by_fd.get(fd)
        if connection is not None and not connection.seen:
            connection.due = None  # a driver in C has read what it was woken for; if not, it comes again
    ready: set[tuple[int, int]] = {want for want in wants if _is_due(held, *want)}
    ready = ready or wait(world, wants, timeout, _site(), asks=True)
    if not ready and timeout == 0.0:
        world.engine.now += LOOK  # some look until the time is past that was there when they began
    return ready


def _ours() -> Any:
    """The world, if the call is the program's."""
    return None if sites.is_probe_file(sys._getframe(2).f_code.co_filename) else _world()


@functools.wraps(select.select)
def _select(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> Any:
    world = _ours()
    if world is None:
        return wire.stock_select(rlist, wlist, xlist, timeout)
    rlist, wlist = list(rlist), list(wlist)
    _note_python(world, (*rlist, *wlist))
    wants = [(_number(f), IN) for f in rlist] + [(_number(f), OUT) for f in wlist]
    ready = _wait_many(world, wants, timeout)
    if ready is None:
        return wire.stock_select(rlist, wlist, xlist, timeout)
    return [f for f in rlist if (_number(f), IN) in ready], [f for f in wlist if (_number(f), OUT) in ready], []


class _Poll:
    """select.poll and select.epoll, of which only readable and writable are held.  unit: seconds of a timeout's unit."""

    def __init__(self, stock: Any, unit: float) -> None:
        self._real = stock
        self._unit = unit
        self._masks: dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = IN | OUT | select.POLLPRI) -> None:
        self._real.register(fd, eventmask)
        self._masks[_number(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int) -> None:
        self._real.modify(fd, eventmask)
        self._masks[_number(fd)] = eventmask

    def unregister(self, fd: Any) -> None:
        self._real.unregister(fd)
        self._masks.pop(_number(fd), None)

    def poll(self, timeout: float | None = None, *rest: Any, **kw: Any) -> list[tuple[int, int]]:
        world = _ours()
        if world is not None:
            seconds = None if timeout is None or timeout < 0 else timeout * self._unit
            ready = _wait_many(world, _wants(self._masks), seconds)
            if ready is not None:
                return [(fd, sum(mask for mask in (IN, OUT) if (fd, mask) in ready)) for fd in sorted({fd for fd, _ in ready})]
        return list(self._real.poll(timeout, *rest, **kw))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        self._real.close()


def _wants(masks: dict[int, int]) -> list[tuple[int, int]]:
    return [(fd, mask) for fd, both in masks.items() for mask in (IN, OUT) if both & mask]


def _select_keys(stock: Any) -> Callable[..., Any]:
    @functools.wraps(stock)
    def choose(self: Any, timeout: float | None = None) -> Any:
        world = _ours()
        keys = {key.fd: key for key in self.get_map().values()} if world is not None else {}
        _note_python(world, [key.fileobj for key in keys.values()])
        masks = {fd: (IN if key.events & selectors.EVENT_READ else 0) | (OUT if key.events & selectors.EVENT_WRITE else 0) for fd, key in keys.items()}
        ready = _wait_many(world, _wants(masks), None if timeout is None else max(0.0, timeout)) if world is not None else None
        if ready is None:
            return stock(self, timeout)
        events = {IN: selectors.EVENT_READ, OUT: selectors.EVENT_WRITE}
        return [(keys[fd], sum(events[mask] for mask in (IN, OUT) if (fd, mask) in ready)) for fd in sorted({fd for fd, _ in ready})]

    return choose


def install() -> None:
    """Once per process, after wire.install, before the user's first import; without a controlled thread they do what the stock ones do."""
    sock: Any = socket.socket
    for name, at, flags_at in (("recv", 0, 1), ("recv_into", 1, 2), ("recvfrom", None, 1), ("recvfrom_into", None, 2), ("accept", None, 9)):
        setattr(sock, name, _read(getattr(sock, name), at, flags_at))
    sock.connect = _connect(sock.connect)
    sock.__init__ = _made(sock.__init__)
    for owner, name in ((socket, "socketpair"), (os, "pipe"), (os, "pipe2"), (os, "openpty"), (os, "fork"), (os, "forkpty")):
        if hasattr(owner, name):
            setattr(owner, name, _fork_point_before(getattr(owner, name)))
    secure: Any = ssl.SSLSocket
    sock.send, sock.sendall, secure.send = _sends(sock.send, counted=True), _sends(sock.sendall), _sends(secure.send)
    secure.read = _read_secure(secure.read)
    for cls in {selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector}:
        cls.select = _select_keys(cls.select)  # type: ignore[method-assign]
    for name in ("alarm", "setitimer"):
        if hasattr(signal, name):
            setattr(signal, name, _fork_point_before(outside.listed(getattr(signal, name))))
    os.read = _read_pipe
    subprocess.Popen.__init__ = _starts(subprocess.Popen.__init__)  # type: ignore[method-assign]
    module: Any = select
    module.select = _select
    module.poll = lambda: _Poll(wire.stock_poll(), 0.001)
    module.epoll = lambda *args, **kw: _Poll(wire.stock_epoll(*args, **kw), 1.0)
