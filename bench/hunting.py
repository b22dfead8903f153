"""Running `racetrap hunt` as a user does, with a clock on its findings."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "bench" / "opponents"
SPEED = ROOT / "bench" / "speed"
FLAGSHIP = ROOT / "examples" / "message_queue"

_CONFIRMED = re.compile(r"racetrap: F\d+ ([A-Z]+\d+) .*replayed (\d+)/(\d+)\)")
PATIENCE = 60.0
"""Seconds a hunt may take beyond the time it was given."""


@dataclass(frozen=True)
class Seen:
    """A finding when it was told: met and replayed."""

    code: str
    after: float
    """Seconds since the command was started, start-up included."""


@dataclass
class Hunt:
    """A hunt that is over."""

    report: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    """Why there is no report, or one without a search in it."""
    seen: list[Seen] = field(default_factory=list)
    wall: float = 0.0

    @property
    def findings(self) -> list[dict[str, Any]]:
        return list(self.report.get("findings", []))

    @property
    def rate(self) -> float:
        """Schedules per second of the search."""
        return self.report["schedules"] / self.report["seconds"] if self.report.get("seconds") else 0.0

    @property
    def mode(self) -> str:
        """in-process, or fork and why."""
        return ", ".join(sorted(set(self.report.get("bounds", {}).get("mode", {}).values())))


def hunt(
    command: list[str],
    cwd: Path,
    *options: object,
    seconds: float,
    python: str = sys.executable,
    until: Callable[[set[str]], bool] | None = None,
    save: bool = False,
    around: dict[str, str] | None = None,
) -> Hunt:
    """One hunt.

    Args:
        options: further options of `racetrap hunt`.
        seconds: of search.
        until: asked with the codes told so far; once it says yes the hunt is interrupted, as by Ctrl-C.
        around: further environment variables.
    """
    line = [sys.executable, "-m", "racetrap", "hunt", "--python", python, "--json", "-", "--seconds", str(seconds)]
    line += [*map(str, options), *([] if save else ["--no-save"]), "--", *command]
    done = Hunt()
    with tempfile.TemporaryFile("w+") as out:
        began = time.perf_counter()
        process = subprocess.Popen(line, cwd=cwd, stdout=out, stderr=subprocess.PIPE, text=True, env={**os.environ, **(around or {})})
        assert process.stderr is not None
        watchdog = threading.Timer(seconds + PATIENCE, process.kill)
        watchdog.start()
        told = []
        asked_to_end = False
        for text in process.stderr:
            told.append(text)
            if match := _CONFIRMED.match(text):
                done.seen.append(Seen(match[1], time.perf_counter() - began))
                if until is not None and not asked_to_end and done.seen[-1].after < seconds and until({each.code for each in done.seen}):
                    asked_to_end = True
                    process.send_signal(signal.SIGINT)
        status = process.wait()
        watchdog.cancel()
        done.wall = time.perf_counter() - began
        out.seek(0)
        try:
            done.report = json.load(out)
        except ValueError:
            done.error = f"exit {status}: {''.join(told).strip()[-300:]}"
            return done
    if done.report["verdict"] == "workload-failed":
        done.error = "the workload failed by itself: " + "; ".join(f["what"] for f in done.report["failures"])
    elif not done.report["schedules"]:
        done.error = f"nothing was searched: {done.report['uncontrolled']}"
    return done


def in_family(code: str, families: list[str]) -> bool:
    """Is this code one of these codes, or of one of these families?"""
    return code in families or code.rstrip("0123456789") in families
