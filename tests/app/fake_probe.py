"""A probe that speaks docs/protocol.md and does what its first argument says: right, wrong or nothing.

It stands in for the real one where a test is about the app's end of the contract, above all about
what the app does when the other end breaks it.  Started with `python -E`, so that the real hook stays out.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time

UNIT = "tests/test_x.py::test_y"
SITE = {"path": "app.py", "line": 3, "function": "work", "role": "releases"}


def connect() -> socket.socket:
    with open(os.environ["RACETRAP_JOB"]) as file:
        job = json.load(file)
    line = socket.socket(socket.AF_UNIX)
    line.connect(job["socket"])
    return line


def violation(key: str = "POOL001:conn", **more: object) -> dict[str, object]:
    base = {"code": key.partition(":")[0], "title": "used after release", "certain": True, "key": key, "sites": [SITE]}
    return {**base, **more}


class Probe:
    """One unit, named UNIT; subclasses misbehave."""

    units = 1
    found: tuple[dict[str, object], ...] = ()

    def main(self) -> None:
        self.control = connect()
        self.say(
            self.control,
            msg="hello",
            pid=os.getpid(),
            python=list(sys.version_info[:3]),
            executable=sys.executable,
            argv=sys.argv,
        )
        self.serve()

    def serve(self) -> None:
        self.unit = connect()
        self.say(self.unit, msg="unit", unit=UNIT, kind="pytest", pid=os.getpid(), notices=["timeouts are off"])
        self.say(self.control, msg="collected", units=self.units)
        for line in self.unit.makefile("rb"):
            command = json.loads(line)
            if command["op"] == "quit":
                return
            getattr(self, command["op"])(command)

    def say(self, line: socket.socket, **message: object) -> None:
        line.sendall(json.dumps(message).encode() + b"\n")

    def run(self, command: dict) -> None:
        shown = list(self.found) if command["schedule"]["decisions"] else []
        self.result(command, violations=shown)

    def result(self, command: dict, **more: object) -> None:
        events = [[0, 0.0, "acquire", "T1", "conn 1", "app.py:2", ""]] if command["full"] else []
        decisions = command["schedule"]["decisions"] or [[2, 0, "next: task 1"]]
        base = {"outcome": "passed", "exit": 0, "digest": "d", "choices": 1, "decisions": decisions, "events": events}
        self.say(self.unit, msg="result", id=command["id"], **{**base, **more})

    def search(self, command: dict) -> None:
        for number, each in enumerate(self.found):
            if each["key"] not in command["known"]:
                self.tell_found(command, each, number)
        self.done(command, command["count"])

    def tell_found(self, command: dict, each: dict, index: int = 0) -> None:
        schedule = {
            "format": 1,
            "unit": UNIT,
            "strategy": {"name": "random", "seed": command["seed"], "index": index},
            "decisions": [[2, 1, "next: task 2"]],
        }
        self.say(self.unit, msg="found", id=command["id"], index=index, violation=each, schedule=schedule)

    def done(self, command: dict, runs: int, **more: object) -> None:
        base = {"mode": "in-process" if command["in_process"] else "fork", "reason": "count"}
        self.say(self.unit, msg="done", id=command["id"], runs=runs, **{**base, **more})

    def stop(self, command: dict) -> None:
        pass


class Quiet(Probe):
    """Finds nothing."""


class OneFinding(Probe):
    found = (violation(),)


class TwoFindingsAndANote(Probe):
    found = (violation(), violation("ACK001:tag"), violation("POOL005:idle", certain=False))


class NeverReplays(Probe):
    """What it finds never comes back."""

    found = (violation(),)

    def run(self, command: dict) -> None:
        self.result(command)


class ReplaysSometimes(Probe):
    """Every second replay shows it."""

    found = (violation(),)
    runs = 0
    each = 2

    def run(self, command: dict) -> None:
        self.runs += 1
        self.result(command, violations=list(self.found) if self.runs % self.each == 1 and self.runs > 2 else [])


class ReplaysSeldom(ReplaysSometimes):
    """Every fifth replay shows it."""

    each = 5


class Sleep0Only(Probe):
    """Fails only while sleep(0) is taken for I/O."""

    found = (violation("USER001:assert", sleep0=True),)

    def run(self, command: dict) -> None:
        shown = command["schedule"]["decisions"] and not command["keep_sleep0"]
        self.result(command, violations=list(self.found) if shown else [])

    def search(self, command: dict) -> None:
        if command["keep_sleep0"]:
            self.done(command, command["count"])
        else:
            super().search(command)


class Sleep0NotNeeded(Probe):
    """First met with a late sleep(0), but fails without it too."""

    found = (violation("USER001:assert", sleep0=True),)


class Uncontrolled(Probe):
    def done(self, command: dict, runs: int, **more: object) -> None:
        super().done(command, runs, uncontrolled=[{"what": "a thread", "site": "app.py:9"}], **more)


class Unsteady(Probe):
    """Two default runs differ."""

    def run(self, command: dict) -> None:
        self.result(command, digest=str(command["id"]))


class FailsByItself(Probe):
    def run(self, command: dict) -> None:
        raised = {"type": "ValueError", "message": "no such queue", "sites": [], "text": "ValueError: no such queue\n"}
        self.result(command, outcome="failed", exit=1, exception=raised, violations=[violation("USER001:ValueError")])


class LeaksAndHangs(Probe):
    """Breaks a rule although nothing is late, and hangs because of it."""

    def run(self, command: dict) -> None:
        self.result(command, outcome="hang", violations=[violation("POOL004:leak"), violation("USER002:hang")])


class NoChoice(Probe):
    def run(self, command: dict) -> None:
        self.result(command, choices=0, decisions=[])


class DiesAfterHello(Probe):
    def serve(self) -> None:
        sys.stderr.write("Segmentation fault, so to speak\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)


class EndsWithoutUnit(Probe):
    def serve(self) -> None:
        print("nothing to do")


class Refuses(Probe):
    def serve(self) -> None:
        self.say(self.control, msg="refused", text="the job file is of format 7")
        time.sleep(60)


class SilentAfterHello(Probe):
    def serve(self) -> None:
        time.sleep(60)


class SilentInRun(Probe):
    def run(self, command: dict) -> None:
        pass


class SilentInSearch(Probe):
    def search(self, command: dict) -> None:
        pass


class DiesInSearch(Probe):
    found = (violation(),)

    def search(self, command: dict) -> None:
        self.say(self.unit, msg="progress", id=command["id"], runs=7, mode="fork")
        os._exit(3)


class GarbageInSearch(Probe):
    def search(self, command: dict) -> None:
        self.unit.sendall(b'{"msg": "done", "id": "\x1b[31mseven"\n')


class GarbageAtFirst(Probe):
    def main(self) -> None:
        connect().sendall(b"\x00\xffHTTP/1.1 200 OK\n")
        time.sleep(60)


class HalfALine(Probe):
    def search(self, command: dict) -> None:
        self.unit.sendall(b'{"msg": "done", "id": 3, "ru')
        os._exit(0)


class CrashesOnce(Probe):
    """A worker dies at schedule 4; run alone in a fork that schedule shows why."""

    found = (violation("USER001:signal SIGSEGV"),)

    def search(self, command: dict) -> None:
        if command["in_process"] and command["first"] <= 4 < command["first"] + command["count"]:
            self.done(command, 0, reason="crashed", index=4)
        elif not command["in_process"]:
            self.tell_found(command, self.found[0], 4)
            self.done(command, 1)
        else:
            self.done(command, command["count"])


class CrashesNowhere(Probe):
    """A worker dies without saying where, each time."""

    def search(self, command: dict) -> None:
        self.done(command, 0, reason="crashed", text="MemoryError")


class PrintsForEver(Probe):
    def search(self, command: dict) -> None:
        for _ in range(2000):
            sys.stdout.write("x" * 10_000 + "\n")
        super().search(command)


class IgnoresQuit(Probe):
    """Goes on after it was told to end, with a child in a process group of its own."""

    def serve(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            time.sleep(60)
        print(f"pids {os.getpid()} {child}", flush=True)
        with open(os.environ["FAKE_PIDS"], "w") as file:
            file.write(f"{os.getpid()} {child}")
        super().serve()
        time.sleep(60)


class NeverEndsSearch(Probe):
    """Searches until it is told to stop."""

    found = (violation(),)

    def search(self, command: dict) -> None:
        self.tell_found(command, self.found[0])
        self.searching = command

    def stop(self, command: dict) -> None:
        if command["id"] == self.searching["id"]:
            self.done(self.searching, 5, reason="stop")


class AnnouncedMore(Probe):
    units = 2


if __name__ == "__main__":
    globals()[sys.argv[1]]().main()
