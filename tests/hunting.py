"""What the suites share: run the command line as a user does, and read its JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

RACETRAP = [sys.executable, "-m", "racetrap"]


def hunt(command: list[str], cwd: Path, *options: str, timeout: float = 300) -> dict[str, Any]:
    """`racetrap hunt` on `command` with this interpreter -> its JSON report, with the exit status as "exit" """
    line = [*RACETRAP, "hunt", "--python", sys.executable, "--json", "-", *options, "--", *command]
    done = subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=timeout)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"no report from {' '.join(line)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}") from None
    report["exit"] = done.returncode
    return report


def replay(finding: str, cwd: Path, *options: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RACETRAP, "replay", finding, *options], cwd=cwd, capture_output=True, text=True, timeout=timeout)


def families(report: dict[str, Any]) -> set[str]:
    return {finding["code"].rstrip("0123456789") for finding in report["findings"]}


def told(report: dict[str, Any]) -> str:
    """The findings in a line each, for a failure's message; where there are none, why it came to its verdict."""
    failures = [f"{failure['what']} ({failure['doubt']})" for failure in report["failures"]]
    return "\n".join(f"{f['code']} {f['title']} {[(s['path'], s['line'], s['role']) for s in f['sites']]} {f['assumes']}"
                     for f in report["findings"]) or f"{report['verdict']}: {failures} {report['uncontrolled']} {report['notes']}"
