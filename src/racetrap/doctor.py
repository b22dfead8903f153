"""What this machine offers a hunt: interpreters, fork, addresses, limits, servers; what is missing and the command that gets it.

Each check is a function that looks, and says what it saw; none changes anything.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from racetrap.case import Data
from racetrap.hunt import diagnose
from racetrap.hunt.launch import fixed_addresses

NEWEST_TRIED = (3, 13)
LEAST_FILES = 256
LEAST_PROCESSES = 128
LEAST_ROOM = 100 << 20
"""Bytes of room for temporary files: a long hunt stays under half of it."""

_SERVERS = {
    "redis-server": "redis-server",
    "postgres": "postgresql",
    "rabbitmq-server": "rabbitmq-server",
    "nats-server": "nats-server",
    "memcached": "memcached",
}
"""Programs of servers to hunt against, and the Debian package of each."""


class Check(Data, frozen=True, kw_only=True):
    """One thing looked at."""

    name: str
    good: bool
    needed: bool
    """Is hunting impossible without it?"""
    seen: str
    so_what: str = ""
    """What it is for, or what is lost without it."""
    fix: str = ""


class Diagnosis(Data, frozen=True, kw_only=True):
    """All of them."""

    checks: list[Check]

    @property
    def can_hunt(self) -> bool:
        return all(check.good or not check.needed for check in self.checks)


def look() -> Diagnosis:
    """Look at everything; nothing raises because something is missing."""
    return Diagnosis(
        checks=[
            _platform(),
            *_interpreters(),
            _fork(),
            _addresses(),
            *_limits(),
            _room(),
            _git(),
            *_servers(),
            _browser(),
        ]
    )


def _platform() -> Check:
    system = platform.system()
    return Check(
        name="platform",
        good=system == "Linux",
        needed=system == "Windows",
        seen=f"{system} {platform.release()} {platform.machine()}",
        so_what="" if system == "Linux" else "racetrap is tried on Linux only; Windows is not supported, it forks",
        fix="" if system == "Linux" else "hunt in a Linux container or virtual machine",
    )


def _interpreters() -> Iterator[Check]:
    found: dict[tuple[int, int], str] = {}
    for path in _candidates():
        version = diagnose.ask_version(path)
        if version is not None:
            found.setdefault(version, path)
    able = {v: p for v, p in found.items() if v >= diagnose.OLDEST}
    listed = ", ".join(f"{major}.{minor} ({path})" for (major, minor), path in sorted(able.items()))
    yield Check(
        name="interpreters",
        good=bool(able),
        needed=True,
        seen=listed or "none that is new enough",
        so_what="the workload runs in one of them, or in that of --python",
        fix="" if able else "apt-get install python3, or: pyenv install 3.12",
    )
    newer = [v for v in able if v > NEWEST_TRIED]
    if newer:
        text = ", ".join(f"{major}.{minor}" for major, minor in newer)
        yield Check(
            name="newer interpreters",
            good=False,
            needed=False,
            seen=text,
            so_what="newer than what racetrap was tried on",
        )


def _candidates() -> Iterator[str]:
    yield sys.executable
    for minor in range(diagnose.OLDEST[1], NEWEST_TRIED[1] + 2):
        path = shutil.which(f"python3.{minor}")
        if path is not None:
            yield path
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    if root.is_dir():
        yield from sorted(str(path) for path in root.glob("3.*/bin/python3"))


def _fork() -> Check:
    if not hasattr(os, "fork"):
        return Check(
            name="fork",
            good=False,
            needed=True,
            seen="this system has none",
            so_what="every schedule starts in a fork",
            fix="hunt on Linux",
        )
    try:
        done = subprocess.run(
            [sys.executable, "-S", "-c", "import os; p = os.fork(); p or os._exit(0); os.waitpid(p, 0)"],
            timeout=20,
            capture_output=True,
        )
        good = done.returncode == 0
        seen = "works" if good else done.stderr.decode(errors="replace").strip()[-200:]
    except (OSError, subprocess.SubprocessError) as error:
        good, seen = False, str(error)
    return Check(
        name="fork",
        good=good,
        needed=True,
        seen=seen,
        so_what="every schedule starts in a fork",
        fix="" if good else "allow more processes: ulimit -u",
    )


def _addresses() -> Check:
    good = False
    if sys.platform == "linux":
        with fixed_addresses() as off:
            good = off
    return Check(
        name="address randomisation",
        good=good,
        needed=False,
        seen="can be switched off for the workload" if good else "cannot be switched off here",
        so_what="addresses decide the order of some sets: with it, a replay may differ where a program iterates over sets of objects",
        fix="" if good else "docker run --security-opt seccomp=unconfined, or a profile that allows personality(2)",
    )


def _limits() -> Iterator[Check]:
    try:
        import resource
    except ImportError:
        return
    for name, what, least, fix in (
        ("open files", resource.RLIMIT_NOFILE, LEAST_FILES, "ulimit -n 1024"),
        ("processes", getattr(resource, "RLIMIT_NPROC", -1), LEAST_PROCESSES, "ulimit -u 4096"),
    ):
        if what == -1:
            continue
        soft = resource.getrlimit(what)[0]
        unlimited = soft == resource.RLIM_INFINITY
        good = unlimited or soft >= least
        yield Check(
            name=name, good=good, needed=False, seen="unlimited" if unlimited else f"{soft:,}",
            so_what="" if good else f"a hunt with several jobs may need {least:,}", fix="" if good else fix,
        )  # fmt: skip
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Check(
        name="cores",
        good=True,
        needed=False,
        seen=str(cores),
        so_what="searches at a time, unless --jobs says otherwise",
    )


def _room() -> Check:
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free
    good = free >= LEAST_ROOM and os.access(place, os.W_OK)
    return Check(
        name="temporary files", good=good, needed=not os.access(place, os.W_OK), seen=f"{free >> 20:,} MB in {place}",
        so_what="" if good else "the workload's output and the schedules under way are kept there",
        fix="" if good else "make room, or TMPDIR=/another/directory racetrap hunt ...",
    )  # fmt: skip


def _git() -> Check:
    return _program("git", "git", "the history of a project")


def _browser() -> Check:
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome", "firefox") if (path := shutil.which(name))),
        None,
    )
    return Check(name="browser", good=found is not None, needed=False, seen=found or "none on the path",
                 so_what="looking at an HTML report", fix="" if found else "apt-get install chromium")  # fmt: skip


def _servers() -> Iterator[Check]:
    for program, package in _SERVERS.items():
        yield _program(program, package, "hunting against a real one, and the live tests")


def _program(program: str, package: str, so_what: str) -> Check:
    places = [
        os.environ.get("PATH", ""),
        "/usr/sbin",
        *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),
    ]
    path = shutil.which(program, path=os.pathsep.join(places))
    seen = f"{path}{_version_of(path)}" if path else "not on the path"
    return Check(
        name=program,
        good=path is not None,
        needed=False,
        seen=seen,
        so_what=so_what,
        fix="" if path else f"apt-get install {package}",
    )


def _version_of(path: str) -> str:
    """Such as ", 1.2.3", as far as the program says one quickly."""
    if path.endswith("rabbitmq-server"):
        return ""  # it would start a node to answer
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    match = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return f", {match[0]}" if match else ""
