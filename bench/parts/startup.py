"""What racetrap costs while it does nothing: `--help`, and being installed beside an ordinary pytest run.

Two environments are made, equal but for racetrap in one of them, and a one-test run is measured in pairs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.hunting import ROOT, SPEED
from bench.rows import Row, at_most, missing

PART = "startup"
HELP_CPU_MS = 250.0
IDLE_MS = 20.0
SCRATCH = ROOT / "bench" / ".venv-scratch"


def cost(line: list[str], cwd: Path = ROOT) -> tuple[float, float]:
    """(milliseconds of CPU, milliseconds on the wall) of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(line, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise RuntimeError(f"{' '.join(line)} ended with status {os.waitstatus_to_exitcode(status)}")
    return 1e3 * (used.ru_utime + used.ru_stime), 1e3 * wall


def measure(quick: bool) -> list[Row]:
    times = 5 if quick else 21
    command = str(Path(sys.executable).with_name("racetrap"))
    cpu = [cost([command, "--help"])[0] for _ in range(times)]
    return [at_most(PART, "racetrap --help, CPU", median(cpu), HELP_CPU_MS, " ms", each=cpu), _idle(times)]


def _idle(pairs: int) -> Row:
    what = "an installed racetrap, on a one-test pytest run"
    try:
        without, with_it = _environment("without"), _environment("with", str(ROOT))
    except subprocess.CalledProcessError as error:
        return missing(
            PART, what, f"the environments could not be made: {error.stderr.strip()[-200:]}", f"≤ {IDLE_MS:.0f} ms"
        )
    run = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_small.py"]
    for python in (without, with_it):
        cost([str(python), *run], SPEED / "small_test")
    wall, cpu, base = [], [], []
    for number in range(pairs):
        first, second = (without, with_it) if number % 2 else (with_it, without)
        measured = {python: cost([str(python), *run], SPEED / "small_test") for python in (first, second)}
        cpu.append(measured[with_it][0] - measured[without][0])
        wall.append(measured[with_it][1] - measured[without][1])
        base.append(measured[without][1])
    added = median(wall)
    told = f"{added:+.1f} ms on {median(base):.0f} ms ({median(cpu):+.1f} ms CPU), median of {pairs} pairs"
    return Row(PART, what, told, f"≤ {IDLE_MS:.0f} ms", added <= IDLE_MS, {"wall": wall, "cpu": cpu})


def _environment(name: str, *more: str) -> Path:
    """The interpreter of one of the two; racetrap is installed anew each time, as a wheel."""
    home = SCRATCH / name
    python = home / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not python.exists():
        _do([sys.executable, "-m", "venv", str(home)])
        _do([*pip, *(f"{each}=={version(each)}" for each in ("pytest", "pytest-asyncio"))])
    if more:
        _do([*pip, *more])
        _do([*pip, "--force-reinstall", "--no-deps", *more])
    return python


def _do(line: list[str]) -> None:
    subprocess.run(line, check=True, capture_output=True, text=True)
