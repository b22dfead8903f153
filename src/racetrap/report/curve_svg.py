"""The likelihood curve as points of an SVG."""

from __future__ import annotations

from dataclasses import dataclass

from racetrap.explain.model import Curve

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 230, 44, 34, 12


@dataclass(frozen=True)
class Plot:
    line: str
    band: str
    dots: list[tuple[float, float, str]]
    jump: float | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - 12
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def plot(curve: Curve) -> Plot:
    """`line` and `band` are SVG point lists."""

    def x(kept: float) -> float:
        return round(LEFT + (WIDTH - 12 - LEFT) * kept / max(1, curve.decisions), 1)

    def y(rate: float) -> float:
        return round(TOP + (HEIGHT - BOTTOM - TOP) * (1 - rate), 1)

    points = curve.points
    band = [(x(p.kept), y(p.high)) for p in points] + [(x(p.kept), y(p.low)) for p in reversed(points)]
    return Plot(
        line=_joined([(x(p.kept), y(p.shown / p.of)) for p in points]),
        band=_joined(band),
        dots=[(x(p.kept), y(p.shown / p.of), f"{p.kept} decisions kept: {p.shown} of {p.of} runs fail") for p in points],
        jump=x(curve.jump) if curve.jump is not None else None,
    )


def _joined(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{a},{b}" for a, b in points)
