"""placeholder"""
from __future__ import annotations

from typing import Any

CODES: dict[str, str] = {}
class Items:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
