"""Finding directories: `.racetrap/findings/F1/`.

    finding.json     the finding and the workload that shows it
    schedule.json    the decisions, versioned
    events.jsonl     the events of one full replay, one a line

A hunt never destroys an earlier hunt's findings: the same cause in the same workload
updates its directory, everything else takes the next free number.  Every file is written
aside and renamed into place, so a reader never sees half of one.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from racetrap.case import SCHEDULE_FORMAT, SCHEMA, Data, Finding, Schedule, Workload, as_json
from racetrap.errors import Problem

T = TypeVar("T")

PLACE = Path(".racetrap") / "findings"


class Saved(Data, frozen=True, kw_only=True):
    """finding.json."""

    schema: int = SCHEMA
    racetrap: str = ""
    finding: Finding
    workload: Workload
    sources: dict[str, str] = {}  # noqa: RUF012 - msgspec makes a new one for each object
    """Of the files of its sites: a digest of their content when it was made."""


def digest(path: Path) -> str:
    """Of a file's content; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` so that `path` holds either its old content or all of the new.

    Raises:
        OSError: disk full, read-only, not permitted.  Nothing half written is left.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class FindingStore:
    """The finding directories below one directory."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self._claimed: dict[str, str] = {}
        """Directory name -> key of the finding this store put there."""

    @property
    def place(self) -> Path:
        return self.base / PLACE

    def save(
        self, finding: Finding, schedule: Schedule, workload: Workload, events: Iterable[list[Any]], version: str
    ) -> Finding:
        """Write one finding's directory -> the finding with its id and schedule path.

        Raises:
            OSError: the directory cannot be written.
        """
        directory = self._claim(finding, workload)
        path = directory / "schedule.json"
        saved = msgspec.structs.replace(finding, id=directory.name, schedule=str(path))
        lines = b"".join(msgspec.json.encode(event) + b"\n" for event in events)
        write_atomically(directory / "events.jsonl", lines)
        write_atomically(path, as_json(schedule))
        sources = {site.path: digest(Path(workload.root, site.path)) for site in finding.sites}
        content = Saved(racetrap=version, finding=saved, workload=workload, sources=sources)
        write_atomically(directory / "finding.json", as_json(content))
        return saved

    def _claim(self, finding: Finding, workload: Workload) -> Path:
        """The directory of this cause in this workload: the one it has, else the next free number."""
        self.place.mkdir(parents=True, exist_ok=True)
        ignore = self.base / PLACE.parts[0] / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, b"*\n")
        taken = 0
        for directory in sorted(self.place.glob("F*")):
            number = directory.name[1:]
            if not number.isdigit():
                continue
            taken = max(taken, int(number))
            if self._claimed.get(directory.name, finding.key) == finding.key and _holds(directory, finding, workload):
                self._claimed[directory.name] = finding.key
                return directory
        while True:
            taken += 1
            directory = self.place / f"F{taken}"
            try:
                directory.mkdir()
            except FileExistsError:
                continue
            self._claimed[directory.name] = finding.key
            return directory


def _holds(directory: Path, finding: Finding, workload: Workload) -> bool:
    try:
        saved = msgspec.json.decode((directory / "finding.json").read_bytes(), type=Saved)
    except (OSError, msgspec.MsgspecError):
        return False  # somebody else's, of another version or cut short: not ours to overwrite
    same_workload = (saved.workload.given, saved.workload.cwd) == (workload.given, workload.cwd)
    return same_workload and saved.finding.key == finding.key


def load(directory: Path) -> tuple[Saved, Schedule]:
    """Read a finding directory back.

    Raises:
        Problem: it is none, or a file in it is of another version or damaged.
    """
    again = "hunt again; a new recording replaces it: racetrap hunt -- COMMAND"
    if directory.name in ("schedule.json", "finding.json") and directory.is_file():
        directory = directory.parent
    if not directory.is_dir() or any(directory.glob("F*/finding.json")):
        place = directory if directory.is_dir() else Path(PLACE)
        known = sorted(str(p.parent) for p in place.glob("F*/finding.json"))
        there = f"findings here: {', '.join(known)}" if known else "there are no findings in ./.racetrap yet"
        raise Problem(
            f"{directory} is not a finding directory.",
            seen=f"{'it holds findings' if directory.is_dir() else 'no such directory'}; {there}",
            fix=f"racetrap replay {known[0]}" if known else "racetrap hunt -- COMMAND",
        )
    schedule = _read(directory / "schedule.json", "format", SCHEDULE_FORMAT, Schedule, again)
    for number, decision in enumerate(schedule.decisions):
        if [type(part) for part in decision] != [int, int, str]:
            raise Problem(
                f"{directory / 'schedule.json'} does not hold what it should.",
                seen=f"decision {number} is {str(decision)[:100]}, and not [options, chosen, label]",
                fix=again,
            )
    saved = _read(directory / "finding.json", "schema", SCHEMA, Saved, again)
    return saved, schedule


def _read(path: Path, version_field: str, version: int, kind: type[T], again: str) -> T:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} cannot be read.", seen=str(error.strerror), fix=again) from error
    try:
        raw = msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        raise Problem(f"{path} is damaged or cut short.", seen=f"{len(content)} bytes: {error}", fix=again) from error
    found = raw.get(version_field) if isinstance(raw, dict) else None
    if found != version:
        raise Problem(
            f"{path} is of another version.",
            seen=f'"{version_field}": {found!r}, and this racetrap reads {version}',
            fix=f"use the racetrap that wrote it, or {again}",
        )
    try:
        return msgspec.convert(raw, type=kind)
    except msgspec.ValidationError as error:
        raise Problem(f"{path} does not hold what it should.", seen=str(error), fix=again) from error
