"""POOL: a slot of a pool that nobody has and nobody gets.

## What it does
POOL006 reports a pool (of a library whose roles are known) that makes a task wait for ever although one of its resources is used by nobody: it is neither idle nor
closed in the pool's own eyes, and no task holds it.  It also reports a resource that came back to such a pool and is gone from it when
the pool has none to lend: not idle, not closed, out of everybody's reach, and still counted.

## Why is this bad?
Each such slot is one less for the others; after as many as the pool has, every request waits for ever.

## Example
    try:
        response = await connection.send(request)
    except BaseException:
        await self.close(connection)      # cancelled again at its first await: the connection stays "active" for ever
        raise

## Use instead
    except BaseException:
        with CancelScope(shield=True):
            await self.close(connection)
        raise

## Certain when
The workload hangs: a task waits inside the pool, nothing can run and nothing can come.  The resource says of itself that it is in use, and no live task, frame or
module reaches it other than through the pool.  Or the pool refuses a borrower (its own timeout) while it counts more resources than are idle or lent, and one that had been
returned is neither, is not closed, and no live task, frame or module reaches it.
"""

from __future__ import annotations

from typing import Any

from .. import classes, learn, library, probing, sites
from ..loop import task_number
from . import pool as pool_mod

CODES = {"POOL006": "a slot of the pool is lost: its resource counts as used and nobody uses it"}


class Slots:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def on_hang(self, waiting: list[Any]) -> None:
        roles = library.slots()
        for task in waiting:
            for frame in sites.frames_of(task.get_coro()):
                pool = frame.f_locals.get("self")
                role = roles.get(classes.name_of(type(pool)))
                if role is not None and frame.f_code.co_name in role["waits"]:
                    self._judge(pool, role, task, (frame.f_code, frame.f_lineno))
                    return

    def on_starving(self, pool: Any) -> None:
        """Look for resources that were returned to a pool which has lost them: neither idle nor lent nor closed, but counted."""
        leases = self.monitor.leases
        role = self.monitor.roles.pools.get(classes.name_of(type(pool))) or {}
        if not role.get("size"):
            return
        idle = learn.idle_in(pool, role["home"])
        mine = [resource for resource in leases.known.values() if resource.owner is pool and resource.lease is not None]
        missing = getattr(pool, role["size"], 0) - len(idle) - sum(1 for resource in mine if not resource.lease.ended)
        for resource in mine if missing > 0 else ():
            if resource.lease.ended and resource.value is not None and not self._is_closed(resource) and not any(item is resource.value for item in idle):
                not_through = {id(pool), id(self.monitor), id(resource), id(leases), id(leases.known), id(mine), id(role)}
                if not probing.held_by_the_living(resource.value, not_through, lambda container: False):
                    self._report_gone(resource, pool, missing)

    def _is_closed(self, resource: Any) -> bool:
        role = self.monitor.roles.resources.get(resource.kind_name, {})
        return resource.closed or any(getattr(resource.value, name, False) is True for name in role.get("closed", ()))

    def _report_gone(self, resource: Any, pool: Any, missing: int) -> None:
        cut = self._cut_short(pool)
        how = "was being returned when its borrower was cancelled" if resource.lease.return_cut else "returned to the pool, which lost it"
        returned = [(how, pool_mod.in_users_code(resource.lease.released) or pool_mod.outside(resource, resource.lease.released))]
        cited, places = returned, returned
        if cut is not None and not resource.lease.return_cut:
            cited, left = self._where_it_left(cut, pool)
            places = [*left, *returned]
        key = ",".join(f"{role.split()[0]} {site[0].co_qualname}:{site[1]}" for role, site in cited if site)
        what = "whose return was cut short" if resource.lease.return_cut else "that had been returned to it"
        self.monitor.report(
            "POOL006", f"{type(pool).__name__} lost a {resource.kind} {what}",
            key=key, resource=resource.kind, sites=[sites.as_site(site[0], site[1], role) for role, site in _once(places)],
            detail=[f"{resource.label} came back from its borrower; it is neither idle nor lent nor closed, and nobody holds it",
                    f"the pool still counts it: {missing} more than are idle or lent"])

    def _judge(self, pool: Any, role: dict[str, Any], task: Any, waits: Any) -> None:
        cited, places = self._places(pool, task, waits)
        key = ",".join(f"{site[0].co_qualname}:{site[1]}" for _, site in cited)
        if f"POOL006:{key}" in self.monitor.roles.confirmed:  # told already; the search masks it
            self.monitor.explain_hang("POOL006")
            return
        lost = self._lost(pool, role)
        if not lost:
            return
        kind = type(lost[0]).__name__
        self.monitor.report(
            "POOL006", f"{type(pool).__name__} takes {kind} for used, and nobody uses it: the next one waits for ever",
            key=key, resource=kind, sites=[sites.as_site(site[0], site[1], role) for role, site in places],
            detail=[f"{len(lost)} of its resources are out of everybody's reach", *self.monitor.hang_detail()])
        self.monitor.explain_hang("POOL006")

    def _lost(self, pool: Any, role: dict[str, Any]) -> list[Any]:
        """The resources nobody uses, although the pool takes them for used; [] too if one of them is used or free."""
        held = next((getattr(pool, name) for name in role["holds"] if hasattr(pool, name)), ())
        if any(getattr(resource, name)() for resource in held for name in role["free"]):
            return []
        mine = {id(pool), id(held), id(self.monitor)}
        if any(probing.held_by_the_living(resource, mine, lambda container: False) for resource in held):
            return []
        return list(held)

    def _places(self, pool: Any, task: Any, waits: Any) -> tuple[list[Any], list[Any]]:
        """(what tells one cause from another, all places) as (role, site): where the last user of the pool was cut short, and who waits now."""
        cut = self._cut_short(pool)
        cited = [("waits for a slot", waits)]
        places = [*cited, ("waits", sites.user_site_of(task.get_coro()))]
        if cut is not None:
            cited, left = self._where_it_left(cut, pool)
            places = [*left, *places]
        return cited, _once(places)

    def _where_it_left(self, cut: Any, pool: Any) -> tuple[list[Any], list[Any]]:
        """(the library's functions in which a cancellation met a user of the pool, these and whence the pool was used) as (role, site)."""
        inside = [(code, line) for _, code, _, line, _ in cut.chain if not sites.is_standard(code)]
        of_pool = [(code, line) for _, code, _, line, owner in cut.chain if owner == id(pool)]
        cited = [("was cancelled in the pool", of_pool[-1]), ("was cancelled here", inside[-1])]
        return cited, [*cited, ("used the pool", cut.stood)]

    def _cut_short(self, pool: Any) -> Any:
        """The last cancellation of a task that was inside the pool, other than of the one that asks in vain now."""
        now = task_number()
        requests = [request for number, request in self.monitor.cancelled.requests.items() if number != now]
        return next((r for r in reversed(requests) if any(owner == id(pool) for *_, owner in r.chain)), None)


def _once(places: list[Any]) -> list[Any]:
    """Each site with its first role, those that are known."""
    seen: set[Any] = set()
    return [p for p in places if p[1] is not None and not (p[1] in seen or seen.add(p[1]))]  # type: ignore[func-returns-value]
