"""Put the peers into an environment of their own, bench/opponents/.venv-peers (what `make opponents` does)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(__file__).parent / ".venv-peers"
PYTHON = HOME / "bin" / "python"
OLDEST = (3, 12)


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from bench.interpreters import lowest_from

    if not PYTHON.exists():
        found = lowest_from(OLDEST)
        if found is None:
            sys.stderr.write("The peers need Python 3.12 or newer; none is on the path or below pyenv's root.\n")
            return 1
        subprocess.run([found, "-m", "venv", str(HOME)], check=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return subprocess.run([*pip, "-r", str(Path(__file__).with_name("requirements.txt"))]).returncode


if __name__ == "__main__":
    sys.exit(main())
