"""A worker: runs schedules of the portfolio, in process where that is proved the same as a fork.

Re-running in process is 10 to 50 times cheaper than forking.  It is allowed only after two schedules (the
default one and the first random one) gave, twice each in process, the events and the outcome they gave in a fork; it is checked
again every CHECK runs, and given up when memory grows.
"""

from __future__ import annotations

import gc
import json
import mmap
import os
import resource
import select
import signal
import struct
from collections.abc import Callable
from typing import Any

from . import baton, clock, heap, one_cpu, reset, same_process, threads, wire
from .engine import INF
from .execution import Execution, no_collection
from .faults import Faults
from .schedule import Replay, Strategy
from .server import BLOCKED, LENGTHS, WARNING, Channel, merge, record_into
from .spared import Spared
from .strategies import Portfolio
from .strategies.prefix import Prefix
from .strategies.stock import Stock

AT = 64
"""Where in the slot the decisions of the run under way are kept."""
CHECK = 2_000
GROWTH = 50 << 20
"""Bytes a worker may grow in 10,000 re-runs."""
REPORT_EVERY = 0.5
TRIES = 3
"""So often a program with a real server is asked whether re-runs agree with forks: a server that was slow once proves no state left over."""
LEAST_PATIENCE = 1.0
"""Real seconds a run waits for a silent peer, however little time is left."""
SLOW_RUN = 0.5
"""Real seconds of a run over a real server from which on asking whether re-runs agree with forks would cost more than they could save."""
NETWORK = 1.0, 1.0, 10.0, INF
"""How late the network may be in a run, in multiples of what a sleep may be: each strategy in turn with each of them."""
LEAST_WALL = 6.0
LONGER = 20
"""Over a real server a run may take that many real seconds, or that many times as long as the default run."""
IMPATIENT = 3.0
"""The former once one did not end."""
UNHEARD = 3
"""So many runs in a row that heard nothing from a real server wait as long as any; those behind them less each time."""
ASKING = 1 / 3
"""The part of a search's time that may go into asking whether re-runs agree with forks."""
CUT_OFF = "a run that was cut off: it did not end in its time, and went on here"
NO_CHOICE = 25
"""A unit that asked for no decision in that many runs has one schedule only."""


class GoOn(Exception):
    """In a fresh fork of a worker: leave the worker's code, begin this execution and go on with the user's program."""

    def __init__(self, execution: Execution, report: Callable[[], None]) -> None:
        self.execution = execution
        self.report = report


class Search:
    """One search command; `unit` is what it runs, `slot` tells the server which schedule is under way."""

    def __init__(self, unit: Any, command: dict[str, Any], channel: Channel, slot: mmap.mmap) -> None:
        self.unit = unit
        self.command = command
        self.channel = channel
        self.slot = slot
        struct.pack_into("<q", slot, 0, -1)
        self.why = unit.why_not
        self.portfolio = Portfolio(command.get("strategy"))
        if command.get("lengths"):
            self.portfolio.scale(*command["lengths"])
        self.seed = int(command["seed"])
        self.latency = float(command.get("latency", 1.0))
        self.wall = float(command.get("wall") or 30.0)
        self.keep_sleep0 = bool(command.get("keep_sleep0"))
        self.inject = list(command.get("inject") or [])
        self.faults = int(command.get("faults") or 1)
        self.known = set(command.get("known", []))
        unit.roles.confirmed = self.known  # what was told need not be asked again
        self.noted: set[str] = set()
        self.asked: dict[str, int] = {}
        """How often it was asked whether a note is certain, by its key."""
        self.uncontrolled: dict[tuple[str, str], None] = {}
        self.steps = self.decisions = self.runs = 0
        self.stopped = False
        self.left = INF
        """Real seconds until the search is over."""
        self.checked = 1
        """The schedule that is run again now and then, to see whether a re-run is still what it was."""
        self.reference = ""
        self.record: list[Any] | None = None
        """The decisions the reference came from, where bytes from outside are among them."""
        self.servers: dict[str, None] = {}
        self.unheard = self.unheard_last = 0
        """Runs that asked a real server and heard nothing from any; those of them that came last."""
        self.unheard_servers: dict[str, None] = {}
        self.cut_off = 0
        """Runs that did not end in their time, after a real server had been silent for so long that clients give a connection up."""

    # ----------------------------------------------------------------- one
    def execution(self, index: int, record: list[Any] | None = None) -> Execution:
        """record: decisions to be taken instead of the strategy's."""
        strategy: Strategy = Replay(record) if record is not None else self.portfolio.strategy(index)
        strategy.begin(self.seed, index)
        execution = Execution(strategy, self.unit.roles, latency=self.latency, keep_sleep0=self.keep_sleep0)
        if record is None:
            execution.engine.network = NETWORK[(self.seed + index // 5) % len(NETWORK)] * max(self.latency, 0.1)
        execution.engine.patience = min(execution.engine.patience, max(LEAST_PATIENCE, self.left))
        if self.inject and record is None:
            execution.engine.faults = Faults(self.inject, self.faults, self.seed, index)
        return execution

    def in_process(self, index: int, brief: bool = False, record: list[Any] | None = None) -> dict[str, Any]:
        execution = self.execution(index, record)
        execution.in_process = True
        if not wire.open_before:
            wire.note_open()
        reset.run()
        execution.begin()
        status = 1
        try:
            status = self.unit.rerun(execution)
        finally:
            execution.end()
        self.last = execution, status
        return execution.result(status, brief)

    def in_fork(self, index: int, make: Callable[[], Execution] | None = None) -> dict[str, Any]:
        """One run in a fresh fork -> its result.  make: of an execution that is not that schedule's."""
        self._beat()
        reset.run()
        read, write = os.pipe()
        heap.before_forks()
        pid = same_process.fork()
        if pid == 0:
            os.close(read)
            execution = make() if make is not None else self.execution(index)
            execution.engine.record = record_into(self.slot, AT)
            channel = Channel(write)
            raise GoOn(execution, lambda: channel.send(execution.result()))
        gc.unfreeze()
        os.close(write)
        data, killed = _read_all(read, self.wall)
        for _ in range(2):
            if killed:
                self._beat()
                os.kill(pid, BLOCKED)
                more, killed = _read_all(read, min(WARNING, self.wall))
                data += more
        os.close(read)
        if killed:
            os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return merge(json.loads(data) if data else None, status, killed, self.slot, AT)

    def _beat(self) -> None:
        """Tell the server that this worker is at work, though its schedule takes long."""
        (beat,) = struct.unpack_from("<q", self.slot, 8)
        struct.pack_into("<q", self.slot, 8, beat + 1)

    def _be_impatient(self, outcome: str, usual: float) -> None:
        """A turn, or a run over a real server, did not end: the next one that does not shall cost less.  usual: real seconds of one that ends."""
        if outcome == "no-progress":
            self.wall = min(self.wall, max(0.2, 50 * usual))
        elif usual:
            self.wall = min(self.wall, max(IMPATIENT, LONGER * usual))
        struct.pack_into("<d", self.slot, 16, self.wall)

    def _scale(self, default: dict[str, Any]) -> None:
        """default: the result of schedule 0."""
        self.portfolio.scale(default["choices"], default["noticed"])
        struct.pack_into("<qq", self.slot, LENGTHS, default["choices"], default["noticed"])

    # ---------------------------------------------------------------- guard
    def in_process_agrees(self, seconds: float = INF) -> bool:
        """Is a re-run the same as a fork?  Where a real server answers, a difference may be the server's: it is asked again.

        seconds: that may take; what takes longer does not agree.
        """
        end = clock.real_monotonic() + seconds
        for _ in range(TRIES):
            self.why = ""
            began = clock.real_monotonic()
            default = self.in_fork(0)
            self._scale(default)
            took = clock.real_monotonic() - began
            if default.get("servers"):
                self.wall = min(self.wall, max(LEAST_WALL, LONGER * took))  # a client that asks a server for ever ends no sooner
                struct.pack_into("<d", self.slot, 16, self.wall)
            forked = {0: default}
            if took <= SLOW_RUN or not default.get("servers"):
                for index in range(1, 1 + TRIES):
                    began = clock.real_monotonic()
                    other = self.in_fork(index)
                    took = clock.real_monotonic() - began
                    if other["outcome"] != "unfinished" or not default.get("servers"):
                        break  # one that asks a server for ever says nothing of how long they take
                forked[index] = other
            if took > SLOW_RUN and default.get("servers"):
                self.why = f"a run takes {took:.1f} s over a real server, which no re-run would shorten"
                return False
            if self._agree(forked, max(LEAST_PATIENCE, end - clock.real_monotonic())):
                return True
            if not any(r.get("servers") for r in forked.values()) or clock.real_monotonic() > end:
                break
        return False

    def _agree(self, forked: dict[int, dict[str, Any]], seconds: float) -> bool:
        """Two schedules (by their number: the result), each once in a fork and twice in process: the same events, the same outcome?

        The re-runs are tried in a process of their own, so that a unit they disagree on is left as it was.
        seconds: what they may take.
        """
        if any(r["outcome"] in ("killed", "unfinished") for r in forked.values()):
            self.why = "a run was ended from outside"
            return False
        if any(u["what"] == threads.FORKED for r in forked.values() for u in r["uncontrolled"]):
            self.why = "the program forks"
            return False
        self._beat()
        read, write = os.pipe()
        pid = same_process.fork()
        if pid == 0:
            try:
                self.unit.prepare_reruns()
                seen = []
                for index in [*forked] * 2:
                    again = self.in_process(index, record=_if_from_outside(forked[index]))
                    seen.append([again["outcome"], again["digest"]])
                os.write(write, json.dumps(seen).encode())
            finally:
                os._exit(0)
        os.close(write)
        data, killed = _read_all(read, min(seconds, self.wall))
        os.close(read)
        if killed:
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if killed and seconds < self.wall:
            self.why = "whether re-runs in process agree with forks would take too long to ask"
            return False
        seen = json.loads(data) if data else []
        if seen != [[r["outcome"], r["digest"]] for r in forked.values()] * 2:
            self.why = "a re-run in process differs from a fork: state outside of what is re-run"
            return False
        self.checked, other = [*forked.items()][-1]
        self.reference, self.record = other["digest"], _if_from_outside(other)
        return True

    # ----------------------------------------------------------------- loop
    def run(self) -> None:
        signal.signal(signal.SIGUSR1, self._stop)
        command = self.command
        began = told = clock.real_monotonic()
        end = began + float(command.get("seconds") or 1e9)
        index = int(command.get("first", 0))
        count = int(command.get("count") or 1 << 60)
        stride = int(command.get("stride", 1))
        reason = "count"
        mode = "fork"
        usual, ended = 0.0, 0
        with no_collection():
            if command.get("in_process", True) and not self.unit.why_not and self.in_process_agrees(ASKING * (end - began)):
                mode = "in-process"
                self.unit.prepare_reruns()
            if index and self.portfolio.lengths is None:
                self._scale(self.in_fork(0))
            known = dict(wire.silent)
            grown, keeper = _resident(), one_cpu.OneCpu()
            pack = struct.pack_into
            while self.runs < count:
                now = clock.real_monotonic()
                if self.stopped or now >= end:
                    reason = "stop" if self.stopped else "seconds"
                    break
                if now - told > REPORT_EVERY:
                    told = now
                    self._progress(now - began, mode)
                    keeper.look_around()
                self.left = end - now
                if not self.unheard_last:
                    known = dict(wire.silent)
                pack("<q", self.slot, 0, index)
                result = self.in_process(index, brief=True) if mode == "in-process" else self.in_fork(index)
                self.runs += 1
                if mode == "in-process" and self.last[0].engine.world is not None:
                    keeper.ran()
                if result["outcome"] in ("no-progress", "unfinished"):
                    self._be_impatient(result["outcome"], usual)
                else:
                    ended += 1
                    usual += (clock.real_monotonic() - now - usual) / ended
                if self._is_new(result):
                    self._look(self.last[0].result(self.last[1]) if mode == "in-process" else result, index, now - began)
                was_away = self.unheard_last > 0
                self._count(result)
                if was_away > (self.unheard_last > 0) or 0 < self.unheard_last <= UNHEARD:
                    wire.forget(known)  # a server that was away must not be waited for less once it is back
                if index == 0:
                    self._scale(result)
                index += stride
                if self.runs == NO_CHOICE and self.decisions == 0 and not self.uncontrolled and not self.inject:
                    reason = "no-choice"
                    break
                if self.runs % 64 == 0:
                    gc.collect(0)
                if baton.leftover and mode == "in-process":
                    mode, self.why = "fork", "a thread of an earlier run does not end"
                if mode == "fork":
                    one_cpu.let_go()
                if mode == "in-process" and self.runs % CHECK == 0:
                    gc.collect()
                    fresh = self.in_process(self.checked, record=self.record)
                    if fresh["digest"] != self.reference:
                        mode, self.why = "fork", f"state left over after {self.runs} re-runs in process"
                    elif _resident() - grown > GROWTH * max(1.0, self.runs / 10_000):
                        mode, self.why = "fork", f"memory grew after {self.runs} re-runs in process"
        seconds = clock.real_monotonic() - began
        self.channel.send({"msg": "done", "id": command["id"], "runs": self.runs, "seconds": seconds, "mode": mode, "why": self.why,
                           "uncontrolled": self._listed(), "servers": list(self.servers), "unheard": self.unheard, "unheard_last": self.unheard_last,
                           "unheard_servers": list(self.unheard_servers), "cut_off": self.cut_off, "reason": reason, "strategies": self.portfolio.names, "steps": self.steps, "decisions": self.decisions})

    def _stop(self, *_: Any) -> None:
        self.stopped = True

    def _listed(self) -> list[dict[str, str]]:
        return [{"what": w, "site": s} for w, s in self.uncontrolled]

    def _progress(self, seconds: float, mode: str) -> None:
        self.channel.send({"msg": "progress", "id": self.command["id"], "runs": self.runs, "seconds": seconds, "mode": mode,
                           "why": self.why, "uncontrolled": self._listed(), "servers": list(self.servers)})

    def _is_new(self, result: dict[str, Any]) -> bool:
        return any(self._unknown(v) for v in result["violations"])

    def _unknown(self, violation: dict[str, Any]) -> bool:
        """Not told yet, or told as a note only and certain now."""
        key = violation["key"]
        return key not in self.known and (violation["certain"] or key not in self.noted)

    def _count(self, result: dict[str, Any]) -> None:
        self.steps = max(self.steps, result["turns"])
        self.decisions = max(self.decisions, result["choices"])
        for item in result["uncontrolled"]:
            self.uncontrolled[(item["what"], item["site"])] = None
        self.servers.update(dict.fromkeys(result.get("servers", ())))
        if result.get("unheard"):
            self.unheard += 1
            self.unheard_last += 1
            self.unheard_servers.update(dict.fromkeys(result["unheard"]))
        elif result.get("heard"):
            self.unheard_last = 0
        if result["outcome"] == "unfinished" and result.get("cut_off"):
            self.cut_off += 1
        elif result["outcome"] == "unfinished" and not any(what == CUT_OFF for what, _ in self.uncontrolled):
            self.uncontrolled[(CUT_OFF, result.get("stands", ""))] = None

    def _look(self, result: dict[str, Any], index: int, seconds: float) -> None:
        for violation in result["violations"]:
            asks = violation.pop("asks", None)
            if not self._unknown(violation):
                continue
            if asks:
                self.asked[violation["key"]] = self.asked.get(violation["key"], 0) + 1
                violation["certain"] = self._is_no_default(violation["key"]) and all(self._answers(question, result["decisions"]) for question in asks)
            if violation["certain"]:
                self.known.add(violation["key"])
            elif not asks or self.asked[violation["key"]] >= TRIES:
                self.noted.add(violation["key"])
            self.channel.send({"msg": "found", "id": self.command["id"], "index": index, "violation": violation, "seconds": seconds, "silent": wire.learned(),
                               "schedule": {"format": 1, "unit": self.unit.name, "latency": self.latency,
                                            "strategy": {"name": self.portfolio.strategy(index).name, "seed": self.seed, "index": index},
                                            "decisions": result["decisions"]}})

    def _is_no_default(self, key: str) -> bool:
        """Does the default run not show it?  What always comes about may be meant: a test of what happens when all slots are taken."""
        return all(v["key"] != key for v in self.in_fork(0)["violations"])

    def _answers(self, question: dict[str, Any], decisions: list[Any]) -> bool:
        """Does a run that spares a cancellation answer as it takes to accuse?"""
        def make() -> Execution:
            strategy = Prefix(decisions[: question["keep"]], Stock())
            strategy.begin(self.seed, 0)
            execution = Execution(strategy, self.unit.roles, latency=self.latency, keep_sleep0=self.keep_sleep0)
            execution.engine.spared = Spared(question)
            return execution

        return bool(self.in_fork(0, make).get("answer") == question["answer"])


def _if_from_outside(result: dict[str, Any]) -> list[Any] | None:
    """The run's decisions, if when bytes came is among them: another run follows them instead of looking for itself."""
    decisions: list[Any] = result["decisions"]
    return decisions if any(d[2].startswith("arrived:") for d in decisions) else None


def _read_all(fd: int, seconds: float) -> tuple[bytes, bool]:
    """Everything until the end of the pipe -> (data, whether the time was up first)."""
    data = bytearray()
    end = clock.real_monotonic() + seconds
    while (left := end - clock.real_monotonic()) > 0:
        if not select.select([fd], [], [], left)[0]:
            break
        chunk = os.read(fd, 1 << 16)
        if not chunk:
            return bytes(data), False
        data += chunk
    return bytes(data), True


def _resident() -> int:
    try:
        with open("/proc/self/statm", "rb") as f:
            return int(f.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
