"""`[tool.racetrap]` in the hunted project's pyproject.toml: roles to add or correct.

    [tool.racetrap]
    late_settle = true            # this project means to settle after the handler: ACK rules may be certain
    ignore = ["POOL005"]          # rules that do not apply here

    [[tool.racetrap.pool]]        # a class that lends objects
    class = "app.pool:ConnectionPool"
    acquire = ["checkout"]
    release = ["give_back"]
    close = ["shutdown"]

    [[tool.racetrap.resource]]    # a class whose objects are lent
    class = "app.pool:Connection"
    uses = ["execute"]            # calls that read or write protocol state
    harmless = ["describe"]       # calls that do not, whatever their name suggests
    settles = ["confirm"]         # calls that settle a message

A key nobody knows is an error that names the nearest one: a setting that silently does
nothing is worse than none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from racetrap.errors import Problem

_TOP = ("pool", "resource", "late_settle", "ignore")
_CALLS = {"pool": ("acquire", "release", "close"), "resource": ("uses", "harmless", "settles")}
_PLURAL = {"pool": "pools", "resource": "resources"}


def no_roles() -> dict[str, Any]:
    """The job's "roles" when nothing is set."""
    return {"pools": [], "resources": [], "late_settle": False, "ignore": []}


def read_roles(root: Path, codes: Collection[str] = ()) -> dict[str, Any]:
    """The "roles" of a job from `root`/pyproject.toml.

    Args:
        root: the hunted project's directory.
        codes: the rule codes there are, to check `ignore` against; none: not checked.

    Raises:
        Problem: the file is no TOML, or its [tool.racetrap] is wrong.
    """
    path = root / "pyproject.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return no_roles()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{path} cannot be read.", seen=str(error), fix=f"make {path} a readable UTF-8 file") from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path} is not valid TOML.", seen=str(error), fix=f"correct {path}") from error
    tool = tables.get("tool")
    table = tool.get("racetrap", {}) if isinstance(tool, dict) else {}
    return normalise(table, str(path), codes)


def normalise(table: Any, where: str, codes: Collection[str] = ()) -> dict[str, Any]:
    """A parsed [tool.racetrap] table -> the "roles" of job.json, every key present."""
    roles = no_roles()
    table = _table(table, "[tool.racetrap]", where)
    _known(table, _TOP, "[tool.racetrap]", where)
    if "late_settle" in table:
        if not isinstance(table["late_settle"], bool):
            raise _wrong("late_settle", "true or false", table["late_settle"], where)
        roles["late_settle"] = table["late_settle"]
    roles["ignore"] = _strings(table.get("ignore", []), "ignore", where)
    for code in roles["ignore"]:
        if codes and code not in codes:
            raise _unknown("rule", code, codes, "ignore", where)
    for kind, calls in _CALLS.items():
        entries = table.get(kind, [])
        if not isinstance(entries, list):
            raise _wrong(kind, f"an array of tables, [[tool.racetrap.{kind}]]", entries, where)
        roles[_PLURAL[kind]] = [_entry(entry, kind, calls, where) for entry in entries]
    return roles


def _entry(entry: Any, kind: str, calls: tuple[str, ...], where: str) -> dict[str, Any]:
    place = f"[[tool.racetrap.{kind}]]"
    entry = _table(entry, place, where)
    _known(entry, ("class", *calls), place, where)
    name = entry.get("class")
    module, colon, qualified = name.partition(":") if isinstance(name, str) else ("", "", "")
    if not (colon and all(p.isidentifier() for p in (*module.split("."), *qualified.split(".")))):
        raise _wrong(f"class in {place}", '"package.module:Class"', name, where)
    return {"class": name, **{call: _strings(entry.get(call, []), f"{call} in {place}", where) for call in calls}}


def _table(value: Any, place: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(place, "a table", value, where)
    return value


def _strings(value: Any, place: str, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise _wrong(place, 'a list of names, such as ["checkout"]', value, where)
    return list(value)


def _known(table: dict[str, Any], names: Collection[str], place: str, where: str) -> None:
    for key in table:
        if key not in names:
            raise _unknown("key", key, names, place, where)


def _unknown(kind: str, name: str, names: Collection[str], place: str, where: str) -> Problem:
    near = get_close_matches(name, names, n=1, cutoff=0.0)
    nearest = near[0] if near else sorted(names)[0]
    return Problem(
        f"{where}: {place} has an unknown {kind} {name!r}.",
        seen=f"known are {', '.join(sorted(names))}",
        fix=f"write {nearest!r} there, or remove it",
    )


def _wrong(what: str, wanted: str, got: Any, where: str) -> Problem:
    return Problem(f"{where}: {what} is not {wanted}.", seen=f"got {got!r}", fix=f"write {wanted} there")
