"""Colours, on a terminal that wants them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Paint:
    """Wraps text in colour, or does nothing."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, *styles: str) -> str:
        if not self.on or not text:
            return text
        codes = ";".join(_CODES[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"


def paint_for(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Paint:
    """Colours for that stream: only a terminal gets any, and NO_COLOR (no-color.org) or TERM=dumb none."""
    return Paint(stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb")
