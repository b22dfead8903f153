"""What a pool lends: the resource, each lease of it, and the calls in progress."""

from __future__ import annotations

import weakref
from typing import Any

from . import classes, sites


class Lease:
    """One lease; actors are the tasks that may use the resource during it."""

    __slots__ = ("acquired", "actor", "actors", "began", "cut", "ended", "given", "gone", "how", "in_vain", "most", "number", "present", "released", "return_cut")

    def __init__(self, number: int, actor: int, stack: sites.Stack, how: str) -> None:
        self.how = how
        self.number = number
        self.actor = actor
        self.actors = {actor}
        self.acquired = stack
        self.released: sites.Stack = ()
        self.began: int | None = None
        self.gone: int | None = None
        """In a recorded run: the events that began and ended it."""
        self.ended = False
        self.given = False
        """Somebody passed the resource to another method of the pool, or closed it."""
        self.most = 0
        """The most resources the pool had been seen to have when this lease began."""
        self.cut = ""
        self.return_cut = False
        """The call that returned the resource was cut short by a cancellation."""
        self.in_vain = False
        """The borrower was handed the resource and left by cancellation before it could know."""
        self.present: frozenset[int] = frozenset()


class Resource:
    """One object a pool lends out."""

    def __init__(self, value: Any, label: str, pool: str, owner: Any, role: dict[str, Any]) -> None:
        self._value: Any = value
        self.kind_name = classes.name_of(type(value))
        self.library = self.kind_name in classes.library
        self._weak = bool(role.get("reclaims")) if self.library else is_missed(value)
        if self._weak:
            self._value = weakref.ref(value)
        self.owner = owner
        self.label = label
        self.kind = self.kind_name.rpartition(":")[2]
        self.pool = pool
        self.lease: Lease | None = None
        self.last: dict[int, Lease] = {}
        self.calls: list[Call] = []
        self.leases = 0
        self.returned_again: sites.Stack = ()
        self.returned_by: int = 0
        self.leftover: list[tuple[Lease, Any]] = []
        self.shared = False
        self.inner = frozenset(c.__qualname__ for c in (*type(value).__mro__, *type(owner).__mro__)) if self.library else frozenset()
        """Classes whose methods are the resource's or the pool's own."""
        self.closed = False
        """It was closed by a call that ends it."""
        self.unanswered: list[tuple[Lease | None, sites.Stack]] = []
        """Requests that were sent and not answered yet: the lease each belongs to, and from where it was sent."""

    @property
    def value(self) -> Any:
        """The object; None once it is gone."""
        return self._value() if self._weak else self._value


def is_missed(value: Any) -> bool:
    """Does somebody act on the end of that object (a finalizer, a weak reference), so that it must not be kept alive?"""
    if hasattr(type(value), "__del__"):
        return hasattr(value, "__weakref__")
    callbacks = [ref.__callback__ for ref in weakref.getweakrefs(value)]
    return any(isinstance(c, weakref.finalize) or getattr(c, "__module__", "") not in ("_weakrefset", "weakref") for c in callbacks if c is not None)


class Call:
    """A call of one of the resource's methods in progress."""

    __slots__ = ("actor", "event", "lease", "name", "resource", "stack", "told")

    def __init__(self, resource: Resource, actor: int, name: str, lease: Lease | None, stack: sites.Stack) -> None:
        self.resource = resource
        self.actor = actor
        self.name = name
        self.lease = lease
        self.stack = stack
        self.told = False
        self.event: int | None = None
        """In a recorded run: the event that began it."""


def follow(value: Any, path: str) -> Any:
    """The attribute at the end of a dotted path; None where there is none."""
    for name in path.split("."):
        value = getattr(value, name, None)
    return value
