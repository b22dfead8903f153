"""Storing findings as they are confirmed; where that fails, somewhere else, and said."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from racetrap import __version__
from racetrap.case import Finding, Workload
from racetrap.hunt.verify import Confirmed
from racetrap.store import FindingStore


class Keeper:
    """Turns confirmed candidates into findings on disk.

    Args:
        base: the directory that gets `.racetrap/findings`; None: nothing is saved.
        say: takes one sentence for the user.
    """

    def __init__(self, workload: Workload, base: Path | None, say: Callable[[str], None]) -> None:
        self._workload = workload
        self._stores = [FindingStore(base)] if base is not None else []
        self._fell_back = base is None
        self._say = say
        self._ids: dict[str, str] = {}

    def keep(self, confirmed: Confirmed) -> Finding:
        """The finding, stored if possible.  The same cause again is stored over itself."""
        finding = finding_of(confirmed)
        number = len(self._ids) + 1
        finding = msgspec.structs.replace(finding, id=self._ids.setdefault(finding.key, f"F{number}"))
        while self._stores:
            store = self._stores[-1]
            try:
                saved = store.save(
                    finding, confirmed.candidate.schedule, self._workload, confirmed.result.events, __version__
                )
            except OSError as error:
                self._fall_back(store, error)
                continue
            self._ids[finding.key] = saved.id
            return saved
        return finding

    def _fall_back(self, store: FindingStore, error: OSError) -> None:
        why = f"{store.place} cannot be written ({error.strerror})"
        self._stores.pop()
        if self._fell_back:
            self._say(f"{why}; findings are only printed. Make room, then: racetrap hunt --seed with the seed below")
            return
        self._fell_back = True
        try:
            place = Path(tempfile.mkdtemp(prefix="racetrap-findings-"))
        except OSError as second:
            self._say(f"{why}, nor can {tempfile.gettempdir()} ({second.strerror}); findings are only printed")
            return
        self._say(f"{why}; findings are kept below {place} instead")
        self._stores.append(FindingStore(place))


def finding_of(confirmed: Confirmed) -> Finding:
    """The finding a confirmed candidate amounts to, not stored yet."""
    violation, candidate, result = confirmed.violation, confirmed.candidate, confirmed.result
    own = violation.code.startswith("USER")
    return Finding(
        id="",
        code=violation.code,
        title=violation.title,
        sites=violation.sites,
        replayed=(confirmed.shown, confirmed.of),
        assumes=result.assumes,
        schedule="",
        unit=candidate.unit.name,
        also_in=sorted(confirmed.also_in),
        key=violation.key,
        resource=violation.resource,
        detail=violation.detail,
        exception=result.exception.text if own and result.exception is not None else "",
        found_after={
            "schedules": candidate.runs,
            "seconds": round(candidate.seconds, 3),
            "index": candidate.index,
        },
        diverged=confirmed.diverged,
        stock="not-tried" if not confirmed.on_stock[1] else "confirmed" if confirmed.on_stock[0] else "not-confirmed",
        stock_tries=confirmed.on_stock,
        stock_on="threads" if confirmed.of_threads else "loop",
    )
