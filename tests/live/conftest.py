"""The servers as session fixtures: skipped where a server is not installed, an error there with RACETRAP_LIVE=required."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest
import servers
from servers import Address


@contextmanager
def started(name: str) -> Iterator[Address]:
    """That server, or the reason why not as a skip (as an error with RACETRAP_LIVE=required)."""
    with ExitStack() as stack:
        try:
            address = stack.enter_context(servers.SERVERS[name]())
        except servers.NotInstalled as missing:
            if os.environ.get("RACETRAP_LIVE") == "required":
                pytest.fail(f"RACETRAP_LIVE=required, but {missing}", pytrace=False)
            pytest.skip(str(missing))
        yield address


@pytest.fixture(scope="session")
def live() -> Callable[[str], AbstractContextManager[Address]]:
    """A server by its name, for a test that wants one of its own: `with live("redis") as address`."""
    return started


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Address]:
    with started("redis") as address:
        yield address


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Address]:
    with started("postgres") as address:
        yield address


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[Address]:
    with started("rabbitmq") as address:
        yield address


@pytest.fixture(scope="session")
def nats_server() -> Iterator[Address]:
    with started("nats") as address:
        yield address


@pytest.fixture(scope="session")
def memcached_server() -> Iterator[Address]:
    with started("memcached") as address:
        yield address
