"""Programs that pass by themselves must pass under control, or be named: ends of files, pools, whoever waits by looking again and again, forks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Start = Callable[..., Any]

PIPE_ENDS = """
import os, threading
read, write = os.pipe()
got = []
def reader():
    while data := os.read(read, 10):
        got.append(data)
thread = threading.Thread(target=reader)
thread.start()
os.write(write, b"x")
os.close(write)
thread.join()
assert got == [b"x"]
"""
SOCKET_ENDS = """
import socket, threading
left, right = socket.socketpair()
got = []
def reader():
    while data := right.recv(10):
        got.append(data)
thread = threading.Thread(target=reader)
thread.start()
left.sendall(b"x")
left.close()
thread.join()
assert got == [b"x"]
"""
THREAD_POOL = """
from multiprocessing.pool import ThreadPool
def double(n):
    return n * 2
with ThreadPool(2) as pool:
    assert pool.map(double, [1, 2, 3]) == [2, 4, 6]
"""
BUSY_CLOCK = """
import asyncio, time
async def main():
    end = time.monotonic() + 0.02
    while time.monotonic() < end:
        pass
asyncio.run(main())
"""
BUSY_LOOP_TIME = """
import asyncio
async def main():
    loop = asyncio.get_running_loop()
    end = loop.time() + 0.02
    while loop.time() < end:
        pass
asyncio.run(main())
"""
SPINS = """
import threading, time
flag, out = [], []
def polite():
    while not flag:
        time.sleep(0)
    out.append(1)
def busy():
    while not out:
        pass
    out.append(2)
threads = [threading.Thread(target=polite), threading.Thread(target=busy)]
for thread in threads:
    thread.start()
time.sleep(0.01)
flag.append(1)
for thread in threads:
    thread.join()
assert out == [1, 2]
"""


@pytest.mark.parametrize("program", [PIPE_ENDS, SOCKET_ENDS, THREAD_POOL, BUSY_CLOCK, BUSY_LOOP_TIME, SPINS],
                         ids=["pipe", "socketpair", "thread-pool", "clock", "loop-time", "spin"])
def test_it_passes_under_control_as_it_does_by_itself(hunted: Start, python: str, program: str) -> None:
    unit = hunted(python, program).unit()
    result = unit.run()
    assert (result["outcome"], result["uncontrolled"]) == ("passed", []), result
    assert unit.run()["digest"] == result["digest"]
    searched = unit.search(count=5)
    assert not searched.found and not searched.done["uncontrolled"], searched


FORKS = """
import os, threading
pid = os.fork()
if pid == 0:
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
"""


def test_a_child_of_the_program_is_not_taken_for_the_program(hunted: Start, python: str) -> None:
    workload = hunted(python, FORKS)
    result = workload.unit().run()
    assert result["outcome"] == "passed" and result["exit"] == 0, result
    assert any("forked by the program" in u["what"] for u in result["uncontrolled"])
    assert len(workload.lines) == 2  # the child stands at no fork point of its own
