"""The servers themselves: they start, answer, and are gone afterwards, however their user ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import servers
from servers import Address

SCRIPT = Path(servers.__file__)
PATIENCE = 20.0

Live = Callable[[str], AbstractContextManager[Address]]

each_server = pytest.mark.parametrize(
    "name", ["redis", "postgres", "nats", "memcached", "mosquitto", pytest.param("rabbitmq", marks=pytest.mark.slow)]
)


def listens(port: int) -> bool:
    try:
        socket.create_connection((servers.HOST, port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def wait_until_gone(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while listens(port):
        assert time.monotonic() < deadline, f"port {port} still answers after {PATIENCE:.0f} s"
        time.sleep(0.02)


@each_server
def test_a_server_answers_while_the_block_lasts_and_is_gone_afterwards(name: str, live: Live) -> None:
    with live(name) as address:
        assert servers.ANSWERS[name](address.port)
        assert str(address.port) in address.url
    assert not listens(address.port)


@each_server
def test_a_server_goes_when_its_user_is_killed(name: str, live: Live) -> None:
    user = f"import sys, servers\nwith servers.SERVERS[{name!r}]() as address:\n    print(address.port, flush=True)\n    sys.stdin.read()\n"
    process = subprocess.Popen(
        [sys.executable, "-c", user], cwd=SCRIPT.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
    finally:
        process.kill()
        process.communicate()
    if not line:
        with live(name):  # says why: a skip where it is not installed
            pytest.fail(f"{name} did not start for a child process, but starts here")
    wait_until_gone(int(line))


def test_the_block_stops_the_server_also_when_it_raises(live: Live) -> None:
    with pytest.raises(ZeroDivisionError), live("redis") as address:
        1 / 0
    assert not listens(address.port)


def test_two_servers_of_a_kind_do_not_meet(redis_server: Address, live: Live) -> None:
    with live("redis") as other:
        assert other.port != redis_server.port


def test_the_fixtures_server_is_there_for_the_whole_session(redis_server: Address) -> None:
    assert servers.ANSWERS["redis"](redis_server.port)


def command_line(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def test_a_command_gets_the_address_and_hands_its_status_on(redis_server: Address) -> None:
    asks = (
        "import os, socket, sys\ns = socket.create_connection((os.environ['REDIS_HOST'], os.environ['REDIS_PORT']))\n"
    )
    asks += "s.sendall(b'PING\\r\\n')\nprint(s.recv(9), os.environ['REDIS_URL'])\nsys.exit(7)"
    done = command_line("redis", "--", sys.executable, "-c", asks)
    assert done.returncode == 7, done.stderr
    pong, url = done.stdout.rsplit(maxsplit=1)
    assert pong == r"b'+PONG\r\n'"
    assert url.startswith("redis://127.0.0.1:")
    assert url != redis_server.url


def test_a_command_ended_by_a_signal_is_told_as_a_shell_tells_it(redis_server: Address) -> None:
    done = command_line("redis", "--", sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})")
    assert done.returncode == 128 + signal.SIGKILL


def test_asked_to_stop_the_command_line_stops_command_and_server(redis_server: Address) -> None:
    says = "import os, sys, time\nprint(os.getpid(), os.environ['REDIS_PORT'], flush=True)\ntime.sleep(600)"
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "redis", "--", sys.executable, "-c", says], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    command, port = map(int, process.stdout.readline().split())
    process.terminate()
    assert process.wait(PATIENCE) == 128 + signal.SIGTERM
    process.stdout.close()
    assert not listens(port)
    with pytest.raises(ProcessLookupError):
        os.kill(command, 0)


def test_without_the_program_the_command_line_says_what_to_install(tmp_path: Path) -> None:
    done = command_line("redis", "--", "true", PATH=str(tmp_path))
    assert done.returncode == 2
    assert "redis-server is not installed" in done.stderr
    assert "apt-get install redis-server" in done.stderr


def test_a_server_that_cannot_start_is_told_with_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho no memory left\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(servers.DidNotStart, match=r"ended with status 3[\s\S]*no memory left"), servers.redis():
        pass


@pytest.mark.parametrize(("required", "outcome"), [("", "1 skipped"), ("required", "1 error")])
def test_a_missing_server_is_a_skip_or_an_error_as_asked(required: str, outcome: str, tmp_path: Path) -> None:
    for name in ("conftest.py", "servers.py"):
        (tmp_path / name).write_text((SCRIPT.parent / name).read_text())
    (tmp_path / "test_it.py").write_text("def test_it(redis_server): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PATH": str(nothing), "RACETRAP_LIVE": required},
    )
    assert outcome in done.stdout, done.stdout + done.stderr
    assert "redis-server is not installed" in done.stdout
