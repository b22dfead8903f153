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


LOST_UPDATE = """
import sys, threading
class Counter:
    n = 0
counter = Counter()
def work():
    {first}
    value = counter.n
    counter.n = value + 1
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_switching_no_trace_function_off_leaves_lines_switch_points(hunted: Start, python: str) -> None:
    searched = hunted(python, LOST_UPDATE.format(first="sys.settrace(None)")).unit().search(60)
    assert searched.codes == ["ATOM001"] and not searched.done["uncontrolled"], searched


def test_a_trace_function_set_in_a_thread_is_named(hunted: Start, python: str) -> None:
    workload = hunted(python, LOST_UPDATE.format(first="sys.settrace(lambda *_: None)"))
    named = [u for u in workload.unit().run()["uncontrolled"] if "trace function" in u["what"] and u["site"] == "app.py:6"]
    assert bool(named) == (workload.hello["python"] < [3, 12])


def test_a_tool_that_watches_every_call_under_a_lock_does_not_wait_for_itself(hunted: Start, python: str) -> None:
    workload = hunted(python, """
        import sys, threading
        lock = threading.Lock()
        def begins(code, offset):
            with lock:
                pass
        watch = getattr(sys, "monitoring", None)
        if watch is not None:
            watch.use_tool_id(1, "mine")
            watch.register_callback(1, watch.events.PY_START, begins)
            with lock:
                watch.set_events(1, watch.events.PY_START)
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
    """)
    result = workload.unit().run()
    assert result["outcome"] == "passed", result
    assert any("(mine)" in u["what"] for u in result["uncontrolled"]) == (workload.hello["python"] >= [3, 12])


def test_threads_of_an_exit_hook_are_hunted_or_refused(hunted: Start, python: str) -> None:
    workload = hunted(python, """
        import atexit, threading
        def final():
            thread = threading.Thread(target=print)
            thread.start()
            thread.join()
        atexit.register(final)
    """)
    said = workload.control.receive()
    if said["msg"] == "refused":  # no thread can be started there
        assert "when the interpreter ends" in said["text"] and workload.hello["python"][:2] == [3, 12]
    else:
        assert workload.unit().run()["outcome"] == "passed"


def test_threads_that_were_there_before_are_found_in_sets_of_them(hunted: Start, one_python: str) -> None:
    result = hunted(one_python, """
        import asyncio, threading
        threading._dangling.remove(threading.main_thread())
        asyncio.run(asyncio.sleep(0))
    """).unit().run()
    assert result["outcome"] == "passed", result


@pytest.mark.parametrize("set_up", ["signal.alarm(1)", "signal.setitimer(signal.ITIMER_REAL, 0.3)"])
def test_an_alarm_is_waited_for_and_named(hunted: Start, python: str, set_up: str) -> None:
    result = hunted(python, f"""
        import signal, threading
        def strike(*_):
            raise TimeoutError
        signal.signal(signal.SIGALRM, strike)
        {set_up}
        event = threading.Event()
        thread = threading.Thread(target=event.wait)
        thread.start()
        try:
            thread.join()
        except TimeoutError:
            event.set()
        thread.join()
    """).unit().run()
    assert result["outcome"] == "passed", result
    assert [(u["what"].partition(" (")[0], u["site"]) for u in result["uncontrolled"]] == [("an alarm of the program", "app.py:5")]


def test_every_way_to_ask_for_the_time_tells_the_same(hunted: Start, python: str) -> None:
    result = hunted(python, """
        import asyncio, time
        class Clock:
            now = time.monotonic
            pause = time.sleep
            local = time.localtime
        async def main():
            began, clock = time.time(), Clock()
            await asyncio.sleep(86400 * 400)
            now = time.time()
            assert now - began >= 86400 * 400
            assert time.localtime() == time.localtime(now) == time.localtime(None) == clock.local()
            assert time.gmtime() == time.gmtime(now)
            assert time.ctime() == time.asctime() == time.ctime(now)
            assert time.strftime("%Y-%m-%d") == time.strftime("%Y-%m-%d", time.localtime(now))
            assert clock.now() == time.monotonic()
            clock.pause(1.5)
            assert time.time() - now >= 1.5
        asyncio.run(main())
    """).unit().run()
    assert result["outcome"] == "passed", result


def test_dates_tell_the_time_of_the_run(hunted: Start, python: str) -> None:
    """What waits for a date by looking at it ends, however long that is; a class of the program's own is what it makes."""
    result = hunted(python, """
        import asyncio, datetime as dt, time, warnings
        warnings.simplefilter("ignore")
        class Moment(dt.datetime):
            pass
        async def until(end):
            while dt.datetime.now() < end:
                await asyncio.sleep(3600)
        async def main():
            began = dt.datetime.now()
            await asyncio.gather(*(until(began + dt.timedelta(days=days)) for days in (1, 2)))
            assert dt.timedelta(days=2) <= dt.datetime.now() - began < dt.timedelta(days=3)
            assert abs(dt.datetime.now().timestamp() - time.time()) < 1e-3
            zone = dt.timezone(dt.timedelta(hours=5))
            assert dt.datetime.now(zone).utcoffset() == dt.timedelta(hours=5)
            assert abs(dt.datetime.now(tz=zone).timestamp() - time.time()) < 1e-3
            assert abs(dt.datetime.utcnow().replace(tzinfo=dt.timezone.utc).timestamp() - time.time()) < 1e-3
            assert dt.date.today() == dt.datetime.today().date() == dt.date.fromtimestamp(time.time())
            assert {type(Moment.now()), type(Moment.utcnow()), type(Moment.today())} == {Moment}
            print(dt.datetime.now())
        asyncio.run(main())
    """).unit().run()
    assert result["outcome"] == "passed", result
    assert 2 * 86400 <= result["virtual_seconds"] < 3 * 86400


def test_utcnow_warns_where_it_does_without_us(hunted: Start, python: str) -> None:
    result = hunted(python, """
        import asyncio, datetime, sys, warnings
        async def main():
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                datetime.datetime.utcnow()
            if sys.version_info < (3, 12):
                assert not caught
            else:
                assert [(w.category, w.filename.rpartition("/")[2]) for w in caught] == [(DeprecationWarning, "app.py")]
        asyncio.run(main())
    """).unit().run()
    assert result["outcome"] == "passed", result


C_THREAD = """
import ctypes, threading
library = ctypes.CDLL(None)
lock = threading.Lock()
def work(_=None):
    with lock:
        pass
begin = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(work)
stranger = ctypes.c_ulong()
def start():
    library.pthread_create(ctypes.byref(stranger), None, begin, None)
{before}
def main():
    {inside}
    library.pthread_join(stranger, None)
thread = threading.Thread(target=main)
thread.start()
thread.join()
"""


def test_a_thread_of_a_c_library_is_named(hunted: Start, python: str) -> None:
    result = hunted(python, C_THREAD.format(before="", inside="start()")).unit().run()
    assert result["outcome"] == "passed", result
    assert [u["what"].partition(" (")[0] for u in result["uncontrolled"]] == ["a thread that Python did not start"]


def test_one_that_runs_at_the_fork_point_is_named(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import asyncio, ctypes, time
        library = ctypes.CDLL(None)
        stranger = ctypes.c_ulong()
        def work(_):
            while True:
                time.sleep(0.001)
        begin = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(work)
        library.pthread_create(ctypes.byref(stranger), None, begin, None)
        asyncio.run(asyncio.sleep(0))
    """).unit()
    assert [u["what"].partition(" (")[0] for u in unit.hello["uncontrolled"]] == ["a thread that Python did not start"]


def test_one_that_is_idle_at_the_fork_point_is_not(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import asyncio, ctypes
        library = ctypes.CDLL(None)
        stranger = ctypes.c_ulong()
        library.pthread_create(ctypes.byref(stranger), None, ctypes.cast(library.pause, ctypes.c_void_p), None)
        asyncio.run(asyncio.sleep(0))
    """).unit()
    assert unit.hello["uncontrolled"] == [] and unit.run()["uncontrolled"] == []


def test_a_program_that_becomes_another_one_is_named(hunted: Start, one_python: str) -> None:
    result = hunted(one_python, """
        import os, sys, threading
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
        os.execv(sys.executable, [sys.executable, "-c", "print(1)"])
    """).unit().run()
    assert result["outcome"] == "passed", result
    assert [(u["what"].partition(" (")[0], u["site"]) for u in result["uncontrolled"]] == [("the program becomes another one", "app.py:5")]
