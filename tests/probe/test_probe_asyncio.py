"""asyncio's corners: unchanged programs behave under control as they do without it.

Every program asserts for itself what asyncio promises.  `sound` runs it by default and in some hundred schedules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import probing
import pytest

Start = Callable[..., probing.Workload]

def sound(start: Start, python: str, program: str, *, count: int = 150, mode: str | None = "in-process", **options: Any) -> probing.Workload:
    """The program passes by default and under search, all of it controlled."""
    workload = start(python, program, **options)
    unit = workload.unit()
    first = unit.run()
    assert first["outcome"] == "passed", (first["exception"], workload.output())
    assert first["uncontrolled"] == []
    assert unit.run()["digest"] == first["digest"]
    searched = unit.search(count)
    assert [f["violation"] for f in searched.found if f["violation"]["certain"]] == []
    assert searched.done["uncontrolled"] == []
    if mode:
        assert searched.done["mode"] == mode, searched.done["why"]
    if searched.done["mode"] == "in-process":
        assert unit.search(25, in_process=False).found == searched.found == []
    return workload


# ------------------------------------------------------------------ tasks
def test_the_first_step_of_an_eager_task_is_no_decision(hunted: Start, python: str) -> None:
    workload = hunted(python, """
        import asyncio, sys
        log = []
        async def child(n):
            log.append(n)
            await asyncio.sleep(0)
            log.append(-n)
        async def plain(n):
            log.append(n)
        async def main():
            if hasattr(asyncio, "eager_task_factory"):
                asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
                a = asyncio.create_task(child(1)); log.append("after 1")
                b = asyncio.create_task(child(2)); log.append("after 2")
                c = asyncio.create_task(plain(3)); assert c.done()
                assert log[:5] == [1, "after 1", 2, "after 2", 3], log
                await asyncio.gather(a, b)
                assert sorted(log[5:]) == [-2, -1], log
                assert len({hash(t) for t in (a, b, c)}) == 3
        asyncio.run(main())
    """)
    unit = workload.unit()
    first = unit.run()
    assert first["outcome"] == "passed", first["exception"]
    if tuple(workload.hello["python"]) < (3, 12):
        return
    assert first["choices"] > 0
    assert all(label.startswith(("hold", "next")) for _, _, label in first["decisions"]), "only the sleep(0)s are placed"
    orders = {unit.run({"decisions": [[2, a, f"hold: sleep(0) {'late' if a else 'keeps its place'}"]]})["digest"] for a in (0, 1)}
    assert len(orders) == 2
    assert unit.search(100).found == []


@pytest.mark.parametrize("factory", [
    "lambda loop, coro, **kw: asyncio.Task(coro, loop=loop, **kw)",
    "lambda loop, coro, **kw: asyncio.tasks._PyTask(coro, loop=loop, **kw)",
    "lambda loop, coro, **kw: Mine(coro, loop=loop, **kw)",
])
def test_a_custom_task_factory_keeps_working(hunted: Start, python: str, factory: str) -> None:
    sound(hunted, python, f"""
        import asyncio
        class Mine(asyncio.Task):
            pass
        async def work(n):
            await asyncio.sleep(0.01 * n)
            return n
        async def main():
            loop = asyncio.get_running_loop()
            loop.set_task_factory({factory})
            tasks = {{asyncio.create_task(work(n), name=f"w{{n}}") for n in range(4)}}
            assert {{t.get_name() for t in tasks}} == {{"w0", "w1", "w2", "w3"}}
            assert sorted(await asyncio.gather(*tasks)) == [0, 1, 2, 3]
            async with asyncio.timeout(30):
                first = asyncio.create_task(work(1))
                await asyncio.wait({{first}})
            assert len(asyncio.all_tasks()) == 1
        asyncio.run(main())
    """)


def test_a_context_variable_follows_its_task(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio, contextvars
        who = contextvars.ContextVar("who", default="nobody")
        seen = []
        async def leaf(n):
            assert who.get() == n
            await asyncio.sleep(0)
            assert who.get() == n
            await asyncio.sleep(0.01)
            assert who.get() == n
            seen.append(await asyncio.to_thread(lambda: who.get()))
            asyncio.get_running_loop().call_soon(lambda: seen.append(who.get()))
            await asyncio.sleep(0)
            await asyncio.sleep(0.1)
        async def root(n):
            who.set(n)
            await asyncio.create_task(leaf(n))
        async def main():
            assert who.get() == "nobody", who.get()
            await asyncio.gather(*(root(n) for n in range(3)))
            assert sorted(seen) == [0, 0, 1, 1, 2, 2], seen
            assert who.get() == "nobody"
            ctx = contextvars.copy_context()
            ctx.run(who.set, "x")
            async def look(): return who.get()
            assert await asyncio.create_task(look(), context=ctx) == "x"
        asyncio.run(main())
    """)


def test_a_group_of_tasks_fails_together(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio
        async def fails():
            await asyncio.sleep(0.1)
            raise ValueError("boom")
        async def waits():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await asyncio.sleep(0)
                raise
        async def main():
            try:
                async with asyncio.TaskGroup() as group:
                    waiting = group.create_task(waits())
                    group.create_task(fails())
            except* ValueError as errors:
                assert len(errors.exceptions) == 1 and waiting.cancelled()
            else:
                raise AssertionError("nothing came out")
        asyncio.run(main())
    """)


# ------------------------------------------------------------------- loops
@pytest.mark.parametrize("mode", ["argument", "environment", "option"])
def test_debug_mode_works_and_warns_of_nothing(hunted: Start, python: str, mode: str) -> None:
    workload = sound(hunted, python, f"""
        import asyncio
        async def work():
            await asyncio.sleep(0.01)
            await asyncio.to_thread(sum, [1, 2])
            asyncio.get_running_loop().call_later(0.1, print)
        async def main():
            assert asyncio.get_running_loop().get_debug()
            await asyncio.gather(work(), work())
            await asyncio.sleep(1)
        asyncio.run(main(){', debug=True' if mode == 'argument' else ''})
    """, env={"PYTHONASYNCIODEBUG": "1"} if mode == "environment" else {}, options=("-X", "dev") if mode == "option" else ())
    assert "took" not in workload.output()
    assert "Warning" not in workload.output(), workload.output()


def test_an_unfinished_async_generator_is_closed_by_its_loop(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio
        closed = []
        async def ticks(n):
            try:
                while True:
                    yield n
                    await asyncio.sleep(0.01)
            finally:
                await asyncio.sleep(0)
                closed.append(n)
        async def dropped():
            async for _ in ticks(1):
                break                       # refcounting ends it: the hook schedules aclose()
        async def main():
            await dropped()
            await asyncio.sleep(2)
            assert closed == [1], closed
            global kept
            kept = ticks(2)
            await anext(kept)
        asyncio.run(main())
        assert closed == [1, 2], closed     # shutdown_asyncgens
    """)


def test_a_signal_reaches_its_handler(hunted: Start, python: str) -> None:
    workload = hunted(python, """
        import asyncio, os, signal
        async def main():
            stop = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
            async def killer():
                await asyncio.sleep(0.5)
                os.kill(os.getpid(), signal.SIGTERM)
            task = asyncio.create_task(killer())
            await stop.wait()
            await task
            assert asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        asyncio.run(main())
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    """)
    unit = workload.unit()
    digests = {unit.run()["digest"] for _ in range(5)}
    assert unit.run()["outcome"] == "passed"
    assert len(digests) == 1
    assert unit.run()["uncontrolled"] == []
    assert unit.search(100).found == []


def test_call_soon_threadsafe_from_the_loops_own_thread_is_an_ordinary_callback(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio
        async def main():
            loop, order = asyncio.get_running_loop(), []
            loop.call_soon(order.append, 1)
            loop.call_soon_threadsafe(order.append, 2)
            loop.call_soon(order.append, 3)
            done = asyncio.Event()
            loop.call_soon_threadsafe(done.set)
            await done.wait()
            assert order == [1, 2, 3]
        asyncio.run(main())
    """)


def test_a_runner_runs_several_coroutines_in_one_loop(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio
        async def one():
            await asyncio.sleep(0.01)
            return asyncio.get_running_loop()
        with asyncio.Runner(debug=False) as runner:
            first, second = runner.run(one()), runner.run(one())
            assert first is second is runner.get_loop()
            assert not first.is_closed()
        assert first.is_closed()
    """)


def test_several_loops_in_turn_and_one_clock(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio, time
        async def one(n):
            await asyncio.gather(*(asyncio.sleep(0.01 * k) for k in range(n)))
            return asyncio.get_running_loop()
        began = time.monotonic()
        loops = [asyncio.run(one(n)) for n in (1, 2, 3)]
        assert len(set(map(id, loops))) == 3 or all(l.is_closed() for l in loops)
        old = asyncio.new_event_loop()
        try:
            old.run_until_complete(one(2))
            old.run_until_complete(asyncio.sleep(1))
        finally:
            old.close()
        assert time.monotonic() >= began + 1
    """)


@pytest.mark.parametrize("making", [
    "asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)",
    "asyncio.Runner(loop_factory=Mine)",
    "asyncio.Runner(loop_factory=lambda: Mine(selectors.SelectSelector()))",
])
def test_a_loop_made_by_a_factory_is_owned(hunted: Start, python: str, making: str) -> None:
    sound(hunted, python, f"""
        import asyncio, selectors
        class Mine(asyncio.SelectorEventLoop):
            def __init__(self, *args):
                super().__init__(*args)
                self.turns = 0
            def _run_once(self):
                self.turns += 1
                super()._run_once()
        async def main():
            await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(7200))
            return getattr(asyncio.get_running_loop(), "turns", 1)
        with {making} as runner:
            assert runner.run(main())
    """)


def test_a_policy_that_makes_its_own_loops_is_owned(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio
        made = []
        class Mine(asyncio.SelectorEventLoop): pass
        class Policy(asyncio.DefaultEventLoopPolicy):
            def new_event_loop(self):
                loop = Mine()
                made.append(loop)
                return loop
        asyncio.set_event_loop_policy(Policy())
        async def main():
            assert isinstance(asyncio.get_running_loop(), Mine)
            await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(7200))
        asyncio.run(main())
        assert made
    """)


def test_a_loop_made_at_import_is_owned(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        lock = asyncio.Lock()
        async def work(log, n):
            async with lock:
                log.append(n)
                await asyncio.sleep(3600)
                log.append(n)
        async def main():
            log = []
            await asyncio.gather(work(log, 1), work(log, 2))
            assert log in ([1, 1, 2, 2], [2, 2, 1, 1])
        loop.run_until_complete(main())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    """)


def test_a_loop_run_forever_ends_when_stopped(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio
        loop = asyncio.new_event_loop()
        count = []
        async def service():
            while True:
                await asyncio.sleep(1)
                count.append(1)
                if len(count) == 5:
                    loop.stop()
        task = loop.create_task(service())
        loop.run_forever()
        assert len(count) == 5
        task.cancel()
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        loop.close()
    """)


# ----------------------------------------------------------------- streams
def test_in_memory_streams_are_controlled(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio
        class Transport(asyncio.Transport):
            def __init__(self, other):
                super().__init__()
                self.other, self.closing = other, False
            def write(self, data):
                asyncio.get_running_loop().call_soon(self.other.data_received, bytes(data))
            def is_closing(self): return self.closing
            def close(self):
                if not self.closing:
                    self.closing = True
                    loop = asyncio.get_running_loop()
                    loop.call_soon(self.other.connection_lost, None)
        async def main():
            loop = asyncio.get_running_loop()
            reader = asyncio.StreamReader(limit=64)
            protocol = asyncio.StreamReaderProtocol(reader)
            transport = Transport(protocol)
            protocol.connection_made(transport)
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            async def produce():
                for n in range(5):
                    await asyncio.sleep(0.01)
                    writer.write(b"line %d\\n" % n)
                    await writer.drain()
                writer.close()
            task = asyncio.create_task(produce())
            lines = [line async for line in reader]
            assert lines == [b"line %d\\n" % n for n in range(5)], lines
            await task
            other = asyncio.StreamReader()
            loop.call_later(5, other.feed_data, b"abc")
            loop.call_later(6, other.feed_eof)
            assert await other.read() == b"abc"
        asyncio.run(main())
    """)


# --------------------------------------------------------------- executors
def test_a_function_that_only_computes_in_a_thread_leaves_the_verdict_alone(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio, hashlib, time
        def digest(n):
            total = []
            for k in range(50):
                total.append(hashlib.sha256(b"%d" % (n * k)).hexdigest())
            table = {}
            for t in total:
                table[t] = len(table)
            time.sleep(3600)
            return total[-1], table
        class Parser:
            def __init__(self, text):
                self.text = text
                self.words = {}
            def count(self):
                for word in self.text.split():
                    self.words[word] = self.words.get(word, 0) + 1
                return self.words
        def parse(text):
            return Parser(text).count()
        async def main():
            loop = asyncio.get_running_loop()
            began = loop.time()
            a, b, c = await asyncio.gather(asyncio.to_thread(digest, 1), loop.run_in_executor(None, digest, 2),
                                           asyncio.to_thread(parse, "a b a"))
            assert a[0] != b[0] and c == {"a": 2, "b": 1}
            assert loop.time() - began >= 3600
        asyncio.run(main())
    """, count=60)


def test_the_order_in_which_threads_finish_is_a_decision(hunted: Start, python: str) -> None:
    workload = hunted(python, """
        import asyncio
        async def main():
            order = []
            async def one(n):
                await asyncio.to_thread(lambda: n)
                order.append(n)
            await asyncio.gather(one(1), one(2))
            assert order == [1, 2]
        asyncio.run(main())
    """)
    unit = workload.unit()
    assert unit.run()["outcome"] == "passed"
    assert unit.search(100).codes == ["USER001"]


def test_a_child_that_waits_for_input_is_answered_line_by_line(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio, sys
        CHILD = "import sys\\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"
        async def main():
            child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, stdin=asyncio.subprocess.PIPE,
                                                         stdout=asyncio.subprocess.PIPE)
            for word in (b"one", b"two", b"three"):
                child.stdin.write(word + b"\\n")
                async with asyncio.timeout(30):
                    assert await child.stdout.readline() == word.upper() + b"\\n"
            child.stdin.close()
            assert await child.wait() == 0
        asyncio.run(main())
    """, count=5, mode=None)


def test_a_child_that_is_killed_ends_at_once(hunted: Start, one_python: str) -> None:
    workload = hunted(one_python, """
        import asyncio
        async def main():
            child = await asyncio.create_subprocess_exec("sleep", "1000")
            await asyncio.sleep(1)
            child.terminate()
            assert await child.wait() == -15
        asyncio.run(main())
    """)
    first = workload.unit().run()
    assert first["outcome"] == "passed", first
    assert [u["site"] for u in first["uncontrolled"]] == ["app.py:3"], "it sleeps in its own time"


def test_the_order_in_which_children_end_is_a_decision(hunted: Start, one_python: str) -> None:
    workload = hunted(one_python, """
        import asyncio
        async def one(n, order):
            child = await asyncio.create_subprocess_exec("true")
            await child.wait()
            order.append(n)
        async def main():
            order = []
            await asyncio.gather(one(1, order), one(2, order))
            assert order == [1, 2]
        asyncio.run(main())
    """)
    unit = workload.unit()
    assert unit.run()["outcome"] == "passed"
    searched = unit.search(30)
    assert searched.codes == ["USER001"]
    schedule = searched.found[0]["schedule"]
    assert len({unit.run(schedule)["digest"] for _ in range(5)}) == 1


@pytest.mark.parametrize(("body", "what"), [
    ("total.count += n", "shared state"),
    ("global last; last = n", "shared state"),
    ("table[n] = n", "shared state"),
    ("seen.append(n)", "shared state"),
    ("with lock: pass", "lock"),
    ("deeper(n)", "shared state"),
])
def test_a_function_in_a_thread_that_shares_state_is_under_control(hunted: Start, python: str, body: str, what: str) -> None:
    workload = hunted(python, f"""
        import asyncio, threading
        class Total: count = 0
        total, table, seen, lock, last = Total(), {{}}, [], threading.Lock(), 0
        def deeper(n):
            total.count += n
        def work(n):
            {body}
        async def main():
            await asyncio.gather(asyncio.to_thread(work, 1), asyncio.to_thread(work, 2))
        asyncio.run(main())
    """)
    unit = workload.unit()
    first = unit.run()
    assert first["outcome"] == "passed"
    assert first["uncontrolled"] == []
    assert any(kind == "spawn" and "thread" in obj for _, _, kind, _, obj, *_ in first["events"]), what
    searched = unit.search(30)
    assert searched.done["uncontrolled"] == [] and searched.done["mode"] == "in-process", searched.done


def test_what_getaddrinfo_returns_is_an_arrival(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio
        async def main():
            found = await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)
            assert found
        asyncio.run(main())
    """, count=50)


@pytest.mark.parametrize("start", [
    "threading.Thread(target=work).start()",
    "concurrent.futures.ThreadPoolExecutor(1).submit(work)",
])
def test_a_thread_the_program_starts_itself_is_under_control(hunted: Start, python: str, start: str) -> None:
    workload = hunted(python, f"""
        import asyncio, concurrent.futures, threading
        def work():
            loop.call_soon_threadsafe(done.set)
        async def main():
            global loop, done
            loop, done = asyncio.get_running_loop(), asyncio.Event()
            {start}
            await done.wait()
        asyncio.run(main())
    """)
    unit = workload.unit()
    first = unit.run()
    assert first["outcome"] == "passed", first
    assert first["uncontrolled"] == []
    searched = unit.search(40)
    assert searched.found == [] and searched.done["mode"] == "in-process", searched.done


# ---------------------------------------------------------------- processes
def test_a_childs_output_and_exit_are_arrivals(hunted: Start, python: str) -> None:
    sound(hunted, python, """
        import asyncio, sys
        async def echo(n):
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", f"import sys; print('out', {n}); print('err', file=sys.stderr); print(sys.stdin.read())",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
            out, err = await child.communicate(b"hello")
            assert out == b"out %d\\nhello\\n" % n and err == b"err\\n", (out, err)
            assert child.returncode == 0
        async def main():
            await asyncio.gather(echo(1), echo(2))
        asyncio.run(main())
    """, count=12, mode=None)


def test_replays_with_children_have_one_digest(hunted: Start, python: str) -> None:
    workload = hunted(python, """
        import asyncio, sys
        async def lines(n):
            child = await asyncio.create_subprocess_exec("/bin/sh", "-c", "for i in 1 2 3; do echo $i; done; exit 3", stdout=asyncio.subprocess.PIPE)
            got = [line async for line in child.stdout]
            assert got == [b"1\\n", b"2\\n", b"3\\n"]
            assert await child.wait() == 3
            await asyncio.sleep(0.01 * n)
        async def main():
            await asyncio.gather(*(lines(n) for n in range(3)))
        asyncio.run(main())
    """)
    unit = workload.unit()
    results = [unit.run() for _ in range(20)]
    assert {r["outcome"] for r in results} == {"passed"}
    assert results[0]["uncontrolled"] == []
    assert len({r["digest"] for r in results}) == 1


# -------------------------------------------------------------- the outside
def test_time_and_chance_are_fixed(hunted: Start, python: str) -> None:
    workload = hunted(python, """
        import asyncio, random, time, uuid
        async def main():
            seen = (random.random(), uuid.uuid4().hex, time.time(), time.monotonic(), time.perf_counter_ns(), random.Random(3).random())
            await asyncio.sleep(0.25)
            print(repr(seen + (time.monotonic() - seen[3],)))
        asyncio.run(main())
    """)
    unit = workload.unit()
    unit.run(), unit.run()
    import time as clock

    end = clock.monotonic() + 5
    while workload.output().count("\n") < 2 and clock.monotonic() < end:
        pass
    lines = workload.output().splitlines()
    assert len(lines) == 2 and lines[0] == lines[1], lines
    assert lines[0].endswith("0.25)")


def test_a_class_statement_may_have_any_keyword(hunted: Start, python: str) -> None:
    workload = hunted(python, """
        import asyncio
        class Base:
            def __init_subclass__(cls, **options):
                cls.options = options
        class Made(Base, name="made", func=1, bases=2):
            pass
        async def main():
            assert Made.options == {"name": "made", "func": 1, "bases": 2}
        asyncio.run(main())
    """)
    assert workload.unit().run()["outcome"] == "passed", workload.output()
