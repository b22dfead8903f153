"""What would have come of it without a deadline: a run that is made again, and in which cancellations are spared.

A waiter leaves by its deadline while a wake-up that was given to another waiter is lost, for a cancellation reached that one first.  Whether the lost one would have
helped, nobody saw.  Two more runs tell: without the cancellation that lost the wake-up, is the waiter woken?  And without its own deadline, does it wait for ever?
Both begin with the decisions of the run in question and go on in the default order.
"""

from __future__ import annotations

from typing import Any

from . import loop

MORE_TURNS = 20_000
"""So many turns of the loop a waiter without its deadline is waited for."""


class Spared:
    """question: {"task": number of the task that is spared, "cancel": which of the execution's cancellations (from 1), "for_good": those behind it, too, as far as they come from
    the loop's timers, "watched": number of the task that may be woken, "keep": how many decisions are those of the run in question, "answer": the one that accuses}."""

    def __init__(self, question: dict[str, Any]) -> None:
        self.question = question
        self.future: Any = None

    def spares(self, engine: Any, task: Any) -> bool:
        """Is the cancellation that is about to be made one that is ignored?"""
        question = self.question
        if engine.cancels == question["cancel"] and task.racetrap_number == question["task"]:
            self.future = next((t._fut_waiter for t in engine.monitor.tasks if t.racetrap_number == question["watched"]), None)
            engine.max_turns = min(engine.max_turns, engine.turns + MORE_TURNS)
            return True
        return bool(question["for_good"] and self.future is not None and task.racetrap_number == question["task"] and loop.is_of_a_timer())

    def answer(self) -> str:
        """Of the watched task: "woken", "failed" (by an exception), "waits", or "" where it did not come to that."""
        future = self.future
        if future is None:
            return ""
        if not future.done() or future.cancelled():
            return "waits"
        return "failed" if future.exception() is not None else "woken"
