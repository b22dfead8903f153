"""What is known of libraries: the data files in roles/, one per library, in the form of [tool.racetrap] without its prefix.

    [[pool]]                      # a class that lends objects
    class = "package.module:Pool"
    acquire = ["get"]
    release = ["put"]
    close = ["disconnect"]
    idle = ["_free"]              # attributes that hold what is not lent

    [[resource]]                  # a class whose objects are lent
    class = "package.module:Connection"
    writes = ["send"]             # calls that send a request
    reads = ["read"]              # calls that return the answer to the oldest request that was not answered
    closes = ["disconnect"]       # calls after which nothing of the past is left in it
"""

from __future__ import annotations

import os
import tomllib
from typing import Any

_PLACE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "roles")


def read() -> dict[str, list[dict[str, Any]]]:
    """All files together -> {"pool": [...], "resource": [...]}."""
    found: dict[str, list[dict[str, Any]]] = {"pool": [], "resource": []}
    for name in sorted(os.listdir(_PLACE)):
        if name.endswith(".toml"):
            with open(os.path.join(_PLACE, name), "rb") as f:
                for kind, entries in tomllib.load(f).items():
                    found[kind] += entries
    return found


def names(data: dict[str, list[dict[str, Any]]]) -> frozenset[str]:
    """The classes those files name."""
    return frozenset(entry["class"] for entries in data.values() for entry in entries)
