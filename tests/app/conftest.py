from __future__ import annotations

import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from racetrap.case import Report, Workload
from racetrap.hunt import Order, hunt, session

FAKE = Path(__file__).with_name("fake_probe.py")


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's patience, shortened so that a silent probe costs a test half a second."""
    monkeypatch.setattr(session, "GRACE", 0.3)


def fake_workload(mode: str, cwd: Path) -> Workload:
    command = [sys.executable, "-E", str(FAKE), mode]
    return Workload(command=command, given=["pytest", mode], cwd=str(cwd), root=str(cwd))


@pytest.fixture
def hunt_fake(tmp_path: Path) -> Callable[..., Report]:
    """Hunt with a fake probe of that mode."""

    def run(mode: str, *, stream: StringIO | None = None, save_to: Path | None = tmp_path, **order: object) -> Report:
        options = {"seed": 1, "schedules": 10, "seconds": 5.0, "jobs": 1, "wall": 0.5, "startup": 5.0, **order}
        made = Order(workload=fake_workload(mode, tmp_path), **options)
        return hunt(made, save_to=save_to, stream=stream or StringIO(), live=False)

    return run
