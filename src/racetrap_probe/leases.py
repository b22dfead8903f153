"""Leases: who holds which resource of which pool, and calls by those who hold it no longer.

A lease begins when the pool's lending method returns the object and ends when its returning method is entered (what that
method itself does to the object belongs to the pool).  A call on a resource is *stale* when its task held an earlier lease of it, that lease
has ended, and it is not inside the pool.  A stale call alone harms nobody: it becomes a fact for the
oracles when another task's lease begins before the call has taken effect.
"""

from __future__ import annotations

import asyncio
import sys
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import CodeType
from typing import Any

from . import classes, loop, messages, sites
from .learn import QUEUES, containers_of, items_of, named_containers_of
from .lending import Call, Lease, Resource, follow
from .oracles import early, given_up, put_back


class _Lend:
    """Hook of a pool's lending method.  lends: attribute of its result that is what is lent; "": the result itself."""

    def __init__(self, name: str, lends: str = "") -> None:
        self.name = name
        self.lends = lends

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        actor = loop.task_number()
        leases = monitor.leases
        leases.inside[actor] = leases.inside.get(actor, 0) + 1
        leases.asking.setdefault(actor, []).append((owner, sites.stack(3)))
        return owner, actor

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        owner, actor = token
        leases = monitor.leases
        leases.inside[actor] -= 1
        leases.asking[actor].pop()
        if self.lends:
            result = getattr(result, self.lends, None)
        role = monitor.roles.resources.get(classes.name_of(type(result))) if result is not None else None
        if role is not None and not any(getattr(result, name, False) is True for name in role.get("closed", ())):
            leases.acquired(owner, result, self.name)

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        owner, actor = token
        if not isinstance(error, asyncio.CancelledError):
            monitor.starves(owner)
        monitor.leases.inside[actor] -= 1
        monitor.leases.asking[actor].pop()


class _Return:
    """Hook of a pool's returning method."""

    def __init__(self, name: str) -> None:
        self.name = name

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        actor = loop.task_number()
        leases = monitor.leases
        leases.inside[actor] = leases.inside.get(actor, 0) + 1
        returned = None
        for value in (*args, *kw.values()):
            if id(value) in leases.known and leases.known[id(value)].value is value:
                leases.released(owner, value, self.name)
                returned = leases.known[id(value)].lease
        if args[:1] == (None,) and (monitor.roles.pool(owner) or {}).get("none"):
            leases.closed_came_back(owner, actor, self.name)
        return actor, returned, sys.exception()

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        monitor.leases.inside[token[0]] -= 1

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        actor, returned, before = token
        monitor.leases.inside[actor] -= 1
        if returned is not None and _was_cut_short(error, before):
            returned.return_cut = True


_CLOSE = frozenset(("close", "aclose", "shutdown", "stop", "drain", "dispose", "terminate", "disconnect", "__aexit__", "__exit__"))


class _Other:
    """Hook of a pool's other methods: what is passed to one of them is no longer the borrower's alone."""

    def __init__(self, name: str, closes: bool) -> None:
        self.name = name
        self.closes = closes

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        leases = monitor.leases
        if self.closes:
            monitor.pool_closes(owner)
        for value in args:
            resource = leases.known.get(id(value))
            if resource is not None and resource.value is value and resource.lease is not None and not _is_its_own(resource, owner, sys._getframe(2)):
                resource.lease.given = True
        if not self.closes:
            return None
        actor = loop.task_number()
        leases.closing.setdefault(actor, []).append((owner, sites.stack(3)))
        return actor, owner, sites.user_site(sys._getframe(1)), classes.name_of(type(owner)) in classes.library

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        actor, owner, site, of_library = token
        monitor.leases.closing[actor].pop()
        if of_library:
            monitor.pool_closed(owner, self.name, site)

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        monitor.leases.closing[token[0]].pop()


def _is_its_own(resource: Resource, pool: Any, caller: Any) -> bool:
    """Does a library's pool pass the resource to itself, on behalf of the borrower?"""
    return resource.library and caller.f_locals.get("self") is pool


class _Use:
    """Hook of a resource's own methods."""

    def __init__(self, name: str, code: CodeType, harmless: bool, suspends: bool) -> None:
        self.name = name
        self.start = code, code.co_firstlineno
        self.harmless = harmless
        self.suspends = suspends
        """Other tasks may run before the call ends."""

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        resource = monitor.leases.known.get(id(owner))
        if resource is None or resource.value is not owner:
            return None
        return monitor.leases.call_begins(resource, self)

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        monitor.leases.call_ends(token, result)

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        monitor.leases.call_ends(token, None, error)


class _Exchange:
    """Hook of a library resource's own methods: requests, answers, and what ends the connection."""

    def __init__(self, name: str, part: str) -> None:
        self.name = name
        self.part = part

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        resource = monitor.leases.known.get(id(owner))
        if resource is None or resource.value is not owner:
            return None
        if self.part == "returns":
            if resource.lease is not None and not resource.lease.ended:
                monitor.leases.released(resource.owner, owner, self.name)
            return None
        if self.part == "closes":
            resource.unanswered.clear()
            resource.closed = True
            if resource.lease is not None and not monitor.roles.resources.get(resource.kind_name, {}).get("counts"):
                resource.lease.given = True
            return None
        if monitor.leases.inside.get(loop.task_number(), 0):
            return None  # the pool's own business
        stack = sites.stack(3)
        monitor.event("call", f"{resource.label}.{self.name}", stack[0] if stack else None)
        return resource, stack, sys.exception()

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        resource, stack, _ = token
        mine = resource.last.get(loop.task_number())
        if self.part == "writes":
            resource.unanswered.append((mine, stack))
        elif resource.unanswered:
            lease, sent = resource.unanswered.pop(0)
            if lease is not None and mine is not None and lease is not mine and lease.actor != mine.actor:
                monitor.stale_answer(resource, lease, mine, sent, stack)

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        resource, _, before = token
        if self.part == "reads" and resource.unanswered and not _was_cut_short(error, before):
            resource.unanswered.pop(0)  # the answer was an error


def _was_cut_short(error: BaseException | None, before: BaseException | None) -> bool:
    """Did the call end because somebody cancelled it, so that its answer is still to come?

    before: what was being handled when the call began: a clean-up after a cancellation is not cut short by it.
    """
    while error is not None and error is not before:
        if isinstance(error, asyncio.CancelledError):
            return True
        error = error.__cause__ or error.__context__
    return False


class Leases:
    """The book of all leases of one execution."""

    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.known: dict[int, Resource] = {}
        self.inside: dict[int, int] = {}
        self.asking: dict[int, list[tuple[Any, sites.Stack]]] = {}
        """By actor: the pools whose lending method it is in, and from where it called, the innermost last."""
        self.closing: dict[int, list[tuple[Any, sites.Stack]]] = {}
        """The same of the methods that close a pool."""
        self.live = 0
        self.counts: dict[str, int] = {}
        self.lent: dict[int, int] = {}
        """Open leases of each pool, by id."""
        self.most: dict[int, int] = {}
        """The most resources each pool has been seen to have, lent and idle together."""
        self.returned: set[sites.Stack] = set()
        """From where the resources that came back had been acquired."""

    # --------------------------------------------------------------- wrapping
    def wrap_class(self, cls: type) -> None:
        """Wrap what the roles name in a class that was just made."""
        wrap_for_roles(cls, self.monitor.roles)

    # ---------------------------------------------------------------- leases
    def resource(self, value: Any, pool: Any) -> Resource:
        found = self.known.get(id(value))
        if found is None or found.value is not value:
            if found is not None and found.lease is not None and not found.lease.ended:
                self._gone(found)
            name = type(value).__qualname__
            self.counts[name] = number = self.counts.get(name, 0) + 1
            found = self.known[id(value)] = Resource(
                value, f"{name} #{number}", _front_of(pool), pool, self.monitor.roles.resources.get(classes.name_of(type(value)), {}))
            if found.library:
                found.inner |= frozenset((self.monitor.roles.pool(pool) or {}).get("inner", ()))
        return found

    def _gone(self, resource: Resource) -> None:
        """What was lent is no more; whoever acts on its end has done so."""
        resource.lease.ended = True  # type: ignore[union-attr]
        self.live -= 1
        self.lent[id(resource.owner)] -= 1

    def open(self, pool: Any) -> list[tuple[Resource, Lease]]:
        """The leases of that pool whose resource is neither returned nor handed on nor closed, oldest first."""
        found = []
        for resource in list(self.known.values()):
            lease = resource.lease
            if resource.owner is not pool or lease is None or lease.ended or lease.given or lease.in_vain or resource.shared:
                continue
            if resource.value is not None:
                found.append((resource, lease))
        return found

    def is_empty(self, pool: Any, open_leases: int) -> bool:
        """With so many leases open, has that pool nothing more to lend?"""
        limits = (self.monitor.roles.pool(pool) or {}).get("most")
        if limits:
            numbers = [follow(pool, path) for path in limits]
            return all(isinstance(n, int) for n in numbers) and 0 < sum(numbers) <= open_leases
        return not self.idle(pool) and open_leases >= self.most.get(id(pool), 1)

    def acquired(self, pool: Any, value: Any, how: str) -> None:
        self._begins(pool, value, how, loop.task_number(), sites.stack(3))

    def given_in_vain(self, task: Any, value: Any) -> None:
        """A pool handed `value` to a task that waits inside its lending method, and the task is cancelled before it goes on."""
        resource = self.known.get(id(value))
        if resource is None or resource.value is not value or (resource.lease is not None and not resource.lease.ended):
            return
        lend = self.monitor.roles.pools.get(classes.name_of(type(resource.owner)), {}).get("lend", ())
        stack: list[tuple[Any, int]] = []
        for frame in sites.frames_of(task.get_coro()):
            if frame.f_locals.get("self") is resource.owner and frame.f_code.co_name in lend:
                number = getattr(task, "racetrap_number", 0)
                lease = self._begins(resource.owner, value, frame.f_code.co_name, number, tuple(reversed(stack)))
                if lease is not None:
                    lease.in_vain = True
                return
            if not sites.is_probe_file(frame.f_code.co_filename):
                stack.append((frame.f_code, frame.f_lineno))

    def _begins(self, pool: Any, value: Any, how: str, actor: int, stack: sites.Stack) -> Lease | None:
        resource = self.resource(value, pool)
        resource.leases += 1
        lease = Lease(resource.leases, actor, stack, how)
        before = resource.lease
        if before is not None and before.in_vain and not before.ended:
            before.ended = True  # somebody put it back after all
            self.live -= 1
            self.lent[id(pool)] -= 1
        if before is not None and not before.ended:
            if before.actor == actor:
                return None  # lent through two layers of one pool
            if resource.returned_again and not resource.shared:
                self.monitor.lent_twice(resource, before, lease)
            resource.shared = True
        else:
            self.live += 1
            self.lent[id(pool)] = self.lent.get(id(pool), 0) + 1
        resource.lease = lease
        resource.closed = False
        resource.last[actor] = lease
        self.monitor.streams.watch(resource)
        seen = self.lent.get(id(pool), 0) + self.idle(pool)
        if seen > self.most.get(id(pool), 0):
            self.most[id(pool)] = seen
        lease.most = self.most[id(pool)]
        lease.began = self.monitor.event("acquire", resource.label, stack[0] if stack else None, actor, stack)
        if resource.shared:
            return None
        for call in list(resource.calls) if resource.calls else ():
            if call.actor != actor and call.lease is not None and call.lease.ended and not call.told:
                call.told = True
                self.monitor.stale_use(resource, call, call.lease, lease)
        lease.present = frozenset(_present(value))
        return lease

    def idle(self, pool: Any) -> int:
        """How many resources stand in the pool now."""
        if isinstance(pool, QUEUES):
            return len(items_of(pool))
        role = self.monitor.roles.pool(pool)
        homes = role.get("home", ()) if role is not None else ()
        return max((len(c) for name, c in named_containers_of(pool) if name in homes), default=0)

    def released(self, pool: Any, value: Any, how: str) -> None:
        resource = self.known.get(id(value))
        if resource is None:
            return  # put in before the first get
        actor = loop.task_number()
        lease = resource.lease
        stack = sites.stack(3)
        if lease is None or lease.ended or (resource.last.get(actor, lease) is not lease):
            if not self.inside.get(actor, 0) > 1 and not resource.shared:
                resource.returned_again = stack
                resource.returned_by = actor
            if lease is None or lease.ended:
                return
        lease.ended = True
        lease.released = stack
        self.live -= 1
        self.lent[id(resource.owner)] -= 1
        self.returned.add(lease.acquired)
        self.monitor.streams.released(resource, lease)
        lease.gone = self.monitor.event("release", resource.label, stack[0] if stack else None, actor, stack)
        if lease.cut:
            resource.leftover = [(lease, v) for v in _contents(value) if id(v) not in lease.present and not _common(v)]

    def closed_came_back(self, pool: Any, actor: int, how: str) -> None:
        """Somebody gave back None in the place of what it had borrowed and closed."""
        for resource, lease in reversed(self.open(pool)):
            if resource.closed and actor in lease.actors:
                self.released(pool, resource.value, how)
                return

    def inherit(self, number: int, coro: Any) -> None:
        """A task started during a lease and given the resource (or something that holds it) shares the lease."""
        frame = getattr(coro, "cr_frame", None)
        if frame is None:
            return
        parent = loop.task_number()
        values = list(frame.f_locals.values())
        for resource in self.known.values():
            lease = resource.lease
            if lease is None or lease.ended or parent not in lease.actors or resource.value is None:
                continue
            given = [v for v in values if v is resource.value or _holds(v, resource.value)]
            if not given:
                continue
            if frame.f_locals.get("self") is resource.value and (
                    classes.has_loop(coro.cr_code) or self._own_frame(resource, sites.user_site(sys._getframe(3)))):
                continue  # the resource's own service, a keepalive or a reader, which outlives every lease
            lease.actors.add(number)
            resource.last[number] = lease

    def inherit_thread(self, worker: Any, function: Any, args: Any) -> None:
        """A thread started during a lease and given the resource (or something that holds it) shares the lease."""
        thread = worker.thread
        parent = loop.task_number()
        given = [*args, *getattr(thread, "_args", ()), *getattr(thread, "_kwargs", {}).values(), getattr(thread, "_target", None)]
        given += [v.__self__ for v in given if hasattr(v, "__self__")]
        for resource in self.known.values():
            lease = resource.lease
            if lease is None or lease.ended or parent not in lease.actors or resource.value is None:
                continue
            if any(v is resource.value or _holds(v, resource.value) for v in given):
                lease.actors.add(worker.actor)
                resource.last[worker.actor] = lease

    def _own_frame(self, resource: Resource, frame: tuple[Any, int] | None) -> bool:
        """Does that frame belong to a method of the resource or of its pool?"""
        return frame is not None and frame[0].co_qualname.rpartition(".")[0] in (resource.kind, resource.pool)

    # ----------------------------------------------------------------- calls
    def settle_begins(self, session: Any, name: str, code: CodeType) -> Call | None:
        """A message is settled over that session: is it the one of a resource?"""
        for resource in self.known.values():
            path = self.monitor.roles.resources.get(resource.kind_name, {}).get("session")
            if path and resource.value is not None and follow(resource.value, path) is session:
                return self.call_begins(resource, _Use(name, code, False, True))
        return None

    def call_begins(self, resource: Resource, use: _Use) -> Call | None:
        """A task calls a method of a resource."""
        actor, name = loop.task_number(), use.name
        if self.inside.get(actor, 0) or resource.shared:
            return None
        for call in resource.calls:
            if call.actor == actor:
                return None  # inside another call of the same task
        mine = resource.last.get(actor)
        event = self.monitor.event("call", f"{resource.label}.{name}", sites.caller(4), actor)
        if use.harmless:
            if name.strip("_") in classes.CLOSERS and resource.lease is not None:
                resource.lease.given = True
            return None
        late = mine is not None and mine.ended
        call = Call(resource, actor, name, mine, (sites.stack(3) or (use.start,)) if use.suspends or late else ())
        call.event = event
        resource.calls.append(call)
        now = resource.lease
        if late and now is not None and now is not mine and not now.ended and actor not in now.actors:
            assert mine is not None
            call.told = True
            self.monitor.stale_use(resource, call, mine, now)
        return call

    def call_ends(self, call: Call, result: Any, error: BaseException | None = None) -> None:
        resource = call.resource
        if call in resource.calls:
            resource.calls.remove(call)
        book = self.monitor.engine.book
        if book is not None:
            book.record("return", call.actor, f"{resource.label}.{call.name}", call.stack[0] if call.stack else None,
                        detail=f"raised {type(error).__name__}" if error is not None else "", stack=call.stack)
        lease = call.lease
        if error is not None:
            if lease is not None and not lease.ended:
                lease.cut = call.name
            return
        if resource.leftover and lease is not None and result is not None:
            for entered, value in resource.leftover:
                if value is result and entered is not lease and not any(v is value for v in _contents(resource.value)):
                    self.monitor.stale_state(resource, call, entered, value)


def _front_of(pool: Any) -> str:
    """The class whose methods lend: the pool's own, or of a queue whose user is an object that holds it, that object's."""
    if isinstance(pool, QUEUES):
        frame: Any = sys._getframe(2)
        while frame is not None:
            if sites.is_user_code(frame.f_code):
                owner = frame.f_locals.get("self")
                if owner is not None and _holds(owner, pool):
                    return type(owner).__qualname__
                break
            frame = frame.f_back
    return type(pool).__qualname__


def wrap_for_roles(cls: type, roles: Any) -> None:
    """Wrap the methods of a class that play a role."""
    early.wrap(cls)
    messages.wrap(cls)
    put_back.wrap(cls)
    given_up.wrap(cls)
    name = classes.name_of(cls)
    pool = roles.pools.get(name)
    if pool is None and name not in roles.resources:
        return
    for method, function in classes.methods(cls, generators=name in roles.resources):
        generator = bool(function.__code__.co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR))
        if pool is not None and generator:
            continue
        if pool is not None and method in pool.get("lend", ()):
            classes.wrap(cls, method, function, _Lend(method, pool.get("lends", "")))
        elif pool is not None and method in pool.get("return", ()):
            classes.wrap(cls, method, function, _Return(method))
        elif pool is not None:
            classes.wrap(cls, method, function, _Other(method, method in _CLOSE or method in roles.closers.get(name, ())))
        elif name in classes.library:
            given = roles.resources.get(name, {})
            for part in ("writes", "reads", "closes", "returns"):
                if method in given.get(part, ()):
                    classes.wrap(cls, method, function, _Exchange(method, part))
            if method in given.get("uses", ()):
                use = _Use(method, function.__code__, False, bool(function.__code__.co_flags & CO_COROUTINE))
                classes.wrap(cls, method, cls.__dict__[method], use)  # it may be an exchange, too
        elif name in roles.resources and method not in ("__aenter__", "__aexit__", "__enter__", "__exit__"):
            given = roles.resources[name]
            harmless = method in given.get("harmless", ()) or (
                method not in given.get("uses", ()) and classes.is_harmless(method, function, cls))
            suspends = generator or bool(function.__code__.co_flags & CO_COROUTINE)
            classes.wrap(cls, method, function, _Use(method, function.__code__, harmless, suspends))


def wrap_seen(roles: Any) -> None:
    """Wrap the classes that exist already."""
    for cls in classes.seen():
        wrap_for_roles(cls, roles)


def _holds(value: Any, target: Any) -> bool:
    state = getattr(value, "__dict__", None)
    if state is not None:
        return any(v is target for v in state.values())
    slots = getattr(type(value), "__slots__", ())
    return any(getattr(value, name, None) is target for name in ((slots,) if isinstance(slots, str) else slots))


def _contents(value: Any) -> list[Any]:
    return [item for container in containers_of(value) for item in container]


def _present(value: Any) -> list[int]:
    return [id(item) for item in _contents(value)]


def _common(value: Any) -> bool:
    """Objects that exist once per process say nothing by their identity."""
    return value is None or isinstance(value, (bool, int, float, type)) or (isinstance(value, (str, bytes)) and len(value) < 2)


