"""What is true of the flagship and its kin, on stock asyncio and without racetrap: which lose a message, which leak.

The delay is made by hand.  A first ping is sent at once instead of after a second, the first handler ends while that ping is under
way, and the ping ends when a second handler runs or, where the connection cannot be lent again before, after a while.  Every
other sleep is one turn of the loop, so time is counted in turns and nothing depends on the machine.  What the broker has then
settled is counted; the client's counters are not asked.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from variants import FILES, build

PROGRAMS = Path(__file__).parent / "programs"
PING = 200
"""Turns of the loop that a ping takes at most: enough for a second lease to begin, where one can."""
UNTIL_STUCK = 2_000
"""Turns after which a service that has not emptied its queue never will."""

real_sleep = asyncio.sleep

Handler = Callable[[str], Awaitable[None]]
Run = Callable[[ModuleType, list[str], Handler, int, int, list[str]], Awaitable[None]]


@dataclass(frozen=True)
class Kin:
    package: str
    run: Run
    """(package, messages, handler, connections, workers, settled): fills `settled`, as the broker sees it."""
    ping: str
    rejection: type[Exception]
    loses: bool = True
    """After a handler that succeeds."""
    loses_rejected: bool = False
    leaks: bool = False


async def _notifications(m, messages, handler, connections, workers, settled):
    broker = m.Broker(messages)
    broker.settled = broker.rejected = settled
    async with m.Consumer(broker, handler, connections=connections, workers=workers) as consumer:
        await consumer.drain()


async def _renamed_notifications(m, messages, handler, connections, workers, settled):
    depot = m.Depot(messages)
    depot.stamped = depot.rejected = settled
    async with m.Consumer(depot, handler, links=connections, workers=workers) as consumer:
        await consumer.drain()


async def _alerts(m, messages, handler, connections, workers, settled):
    broker = m.Broker(messages)
    broker.accepted = broker.refused = settled
    await m.Service(broker, handler, connections).run(workers)


async def _freight(m, messages, handler, connections, workers, settled):
    depot = m.Depot(*messages)
    depot.delivered = depot.refused = settled
    dispatch = m.Dispatch(depot, handler, connections)
    try:
        await dispatch.empty_the_depot(workers)
    finally:
        await dispatch.shut()


async def _invoices(m, messages, handler, connections, workers, settled):
    server = m.Server()
    server.enqueue(*messages)
    try:
        await m.Renderer(server, handler).render_all(clients=connections, at_once=workers)
    finally:
        settled += [invoice for invoice, _ in server.log]


async def _thumbnails(m, messages, handler, connections, workers, settled):
    uploads = m.Uploads(messages)
    uploads.done = uploads.dead = settled
    sessions = m.Sessions(uploads, connections)
    try:
        await m.make_thumbnails(sessions, handler, workers=workers)
    finally:
        await sessions.aclose()


async def _exports(m, messages, handler, connections, workers, settled):
    runner = m.Runner(m.Broker(deque(messages), settled, settled), handler, connections)
    try:
        await runner.run(workers)
    finally:
        await runner.close()


async def _reminders(m, messages, handler, connections, workers, settled):
    store = m.Store(messages)
    store.sent = store.undeliverable = settled
    await m.remind(m.connect(store, connections), handler, workers=workers)


async def _indexing(m, messages, handler, connections, workers, settled):
    broker = m.Broker()
    broker.acked = broker.dead = settled
    indexer = m.Indexer(broker, handler, connections=connections, workers=workers)
    indexer.start()
    for message in messages:
        await broker.publish(message)
    await indexer.stop()


KIN: dict[str, Kin] = {
    "fixed": Kin("alerts", _alerts, "broker.Broker.ping", ValueError, loses=False),
    "published_fix": Kin("alerts", _alerts, "broker.Broker.ping", ValueError, loses=False, loses_rejected=True),
    "renamed": Kin("freight", _freight, "depot.Depot.hum", LookupError, leaks=True),
    "context_manager": Kin("invoices", _invoices, "server.Server.noop", ValueError),
    "context_class": Kin("thumbnails", _thumbnails, "broker.Uploads.heartbeat", OSError),
    "deep_release": Kin("exports", _exports, "broker.Broker.ping", RuntimeError, leaks=True),
    "queue_pool": Kin("reminders", _reminders, "store.Store.ping", ConnectionRefusedError, leaks=True),
    "background_worker": Kin("indexing", _indexing, "broker.Broker.ping", UnicodeError, leaks=True),
}
LEAKY_VARIANTS = {"buggy", "renamed", "queue pool", "semaphore pool", "workers start themselves"}
for _name in FILES:
    KIN[f"variant: {_name}"] = Kin(
        "notifications",
        _renamed_notifications if _name == "renamed" else _notifications,
        "depot.Depot.ping" if _name == "renamed" else "broker.Broker.ping",
        ValueError,
        loses=not _name.startswith("fixed") and _name != "published fix",
        loses_rejected=_name == "published fix",
        leaks=_name in LEAKY_VARIANTS,
    )


@pytest.fixture(params=list(KIN))
def kin(request: pytest.FixtureRequest) -> Kin:
    return KIN[request.param]


@pytest.fixture
def package(
    request: pytest.FixtureRequest, kin: Kin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModuleType]:
    name = request.node.callspec.params["kin"]
    place = build(name.removeprefix("variant: "), tmp_path) if name.startswith("variant: ") else PROGRAMS / name
    monkeypatch.syspath_prepend(place)
    yield importlib.import_module(kin.package)
    for module in [module for module in sys.modules if module.partition(".")[0] == kin.package]:
        del sys.modules[module]


async def _ends(service: Awaitable[None]) -> bool:
    """Whether the service comes to its end; one that hangs is cancelled."""
    task = asyncio.ensure_future(service)
    for _ in range(UNTIL_STUCK):
        if task.done():
            task.result()
            return True
        await real_sleep(0)
    task.cancel()
    await asyncio.wait([task])
    return False


def _sleep_in_turns(monkeypatch: pytest.MonkeyPatch, *, pings: int) -> None:
    """Every sleep is one turn, but a keepalive's period is endless once `pings` of them were due."""

    async def sleep(delay: float, result: object = None) -> object:
        nonlocal pings
        if delay >= 1:
            if not pings:
                await asyncio.Event().wait()
            pings -= 1
        return await real_sleep(0, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)


def _settled_around_a_slow_ping(
    kin: Kin, package: ModuleType, monkeypatch: pytest.MonkeyPatch, *, reject: bool
) -> list[str]:
    """Two messages over one connection, the first settled while a ping is under way -> what the broker settled."""
    pinging, lent_again = asyncio.Event(), asyncio.Event()

    async def ping(self: object) -> None:
        pinging.set()
        for _ in range(PING):
            if not lent_again.is_set():
                await real_sleep(0)

    async def handler(message: str) -> None:
        if message == "first":
            await pinging.wait()
            if reject:
                raise kin.rejection
        else:
            lent_again.set()
            for _ in range(PING):
                await real_sleep(0)

    _sleep_in_turns(monkeypatch, pings=1)
    module, owner, method = kin.ping.split(".")
    monkeypatch.setattr(getattr(sys.modules[f"{kin.package}.{module}"], owner), method, ping)
    settled: list[str] = []
    ended = asyncio.run(_ends(kin.run(package, ["first", "second"], handler, 1, 2, settled)))
    assert ended == (not reject or not kin.leaks)
    return settled


def test_a_message_handled_during_a_ping_is_lost_at_the_broker_or_not(kin, package, monkeypatch):
    settled = _settled_around_a_slow_ping(kin, package, monkeypatch, reject=False)
    assert len(settled) == (1 if kin.loses else 2)


def test_a_message_rejected_during_a_ping_is_lost_at_the_broker_or_not(kin, package, monkeypatch):
    settled = _settled_around_a_slow_ping(kin, package, monkeypatch, reject=True)
    if kin.loses_rejected:
        assert settled == ["second"]
    elif kin.leaks:
        assert settled == ["first"], "nacked under its own lease; the one connection never comes back"
    else:
        assert settled == ["first", "second"]


def test_as_many_rejections_as_connections_stop_the_service_or_not(kin, package, monkeypatch):
    handled = []

    async def handler(message: str) -> None:
        handled.append(message)
        if message.startswith("bad"):
            raise kin.rejection

    _sleep_in_turns(monkeypatch, pings=0)
    ended = asyncio.run(_ends(kin.run(package, ["bad 1", "bad 2", "good 1", "good 2"], handler, 2, 2, [])))
    assert ended == (not kin.leaks)
    assert handled == ["bad 1", "bad 2"] + (["good 1", "good 2"] if not kin.leaks else [])
