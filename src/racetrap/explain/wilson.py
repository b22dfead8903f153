"""Confidence of a proportion."""

from __future__ import annotations

from math import sqrt

from racetrap.explain.model import Count

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


def is_less(one: Count, other: Count) -> bool:
    """Is the first probability lower, with 95 % confidence?  (Newcombe's interval of the difference, Statistics in Medicine 17, 1998, method 10.)"""
    if not one.of or not other.of:
        return False
    p, q = one.shown / one.of, other.shown / other.of
    return q - p - sqrt((q - interval(other.shown, other.of)[0]) ** 2 + (interval(one.shown, one.of)[1] - p) ** 2) > 0
