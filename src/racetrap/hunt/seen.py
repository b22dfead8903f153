"""What a hunt saw beside findings: everything that qualifies its verdict."""

from __future__ import annotations

from racetrap.case import Uncontrolled
from racetrap.hunt.messages import RunResult, SearchDone, SearchProgress


class Seen:
    """Collects, without repeats, in the order of arrival."""

    def __init__(self) -> None:
        self.modes: dict[str, str] = {}
        """unit -> "in-process", or "fork: why"."""
        self.strategies: set[str] = set()
        self.choiceless: set[str] = set()
        """Units that have one execution only."""
        self.most_turns = 0
        self.most_decisions = 0
        self.servers: dict[str, None] = {}
        """Real servers the workload talks to."""
        self._uncontrolled: dict[tuple[str, str], Uncontrolled] = {}
        self._notices: dict[str, None] = {}

    @property
    def uncontrolled(self) -> list[Uncontrolled]:
        return list(self._uncontrolled.values())

    @property
    def notices(self) -> list[str]:
        return list(self._notices)

    def lost_control(self, what: str, site: str = "") -> None:
        """Something ran, or did not run, without the scheduler's hand on it."""
        self._uncontrolled[what, site] = Uncontrolled(what=what, site=site)

    def notice(self, texts: list[str]) -> None:
        self._notices.update(dict.fromkeys(texts))

    def run(self, run: RunResult) -> None:
        self.most_turns = max(self.most_turns, run.turns)
        self.most_decisions = max(self.most_decisions, len(run.decisions))
        self.servers.update(dict.fromkeys(run.servers))
        for item in run.uncontrolled:
            self.lost_control(item.what, item.site)

    def search(self, unit: str, answer: SearchProgress | SearchDone) -> None:
        for item in answer.uncontrolled:
            self.lost_control(item.what, item.site)
        self.servers.update(dict.fromkeys(answer.servers))
        if answer.mode:
            self.modes[unit] = f"{answer.mode}: {answer.why}" if answer.why else answer.mode
        if isinstance(answer, SearchDone):
            self.most_turns = max(self.most_turns, answer.steps)
            self.most_decisions = max(self.most_decisions, answer.decisions)
            self.strategies.update(answer.strategies)
            if answer.reason == "no-choice":
                self.choiceless.add(unit)
