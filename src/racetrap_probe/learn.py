"""Learning roles: which of the user's own classes lend objects out and take them back.

One default run is watched closely, in a fork that is thrown away.  A class is a pool by what it does, not by its
names: an object that stood in one of its containers is returned by a method and stands there no longer (lent), and
later a method takes it as an argument and it stands there again (returned).  A repository hands objects out too, but keeps
them; a work queue hands them out, but they do not come back: at least half of the objects lent must be back at the end of the run.
The innermost pair of methods is taken, since the moment of lending and returning matters.

What is learned is data: it goes into the result, and `[tool.racetrap]` can add to it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import json
import os
import queue
import select
import signal
import threading
from collections import deque
from collections.abc import Container, Iterable
from types import FunctionType
from typing import Any

from . import atoms, classes, clock, library, same_process, wire
from .primitives import Lock, RLock, SimpleQueue

MOST_WAITS = 600
"""How often a run may wait for the clock before it is asked whether its main task will ever end."""
ENDING = 1.0
"""Real seconds the interpreter of a watched run is given to end."""
patience = 15.0
"""Real seconds the watched run may take."""


class Roles:
    """What the monitor is told: names of classes and methods, `module:Qualified.Name`."""

    def __init__(self, data: dict[str, Any] | None = None) -> None:
        data = data or {}
        self.pools: dict[str, dict[str, Any]] = data.get("pools", {})
        self.resources: dict[str, dict[str, Any]] = data.get("resources", {})
        self.queued: list[str] = data.get("queued", [])
        self.ignore: list[str] = data.get("ignore", [])
        self.late_settle = bool(data.get("late_settle", False))
        self.stale_looks = bool(data.get("stale_looks", False))
        """A task was seen to stand between a look and a write that depends on it."""
        self.threaded = bool(data.get("threaded", False))
        """A function the loop hands to an executor shares state with the rest: it runs in a controlled thread."""
        self.closers: dict[str, list[str]] = data.get("closers", {})
        self.notices: list[str] = []
        """What went wrong when they were learned, a sentence each (not part of the roles' data)."""
        self.most_waits = MOST_WAITS
        self.asked: dict[str, int] = {}
        """Forked questions asked so far in this process, by cause (not part of the roles' data)."""
        self.confirmed: Container[str] = set()
        """Keys of violations that need no asking again."""

    def pool(self, pool: Any) -> dict[str, Any] | None:
        """The role of that pool, by its class or one that it inherits from."""
        return next((role for cls in type(pool).__mro__ if (role := self.pools.get(classes.name_of(cls)))), None)

    def as_json(self) -> dict[str, Any]:
        return {"pools": self.pools, "resources": self.resources, "queued": self.queued, "ignore": self.ignore,
                "late_settle": self.late_settle, "threaded": self.threaded,
                "stale_looks": self.stale_looks, "closers": self.closers}

    def add_library(self, known: dict[str, list[dict[str, Any]]]) -> None:
        """Roles of installed packages: data, not learned."""
        for pool in known["pool"]:
            self.pools[pool["class"]] = {"lend": pool["acquire"], "return": pool.get("release", []), "home": pool.get("idle", []),
                                         "size": pool.get("size", ""), "most": pool.get("most", []), "lends": pool.get("lends", ""),
                                         "inner": pool.get("inner", []), "none": pool.get("none", False)}
            self.closers[pool["class"]] = pool.get("close", [])
        for resource in known["resource"]:
            self.resources[resource["class"]] = {k: resource.get(k, []) for k in ("writes", "reads", "closes", "closed", "returns", "uses")}
            self.resources[resource["class"]] |= {"session": resource.get("session", ""), "reclaims": resource.get("reclaims", False), "counts": resource.get("counts", False)}
        self.queued = [name for name in self.queued if name not in {resource["class"] for resource in known["resource"]}]

    def add_settings(self, given: dict[str, Any]) -> None:
        """Roles from the user's settings: added to, and stronger than, what was learned."""
        for pool in given.get("pools", []):
            self.pools[pool["class"]] = {"lend": list(pool.get("acquire", [])), "return": list(pool.get("release", []))}
            if pool.get("close"):
                self.closers[pool["class"]] = list(pool["close"])
        for resource in given.get("resources", []):
            self.resources[resource["class"]] = {k: list(resource[k]) for k in ("uses", "harmless", "settles") if resource.get(k)}
        self.ignore = list(given.get("ignore", []))
        self.late_settle = bool(given.get("late_settle", False))


QUEUES = (asyncio.Queue, queue.Queue, SimpleQueue)


def items_of(waiting: Any) -> Any:
    """What stands in a queue of tasks or threads now."""
    if isinstance(waiting, asyncio.Queue):
        return waiting._queue  # type: ignore[attr-defined]
    return waiting.queue if isinstance(waiting, queue.Queue) else ()


def idle_in(pool: Any, home: Iterable[str]) -> list[Any]:
    """What stands in these attributes of a pool: containers, or queues of whatever make."""
    found: list[Any] = []
    for name in home:
        place = getattr(pool, name, None)
        place = items_of(place) if isinstance(place, QUEUES) else getattr(place, "queue", place)
        found += place if isinstance(place, Iterable) else ()
    return found


def named_containers_of(owner: Any) -> list[tuple[str, Any]]:
    """The containers an object holds directly, by attribute."""
    state = getattr(owner, "__dict__", None)
    if not state:
        return []
    out: list[tuple[str, Any]] = []
    for name, value in state.items():
        if isinstance(value, (list, deque, set, frozenset)):
            out.append((name, value))
        elif isinstance(value, dict):
            out.append((name, value.values()))
        elif isinstance(value, QUEUES):
            out.append((name, items_of(value)))
    return out


def containers_of(owner: Any) -> list[Any]:
    return [container for _, container in named_containers_of(owner)]


Places = dict[tuple[str, int], Any]
"""(attribute, id of the object) -> the object that stands there."""


def _members(owner: Any) -> Places:
    found: Places = {}
    for name, container in named_containers_of(owner):
        for item in container:
            for part in item if isinstance(item, tuple) else (item,):
                if has_state(part):
                    found[name, id(part)] = part
    return found


_NOT_RESOURCES = (type, FunctionType, BaseException, asyncio.Future, *QUEUES, asyncio.Event, asyncio.Lock, asyncio.Condition,
                  asyncio.Semaphore, threading.Thread, threading.Event, threading.Condition, threading.Semaphore, threading.Barrier,
                  concurrent.futures.Future, concurrent.futures.Executor, Lock, RLock, list, dict, set, tuple, str, bytes, int, float)


def has_state(value: Any) -> bool:
    return hasattr(value, "__dict__") and not isinstance(value, _NOT_RESOURCES) and type(value).__module__ != "builtins"


class _Evidence:
    def __init__(self) -> None:
        self.lends: dict[str, int] = {}
        self.returns: dict[str, int] = {}
        self.out: dict[int, set[str]] = {}
        """Lent now: id -> the attributes whose container it left."""
        self.home: set[str] = set()
        self.lent: dict[int, Any] = {}
        self.came_back: dict[int, Any] = {}


class Recorder:
    """The hook of the watched run: one per method."""

    def __init__(self, book: Book, name: str) -> None:
        self.book = book
        self.name = name

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        self.book.scan(owner)
        return [owner, [a for a in (*args, *kw.values()) if has_state(a)]]

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        self.book.left(token, self.name, result)

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        self.book.scan(token[0])


class Book:
    """What was seen of each owner: which objects stood in its containers, who was lent, who came back."""

    def __init__(self) -> None:
        self.scout = atoms.Scout()
        self.threaded = False
        self.passed = False
        """The run came to its end, without an error."""
        self.ever: dict[int, Places] = {}
        self.owners: dict[int, Any] = {}
        self.evidence: dict[str, _Evidence] = {}
        self.queue_first: dict[int, set[int]] = {}
        self.queue_got: dict[int, bool] = {}
        self.queue_keep: list[Any] = []
        self.queue_stats: dict[str, list[dict[int, Any]]] = {}

    def scan(self, owner: Any) -> Places:
        """Look at the owner's containers -> where everything stands now."""
        now = _members(owner)
        self.ever.setdefault(id(owner), {}).update(now)
        self.owners[id(owner)] = owner
        return now

    def left(self, token: Any, name: str, result: Any) -> None:
        """A method of `owner` that was given these objects returned `result`."""
        owner, given = token
        now = self.scan(owner)
        ever = self.ever[id(owner)]
        evidence = self.evidence.setdefault(classes.name_of(_defining(type(owner), name)), _Evidence())
        if has_state(result) and result is not owner and not any(result is g for g in given) and id(result) not in evidence.out:
            gone = {attribute for attribute, number in ever if number == id(result) and (attribute, number) not in now}
            if gone:
                evidence.lends[name] = evidence.lends.get(name, 0) + 1
                evidence.out[id(result)] = gone
                evidence.home |= gone
                evidence.lent[id(result)] = result
        for item in given:
            if any((attribute, id(item)) in now for attribute in evidence.out.get(id(item), ())):
                del evidence.out[id(item)]
                evidence.came_back[id(item)] = item
                evidence.returns[name] = evidence.returns.get(name, 0) + 1

    # -------------------------------------------------------- asyncio.Queue
    def queue_put(self, queue: Any, item: Any) -> None:
        if not has_state(item):
            return
        self._queue_seen(queue)
        if not self.queue_got.get(id(queue)):
            self.queue_first[id(queue)].add(id(item))
        stats = self.queue_stats.setdefault(classes.name_of(type(item)), [{}, {}, {}])
        if id(item) in stats[1]:
            del stats[1][id(item)]
            stats[2][id(item)] = item

    def _queue_seen(self, queue: Any) -> None:
        """What stands in a queue when it is met first was put in before the first get (perhaps before the first loop)."""
        if id(queue) not in self.queue_first:
            self.queue_first[id(queue)] = {id(item) for item in items_of(queue)}
        self.queue_keep.append(queue)

    def queue_take(self, queue: Any, item: Any) -> None:
        self._queue_seen(queue)
        if not self.queue_got.get(id(queue)):
            self.queue_first[id(queue)].add(id(item))
        self.queue_got[id(queue)] = True
        if not has_state(item) or id(item) not in self.queue_first.get(id(queue), ()):
            return
        stats = self.queue_stats.setdefault(classes.name_of(type(item)), [{}, {}, {}])
        stats[0][id(item)] = item
        stats[1][id(item)] = item

    # -------------------------------------------------------------- outcome
    def roles(self) -> Roles:
        roles = Roles()
        roles.stale_looks = self.scout.found
        roles.threaded = self.threaded
        for key, evidence in self.evidence.items():
            if not evidence.lends or not evidence.returns:
                continue
            back = len(evidence.lent) - len(evidence.out)
            if back * 2 < len(evidence.lent):
                continue
            roles.pools[key] = {"lend": sorted(evidence.lends), "return": sorted(evidence.returns), "home": sorted(evidence.home)}
            for item in evidence.came_back.values():
                roles.resources.setdefault(classes.name_of(type(item)), {})
        for name, (lent, out, back_again) in self.queue_stats.items():
            if back_again and (len(lent) - len(out)) * 2 >= len(lent):
                roles.queued.append(name)
                roles.resources.setdefault(name, {})
        return roles


def _defining(cls: type, name: str) -> type:
    for base in cls.__mro__:
        if name in base.__dict__:
            return base
    return cls


def watch_all(book: Book) -> None:
    def wrap_class(cls: type) -> None:
        if classes.name_of(cls) in classes.library or issubclass(cls, (BaseException, *QUEUES)) or cls.__dict__.get("_is_protocol"):
            return
        for name, function in classes.methods(cls):
            with contextlib.suppress(AttributeError, TypeError):
                classes.wrap(cls, name, function, Recorder(book, name))

    for cls in classes.seen():
        wrap_class(cls)
    classes.on_new_class = wrap_class


def _status(pid: int, seconds: float) -> int | None:
    """The exit status of a watched run that has told what it saw, if it ends within so many seconds; then it is ended."""
    end = clock.real_monotonic() + seconds
    while clock.real_monotonic() < end:
        got, status = os.waitpid(pid, os.WNOHANG)
        if got:
            return os.waitstatus_to_exitcode(status)
        clock.real_sleep(0.002)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def learn(settings: dict[str, Any], run: Any) -> Roles | None:
    """Watch one default run in a fork.

    run(book, report): in the child; begins the watched run and calls `report` at its end.
    -> the roles; in a child that must go on with the user's program: None.
    """
    read, write = os.pipe()
    pid = same_process.fork()
    if pid == 0:
        os.close(read)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        book = Book()

        def report() -> None:
            with contextlib.suppress(OSError):
                os.write(write, json.dumps({**book.roles().as_json(), "passed": book.passed, "asked": wire.asked, "silent": wire.learned()}).encode())
                os.close(write)

        watch_all(book)
        run(book, report)
        return None
    os.close(write)
    data = b""
    end = clock.real_monotonic() + patience
    while (left := end - clock.real_monotonic()) > 0:
        ready, _, _ = select.select([read], [], [], left)
        if not ready:
            break
        chunk = os.read(read, 1 << 16)
        if not chunk:
            break
        data += chunk
    os.close(read)
    told = json.loads(data) if data else {}
    passed = told.pop("passed", None)
    wire.learn(told.pop("silent", []))
    if told.pop("asked", False):
        clock.differ_from_run_to_run()
    status = _status(pid, ENDING if passed else 0.0)
    passed = passed and not status if passed is not None else None
    roles = Roles(told or None)
    roles.watched = "unended" if passed is None and clock.real_monotonic() >= end else "passed" if passed else "failed"
    if not data:
        how = "ended before its end was seen" if clock.real_monotonic() < end else f"did not end in {patience:.0f} s"
        roles.notices.append(f"the run that is watched to learn which of your classes are pools {how}: only those that [tool.racetrap] names are known")
    roles.add_library(library.read())
    roles.add_settings(settings)
    return roles


