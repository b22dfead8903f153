"""Oracles: rules over events that every correct program keeps, one file each.

A module has CODES (code -> one line) and its rule text as docstring, in ruff's shape.
"""

from __future__ import annotations

import importlib
import inspect

_MODULES = ("pool", "leak", "hold", "slots", "closed", "given_up", "interleaved", "ack", "early", "multiple", "twice", "put_back", "task", "callback", "unasked", "cancelled", "lock", "wake", "unheard", "unwoken", "item", "lost", "atom", "unlocked", "user")


def _all() -> dict[str, object]:
    found: dict[str, object] = {}
    for name in _MODULES:
        module = importlib.import_module(f"{__name__}.{name}")
        for code in module.CODES:
            found[code] = module
    return found


def rule_codes() -> list[str]:
    """Every code there is, sorted."""
    return sorted(_all())


def rule_text(code: str) -> str | None:
    """What a rule does, why it is bad, example, use instead, when it is certain; None for an unknown code."""
    module = _all().get(code.upper())
    if module is None:
        return None
    title = module.CODES[code.upper()]  # type: ignore[attr-defined]
    return f"# {code.upper()}: {title}\n\n{inspect.cleandoc(module.__doc__ or '')}\n"
