"""What happens at the interpreter's start: own asyncio and time, tell the app, set the fork point."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from . import FORMAT


def start(job_file: str) -> None:
    """Take the job and own the interpreter.  Called by the start-up hook, before the user's first import.

    Errors: an unreadable job or an unreachable app ends the process with status 70 and one line on stderr.
    """
    try:
        with open(job_file, encoding="utf-8") as f:
            job = json.load(f)
        if job["format"] != FORMAT:
            raise ValueError(f"job format {job['format']}, this probe speaks {FORMAT}")
        from . import sites

        sites.take_for_users(job.get("also", []))
        from .server import connect

        control = connect(job["socket"])
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"racetrap: the job {job_file} cannot be taken: {error}\n")
        os._exit(70)
    control.sendall(_line({"msg": "hello", "pid": os.getpid(), "python": list(sys.version_info[:3]),
                           "executable": sys.executable, "argv": list(sys.orig_argv)}))
    _own(job, control)


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _own(job: dict[str, Any], control: Any) -> None:
    from . import primitives

    primitives.install()  # before anything makes a lock
    from . import (
        classes,
        clock,
        contexts,
        dates,
        files,
        foreign,
        library,
        loop,
        monitor,
        outside,
        reset,
        same_process,
        script,
        sites,
        sockets,
        streams,
        threads,
        wakeups,
    )
    from . import learn as learning
    from .learn import learn
    from .leases import wrap_seen

    sites.root = job["root"]
    learning.patience = float(job.get("patience", learning.patience))
    reset.command = job.get("reset") or ""
    sites._known.clear()
    clock.install()
    dates.install()
    same_process.install()
    threads.install()
    loop.install()
    monitor.install()
    contexts.install()
    wakeups.install()
    streams.install()
    classes.library = library.names(library.read())
    classes.watch()
    foreign.install()
    sockets.install()

    def fork_point() -> None:
        from .server import Server, connect

        strangers = outside.strangers()  # first: one that waits for the interpreter gets it whenever something is read
        same_process.note(sys._getframe(1))
        unit = script.ScriptUnit(float(job.get("latency", 1.0)))
        if strangers:  # forks are without them
            unit.uncontrolled.append({"what": outside.STRANGER, "site": ""})
        notices = []
        running = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
        if running:
            notices.append(f"threads run before the first event loop: {', '.join(running)}")
        try:
            roles = learn(job.get("roles") or {}, unit.watched)
        except RuntimeError as error:  # from 3.12 on, where the interpreter ends
            control.sendall(_line({"msg": "refused", "text": f"the first event loop or thread comes when the interpreter ends: {error}",
                                   "fix": "start it before the program's last line, or hunt with Python 3.11"}))
            return
        if roles is None:
            return  # the child that is watched: its program goes on
        unit.roles = roles
        wrap_seen(roles)
        control.sendall(_line({"msg": "collected", "units": 1}))
        sock = connect(job["socket"])
        Server(unit, sock).serve([*notices, *roles.notices])
        control.close()

    if _is_pytest():
        from . import pytest_plugin

        pytest_plugin.prepare(job, control)
        os.environ["PYTEST_PLUGINS"] = ",".join(
            p for p in (os.environ.get("PYTEST_PLUGINS"), "racetrap_probe.pytest_plugin") if p)
    else:
        loop.before_first_loop = fork_point
        threads.before_first_thread = loop.stop_before_first_loop
        foreign.before_run = loop.stop_before_first_loop
        files.install(loop.stop_before_first_loop)


def _is_pytest() -> bool:
    argv = sys.orig_argv[1:]
    for at, arg in enumerate(argv):
        if arg == "-m":
            return argv[at + 1 : at + 2] == ["pytest"]
        if not arg.startswith("-"):
            return os.path.basename(arg) in ("pytest", "py.test", "pytest.exe")
    return False
