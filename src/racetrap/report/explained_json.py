"""Explanations as JSON: one as it is, several as a list."""

from __future__ import annotations

import msgspec

from racetrap.explain.model import Explanation


def render(made: list[Explanation]) -> str:
    content = msgspec.json.encode(made[0] if len(made) == 1 else made)
    return msgspec.json.format(content, indent=2).decode() + "\n"
