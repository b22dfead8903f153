"""Confidence of a proportion."""

from __future__ import annotations

from math import sqrt

Z = 1.959964
"""Of 95 %."""


def interval(shown: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a probability seen `shown` times in `of` runs (E. B. Wilson, JASA 22, 1927); (0, 1) of no runs."""
    if of == 0:
        return 0.0, 1.0
    p, z2 = shown / of, Z * Z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = Z * sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)
