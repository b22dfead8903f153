"""What can go wrong, by whose fault it is.

`Problem` is the user's or the environment's: it says what is wrong, how that was seen and
what fixes it, and ends the command with exit code 2.  `ProbeFault` is ours: the probe broke
the contract of docs/protocol.md.
"""

from __future__ import annotations


class Problem(Exception):
    """Wrong use, or an environment that lacks something.

    Args:
        what: one sentence: what is wrong.
        seen: how that was noticed (the observation, quoted).
        fix: the command or the change that puts it right.
    """

    def __init__(self, what: str, *, seen: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.seen = seen
        self.fix = fix


class ProbeFault(Exception):
    """The probe died, fell silent or sent something that is no message."""
