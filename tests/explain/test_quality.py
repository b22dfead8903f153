"""Every finding on the opponents' programs and on tests/buggy is explained, by few orders."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import pytest
from explaining import ROOT, copied, explanations

pytestmark = pytest.mark.xdist_group("explained once, looked at often")
OPPONENTS = [
    "a1", "a2", "a2_spawn", "a3", "a3_spawn", "late_commit", "deadline_reply", "session_cache", "handed_over", "lost_slot", "lost_wakeup",
    "t1", "t2", "t3", "t4", "t5", "t1_pool", "t4_spawn",
]
BUGGY = [
    "bypassed_queue", "callback_fails", "cancellation_taken", "cleared_event", "client_swapped", "double_return", "early_notify",
    "given_back_twice", "grant_to_leaver", "handed_future", "item_to_leaver", "own_semaphore", "reply_left_over", "slot_lost", "stampede", "two_locks",
]
PROGRAMS = [ROOT / "bench/opponents" / f"{name}.py" for name in OPPONENTS] + [ROOT / "tests/buggy/programs" / f"{name}.py" for name in BUGGY]
ROOTS = {
    "a2": "put_nowait", "late_commit": "release", "deadline_reply": "release", "lost_wakeup": "clear()", "cleared_event": "clear()",
    "double_return": "give(", "handed_over": "give_back", "a1": "self.token = ", "t1": "self.total = ", "t3": "self.lines[line] = ",
    "t4": "self.pool.put(", "t5": "notify()",
}
"""Part of the root's source line."""

_made: dict[str, list[dict[str, Any]]] = {}


def made(program: Path, tmp_path: Path) -> list[dict[str, Any]]:
    if program.stem not in _made:
        _made[program.stem] = explanations(["python", copied(program, tmp_path).name], tmp_path)
    return _made[program.stem]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_its_findings_are_explained(program: Path, tmp_path: Path) -> None:
    for explanation in made(program, tmp_path):
        assert len(explanation["orderings"]) <= 4
        assert explanation["orderings"] or not explanation["why_not"], explanation["why_not"]
        assert explanation["replays"] == {"shown": 10, "of": 10}
        assert all(o["reversed"]["of"] >= 4 for o in explanation["orderings"])
        assert len(explanation["chain"]) >= 2
        if program.stem in ROOTS:
            site = explanation["root"]["site"]
            assert ROOTS[program.stem] in (tmp_path / site["path"]).read_text().splitlines()[site["line"] - 1]


@pytest.mark.parametrize("name", ["t1", "t2", "t3", "t4", "t5"])
def test_threads_are_held_at_lines_of_the_program(name: str, tmp_path: Path) -> None:
    (explanation,) = made(ROOT / f"bench/opponents/{name}.py", tmp_path)
    (ordering,) = explanation["orderings"]
    assert ordering["constraint"]["hold"][2] == f"{name}.py"
    assert ordering["constraint"]["until"][2] == f"{name}.py"
    assert ordering["text"].startswith("hold thread ")
    assert ordering["reversed"]["shown"] == 0
    kinds = {a["kind"] for a in explanation["actors"]}
    assert kinds == {"thread"}


@pytest.mark.parametrize("name", ["grant_to_leaver", "item_to_leaver"])
def test_a_wake_up_in_vain_is_told_with_its_giver(name: str, tmp_path: Path) -> None:
    for explanation in made(ROOT / f"tests/buggy/programs/{name}.py", tmp_path):
        texts = [link["text"] for link in explanation["chain"]]
        (vain,) = [at for at, text in enumerate(texts) if "is woken when it has been cancelled" in text]
        giver = explanation["events"][explanation["chain"][vain]["events"][0]]["after"]
        assert giver in [n for link in explanation["chain"][:vain] for n in link["events"]], texts
        assert any(link["reason"].startswith("this cancels task") for link in explanation["chain"][:vain]), texts
        assert explanation["root"]["known"]


@pytest.mark.slow
def test_half_of_them_need_at_most_two_orders(tmp_path: Path) -> None:
    counts = [len(e["orderings"]) for p in PROGRAMS[: len(OPPONENTS)] for e in made(p, tmp_path / p.stem)]
    assert median(counts) <= 2, counts
