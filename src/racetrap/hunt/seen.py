"""What a hunt saw beside findings: everything that qualifies its verdict."""

from __future__ import annotations

from dataclasses import dataclass

from racetrap.case import Uncontrolled
from racetrap.hunt.messages import RunResult, SearchDone, SearchProgress

SILENT_AT_END = 3
"""So many schedules in a row, the last ones, that heard nothing from a real server, and it is taken to be gone."""


@dataclass
class Silence:
    """What one unit's schedules heard from the real servers that the first run heard."""

    servers: dict[str, None]
    runs: int = 0
    unheard: int = 0
    last: int = 0
    cut_off: int = 0


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
        self._packages: dict[str, None] = {}
        """Installed packages whose code threads run."""
        self._silence: dict[str, Silence] = {}
        """By unit, where the first run heard a real server."""
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

    def hears(self, unit: str, run: RunResult) -> None:
        """The unit's first run: did a real server answer?"""
        if run.heard:
            self._silence[unit] = Silence(dict.fromkeys(run.servers))
        elif run.unheard:
            self.notice([f"{unit}: {_names(run.unheard)} did not answer in the first run"])

    def hint(self) -> None:
        """When nothing was found: where nobody looked."""
        if self._packages:
            self.notice([f"threads run code of {_names(list(self._packages))} and were not stopped between its lines; for a bug inside of it: --also {next(iter(self._packages))}"])

    def judge_silence(self) -> None:
        """When all is over: schedules that heard nothing have shown nothing."""
        for unit, silence in self._silence.items():
            names = _names(list(silence.servers))
            if silence.cut_off:
                self.notice([f"{unit}: {silence.cut_off:,} of {silence.runs:,} schedules, in which {names} was silent for half a minute and more, went on and on; nothing is said of them"])
            if not silence.unheard:
                continue
            if silence.last >= SILENT_AT_END:
                self.lost_control(f"{names} did not answer any more: the last {silence.last:,} of {silence.runs:,} schedules asked and heard nothing", unit)
            elsewhere = silence.unheard - (silence.last if silence.last >= SILENT_AT_END else 0)
            if elsewhere:
                self.notice([f"{unit}: {elsewhere:,} of {silence.runs:,} schedules asked {names} and heard nothing"])

    def run(self, run: RunResult) -> None:
        self.most_turns = max(self.most_turns, run.turns)
        self.most_decisions = max(self.most_decisions, len(run.decisions))
        self.servers.update(dict.fromkeys(run.servers))
        self._packages.update(dict.fromkeys(run.packages))
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
            self._listen(unit, answer)
            if answer.reason == "no-choice":
                self.choiceless.add(unit)

    def _listen(self, unit: str, done: SearchDone) -> None:
        silence = self._silence.get(unit)
        if silence is None:
            return
        silence.runs += done.runs
        silence.unheard += done.unheard
        silence.cut_off += done.cut_off
        silence.last = done.unheard_last + (silence.last if done.unheard_last == done.runs else 0)
        if done.unheard:
            silence.servers.update(dict.fromkeys(name for name in done.unheard_servers if name))


def _names(servers: list[str]) -> str:
    return ", ".join(name for name in servers if name) or "a real server"
