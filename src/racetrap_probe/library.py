"""What is known of libraries: the data files in roles/, one per library, in the form of [tool.racetrap] without its prefix.

    [[pool]]                      # a class that lends objects
    class = "package.module:Pool"
    acquire = ["get"]
    release = ["put"]
    close = ["disconnect"]
    idle = ["_free"]              # attributes that hold what is not lent
    size = "_count"               # attribute with the number of resources there are in the pool's own eyes, lent ones included
    most = ["_max", "extra.size"] # attributes, dotted where they are not its own: their sum is how many it lends at most
    lends = "stream"              # attribute of what the lending call returns that is lent; left out: the result itself
    none = true                   # given back, None stands for a resource that its borrower has closed
    inner = ["Lease"]             # other classes whose methods are the pool's own business

    [[resource]]                  # a class whose objects are lent
    class = "package.module:Connection"
    writes = ["send"]             # calls that send a request
    reads = ["read"]              # calls that return the answer to the oldest request that was not answered
    closes = ["disconnect"]       # calls after which nothing of the past is left in it
    counts = true                 # closed, it still takes its slot until it is given back
    closed = ["is_closed"]        # attributes; one that is true says that it is of no use any more
    returns = ["release"]         # its own calls that give it back
    uses = ["execute"]            # calls that only its borrower may make
    reclaims = true               # dropped by its borrower, it gives itself back
    session = "inner.channel"     # attribute, dotted: what messages name as the channel they came over

    [[connection]]                # a class whose objects talk over a transport of asyncio's
    class = "package.module:Connection"
    ends = ["close", "terminate"] # calls after which that transport is to be closed, at once or soon
    transport = "_inner.transport"  # attribute, dotted

    [[slots]]                     # a class that keeps the resources of its callers itself
    class = "package.module:Pool"
    holds = ["_connections"]      # attribute that holds them all; the first one there is
    free = ["is_idle"]            # methods of a resource; one that is true says that the pool can use it or will drop it
    waits = ["request"]           # methods of the pool in which a caller waits for one

    [[message]]                   # a message that is to be settled
    class = "package.module:Message"
    settles = ["ack", "nack", "reject"]
    many = ["ack", "nack"]        # those whose first argument, or `multiple`, is true when they settle all up to this one
    tag = "delivery_tag"          # attributes; all three or none, as `many`
    channel = "channel"
    consumer = "consumer_tag"

    [[channel]]                   # a class over which messages are settled by their tags
    class = "package.module:Channel"
    settles = ["basic_ack"]
    tag = ["delivery_tag"]        # what the argument that is the tag may be called
    delivers = { method = "on_message", attribute = "id" }  # where tags are used again: is called with a message that has its tag there, and the tag is a new one then

    [[ledger]]                    # a class that keeps the messages its consumer has taken, by tags that stay with them wherever they go
    class = "package.module:Ledger"
    tag = ["delivery_tag", "tag"] # what the argument of these methods that is the tag may be called
    takes = ["append"]
    returns = ["put_back"]        # from then on any other consumer may take it
    settles = ["ack"]             # strikes the tag off, whoever has the message
    unasked = ["expire"]          # methods that put messages back which their consumer did not want to be rid of

    [[handler]]                   # who works on messages, and is meant to settle them afterwards
    handles = "package.module:Worker.callback"     # called once a message
    works = "package.module:Worker.run"            # does what the message asks for
    unless = { attribute = "early", is = true }    # the worker's setting to settle first

    [[instead]]                   # a function that waits in C, and one of the library's own that does the same in Python, where waiting is seen
    function = "package.module:wait"
    use = "wait_in_python"        # in the same module

    [[clock]]                     # a module that sets the date for the program: in C it changes the functions of `time` and `datetime` themselves
    module = "_package"
    sets = ["patch"]              # its functions that begin that
    ends = ["unpatch"]            # and end it
    counts = "original_"          # and a clock's name: functions of its that tell the time as if nothing was set

    [[defect]]                    # a known defect, of the interpreter's library say: told with a finding that has this site
    rules = ["TASK003"]
    path = "asyncio/tasks.py"
    function = "wait_for"
    says = "..."
"""

from __future__ import annotations

import functools
import os
import tomllib
from typing import Any

KINDS = ("pool", "resource", "connection", "slots", "message", "channel", "ledger", "handler", "instead", "clock", "defect")
_PLACE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "roles")


@functools.cache
def read() -> dict[str, list[dict[str, Any]]]:
    """All files together -> {"pool": [...], "resource": [...], "connection": [...], "slots": [...], "message": [...], "channel": [...], "ledger": [...],
    "handler": [...], "instead": [...], "clock": [...], "defect": [...]}."""
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for name in sorted(os.listdir(_PLACE)):
        if name.endswith(".toml"):
            with open(os.path.join(_PLACE, name), "rb") as f:
                for kind, entries in tomllib.load(f).items():
                    found[kind] += entries
    return found


def names(data: dict[str, list[dict[str, Any]]]) -> frozenset[str]:
    """The classes those files name."""
    return frozenset(entry["class"] for kind in ("pool", "resource", "connection", "message", "channel", "ledger") for entry in data[kind]) | frozenset(handlers())


@functools.cache
def slots() -> dict[str, dict[str, Any]]:
    """The classes that keep the resources of their callers themselves, by name."""
    return {entry["class"]: entry for entry in read()["slots"]}


@functools.cache
def connections() -> dict[str, dict[str, Any]]:
    """The classes whose objects talk over a transport, by name."""
    return {entry["class"]: entry for entry in read()["connection"]}


@functools.cache
def messages() -> dict[str, dict[str, Any]]:
    """The classes of messages, by name."""
    return {entry["class"]: entry for entry in read()["message"]}


@functools.cache
def channels() -> dict[str, dict[str, Any]]:
    """The classes over which messages are settled by their tags, by name."""
    return {entry["class"]: entry for entry in read()["channel"]}


@functools.cache
def ledgers() -> dict[str, dict[str, Any]]:
    """The classes that keep the messages that are out, by name."""
    return {entry["class"]: entry for entry in read()["ledger"]}


@functools.cache
def handlers() -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    """By class: part ("handles" or "works") -> method -> the handler's entry."""
    found: dict[str, dict[str, dict[str, dict[str, Any]]]] = {}
    for entry in read()["handler"]:
        for part in ("handles", "works"):
            cls, _, method = entry[part].rpartition(".")
            found.setdefault(cls, {}).setdefault(part, {})[method] = entry
    return found


def instead() -> dict[str, list[tuple[str, str]]]:
    """By module: (function, what is used in its place)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in read()["instead"]:
        module, _, function = entry["function"].partition(":")
        found.setdefault(module, []).append((function, entry["use"]))
    return found


def clocks() -> list[dict[str, Any]]:
    """Modules that set the date."""
    return read()["clock"]


def known_defects(code: str, sites: list[dict[str, Any]]) -> list[str]:
    """What is known of a finding of that rule with these sites."""
    return [defect["says"] for defect in read()["defect"] if code in defect["rules"]
            and any(site["path"] == defect["path"] and site["function"] == defect["function"] for site in sites)]
