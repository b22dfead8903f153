"""Hold and deliver: what comes over a real socket is an arrival, and is handed on only when the schedule says so.

The sockets stay real.  The probe watches their descriptors in the loop's place; when bytes are there, their number is written into the
schedule (an "arrived" entry) and the connection becomes an arrival like any other.  Delivered, its owner reads exactly that many
bytes; what came meanwhile stays in the kernel.  A replay waits for what the record says before it goes on, and looks at nothing else.

Connections are named by the order in which they were first watched, never by descriptor.  A connection whose owner wrote something is
waited for in real time for a moment: a server's answer is then there when the next decision is taken, and how late it is, the schedule says.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import itertools
import os
import select
import socket
import stat
import termios
import threading
from asyncio import events, selector_events
from collections.abc import Callable
from typing import Any

from . import clock, current
from .engine import IMMINENT
from .schedule import CONNECTION

INF = float("inf")
stock_select, stock_poll, stock_epoll = select.select, select.poll, select.epoll
_Transport: Any = selector_events._SelectorTransport  # type: ignore[attr-defined]
ANSWER = 0.03
"""Real seconds an answer is waited for before the next decision is taken without it."""
PEER = 0.005
"""The same where the other end is in this process."""
SLOW = 0.25
"""The same where nothing else could go on without moving the clock."""
STEP = 0.5
"""Real seconds, and multiples of it, by which the virtual clock moves on when an answer took so long."""
PATIENT = 3.0
"""The same where a real server owes an answer and the clock would run past it: a server that is slow in real time must not look late in virtual time."""
REST = 1.0
"""The same where a real server owes nothing, and yet something may be on its way: the other one of two answers, the end of a long one, a greeting."""
SILENT = 2
"""After so many waits in vain at one write of one connection it is not waited for there any more."""
REPLAY = 4.0
"""Real seconds a replay waits for bytes the record says came."""
RESIZED = 0.05
"""Real seconds after which an answer of another length than the recorded one counts as whole."""
SHORT = 0.5
"""The same of the first answer of an execution that is too short: the rest of it may be on its way."""
HANDED_OVER = 0.01
"""The same where both ends are in this process: what was written is there, as much of it as the kernel's buffers took."""
silent: dict[tuple[int | str, int], int] = {}
"""Waits in vain, by connection and number of its writes, 0: all of them; what forks learn is told to where they came from.

By connection and -1 - its writes: waits in vain there for what nobody owes.  By a server's name and OVERDUE or UNDUE: real milliseconds."""
OVERDUE = -1
"""So long a server was waited for in vain before the clock moved, for what it owed."""
UNDUE = -2
"""The same, for what it did not owe."""


asked = False
"""This process, or a fork that was watched, asked a real server something."""
open_before: set[int] = set()
"""Inodes of the descriptors that were open before the first run of this process: what is kept from outside of the runs is left alone."""
GIVEN_UP = -3
"""Second part of the keys in `silent` under which the runs are counted that waited for real peers in vain until they gave up; the first says for which."""


def learned() -> list[list[Any]]:
    return [[number, writes, count] for (number, writes), count in silent.items()]


def learn(told: list[list[Any]]) -> None:
    for number, writes, count in told:
        silent[number, writes] = max(count, silent.get((number, writes), 0))


def forget(known: dict[tuple[int | str, int], int]) -> None:
    """Go back to what was known of answers that do not come; how often runs waited until they gave up stays."""
    given_up = {key: count for key, count in silent.items() if key[1] == GIVEN_UP}
    silent.clear()
    silent.update(known)
    silent.update(given_up)


class Connection:
    """A socket the loop watches.  number: the order in which it was first seen."""

    __slots__ = ("answers", "broken", "broken_for_good", "connecting", "due", "fd", "handles", "heard", "inode", "inside", "is_pipe", "listens", "name", "number", "owed", "peer", "pending", "rest", "seen",
                 "since", "site", "stream", "waiting", "writes")

    def __init__(self, number: int, fd: int, inode: int, site: Any) -> None:
        self.number = number
        self.fd = fd
        self.inode = inode
        self.site = site
        self.handles: dict[int, events.Handle] = {}
        self.pending: dict[int, Any] = {}
        """Its arrivals that were not delivered yet, by mask."""
        self.waiting: list[tuple[int, Any]] = []
        """(mask, who): threads that wait for what another waits for already, in their order."""
        self.due: int | None = None
        """Bytes its owner may read now; None: none, until they are delivered."""
        self.owed = False
        """Something was written to it that was not answered yet."""
        self.since = 0.0
        """The virtual moment from which on it is owed."""
        self.heard = False
        """Something has come over it."""
        self.rest = True
        """Something may be on its way that nobody has asked for since: the rest of an answer, or what a server says first."""
        self.writes = 0
        self.seen = False
        """What is written to it goes through Python, so nothing is written that is not seen."""
        self.broken: OSError | None = None
        self.broken_for_good = False
        self.connecting = False
        """A thread waits for its connect: whose other end it is, nobody knows yet."""
        self.is_pipe = not stat_is_socket(fd)
        self.describe()

    def describe(self) -> None:
        self.listens, self.stream, self.name, self.peer = _describe(self.fd)
        self.inside = isinstance(self.peer, tuple) and _is_own(self.peer)
        """Its other end is a socket of this process, which perhaps nobody watches."""

    def asks(self, now: float) -> None:
        """Something is owed from now on."""
        if not self.owed:
            self.owed = True
            self.since = now

    def actor(self, mask: int) -> int:
        return CONNECTION - 2 * self.number - (mask == select.POLLOUT)


class Wire:
    """The connections of one execution."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.connections: list[Connection] = []
        self.by_fd: dict[int, Connection] = {}
        self.poll = stock_poll()
        self.came = 0.0
        """The real moment in which another process said something last."""
        self.word = engine.now
        """The virtual one."""
        self.pause = 0.0
        """Virtual seconds between two words of other processes, at most."""

    # ------------------------------------------------------------- watching
    def watch(self, loop: Any, fd: int, mask: int, callback: Any, args: tuple[Any, ...], site: Any, asks: bool = True) -> events.Handle:
        """asks: whoever wants to be told of it once may have written without our seeing it."""
        connection = self.connection(fd, site)
        connection.site = connection.site or site
        before = connection.handles.get(mask)
        if before is not None:
            before.cancel()
        handle = connection.handles[mask] = events.Handle(callback, args, loop)
        if mask == select.POLLOUT:
            connection.asks(self.engine.now)  # a connect, or a full buffer: the kernel says when it can go on
        elif asks and not (connection.seen or connection.listens or connection.is_pipe) and not isinstance(getattr(callback, "__self__", None), _Transport):
            if self._is_ours(connection):
                connection.asks(self.engine.now)
            else:
                self._asks_server(connection)  # whoever asks to be told of it once, a driver in C perhaps, has asked the other end something
            connection.writes += 1
        self._register(connection)
        return handle

    def unwatch(self, fd: int, mask: int) -> bool | None:
        """-> was it watched?  None: that descriptor is not ours."""
        connection = self.by_fd.get(fd)
        if connection is None:
            return None
        handle = connection.handles.pop(mask, None)
        arrival = connection.pending.pop(mask, None)
        if arrival is not None and arrival in self.engine.pending:
            self.engine.pending.remove(arrival)
        self._register(connection)
        if handle is None:
            return False
        if mask == select.POLLIN and connection.due is not None and handle in handle._loop._ready:  # type: ignore[attr-defined]
            connection.due = None  # delivered, and whoever it was for leaves before it is called: it comes again for the next one
        handle.cancel()
        return True

    def _register(self, connection: Connection) -> None:
        mask = sum(connection.handles)
        if mask:
            self.poll.register(connection.fd, mask)
        else:
            try:
                self.poll.unregister(connection.fd)
            except (KeyError, OSError):
                pass

    def connection(self, fd: int, site: Any) -> Connection:
        inode = os.fstat(fd).st_ino
        known = self.by_fd.get(fd)
        if known is None or known.inode != inode:  # the number of a closed one, used again
            known = self.by_fd[fd] = Connection(len(self.connections) + 1, fd, inode, site)
            self.connections.append(known)
        return known

    def _known(self, fd: int) -> Connection | None:
        """The connection of that descriptor; None too where a closed one had the same number."""
        connection = self.by_fd.get(fd)
        if connection is None or connection.handles:
            return connection  # a descriptor that is watched was not closed meanwhile
        try:
            return connection if os.fstat(fd).st_ino == connection.inode else None
        except OSError:
            return None

    # --------------------------------------------------------------- faults
    def in_use(self) -> list[int]:
        """Numbers of the connections somebody reads from or writes to."""
        return [c.number for c in self.connections if c.handles and not c.listens and self.by_fd.get(c.fd) is c]

    def numbered(self, number: int) -> Connection | None:
        return self.connections[number - 1] if number in self.in_use() else None

    def breaks(self, connection: Connection, error: OSError, for_good: bool) -> None:
        """Its next read or write fails, or all of them."""
        connection.broken, connection.broken_for_good = error, for_good
        for mask, handle in connection.handles.items():
            if mask not in connection.pending:
                handle._loop._ready.append(handle)  # type: ignore[attr-defined]

    def fail_if_broken(self, fd: int) -> None:
        """
        Raises:
            OSError: a fault was injected there.
        """
        connection = self._known(fd)
        if connection is not None and connection.broken is not None:
            error = connection.broken
            if not connection.broken_for_good:
                connection.broken = None
            raise type(error)(*error.args)

    @property
    def is_watching(self) -> bool:
        return any(c.handles for c in self.by_fd.values())

    @property
    def servers(self) -> list[str]:
        """The other ends that are in no connection of this process, "host:port" or a path."""
        return list(dict.fromkeys(_text(c.peer) for c in self.connections if c.peer is not None and not c.listens and not self._is_ours(c)))

    @property
    def silence(self) -> float:
        """Virtual seconds without a word from another process, at most."""
        return max(self.pause, self.engine.now - self.word)

    def patience(self, usual: float, unasked: float) -> float:
        """Real seconds a run that has nothing else to do waits for its peers: less each time that was in vain where the same was awaited.

        usual: if one of them owes an answer, or has not said anything yet; unasked: if not.
        """
        awaited = self._awaited()
        return (usual if awaited else min(usual, unasked)) / (1 + silent.get((awaited, GIVEN_UP), 0))

    def gave_up(self) -> None:
        """The run waited for its peers in vain."""
        _count((self._awaited(), GIVEN_UP))

    def _awaited(self) -> str:
        """The connections another process owes something on, or has said nothing on yet, each with the number of its writes."""
        return " ".join(f"{c.number}:{c.writes}" for c in self.by_fd.values() if c.handles and not c.listens and (c.owed or not c.heard) and not self._is_ours(c))

    @property
    def has_outside(self) -> bool:
        """Is the other end of any watched connection in another process?"""
        return any(c.handles and not c.listens and not self._is_ours(c) for c in self.by_fd.values())

    def _is_ours(self, connection: Connection) -> bool:
        if connection.is_pipe and self.engine.forked:
            return False  # another process may have its other end, too
        return not connection.connecting and (connection.peer is None or connection.inside or any(c.name == connection.peer for c in self.connections))

    # -------------------------------------------------------------- looking
    def look(self, loop: Any, idle: bool) -> None:
        """Take note of what has come, before the next decision."""
        engine = self.engine
        for connection in self.by_fd.values():
            if connection.owed and connection.handles and engine.now - connection.since > engine.longest:
                engine.longest = engine.now - connection.since  # the clock went on without an answer: the same as a late one
        timer = min(loop._scheduled[0]._when, INF) if loop._scheduled else INF
        before = len(engine.pending)
        recorded = getattr(engine.strategy, "next_arrival", None)
        if recorded is not None:
            while (item := recorded(engine.turns)) is not None:
                self._show_recorded(*item)
            steps = engine.strategy.next_pause(engine.turns)
            if steps:
                self._time_passes(steps, before, timer)
            if engine.strategy.goes_on:
                return
        began, before = clock.real_monotonic(), len(engine.pending)
        self._collect(idle, timer)
        steps = round((self.came - began) / STEP)
        if idle and steps > 0 and len(engine.pending) > before:
            self._time_passes(steps, before, timer)

    def _time_passes(self, steps: int, before: int, timer: float) -> None:
        """Something came, for which a server took its time: that time passes for the program, too, as far as nothing else is to happen meanwhile.

        In steps of STEP: a fact of the schedule, like what came.
        """
        engine = self.engine
        engine.paused(steps, engine.turns)
        following = min([timer, *(a.due for a in engine.pending[:before])])
        engine.now = max(engine.now, min(engine.now + steps * STEP, following - 3 * IMMINENT))
        for arrival in engine.pending[before:]:
            arrival.due = arrival.began = engine.now  # it was not late: it came now

    def glance(self) -> None:
        """Take note of what has come, while a thread runs on.  An answer is waited for: it could be there already, and how late it is, the schedule says."""
        recorded = getattr(self.engine.strategy, "next_arrival", None)
        if recorded is not None:
            while (item := recorded(self.engine.turns)) is not None:
                self._show_recorded(*item)
            if self.engine.strategy.goes_on:
                return
        self._collect(False, INF)

    def _collect(self, idle: bool, timer: float) -> None:
        owed = [c for c in self.by_fd.values() if c.owed and c.handles and silent.get((c.number, c.writes), 0) < SILENT]
        patience = max((PEER if self._is_ours(c) else ANSWER / (1 + silent.get((c.number, 0), 0)) for c in owed), default=0.0)
        before, following = len(self.engine.pending), min([timer, *(a.due for a in self.engine.pending)])
        # real peers are waited for before the clock moves, the shorter the longer they have been waited for in vain
        watched = [c for c in self.by_fd.values() if c.handles and not self._is_ours(c)] if idle and self.engine.now < following != INF else []
        real = [c for c in watched if c.owed]
        unfinished = [c for c in watched if c.rest and not c.owed and silent.get((c.number, -1 - c.writes), 0) < SILENT]
        if real or unfinished:
            patience = max(patience, min(following - self.engine.now, max([*map(self._slow, real), *map(_unfinished, unfinished)])))
            owed += [c for c in real if c not in owed]
        began = clock.real_monotonic()
        end = began + patience
        while True:
            left = end - clock.real_monotonic()
            self._show_ready(self.poll.poll(max(0.0, left) * 1000 if patience else 0), self.engine.turns)
            owed = [c for c in owed if c.owed]
            if left <= 0 or not (owed or unfinished) or (not owed and len(self.engine.pending) > before):
                break
        in_vain = round(1000 * (clock.real_monotonic() - began))
        for connection in owed:
            _count((connection.number, connection.writes))
            _count((connection.number, 0))
        for peer in {_text(c.peer) for c in real if c.owed}:
            _count((peer, OVERDUE), in_vain)
        if len(self.engine.pending) == before:
            for connection in unfinished:
                connection.rest = False
                _count((connection.number, -1 - connection.writes))
            for peer in {_text(c.peer) for c in unfinished}:
                _count((peer, UNDUE), in_vain)

    def _slow(self, connection: Connection) -> float:
        """Real seconds an answer is worth that the clock would run past."""
        in_vain = silent.get((_text(connection.peer), OVERDUE), 0) / 1000
        usual = SLOW / (1 + silent.get((connection.number, 0), 0)) if silent.get((connection.number, connection.writes), 0) < SILENT else 0.0
        return max(usual, min(PATIENT, self.engine.patience) / (1 + in_vain) ** 3)

    def wait(self, seconds: float, ahead: int = 0) -> bool:
        """Nothing can go on inside: wait for the outside -> did something come?  ahead: turns until the next decision is taken."""
        if ahead and getattr(self.engine.strategy, "says_what_comes", False):
            return True  # it comes at the turn the record says
        before = len(self.engine.pending)
        self._show_ready(self.poll.poll(seconds * 1000), self.engine.turns + ahead)
        return len(self.engine.pending) > before

    def _show_ready(self, found: list[tuple[int, int]], turn: int) -> None:
        ready = sorted((self.by_fd[fd].number, self.by_fd[fd], event) for fd, event in found if fd in self.by_fd)
        for _, connection, event in ready:
            for mask in (select.POLLIN, select.POLLOUT):
                gone = event & (select.POLLHUP | select.POLLERR)
                if mask in connection.handles and mask not in connection.pending and (event & mask or gone):
                    if gone and mask == select.POLLOUT and connection.peer is None and isinstance(connection.name, tuple):
                        refused(self.engine, None)
                    self._show(connection, mask, _settled(connection) if mask == select.POLLIN else 0, turn)

    def _show(self, connection: Connection, mask: int, size: int, turn: int) -> None:
        engine = self.engine
        connection.owed = False
        if not connection.listens and not self._is_ours(connection):
            if mask == select.POLLIN:
                connection.heard, connection.rest = True, size > 0
            self.came = clock.real_monotonic()
            self.pause, self.word = self.silence, engine.now
            engine.heard = engine.heard or size > 0
        engine.arrived(connection.actor(mask), size, turn)
        handle = connection.handles[mask]

        def deliver() -> None:
            connection.pending.pop(mask, None)
            if mask == select.POLLIN:
                connection.due = size
            handle._loop._ready.append(handle)  # type: ignore[attr-defined]

        connection.pending[mask] = engine.add_arrival("network", connection.actor(mask), engine.now, INF, deliver, connection.site, None)

    def _show_recorded(self, actor: int, size: int, following: list[int]) -> None:
        """What the record says came; following: the sizes of what the record says comes later on the same connection."""
        number, write = divmod(CONNECTION - actor, 2)
        mask = select.POLLOUT if write else select.POLLIN
        connection = self.connections[number - 1] if number <= len(self.connections) else None
        if connection is None or mask not in connection.handles:
            self.engine.strategy.diverge(f"nobody {'writes to' if write else 'reads from'} connection {number}")
            return
        counted = not write and connection.stream and not connection.listens and size > 0
        there = self._await_recorded(connection, mask, size if counted else None)
        if there is None:
            self.engine.strategy.diverge(
                f"{f'{size} bytes' if counted else 'what came'} on connection {number} did not come within {REPLAY:.0f} s"
            )
            return
        if not (counted or write or connection.listens) and connection.stream and _size(connection.fd) > 0:
            self.engine.strategy.diverge(f"{_size(connection.fd)} bytes came on connection {number} where the other end had closed it")
            return
        if counted and there == 0:
            self.engine.strategy.diverge(f"connection {number} was closed by the other end where {size} bytes had come")
            return
        if counted and there != size and not (there > size and there in itertools.accumulate(following, initial=size)):
            settled = _settled(connection, HANDED_OVER if self._is_ours(connection) else RESIZED)
            if settled != size and settled not in itertools.accumulate(following, initial=size):
                self.engine.resized += 1  # other values, of another length: the whole answer stands for the whole answer
                size = settled
        self._show(connection, mask, size, self.engine.turns)

    def _await_recorded(self, connection: Connection, mask: int, size: int | None) -> int | None:
        """Wait until `size` bytes are there (None: whatever there is), or fewer and no more come -> how many are; None: nothing in time."""
        end = clock.real_monotonic() + REPLAY
        before, since, whole = -1, 0.0, HANDED_OVER if self._is_ours(connection) else RESIZED if self.engine.resized else SHORT
        while (now := clock.real_monotonic()) < end:
            write = mask == select.POLLOUT
            if any(stock_select([] if write else [connection.fd], [connection.fd] if write else [], [], end - now)):
                if size is None:
                    return 0
                there = _size(connection.fd)
                if there >= size:
                    return there
                if there != before:
                    before, since = there, now
                elif now - since > whole:
                    return there
                clock.real_sleep(0.0005)
        return None

    def hang_up(self) -> None:
        """The run is over in a process that goes on: what it left open is over for the other end, as it would be with the process."""
        for connection in self.connections:
            if connection.stream and not (connection.listens or connection.is_pipe or connection.inode in open_before) and is_same_file(connection) and not self._is_ours(connection):
                with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fd)) as sock:
                    sock.shutdown(socket.SHUT_RDWR)

    # -------------------------------------------------------------- reading
    def allowed(self, fd: int) -> int | None:
        """How many bytes may be read from it now; None: it is not ours.

        Raises:
            BlockingIOError: nothing was delivered.
        """
        connection = self._known(fd)
        if connection is None:
            if not stat_is_socket(fd):
                return None
            connection = self.connection(fd, None)
        if connection.due is None:
            raise BlockingIOError(11, "nothing was delivered")
        size, connection.due = connection.due, None
        return size if connection.stream and not connection.listens else 1 << 30

    def wrote(self, fd: int) -> None:
        connection = self._known(fd)
        if connection is None:
            return
        connection.writes += 1
        connection.seen = True
        if self._is_ours(connection):
            for other in self.connections:
                if other.name == connection.peer and other.handles:
                    other.asks(self.engine.now)
        else:
            self._asks_server(connection)

    def _asks_server(self, connection: Connection) -> None:
        global asked
        asked = True
        connection.asks(self.engine.now)
        if not self.engine.heard and connection.peer is not None:
            self.engine.unheard[_text(connection.peer)] = None


def _unfinished(connection: Connection) -> float:
    """Real seconds what may be on its way is worth that the clock would run past."""
    return REST / (1 + silent.get((_text(connection.peer), UNDUE), 0) / 1000) ** 3


def _count(key: tuple[int | str, int], more: int = 1) -> None:
    silent[key] = silent.get(key, 0) + more


def note_open() -> None:
    """The runs of this process begin now."""
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        with contextlib.suppress(OSError):
            open_before.add(os.fstat(int(name)).st_ino)


def has_both_ends(fd: int) -> bool:
    """Is the other end of a pipe in this process, too?  Then what is in it is the program's own doing."""
    mine, mode = os.fstat(fd), fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return False
    for name in names:
        try:
            other = os.fstat(int(name))
            if (other.st_dev, other.st_ino) == (mine.st_dev, mine.st_ino) and fcntl.fcntl(int(name), fcntl.F_GETFL) & os.O_ACCMODE != mode:
                return True
        except OSError:
            continue
    return False


def is_same_file(connection: Connection) -> bool:
    """Is its descriptor still that of the socket it was?"""
    try:
        return os.fstat(connection.fd).st_ino == connection.inode
    except OSError:
        return False


def stat_is_socket(fd: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:
        return False


def _describe(fd: int) -> tuple[bool, bool, Any, Any]:
    """(does it listen, is it a stream, its own name, its peer's name or None); a pipe is a stream without names."""
    if not stat_is_socket(fd):
        return False, True, None, None
    with socket.socket(fileno=os.dup(fd)) as sock:
        listens = bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
        stream = sock.type == socket.SOCK_STREAM
        name = sock.getsockname()
        try:
            peer = sock.getpeername()
        except OSError:
            peer = None
    return listens, stream, name or None, peer or None


def refused(engine: Any, address: Any) -> None:
    """A connection could not be made.  address: None where it is not known to which."""
    if not engine.heard:
        engine.unheard["" if address is None else _text(address)] = None


def _is_own(name: Any) -> bool:
    """Has a socket of this process that name?"""
    try:
        numbers = os.listdir("/proc/self/fd")
    except OSError:
        return False
    for number in numbers:
        if stat_is_socket(int(number)):
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(number))) as sock:
                if sock.getsockname() == name:
                    return True
    return False


def _text(name: Any) -> str:
    """name: of a peer; None: it has none, as with a pipe or before a connect is over."""
    if name is None:
        return ""
    return f"{name[0]}:{name[1]}" if isinstance(name, tuple) else os.fsdecode(name)


def _size(fd: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


def _settled(connection: Connection, pause: float = 0.0003) -> int:
    """Bytes that are there; of a large answer, once no more come within `pause` seconds."""
    if connection.listens or not connection.stream:
        return 1
    size = _size(connection.fd)
    while size > 1000 or pause > 0.001:
        clock.real_sleep(pause)
        now = _size(connection.fd)
        if now == size:
            break
        size = now
    return size


def _wire() -> Wire | None:
    engine = current.engine
    return engine.wire if engine is not None and threading.get_ident() == current.thread else None


def _reads(stock: Any, at: int | None) -> Callable[..., Any]:
    """at: the position of the number of bytes among the arguments; None: one delivery is one call."""
    def read(self: Any, *args: Any, **kw: Any) -> Any:
        wire = _wire()
        if wire is not None and self.gettimeout() == 0.0:
            wire.fail_if_broken(self.fileno())
            allowed = wire.allowed(self.fileno())
            if allowed is not None and at is not None:
                if at == 0 and args:
                    args = (min(args[0], allowed), *args[1:])
                elif at == 1:
                    buffer = args[0]
                    wanted = args[1] if len(args) > 1 and args[1] else len(memoryview(buffer).cast("B"))
                    args = (buffer, min(wanted, allowed), *args[2:])
                    if args[1] == 0:
                        return 0  # the end; 0 would mean the whole buffer
        return stock(self, *args, **kw)
    return read


def _writes(stock: Any) -> Callable[..., Any]:
    def write(self: Any, *args: Any, **kw: Any) -> Any:
        wire = _wire()
        if wire is not None:
            wire.fail_if_broken(self.fileno())
        sent = stock(self, *args, **kw)
        if wire is not None:
            wire.wrote(self.fileno())
        return sent
    return write


def install() -> None:
    """Patch the reading and writing methods of sockets, once per process; without an engine they do what the stock ones do."""
    sock: Any = socket.socket
    for name, at in (("recv", 0), ("recv_into", 1), ("recvfrom", None), ("recvfrom_into", None), ("accept", None)):
        setattr(sock, name, _reads(getattr(sock, name), at))
    for name in ("send", "sendto", "sendmsg"):
        setattr(sock, name, _writes(getattr(sock, name)))
