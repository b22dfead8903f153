"""ACK: settling a message on a connection that is no longer one's own.

## What it does
ACK001 reports an ack, nack, reject, confirm, commit or settle that goes through a pooled connection after its task returned it, when another
task had got the connection before the call took effect.

## Why is this bad?
Delivery tags belong to a session.  The settle names a tag the new session does not know (it vanishes in silence, and the message is never
settled) or, worse, one that belongs to another's delivery.

## Example
    conn = await pool.acquire()
    message = await conn.receive()
    await handle(message)
    pool.release(conn)
    await message.ack()

## Use instead
    try:
        await handle(message)
        await message.ack()
    finally:
        pool.release(conn)

## Certain when
As POOL001: another lease of the same connection began before the settle took effect.
"""

from __future__ import annotations

import re
from typing import Any

from . import pool

CODES = {"ACK001": "message settled after its connection was returned to the pool"}

_VERBS = frozenset(("ack", "acknowledge", "acked", "nack", "reject", "settle", "confirm", "commit", "requeue", "unack"))


def is_settle(name: str) -> bool:
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_")
    return any(word in _VERBS for word in words)


class Ack:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def on_stale_use(self, resource: Any, call: Any, stale: Any, other: Any) -> bool:
        """-> True when the fact is settled here and is not to be reported as POOL001 too."""
        names = [call.name]
        where = pool.stale_sites(resource, call, stale, other)
        for code, _ in call.stack:
            if code.co_qualname == where[1]["function"]:
                break
            names.append(code.co_name)
        settles = self.monitor.roles.resources.get(type(resource.value).__module__ + ":" + resource.kind, {}).get("settles", ())
        verb = next((n for n in reversed(names) if is_settle(n) or n in settles), None)  # the outermost: what the user wrote
        if verb is None:
            return False
        where[1]["role"] = f"settled afterwards ({verb})"
        self.monitor.report(
            "ACK001", f"message settled ({verb}) after its {resource.kind} was returned to the pool and lent to another task",
            key=pool.stale_key(resource, where), resource=resource.kind, sites=where,
            detail=pool.stale_detail(self.monitor, resource, call, stale, other))
        return True
