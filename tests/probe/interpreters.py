"""Which interpreters this machine has, and scratch environments with pytest plugins in several releases.

Interpreters are found on the path and below pyenv's root; what is missing is skipped and named in the report's header.
Environments are made once, in a cache directory (RACETRAP_TEST_CACHE, else the user's cache), and used again.
"""

from __future__ import annotations

import fcntl
import functools
import glob
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13")

ENVIRONMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    # name: (interpreter, what is installed)
    "asyncio-0.21": ("3.11", ("pytest==7.4.4", "pytest-asyncio==0.21.2")),
    "asyncio-0.23": ("3.12", ("pytest==8.2.2", "pytest-asyncio==0.23.8")),
    "newest": ("3.13", ("pytest", "pytest-asyncio", "anyio", "hypothesis", "pytest-xdist", "pytest-cov", "pytest-timeout",
                        "pytest-rerunfailures", "uvloop", "trio")),
    "newest-3.11": ("3.11", ("pytest", "pytest-asyncio", "anyio", "hypothesis", "pytest-xdist", "pytest-cov", "pytest-timeout",
                             "pytest-rerunfailures", "uvloop", "trio")),
}


@functools.cache
def interpreter(version: str) -> str | None:
    """The path of CPython `version` ("3.12"), or None."""
    roots = [os.environ.get("PYENV_ROOT"), os.path.expanduser("~/.pyenv")]
    found = [p for root in roots if root for p in sorted(glob.glob(f"{root}/versions/{version}.*/bin/python{version}"), reverse=True)]
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
        found.insert(0, sys.executable)
    found += [p for p in (shutil.which(f"python{version}"),) if p]
    for path in found:
        asked = subprocess.run([path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True)
        if asked.returncode == 0 and asked.stdout.strip() == version:
            return path
    return None


def available() -> list[str]:
    return [v for v in VERSIONS if interpreter(v)]


def cache() -> Path:
    given = os.environ.get("RACETRAP_TEST_CACHE")
    base = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "racetrap-tests"
    base.mkdir(parents=True, exist_ok=True)
    return base


def environment(name: str) -> str:
    """The interpreter of the scratch environment `name`, made if need be.  Raises LookupError saying what is missing."""
    version, wanted = ENVIRONMENTS[name]
    base = interpreter(version)
    if base is None:
        raise LookupError(f"no Python {version} on this machine")
    tag = hashlib.sha256(repr((base, wanted)).encode()).hexdigest()[:10]
    home = cache() / f"{name}-{tag}"
    python = home / "bin" / "python"
    with open(cache() / f"{name}-{tag}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the suite's workers want it at the same time
        if not (home / "ready").exists():
            shutil.rmtree(home, ignore_errors=True)
            for step in ([base, "-m", "venv", str(home)],
                         [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]):
                done = subprocess.run(step, capture_output=True, text=True)
                if done.returncode:
                    raise LookupError(f"{' '.join(step[:5])}: {done.stderr.strip()[-300:]}")
            (home / "ready").touch()
    return str(python)


if __name__ == "__main__":
    for each in ENVIRONMENTS:
        try:
            print(each, environment(each))
        except LookupError as error:
            print(each, "not made:", error)
