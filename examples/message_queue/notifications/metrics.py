"""What the consumer counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Metrics:
    processed: int = 0
    acknowledged: int = 0
    failed: int = 0
