"""What is said of a workload whose default run does not pass: that it fails by itself only where that is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from hunting import hunt, told

OWN_CLOCK = """
import asyncio, os

async def main():
    began = os.times().elapsed
    await asyncio.sleep(0.1)
    assert os.times().elapsed - began > 0.05

asyncio.run(main())
"""
CARRIES_OVER = """
import asyncio

asyncio.run(asyncio.sleep(0.001))
open("kept", "x").close()
"""
NOT_OURS = """
import os, subprocess, sys, threading

def work():
    read, write = os.pipe()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdout=write)
    os.close(write)
    os.read(read, 1)

thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def hunted(tmp_path: Path, program: str) -> dict:
    (tmp_path / "prog.py").write_text(program)
    return hunt(["python", "prog.py"], tmp_path, "--seed", "1", "--seconds", "5", "--wall", "5", "--no-save")


@pytest.mark.parametrize(("program", "why"), [
    (OWN_CLOCK, "it passes when the interpreter runs it"),
    (CARRIES_OVER, "--reset COMMAND"),
    (NOT_OURS, "something in it was not under control"),
])
def test_what_may_be_our_own_doing_is_inconclusive(tmp_path: Path, program: str, why: str) -> None:
    report = hunted(tmp_path, program)
    assert report["verdict"] == "inconclusive" and report["exit"] == 3, told(report)
    assert why in report["failures"][0]["doubt"]
    assert report["uncontrolled"]


def test_a_failure_of_threads_is_not_said_to_be_free_of_timing(tmp_path: Path) -> None:
    report = hunted(tmp_path, "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\nthreading.Event().wait()\n")
    (failure,) = report["failures"]
    assert report["exit"] == 2 and failure["threads"]
    assert failure["what"] == "waits for ever: no thread can run and nothing is under way"


def test_an_exit_status_is_a_failure_of_its_own(tmp_path: Path) -> None:
    report = hunted(tmp_path, "import asyncio, sys\nasyncio.run(asyncio.sleep(0))\nsys.exit(3)\n")
    assert report["exit"] == 2, told(report)
    assert [failure["what"] for failure in report["failures"]] == ["ended with exit status 3"]
