"""Threads under control: who runs next is a decision, what they wait for is known, time is the engine's."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import probing
import pytest

Start = Callable[..., probing.Workload]
PROGRAMS = Path(__file__).parents[2] / "bench" / "opponents"


def run(unit: probing.Unit, schedule: dict[str, Any] | None = None) -> dict[str, Any]:
    return unit.run(schedule)


def sound(hunted: Start, python: str, program: str, count: int = 60, codes: tuple[str, ...] = ()) -> probing.Searched:
    """It passes, is re-run in process, nothing is uncontrolled, and just these codes are found; each replays."""
    unit = hunted(python, program).unit()
    first = unit.run()
    assert first["outcome"] == "passed" and first["uncontrolled"] == [], first
    searched = unit.search(count)
    assert searched.done["mode"] == "in-process", searched.done["why"]
    assert searched.done["uncontrolled"] == []
    assert searched.codes == sorted(codes), searched.titles
    for found in searched.found:
        if found["violation"]["certain"]:
            again = unit.run(found["schedule"])
            assert again["diverged"] is None
            assert found["violation"]["key"] in {v["key"] for v in again["violations"]}
    return searched


def test_the_order_of_two_threads_is_a_decision(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import threading
        order = []
        threads = [threading.Thread(target=order.append, args=(n,)) for n in (1, 2)]
        for t in threads: t.start()
        for t in threads: t.join()
        assert order == [1, 2]
    """, count=200, codes=("USER001",))


def test_lines_of_the_users_code_are_switch_points(hunted: Start, python: str) -> None:
    found = sound(hunted, python, """
        import threading
        a = b = 0
        def write():
            global a, b
            a = 1
            b = 1
        def read():
            assert (a, b) != (1, 0), "torn"
        threads = [threading.Thread(target=f) for f in (write, read)]
        for t in threads: t.start()
        for t in threads: t.join()
    """, count=300, codes=("TASK006",))
    assert "torn" in found.titles[0]


@pytest.mark.parametrize("form", ["", "_spawn", "_pool"])
@pytest.mark.parametrize(("name", "code"), [("t1", "ATOM001"), ("t2", "LOCK001"), ("t3", "ATOM001"), ("t4", "ACK001"), ("t5", "WAKE005")])
def test_the_opponents_programs_are_found_and_replayed(hunted: Start, one_python: str, name: str, code: str, form: str) -> None:
    unit = hunted(one_python, [str(PROGRAMS / f"{name}{form}.py")], root=str(PROGRAMS)).unit()
    searched = unit.search(1500)
    assert searched.codes == [code], searched.titles
    found = next(f for f in searched.found if f["violation"]["code"] == code)
    for _ in range(10):
        again = unit.run(found["schedule"])
        assert found["violation"]["key"] in {v["key"] for v in again["violations"]}
        assert again["diverged"] is None


@pytest.mark.parametrize("name", ["t1", "t2", "t3", "t4", "t5"])
def test_nothing_is_said_of_the_correct_twins(hunted: Start, one_python: str, name: str) -> None:
    unit = hunted(one_python, [str(PROGRAMS / f"{name}_fixed.py")], root=str(PROGRAMS)).unit()
    searched = unit.search(1000)
    assert searched.codes == [] and searched.done["uncontrolled"] == []


def test_a_schedule_of_threads_replays_to_the_same_events(hunted: Start, python: str) -> None:
    unit = hunted(python, textwrap.dedent("""
        import queue, threading
        todo, log, lock = queue.Queue(), [], threading.Lock()
        def work(n):
            for _ in range(2):
                todo.put(n)
                with lock:
                    log.append(todo.get())
        threads = {threading.Thread(target=work, args=(n,)) for n in range(3)}
        for t in threads: t.start()
        for t in threads: t.join()
        raise RuntimeError(str(log))
    """)).unit()
    schedule = unit.search(6, in_process=False).found[-1]["schedule"]
    assert schedule["decisions"]
    runs = [unit.run(schedule) for _ in range(15)]
    assert len({r["digest"] for r in runs}) == 1
    assert len({r["exception"]["message"] for r in runs}) == 1


def test_sleeps_and_timeouts_of_threads_take_no_real_time(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import queue, threading, time
        done = queue.Queue()
        def work():
            time.sleep(100)
            done.put(1)
        threading.Thread(target=work).start()
        began = time.monotonic()
        assert done.get(timeout=500) == 1
        assert 100 <= time.monotonic() - began <= 102
        try:
            done.get(timeout=50)
        except queue.Empty:
            pass
        assert 150 <= time.monotonic() - began <= 153
    """)


def test_a_deadline_strikes_only_if_something_was_late(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import threading, time
        done = threading.Event()
        def work():
            time.sleep(1)
            done.set()
        threading.Thread(target=work).start()
        if not done.wait(timeout=1.5):
            raise TimeoutError("too slow")
    """).unit()
    assert unit.run()["outcome"] == "passed"
    assert unit.search(100).codes == []  # an answer to a slow world


def test_a_deadlock_is_seen_at_once_while_others_go_on(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import threading, time
        a, b = threading.Lock(), threading.Lock()
        def one():
            with a:
                time.sleep(1)
                with b: pass
        def two():
            with b:
                time.sleep(1)
                with a: pass
        for f in (one, two):
            threading.Thread(target=f, daemon=True).start()
        time.sleep(30)
    """).unit()
    found = [v for v in unit.run()["violations"] if v["code"] == "LOCK001"]
    assert found and found[0]["certain"]
    assert {s["line"] for s in found[0]["sites"]} == {4, 6, 8, 10}


def test_inherited_locks_of_the_start_up_are_known(hunted: Start, one_python: str) -> None:
    """A lock made and taken before the first thread starts."""
    sound(hunted, one_python, """
        import threading
        lock = threading.RLock()
        lock.acquire()
        log = []
        def work():
            with lock: log.append("thread")
        t = threading.Thread(target=work)
        t.start()
        log.append("main")
        lock.release()
        t.join()
        assert log == ["main", "thread"]
    """)


def test_threads_that_are_not_daemons_are_waited_for_at_the_end(hunted: Start, python: str) -> None:
    unit = hunted(python, """
        import threading, time
        def work():
            time.sleep(5)
            raise SystemExit
        def fail():
            time.sleep(9)
            {}["missing"]
        threading.Thread(target=work).start()
        threading.Thread(target=fail).start()
    """).unit()
    first = unit.run()
    assert [v["code"] for v in first["violations"]] == ["TASK006"]
    assert unit.search(20).codes == ["TASK006"]


def test_a_daemon_that_never_ends_does_not_keep_the_run(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import threading, time, queue
        def tick():
            while True:
                time.sleep(0.1)
        def wait():
            queue.SimpleQueue().get()
        for f in (tick, wait):
            threading.Thread(target=f, daemon=True).start()
        time.sleep(0.35)
    """, count=20)


def test_after_a_thread_that_cannot_be_ended_the_search_goes_on_in_forks(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import threading, time
        def tick():
            while True:
                try:
                    time.sleep(0.1)
                except BaseException:
                    pass
        threading.Thread(target=tick, daemon=True).start()
        time.sleep(0.35)
    """).unit()
    searched = unit.search(10)
    assert searched.found == [] and searched.done["runs"] == 10
    assert searched.done["mode"] == "fork" and "does not end" in searched.done["why"]


def test_a_busy_wait_is_no_hang(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import threading
        ready = False
        def work():
            global ready
            ready = True
        t = threading.Thread(target=work)
        t.start()
        while not ready:
            pass
        t.join()
    """, count=20)


def test_a_cell_shared_by_threads_keeps_what_was_written(hunted: Start, python: str) -> None:
    """A trace function must not write a frame's old snapshot of its cells back."""
    sound(hunted, python, """
        import threading
        def main():
            count, lock = 0, threading.Lock()
            def add():
                nonlocal count
                for _ in range(3):
                    with lock:
                        seen = count
                        count = seen + 1
            threads = [threading.Thread(target=add) for _ in range(2)]
            for t in threads: t.start()
            for t in threads: t.join()
            assert count == 6, count
        main()
    """, count=200)


def test_a_program_of_threads_and_loops_is_one_world(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio, threading
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        async def work(n):
            await asyncio.sleep(n)
            return await asyncio.to_thread(lambda: n * 2)
        jobs = [asyncio.run_coroutine_threadsafe(work(n), loop) for n in (1, 2)]
        assert [j.result(timeout=60) for j in jobs] == [2, 4]
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    """)


def test_a_test_of_pytest_with_threads(hunted: Start, one_python: str, tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(textwrap.dedent("""
        import threading
        class Total:
            def __init__(self): self.value = 0
            def add(self, n):
                seen = self.value
                self.value = seen + n
        def test_add():
            total = Total()
            threads = [threading.Thread(target=total.add, args=(n,)) for n in (1, 2)]
            for t in threads: t.start()
            for t in threads: t.join()
            assert total.value
    """))
    unit = hunted(one_python, ["-m", "pytest", "-q", "test_app.py"]).unit()
    assert unit.run()["outcome"] == "passed"
    searched = unit.search(200)
    assert searched.done["mode"] == "in-process", searched.done["why"]
    assert searched.codes == ["ATOM001"]
    again = unit.run(searched.found[0]["schedule"])
    assert [v["code"] for v in again["violations"]] == ["ATOM001"]


def test_a_users_trace_function_is_left_alone_and_named(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import sys, threading
        seen = []
        def trace(frame, event, arg):
            seen.append(event)
            return None
        sys.settrace(trace)
        t = threading.Thread(target=print)
        t.start()
        t.join()
        assert sys.gettrace() is trace and seen
    """).unit()
    first = unit.run()
    assert first["outcome"] == "passed", first
    assert any("trace function" in u["what"] for u in first["uncontrolled"])


# ---------------------------------------------------------------- not ours
def test_a_thread_that_waits_in_something_not_ours_is_named_and_holds_nobody_up(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import os, threading
        a, b = os.pipe()
        got = []
        def read():
            got.append(os.readv(a, [bytearray(5)]))
            got.append(1)
        threads = [threading.Thread(target=read), threading.Thread(target=os.write, args=(b, b"hello"))]
        for t in threads: t.start()
        for t in threads: t.join()
        assert got == [5, 1]
    """).unit()
    first = unit.run()
    assert first["outcome"] == "passed", first
    assert [(u["what"], u["site"]) for u in first["uncontrolled"]] == [("a thread that waits in something that is not ours", "app.py:5")]


def test_a_thread_outside_is_waited_for_however_fast_the_clocks_of_others_run(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import os, threading
        stop = threading.Event()
        def poll():
            while not stop.wait(0.5):
                pass
        def work():
            os.system("sleep 3")
        poller = threading.Thread(target=poll)
        worker = threading.Thread(target=work)
        poller.start()
        worker.start()
        worker.join()
        stop.set()
        poller.join()
    """).unit()
    first = unit.run()
    assert first["outcome"] == "passed", first
    assert "app.py:7" in [u["site"] for u in first["uncontrolled"]]


def test_a_workload_that_forks_is_named_and_its_child_runs_as_it_is(hunted: Start, python: str) -> None:
    unit = hunted(python, """
        import os, threading
        def work():
            pid = os.fork()
            if pid == 0:
                t = threading.Thread(target=print)
                t.start()
                t.join()
                os._exit(3)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
        t = threading.Thread(target=work)
        t.start()
        t.join()
    """).unit()
    first = unit.run()
    assert first["outcome"] == "passed", first
    assert [u["site"] for u in first["uncontrolled"]] == ["app.py:3"]
    assert "forked" in first["uncontrolled"][0]["what"]


def test_locks_made_and_held_while_modules_are_imported(hunted: Start, one_python: str, tmp_path: Path) -> None:
    (tmp_path / "shared_state.py").write_text("import threading\nlock = threading.Lock()\nwith lock:\n    value = [0]\n")
    sound(hunted, one_python, """
        import threading
        def work():
            import shared_state
            with shared_state.lock:
                seen = shared_state.value[0]
                shared_state.value[0] = seen + 1
        threads = [threading.Thread(target=work) for _ in range(2)]
        for t in threads: t.start()
        for t in threads: t.join()
        import shared_state
        assert shared_state.value == [2]
    """)


def test_threads_replaced_by_a_monkey_patch_are_named(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import asyncio, threading
        threading._start_new_thread = threading._start_joinable_thread = lambda *args, **kw: None
        async def main(): await asyncio.sleep(0)
        asyncio.run(main())
    """).unit()
    assert any("monkey" in u["what"] for u in unit.run()["uncontrolled"])


CALLS_BACK = """
import threading
class Board:
    def __init__(self):
        self.lock = threading.Lock()
        self.listeners = []
    def put(self, text):
        with self.lock:
            for listener in self.listeners:
                listener(text)
    def put_by_name(self, log, text):
        with self.lock:
            log.add(text)
class Log:
    def __init__(self):
        self.lock = threading.Lock()
        self.lines = []
    def add(self, text):
        with self.lock:
            self.lines.append(text)
board, log = Board(), Log()
board.listeners.append(log.add)
threads = [threading.Thread(target=board.{how}, args=({log}text,)) for text in "ab"]
for t in threads: t.start()
for t in threads: t.join()
"""


@pytest.mark.parametrize(("how", "given", "told"), [("put", "", True), ("put_by_name", "log, ", False)])
def test_a_function_that_was_handed_in_and_takes_a_lock_under_a_lock_is_a_note(hunted: Start, one_python: str, how: str, given: str, told: bool) -> None:
    """A method that is called by its name is the caller's own choice."""
    searched = hunted(one_python, CALLS_BACK.format(how=how, log=given)).unit().search(40)
    notes = [f["violation"] for f in searched.found if f["violation"]["code"] == "LOCK003"]
    assert bool(notes) is told
    assert not any(v["certain"] for v in notes)
    assert all("Board.put" in v["title"] and "Log.add" in v["title"] for v in notes)
