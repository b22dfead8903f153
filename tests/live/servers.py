"""Real servers for tests and benchmarks: started on a free loopback port in a directory of their own, gone afterwards.

    with redis() as address:            # or postgres(), rabbitmq(), nats(), memcached()
        connect(address.host, address.port)

    python tests/live/servers.py redis -- python app.py            # REDIS_URL, REDIS_HOST and REDIS_PORT in its environment
    python tests/live/servers.py redis postgres -- python app.py   # both; ends with app.py's exit status

A server is an ordinary child process.  It is stopped by its process id when the block is left; when the process that started it dies without
leaving the block (SIGKILL included), the kernel stops it (PR_SET_PDEATHSIG).  Only the directory below the temporary directory stays
behind then.  The data is worth nothing, so nothing is flushed to disk.

PDEATHSIG means the death of the *thread* that started the server: start servers from the main thread.

Raises NotInstalled where the program is not on this machine, DidNotStart (with the end of its log) where it is and fails.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"

# A second core may be busy with something else, and RabbitMQ boots a whole Erlang system: patience in seconds.
START = 150.0
STOP = 10.0
# Between asking for a free port and the server's bind somebody else may take it.
TRIES = 3

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class NotInstalled(Exception):
    """A program that a server needs is not on this machine."""

    def __init__(self, program: str, package: str, looked: str) -> None:
        super().__init__(
            f"{program} is not installed (looked {looked}); on Debian and Ubuntu: apt-get install {package}"
        )


class DidNotStart(Exception):
    """A server that is installed ended, or did not answer in time."""


@dataclass(frozen=True)
class Address:
    """Where a server answers."""

    name: str
    host: str
    port: int
    url: str

    def environment(self) -> dict[str, str]:
        """REDIS_URL, REDIS_HOST and REDIS_PORT, for a server named "redis"."""
        name = self.name.upper()
        return {f"{name}_URL": self.url, f"{name}_HOST": self.host, f"{name}_PORT": str(self.port)}


@contextmanager
def redis() -> Iterator[Address]:
    program = _program("redis-server", "redis-server")

    def command(port: int, home: Path) -> list[str]:
        return [
            program,
            "--bind",
            HOST,
            "--port",
            str(port),
            "--dir",
            str(home),
            "--save",
            "",
            "--appendonly",
            "no",
            "--databases",
            "16",
        ]

    with _scratch("redis") as home, _running(Server(command, _redis_answers, home)) as port:
        yield Address("redis", HOST, port, f"redis://{HOST}:{port}/0")


@contextmanager
def postgres() -> Iterator[Address]:
    """User and database are both "postgres"; no password is asked for."""
    program = _postgres_program("postgres")
    initdb = _postgres_program("initdb")
    # PostgreSQL refuses to run as root.
    user = _unprivileged("postgres") if os.geteuid() == 0 else None
    with _scratch("postgres", user) as home:
        data = home / "data"
        made = subprocess.run(
            [
                initdb,
                "-D",
                str(data),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale",
                "C",
                "--no-sync",
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            cwd=home,
            env=_environment(home),
            **_as(user),  # type: ignore[arg-type]
        )
        if made.returncode:
            raise DidNotStart(f"initdb ended with status {made.returncode}:\n{made.stdout}{made.stderr}")

        def command(port: int, home: Path) -> list[str]:
            settings = {
                "listen_addresses": HOST,
                "port": str(port),
                "unix_socket_directories": "",
                "fsync": "off",
                "full_page_writes": "off",
                "synchronous_commit": "off",
                "shared_buffers": "16MB",
                "max_connections": "50",
                "autovacuum": "off",
                "jit": "off",
            }
            return [
                program,
                "-D",
                str(data),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ]

        # SIGINT is its fast shutdown; SIGTERM would wait for clients to leave.
        with _running(Server(command, _postgres_answers, home, user=user, stop=signal.SIGINT)) as port:
            yield Address("postgres", HOST, port, f"postgresql://postgres@{HOST}:{port}/postgres")


@contextmanager
def rabbitmq() -> Iterator[Address]:
    """User and password are both "guest"."""
    # Debian's /usr/sbin/rabbitmq-server changes to another user and to fixed log files; the script behind it does neither.
    program = _program("rabbitmq-server", "rabbitmq-server", ["/usr/lib/rabbitmq/bin"], path_first=False)
    epmd = _program("epmd", "erlang-base")
    with _scratch("rabbitmq") as home, ExitStack() as names:
        (home / "enabled_plugins").write_text("[].\n")
        (home / "rabbitmq.conf").write_text("")
        # Erlang nodes find each other through a daemon that would be started for them and outlive them: it gets one of its own.
        registry = Server(
            lambda port, home: [epmd, "-port", str(port), "-address", HOST], _accepts, home, log="epmd.log"
        )
        registry_port = names.enter_context(_running(registry))

        def command(port: int, home: Path) -> list[str]:
            return [program]

        def environment(port: int) -> dict[str, str]:
            return {
                "RUNNING_UNDER_SYSTEMD": "true",  # no shell between us and the Erlang process
                "ERL_EPMD_PORT": str(registry_port),
                "ERL_EPMD_ADDRESS": HOST,
                "RABBITMQ_CONF_ENV_FILE": os.devnull,
                "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
                "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
                "RABBITMQ_LOG_BASE": str(home / "log"),
                "RABBITMQ_LOGS": "-",
                "RABBITMQ_PID_FILE": str(home / "pid"),
                "RABBITMQ_NODENAME": f"racetrap{port}@localhost",
                "RABBITMQ_NODE_IP_ADDRESS": HOST,
                "RABBITMQ_NODE_PORT": str(port),
                "RABBITMQ_DIST_PORT": str(free_port()),
                # Schedulers that spin while idle would take the cores from the test.
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
            }

        # Nothing in it is worth an orderly shutdown, which takes seconds.
        server = Server(command, _rabbitmq_answers, home, environment=environment, stop=signal.SIGKILL)
        with _running(server) as port:
            yield Address("rabbitmq", HOST, port, f"amqp://guest:guest@{HOST}:{port}/")


@contextmanager
def nats() -> Iterator[Address]:
    """With JetStream."""
    program = _program("nats-server", "nats-server", ["/usr/sbin"])

    def command(port: int, home: Path) -> list[str]:
        return [program, "--addr", HOST, "--port", str(port), "--jetstream", "--store_dir", str(home)]

    with _scratch("nats") as home, _running(Server(command, _nats_answers, home)) as port:
        yield Address("nats", HOST, port, f"nats://{HOST}:{port}")


@contextmanager
def memcached() -> Iterator[Address]:
    program = _program("memcached", "memcached")

    def command(port: int, home: Path) -> list[str]:
        return [program, "-l", HOST, "-p", str(port), "-U", "0", "-t", "1", "-m", "16"]

    # It refuses to run as root; changing its user by itself (-u) would clear the kernel's promise to stop it.
    user = _unprivileged() if os.geteuid() == 0 else None
    with _scratch("memcached", user) as home, _running(Server(command, _memcached_answers, home, user=user)) as port:
        yield Address("memcached", HOST, port, f"memcached://{HOST}:{port}")


@contextmanager
def mosquitto() -> Iterator[Address]:
    """Anybody may publish and subscribe."""
    program = _program("mosquitto", "mosquitto", ["/usr/sbin"])

    def command(port: int, home: Path) -> list[str]:
        # "-p" would listen on every address; as root it changes to another user unless told its name.
        (home / "mosquitto.conf").write_text(f"listener {port} {HOST}\nallow_anonymous true\nuser root\n")
        return [program, "-c", str(home / "mosquitto.conf")]

    with _scratch("mosquitto") as home, _running(Server(command, _mosquitto_answers, home)) as port:
        yield Address("mosquitto", HOST, port, f"mqtt://{HOST}:{port}")


SERVERS: dict[str, Callable[[], AbstractContextManager[Address]]] = {
    "redis": redis,
    "postgres": postgres,
    "rabbitmq": rabbitmq,
    "nats": nats,
    "memcached": memcached,
    "mosquitto": mosquitto,
}


# Finding programs


def _program(name: str, package: str, elsewhere: Sequence[str] = (), *, path_first: bool = True) -> str:
    others = os.pathsep.join(elsewhere)
    places = [None, others] if path_first else [others, None]
    for place in places:
        if place != "" and (found := shutil.which(name, path=place)):
            return found
    raise NotInstalled(name, package, " and ".join(["on the path", *elsewhere]))


def _postgres_program(name: str) -> str:
    # Debian keeps the server's programs off the path, a directory per version.
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    return _program(name, "postgresql", [str(path) for path in versions], path_first=False)


def _unprivileged(*preferred: str) -> pwd.struct_passwd:
    for name in (*preferred, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise DidNotStart(
        f"this runs as root, the server does not, and there is no user {' or '.join(preferred)} or nobody to run it as"
    )


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    """subprocess's options for running as `user`, or as ourselves."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


# Running them


@dataclass(frozen=True)
class Server:
    """How one server is started, asked and stopped.  `answers` asks once; OSError means not yet."""

    command: Callable[[int, Path], list[str]]
    answers: Callable[[int], bool]
    home: Path
    environment: Callable[[int], dict[str, str]] = field(default=lambda port: {})
    user: pwd.struct_passwd | None = None
    stop: signal.Signals = signal.SIGTERM
    log: str = "server.log"


@contextmanager
def _scratch(name: str, user: pwd.struct_passwd | None = None) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix=f"racetrap-{name}-"))
    try:
        if user:
            os.chown(home, user.pw_uid, user.pw_gid)
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _running(server: Server) -> Iterator[int]:
    """The port on which it answers, while the block lasts."""
    process, port = _start(server)
    try:
        yield port
    finally:
        _stop(process, server.stop)


def _start(server: Server) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(TRIES):
        port = free_port()
        process = _spawn(server, port)
        try:
            if _wait_until_it_answers(server, process, port):
                return process, port
        except BaseException:
            _stop(process, signal.SIGKILL)
            raise
        ended = process.poll()
        _stop(process, signal.SIGKILL)
        if ended is None or not any(said in _tail(server) for said in ("in use", "eaddrinuse")):
            break
    how = f"did not answer within {START:.0f} s" if ended is None else f"ended with status {ended}"
    raise DidNotStart(f"{server.command(port, server.home)[0]} {how}; its log ends with\n{_tail(server)}")


def _spawn(server: Server, port: int) -> subprocess.Popen[bytes]:
    with open(server.home / server.log, "wb") as log:
        return subprocess.Popen(
            server.command(port, server.home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=server.home,
            env={**_environment(server.home), **server.environment(port)},
            start_new_session=True,  # a Ctrl-C is for the test, which then stops its servers
            preexec_fn=_die_with_parent(server.stop),
            **_as(server.user),  # type: ignore[arg-type]
        )


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the caller's settings reaches the server, and it keeps its dot files to itself."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8"}


def _die_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def ask() -> None:  # in the child, after its change of user, which would clear the request
        _libc.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _wait_until_it_answers(server: Server, process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START
    pause = 0.01
    while time.monotonic() < deadline:
        try:
            answered = server.answers(port)
        except OSError:
            answered = False
        if process.poll() is not None:
            return False  # whoever answered, it was not this one
        if answered:
            return True
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)
    return False


def _stop(process: subprocess.Popen[bytes], with_signal: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    # What it started, in the session that was made for it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _tail(server: Server) -> str:
    text = (server.home / server.log).read_text(errors="replace")
    return "\n".join(text.splitlines()[-20:])


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


# Asking them


@contextmanager
def _conversation(port: int) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, port), timeout=5) as connection:
        yield connection


def _accepts(port: int) -> bool:
    with _conversation(port):
        return True


def _redis_answers(port: int) -> bool:
    with _conversation(port) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(64) == b"+PONG\r\n"


def _postgres_answers(port: int) -> bool:
    """Logs in (protocol 3.0) and reads on to ReadyForQuery; while it starts it answers with an error."""
    words = b"user\0postgres\0database\0postgres\0\0"
    with _conversation(port) as connection:
        connection.sendall(struct.pack("!II", len(words) + 8, 3 << 16) + words)
        reader = connection.makefile("rb")
        while head := reader.read(5):
            kind, length = struct.unpack("!cI", head)
            reader.read(length - 4)
            if kind in b"EZ":
                connection.sendall(struct.pack("!cI", b"X", 4))
                return bool(kind == b"Z")
    return False


def _rabbitmq_answers(port: int) -> bool:
    """It says Connection.Start (a method frame of channel 0, class 10, method 10)."""
    with _conversation(port) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        answer = connection.makefile("rb").read(11)
        return len(answer) == 11 and answer[:3] == b"\x01\x00\x00" and answer[7:] == b"\x00\x0a\x00\x0a"


def _nats_answers(port: int) -> bool:
    with _conversation(port) as connection:
        reader = connection.makefile("rb")
        if not reader.readline().startswith(b"INFO "):
            return False
        connection.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n')
        return reader.readline() == b"PONG\r\n"


def _memcached_answers(port: int) -> bool:
    with _conversation(port) as connection:
        connection.sendall(b"version\r\n")
        return connection.recv(64).startswith(b"VERSION ")


def _mosquitto_answers(port: int) -> bool:
    """Connects (MQTT 3.1.1, a clean session without a name) and is accepted."""
    with _conversation(port) as connection:
        connection.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00")
        return connection.recv(4) == b"\x20\x02\x00\x00"


ANSWERS: dict[str, Callable[[int], bool]] = {
    "redis": _redis_answers,
    "postgres": _postgres_answers,
    "rabbitmq": _rabbitmq_answers,
    "nats": _nats_answers,
    "memcached": _memcached_answers,
    "mosquitto": _mosquitto_answers,
}


# The command line


def run(names: Sequence[str], command: Sequence[str]) -> int:
    """Run `command` with those servers in its environment -> its exit status (128 + n where signal n ended it)."""
    with ExitStack() as stack:
        environment = dict(os.environ)
        for name in names:
            environment |= stack.enter_context(SERVERS[name]()).environment()
        process = subprocess.Popen(command, env=environment, preexec_fn=_die_with_parent(signal.SIGTERM))
        try:
            status = process.wait()
        except BaseException:
            _end(process)
            raise
    return status if status >= 0 else 128 - status


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="servers.py", usage="servers.py SERVER... -- COMMAND...", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("servers", nargs="+", choices=SERVERS, metavar="SERVER", help=", ".join(SERVERS))
    if "--" not in given or given[-1] == "--":
        parser.error("the command is missing: servers.py redis -- python app.py")
    at = given.index("--")
    names = parser.parse_args(given[:at]).servers
    # So that being asked to stop stops the servers in order, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        return run(names, given[at + 1 :])
    except (NotInstalled, DidNotStart) as problem:
        print(f"servers.py: {problem}", file=sys.stderr)
        return 2
    except FileNotFoundError as problem:
        print(f"servers.py: {problem.filename}: {problem.strerror}", file=sys.stderr)
        return 127


if __name__ == "__main__":
    sys.exit(main())
