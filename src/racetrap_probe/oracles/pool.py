"""POOL: what a correct program never does to a resource of a pool.

## What it does
POOL001 reports a call on a resource by a task that has given it back, when the pool has lent it to another task before the call took effect.
POOL002 reports a resource given back twice and then lent to two borrowers at once.
POOL003 reports that a borrower was handed something an earlier, cut short lease left in the resource (a reply nobody read).
POOL004 reports the same of a library's connection whose roles are known: the answer to a request sent in one lease was read in another task's.

## Why is this bad?
Two tasks use one connection: replies are mixed up, acks reach another session, state is overwritten.

## Example
    conn = await pool.acquire()
    reply = await conn.send(request)
    pool.release(conn)
    await conn.commit(reply)          # POOL001: another task may hold conn now

    except TimeoutError:
        pool.release(conn)
    finally:
        pool.release(conn)            # POOL002: after a timeout it is in the pool twice

    async with asyncio.timeout(1):
        reply = await conn.send(request)
    ...
    finally:
        pool.release(conn)            # POOL003: after a timeout the reply is still to come, and the next borrower reads it

## Use instead
    conn = await pool.acquire()
    try:
        reply = await conn.send(request)
        await conn.commit(reply)
    finally:
        pool.release(conn)            # once, in one place, last; after a cut short call close conn instead

## Certain when
Another lease of the same object began before the late call took effect, and the call can read or write its state: reading an
id, `repr` and `close()` do not count, and neither do tasks the resource starts to serve itself.  POOL002: the pool then lent the object to two tasks, and
both leases were open.  POOL003: the very object that entered during the cut short lease was returned to, and left
the resource in, another lease.
"""

from __future__ import annotations

from typing import Any

from .. import sites

CODES = {
    "POOL001": "resource used after it was returned to its pool and lent to another task",
    "POOL002": "resource returned twice and lent to two borrowers at once",
    "POOL004": "a borrower was given the answer to an earlier borrower's request",
    "POOL003": "a borrower was handed what an earlier lease left behind",
}


class Pool:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def on_stale_use(self, resource: Any, call: Any, stale: Any, other: Any) -> bool:
        where = stale_sites(resource, call, stale, other)
        self.monitor.report(
            "POOL001",
            f"{resource.kind} used ({call.name}) after it was returned to the pool and lent to another task",
            key=stale_key(resource, where), resource=resource.kind, sites=where, detail=stale_detail(self.monitor, resource, call, stale, other))
        return True

    def on_lent_twice(self, resource: Any, first: Any, second: Any) -> None:
        again = outside(resource, resource.returned_again)
        where = [site_of(outside(resource, first.acquired), "first borrower", first.began), site_of(again, "returned again"),
                 site_of(outside(resource, second.acquired), "second borrower", second.began)]
        self.monitor.report(
            "POOL002", f"{resource.kind} returned twice and lent to two tasks at once",
            key=f"{resource.kind}:{where[1]['path']}:{where[1]['line']}", resource=resource.kind, sites=where,
            detail=[f"{self.monitor.who(first.actor)} and {self.monitor.who(second.actor)} hold {resource.label} at the same time"])

    def on_stale_state(self, resource: Any, call: Any, entered: Any, value: Any) -> None:
        where = [site_of(outside(resource, call.stack), f"{call.name} of the second borrower", call.event),
                 site_of(outside(resource, entered.released), "returned to the pool", entered.gone),
                 site_of(outside(resource, entered.acquired), "cut short lease began", entered.began)]
        self.monitor.report(
            "POOL003", f"{resource.kind} handed one borrower what another's cut short {entered.cut} left behind",
            key=f"{resource.kind}:{where[1]['path']}:{where[1]['line']}:{where[1]['function']}", resource=resource.kind, sites=where,
            detail=[f"{self.monitor.who(entered.actor)} was cut short in {entered.cut} during lease {entered.number} of {resource.label}",
                    f"{call.name} by {self.monitor.who(call.actor)} in a later lease returned {type(value).__name__} that entered then"])


    def on_stale_answer(self, resource: Any, earlier: Any, mine: Any, sent: Any, read: Any) -> None:
        where = [site_of(outside(resource, earlier.released), "returned to the pool"),
                 site_of(outside(resource, sent), "request sent, answer never read"),
                 site_of(outside(resource, read), "answer read in another lease")]
        self.monitor.report(
            "POOL004", f"{resource.kind} gave one borrower the answer to another's request",
            key=f"{resource.kind}:{where[0]['path']}:{where[0]['function']}", resource=resource.kind, sites=where,
            detail=[f"{self.monitor.who(earlier.actor)} sent a request on {resource.label} in lease {earlier.number} and returned it before the answer was read",
                    f"{self.monitor.who(mine.actor)} read that answer in lease {mine.number}"])


Frame = tuple[Any, int]


def outside(resource: Any, stack: sites.Stack) -> Frame | None:
    """The innermost frame of the user's code that is neither the pool's nor the resource's own method."""
    for code, line in stack:
        owner = code.co_qualname.rpartition(".")[0]
        if owner in (resource.kind, resource.pool):
            continue
        if sites.is_user_code(code) or (resource.library and owner not in resource.inner and not sites.is_standard(code)):
            return code, line
    for frame in stack:
        if sites.is_user_code(frame[0]):
            return frame
    return stack[0] if stack else None


def in_users_code(stack: sites.Stack) -> Frame | None:
    """The innermost frame of the user's code."""
    return next((frame for frame in stack if sites.is_user_code(frame[0])), None)


def places(resource: Any, stack: sites.Stack, role: str, event: int | None = None) -> list[dict[str, Any]]:
    """Where the user's code did that, and where in a library it was done for it."""
    user, inner = in_users_code(stack), outside(resource, stack)
    found = [site_of(user or inner, role, event)]
    if user is not None and inner is not None and inner != user:
        found.append(site_of(inner, f"{role}, in the library"))
    return found


def site_of(frame: Frame | None, role: str, event: int | None = None) -> dict[str, Any]:
    """event: in a recorded run, what happened there."""
    if frame is None:
        return {"path": "?", "line": 0, "function": "?", "role": role}
    site = sites.as_site(frame[0], frame[1], role)
    return site if event is None else {**site, "event": event}


def meeting(release: sites.Stack, use: sites.Stack) -> tuple[Frame, Frame] | None:
    """The function that returned the resource on one line and made the late call on another: its line at each."""
    lines = {code: line for code, line in reversed(release) if sites.is_user_code(code)}
    for code, line in use:
        if lines.get(code, line) != line and sites.is_user_code(code):
            return (code, lines[code]), (code, line)
    return None


def stale_sites(resource: Any, call: Any, stale: Any, other: Any) -> list[dict[str, Any]]:
    both = meeting(stale.released, call.stack)
    release, use = both if both else (outside(resource, stale.released), outside(resource, call.stack))
    return [site_of(release, "returned to the pool", stale.gone), site_of(use, f"used afterwards ({call.name})", call.event),
            site_of(outside(resource, stale.acquired), "acquired", stale.began),
            site_of(outside(resource, other.acquired), "lent to another task", other.began)]


def stale_key(resource: Any, where: list[dict[str, Any]]) -> str:
    release, use = where[0], where[1]
    return f"{resource.kind}:{release['path']}:{release['line']}:{use['path']}:{use['line']}"


def stale_detail(monitor: Any, resource: Any, call: Any, stale: Any, other: Any) -> list[str]:
    return [f"{monitor.who(stale.actor)} held {resource.label} in lease {stale.number} and returned it",
            f"{monitor.who(other.actor)} got {resource.label} in lease {other.number}",
            f"{call.name} called by {monitor.who(call.actor)} took effect during lease {other.number}"]
