from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import interpreters
import probing
import pytest


def pytest_report_header() -> str:
    have = interpreters.available()
    missing = [v for v in interpreters.VERSIONS if v not in have]
    return f"probe: tested on {', '.join(have)}" + (f"; not on this machine: {', '.join(missing)}" if missing else "")


@pytest.fixture(params=interpreters.VERSIONS)
def python(request: pytest.FixtureRequest) -> str:
    path = interpreters.interpreter(request.param)
    if path is None:
        pytest.skip(f"no Python {request.param} on this machine")
    return path


@pytest.fixture
def one_python() -> str:
    return interpreters.interpreter(interpreters.available()[0]) or ""


@pytest.fixture
def hunted(tmp_path: Path) -> Iterator[Callable[..., probing.Workload]]:
    """hunted(python, program, ...) -> a running workload; ended with the test."""
    import contextlib

    with contextlib.ExitStack() as stack:

        def start(python: str, program: str | list[str], **options: Any) -> probing.Workload:
            return stack.enter_context(probing.hunted(python, tmp_path, program, **options))

        yield start


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its certificate in one file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path, "-out", f"{path}.crt", "-days", "2",
                    "-subj", "/CN=localhost"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path
