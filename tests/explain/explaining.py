"""What these suites share: hunt a program, explain what was found, by the command line as a user does."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hunting import RACETRAP, hunt, told

ROOT = Path(__file__).resolve().parents[2]
CALM = ["--seconds", "120"]
"""Time enough on a busy machine: the numbers must not depend on it."""


def copied(source: Path, to: Path) -> Path:
    """A program in a project of its own."""
    to.mkdir(parents=True, exist_ok=True)
    (to / "setup.cfg").touch()
    return Path(shutil.copy(source, to))


def explain(finding: str, cwd: Path, *options: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RACETRAP, "explain", finding, *options], cwd=cwd, capture_output=True, text=True, timeout=timeout
    )


def explanations(command: list[str], cwd: Path, *, seed: int = 1, schedules: int = 1500, codes: set[str] | None = None) -> list[dict[str, Any]]:
    """Hunt and explain -> explanation.json of each finding (of one of these codes), for which the command ended well."""
    report = hunt(command, cwd, "--seed", str(seed), "--schedules", str(schedules), "--seconds", "60")
    made = []
    for finding in report["findings"]:
        if codes is not None and finding["code"] not in codes:
            continue
        done = explain(f".racetrap/findings/{finding['id']}", cwd, *CALM)
        assert done.returncode == 1, f"{done.stdout}\n{done.stderr}\n{told(report)}"
        made.append(json.loads((cwd / finding["schedule"]).with_name("explanation.json").read_text()))
    assert made, told(report)
    return made


def orders(explanation: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Its constraints as plain data."""
    return [
        (tuple(c["hold"]), tuple(c["until"] or ()), tuple(c["about"] or ()))
        for c in (o["constraint"] for o in explanation["orderings"])
    ]
