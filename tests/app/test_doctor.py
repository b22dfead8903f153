"""`racetrap doctor`: what is there, what is missing and how to get it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from racetrap.doctor import Check, Diagnosis

RACETRAP = [sys.executable, "-m", "racetrap", "doctor"]


def doctor(path: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RACETRAP, *options], capture_output=True, text=True, timeout=120, env={**os.environ, "PATH": path})


def test_this_machine_can_hunt_and_says_what_with() -> None:
    done = doctor(os.environ["PATH"], "--json", "-")
    seen = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0, done.stderr
    assert (seen["fork"]["seen"], seen["interpreters"]["good"]) == ("works", True)
    assert "racetrap can hunt here" in done.stderr


def test_what_is_missing_is_named_with_the_command_that_gets_it(tmp_path: Path) -> None:
    done = doctor(str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "apt-get install memcached" in done.stdout
    assert "apt-get install chromium" in done.stdout


def test_a_program_that_is_there_is_seen_with_its_version(tmp_path: Path) -> None:
    program = tmp_path / "memcached"
    program.write_text("#!/bin/sh\necho memcached 9.8.7\n")
    program.chmod(0o755)
    assert f"{program}, 9.8.7" in doctor(str(tmp_path)).stdout


def test_hunting_is_impossible_only_without_what_is_needed() -> None:
    wanted = Check(name="browser", good=False, needed=False, seen="none")
    needed = Check(name="fork", good=False, needed=True, seen="none")
    assert Diagnosis(checks=[wanted]).can_hunt
    assert not Diagnosis(checks=[wanted, needed]).can_hunt
