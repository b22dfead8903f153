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
    """question: {"task": number of the task that is spared, "cancel": which of the execution's cancellations (from 1), "watched": number of the task that may be woken,
    "keep": how many decisions are those of the run in question, "answer": the one that accuses}.

    A task that is watched itself is spared whatever the loop's timers do to it from then on.
    """

    def __init__(self, question: dict[str, Any]) -> None:
        self.question = question
        self.future: Any = None
        """What the watched task waits for."""
        self.left = False
        """It was cancelled, and not by a deadline, before the run came to its end."""

    def spares(self, engine: Any, task: Any) -> bool:
        """Is the cancellation that is about to be made one that is ignored?"""
        spared, watched = self.question["task"], self.question["watched"]
        number = task.racetrap_number
        if engine.cancels == self.question["cancel"] and number == spared:
            self.future = next((t._fut_waiter for t in engine.monitor.tasks if t.racetrap_number == watched), None)
            engine.max_turns = min(engine.max_turns, engine.turns + MORE_TURNS)
            return True
        if self.future is None or number != watched:
            return False
        if spared == watched and loop.is_of_a_timer():
            return True
        self.left |= engine.outcome is None and not self.future.done()
        return False

    def answer(self) -> str:
        """Of the watched task: "woken", "failed" (by an exception), "waits", or "" where it did not come to that."""
        future = self.future
        if future is None or self.left:
            return ""
        if not future.done() or future.cancelled():
            return "waits"
        return "failed" if future.exception() is not None else "woken"
