"""Trials: recorded runs, runs under ordering constraints, runs that keep the first decisions of a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Start = Callable[..., Any]

LATE = """
import asyncio
seen = []
async def one():
    await asyncio.sleep(0.1)
    seen.append(1)
async def two():
    await asyncio.sleep(0.2)
    seen.append(2)
async def main():
    await asyncio.gather(one(), two())
    assert seen == [1, 2]
asyncio.run(main())
"""
DEADLINE = """
import asyncio
got = []
async def give(event):
    await asyncio.sleep(0.1)
    event.set()
async def take(event):
    try:
        async with asyncio.timeout(0.5):
            await event.wait()
            got.append("in time")
    except TimeoutError:
        got.append("set" if event.is_set() else "not set")
async def main():
    event = asyncio.Event()
    await asyncio.gather(give(event), take(event))
    assert got != ["set"]
asyncio.run(main())
"""
LOCKED = """
import asyncio
async def use(lock):
    async with lock:
        await asyncio.sleep(0.1)
async def main():
    lock = asyncio.Lock()
    await asyncio.gather(use(lock), use(lock))
asyncio.run(main())
"""


THREADS = """
import threading
seen = []
def first():
    seen.append("one")
    seen.append("two")
def second():
    seen.append("three")
threads = [threading.Thread(target=first), threading.Thread(target=second)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert seen != ["one", "three", "two"]
"""


class Worker:
    """The conversation with a trial worker."""

    def __init__(self, unit: Any, **options: Any) -> None:
        self.unit = unit
        unit.number += 1
        unit.line.send({"op": "trials", "id": unit.number, "seed": 0, "latency": 1.0, "wall": 20, "in_process": True, **options})
        self.ready = unit.line.receive()
        assert self.ready["msg"] == "ready", self.ready

    def tries(self, *trials: dict[str, Any], **command: Any) -> list[dict[str, Any]]:
        wanted = [{"n": n, "constraints": [], **t} for n, t in enumerate(trials)]
        self.unit.line.send({"op": "try", "id": self.unit.number, "trials": wanted, **command})
        answers = [self.unit.line.receive() for _ in wanted]
        assert [a["n"] for a in answers] == list(range(len(wanted)))
        return answers


def rows(answer: dict[str, Any]) -> list[list[Any]]:
    found: list[list[Any]] = answer["result"]["book"]["rows"]
    return found


def arrival(answer: dict[str, Any], function: str, kind: str = "deliver") -> list[Any]:
    """The identity of the first arrival (or timer) in a function."""
    row = next(r for r in rows(answer) if r[3] == kind and r[8] == function)
    item: list[Any] = row[13][0]
    return item


def test_a_recorded_run_names_what_led_to_each_event(hunted: Start, python: str) -> None:
    started = hunted(python, LOCKED).unit()
    [answer] = Worker(started).tries({"book": "steps"})
    events = rows(answer)
    second = [r for r in events if r[3] == "lock"][1]
    before = events[second[9]]
    while before[4] == second[4]:
        before = events[before[9]]
    assert before[3] == "unlock"  # the second one got the lock because the first one gave it back
    assert all(r[9] < r[0] for r in events)


def test_recording_changes_nothing(hunted: Start, python: str) -> None:
    started = hunted(python, LOCKED).unit()
    unit = started
    digest = unit.run()["digest"]
    worker = Worker(unit)
    digests = {a["result"]["digest"] for a in worker.tries({"book": "steps"}, {"book": "events"}, {"book": "steps"})}
    assert digests == {digest}


def test_runs_that_are_not_recorded_keep_no_events(hunted: Start, python: str) -> None:
    started = hunted(python, LOCKED).unit()
    unit = started
    assert "book" not in unit.run()
    [answer] = Worker(unit).tries({})
    assert "result" not in answer


def test_what_is_held_comes_after_what_it_waits_for(hunted: Start, python: str) -> None:
    started = hunted(python, LATE).unit()
    worker = Worker(started)
    [plain] = worker.tries({"book": "steps"})
    hold = {"hold": arrival(plain, "one"), "until": arrival(plain, "two")}
    [held] = worker.tries({"constraints": [hold], "book": "steps"})
    assert plain["keys"] == []
    assert held["kept"] == ["kept"]
    assert any(k.startswith("USER001") for k in held["keys"])
    assert [r[8] for r in rows(held) if r[3] == "deliver"] == ["two", "one"]


def test_a_constraint_that_cannot_be_kept_is_said(hunted: Start, python: str) -> None:
    started = hunted(python, LATE).unit()
    worker = Worker(started)
    [plain] = worker.tries({"book": "steps"})
    one, two = arrival(plain, "one"), arrival(plain, "two")
    circle = [{"hold": one, "until": two}, {"hold": two, "until": one}]
    nowhere = [{"hold": [*one[:5], 7], "until": two}]
    broken, absent = worker.tries({"constraints": circle}, {"constraints": nowhere})
    assert sorted(broken["kept"]) == ["broken", "kept"]
    assert absent["kept"] == ["absent"]


def test_an_arrival_can_come_just_before_a_deadline_in_the_same_turn(hunted: Start, python: str) -> None:
    started = hunted(python, DEADLINE).unit()
    worker = Worker(started)
    [plain] = worker.tries({"book": "steps"})
    late = worker.tries(*({"rest": [0, n], "book": "steps"} for n in range(1, 40)))
    timer = next(arrival(a, "take", "timer") for a in late if any(r[3] == "timer" for r in rows(a)))
    give = arrival(plain, "give")
    [both] = worker.tries({"constraints": [{"hold": give, "about": timer}, {"hold": timer, "until": give}], "book": "steps"})
    assert plain["keys"] == []
    assert both["kept"] == ["kept", "kept"]
    given, struck = (next(r for r in rows(both) if r[3] == kind) for kind in ("deliver", "timer"))
    assert given[2] == struck[2]  # one turn


def test_a_trial_can_keep_the_first_decisions_of_a_record(hunted: Start, python: str) -> None:
    started = hunted(python, LATE).unit()
    unit = started
    found = unit.search(count=200).found[0]
    base = found["schedule"]["decisions"]
    worker = Worker(unit)
    none, every = worker.tries({"keep": 0}, {"keep": len(base)}, base=base)
    assert found["violation"]["key"] not in none["keys"]
    assert found["violation"]["key"] in every["keys"]


def test_a_fault_strikes_right_after_its_event(hunted: Start, python: str) -> None:
    started = hunted(python, LOCKED).unit()
    worker = Worker(started)
    [plain] = worker.tries({"book": "steps"})
    lock = next(r for r in rows(plain) if r[3] == "lock")
    after = [plain["result"]["book"]["actors"][str(lock[4])][0], "lock", lock[6], lock[8], lock[7], lock[10]]
    [struck] = worker.tries({"constraints": [{"hold": [after[0], "cancel", "", "", 0, 1], "until": after}], "book": "steps"})
    assert struck["kept"] == ["kept"]
    assert any(r[3] == "fault" and r[4] == lock[4] for r in rows(struck))


def line_of(answer: dict[str, Any], function: str, last: bool = False) -> list[Any]:
    """The identity of a thread's first time at the first, or the last, line of a function."""
    keys = {int(n): key for n, (key, *_) in answer["result"]["book"]["actors"].items()}
    row = [r for r in rows(answer) if r[3] == "line" and r[8] == function][-1 if last else 0]
    return [keys[row[4]], "line", row[6], row[8], row[7], row[10]]


def test_a_thread_is_held_at_a_line_until_another_one_passed_its(hunted: Start, python: str) -> None:
    worker = Worker(hunted(python, THREADS).unit())
    free = worker.tries({"book": "steps"})[0]
    assert free["outcome"] == "passed"
    hold, until = line_of(free, "first", last=True), line_of(free, "second")
    held, other = worker.tries({"constraints": [{"hold": hold, "until": until}]}, {"constraints": [{"hold": until, "until": hold}]})
    assert held["outcome"] == "failed"
    assert held["kept"] == ["kept"]
    assert other["outcome"] == "passed"
    assert other["kept"] == ["kept"]


def test_a_thread_that_goes_on_after_another_is_told_with_where_it_stood(hunted: Start, python: str) -> None:
    worker = Worker(hunted(python, THREADS).unit())
    free = worker.tries({"book": "steps"})[0]
    constraint = {"hold": line_of(free, "first", last=True), "until": line_of(free, "second")}
    held = worker.tries({"constraints": [constraint], "book": "steps"})[0]
    went_on = [r[13][0] for r in rows(held) if r[3] == "go"]
    assert constraint["hold"] in went_on
    assert constraint["hold"] not in [r[13][0] for r in rows(free) if r[3] == "go"]
