"""A process whose threads take turns keeps to one CPU, and the program does not see it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import probing
import pytest

needs_two = pytest.mark.skipif(not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="one CPU only: nothing to keep to")

KEEPS = """
import os, sys
sys.path.insert(0, sys.argv[1])
from racetrap_probe import one_cpu

def allowed():
    line = next(l for l in open("/proc/thread-self/status") if l.startswith("Cpus_allowed_list"))
    return line.split()[1]

free, seen = allowed(), os.sched_getaffinity(0)
keeper = one_cpu.OneCpu()
for _ in range(one_cpu.LET_GO):
    keeper.ran()
assert allowed().isdigit(), allowed()
assert os.sched_getaffinity(0) == os.sched_getaffinity(os.getpid()) == seen
keeper.look_around()
assert allowed() == free and os.sched_getaffinity(0) == seen
one_cpu.let_go()
"""

COUNTS = """
import os, threading

here = len(os.sched_getaffinity(0))

def look():
    assert len(os.sched_getaffinity(0)) == here == int(os.environ["CPUS"]), "another number of CPUs"

threads = [threading.Thread(target=look) for _ in range(2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
"""


@needs_two
def test_it_keeps_to_one_and_is_let_go() -> None:
    subprocess.run([sys.executable, "-c", KEEPS, str(Path(__file__).parents[2] / "src")], check=True, timeout=60)


@needs_two
def test_the_program_sees_its_cpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPUS", str(len(os.sched_getaffinity(0))))
    with probing.hunted(sys.executable, tmp_path, COUNTS) as workload:
        searched = workload.unit().search(count=60)
    assert searched.done["mode"] == "in-process"
    assert searched.found == []
