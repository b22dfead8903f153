"""Scripts: where the hook stands, what is run again in process, what does not go with it, and replays that stay the same."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import interpreters
import probing
import pytest

Start = Callable[..., probing.Workload]

TWO = """
async def one(n):
    await asyncio.sleep(0.01)
    return n
async def main():
    await asyncio.gather(one(1), one(2))
"""


def script(text: str) -> str:
    """The text without its indentation; TWO stands for two tasks that sleep."""
    return textwrap.dedent(text).lstrip("\n").replace("TWO\n", TWO)


# ----------------------------------------------------------------- the hook
def test_a_child_python_is_untouched(hunted: Start, python: str) -> None:
    unit = hunted(python, script("""
        import asyncio, os, subprocess, sys
        CHILD = '''
        import asyncio, os, sys, time
        assert "racetrap_probe" not in sys.modules, "the probe came along"
        assert "RACETRAP_JOB" not in os.environ and "_inject" not in os.environ.get("PYTHONPATH", "")
        assert not any("_inject" in p for p in sys.path)
        assert time.sleep.__class__.__name__ == "builtin_function_or_method"
        print("untouched")
        '''
        async def main():
            told = subprocess.run([sys.executable, "-c", CHILD.replace("\\n        ", "\\n")], capture_output=True, text=True)
            assert told.stdout == "untouched\\n", told.stderr
            child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD.replace("\\n        ", "\\n"), stdout=asyncio.subprocess.PIPE)
            out, _ = await child.communicate()
            assert out == b"untouched\\n"
        asyncio.run(main())
    """)).unit()
    first = unit.run()
    assert first["outcome"] == "passed", first["exception"]
    assert first["uncontrolled"] == []


def test_another_sitecustomize_is_run_too(hunted: Start, tmp_path: Path, python: str) -> None:
    other = tmp_path / "site"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import builtins\nbuiltins.was_here = __name__\n")
    unit = hunted(python, script(f"""
        import asyncio, os, sys
        assert was_here == "sitecustomize"
        assert sys.modules["sitecustomize"].__file__ == {str(other / "sitecustomize.py")!r}
        assert os.environ["PYTHONPATH"] == {str(other)!r}
        TWO
        asyncio.run(main())
    """), env={"PYTHONPATH": f"{probing.INJECT}:{other}"}).unit()
    assert unit.run()["outcome"] == "passed"


@pytest.mark.parametrize("how", [["app.py"], ["-m", "app"], ["-m", "package"], ["-c", "import app; app.asyncio.run(app.main())"]])
def test_every_way_to_start_a_script_is_owned_and_run_again_in_process(hunted: Start, tmp_path: Path, python: str, how: list[str]) -> None:
    body = script("import asyncio, sys, other\nasync def main():\n    await asyncio.gather(other.one(1), other.one(2))\n"
                  "    assert len(other.seen) == 2\nif __name__ == '__main__':\n    asyncio.run(main())\n")
    (tmp_path / "app.py").write_text(body)
    (tmp_path / "other.py").write_text("import asyncio\nseen = []\nasync def one(n):\n    await asyncio.sleep(0.01)\n    seen.append(n)\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "__main__.py").write_text("from . import core\nimport asyncio\nasyncio.run(core.main())\n")
    (tmp_path / "package" / "core.py").write_text(body)
    unit = hunted(python, how).unit()
    assert unit.run()["outcome"] == "passed"
    searched = unit.search(60)
    assert searched.done["mode"] == "in-process", searched.done["why"]
    assert searched.found == []


def test_a_thread_started_before_the_first_loop_is_under_control(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, script("""
        import asyncio, threading
        threading.Thread(target=threading.Event().wait, daemon=True, name="poller").start()
        TWO
        asyncio.run(main())
    """)).unit()
    assert unit.hello["notices"] == []
    first = unit.run()
    assert first["outcome"] == "passed" and first["uncontrolled"] == []


def test_an_executor_warm_before_the_fork_still_works(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, script("""
        import asyncio, concurrent.futures
        pool = concurrent.futures.ThreadPoolExecutor(2)
        assert pool.submit(sum, [1, 2]).result() == 3
        async def main():
            assert await asyncio.get_running_loop().run_in_executor(pool, sum, [3, 4]) == 7
        asyncio.run(main())
    """)).unit()
    assert unit.run()["outcome"] == "passed"


# ------------------------------------------------------------ foreign loops
@pytest.fixture(params=["newest", "newest-3.11"])
def newest(request: pytest.FixtureRequest) -> str:
    try:
        return interpreters.environment(request.param)
    except LookupError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("use", [
    "uvloop.run(main())",
    "uvloop.install(); asyncio.run(main())",
    "asyncio.set_event_loop_policy(uvloop.EventLoopPolicy()); asyncio.run(main())",
    "asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main())",
    "(loop := uvloop.new_event_loop()).run_until_complete(main()); loop.close()",
])
def test_uvloop_is_swapped_for_ours(hunted: Start, newest: str, use: str) -> None:
    workload = hunted(newest, script(f"""
        import asyncio, uvloop
        async def main():
            await asyncio.gather(asyncio.sleep(1), asyncio.sleep(3600))
            assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
        {use}
    """))
    unit = workload.unit()
    first = unit.run()
    assert first["outcome"] == "passed", first["exception"]
    assert first["virtual_seconds"] >= 3600 and first["uncontrolled"] == []
    assert workload.output().count("racetrap: uvloop is swapped") == 1
    assert unit.search(50).found == []


def test_trio_is_named_and_runs_as_it_is(hunted: Start, newest: str) -> None:
    unit = hunted(newest, script("""
        import trio
        async def main():
            await trio.sleep(0.05)
        trio.run(main)
    """)).unit()
    first = unit.run()
    assert first["outcome"] == "passed", first
    assert first["uncontrolled"] == [{"what": "trio: its tasks are not scheduled by racetrap", "site": "app.py:4"}]


@pytest.mark.parametrize(("name", "module", "text", "run"), [
    ("curio", "curio/kernel.py", "def run(f): return f()", "import curio; curio.run(lambda: 1)"),
    ("twisted", "twisted/internet/base.py", "class ReactorBase:\n    def run(self): return 1", "from twisted.internet.base import ReactorBase; ReactorBase().run()"),
    ("gevent", "gevent/hub.py", "class Hub:\n    def switch(self): return 1", "from gevent.hub import Hub; Hub().switch()"),
])
def test_other_loops_are_named_when_run(hunted: Start, tmp_path: Path, one_python: str, name: str, module: str, text: str, run: str) -> None:
    """Stand-ins with the same names: what is tested is that ours notices them."""
    place = tmp_path / module
    place.parent.mkdir(parents=True)
    for directory in {place.parent, tmp_path / name}:
        (directory / "__init__.py").write_text("from .kernel import run\n" if name == "curio" else "")
    place.write_text(text + "\n")
    unit = hunted(one_python, f"{run}\n").unit()
    assert unit.run()["uncontrolled"] == [{"what": f"{name}: its tasks are not scheduled by racetrap", "site": "app.py:1"}]


# ------------------------------------------------------- re-runs in process
@pytest.mark.parametrize("state", [
    "import installed; installed.calls.append(1); extra = len(installed.calls)",
    "import functools, installed; extra = installed.cached(len(installed.cached.__wrapped__.__code__.co_name)) and installed.cached.cache_info().hits",
    "import os; f = open('counter', 'a'); f.write('x'); f.close(); extra = os.path.getsize('counter')",
    "import os; os.environ['N'] = str(int(os.environ.get('N', '0')) + 1); extra = int(os.environ['N'])",
])
def test_a_program_whose_second_run_differs_is_forked(hunted: Start, tmp_path: Path, one_python: str, state: str) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "installed.py").write_text("import functools\ncalls = []\n@functools.lru_cache\ndef cached(n): return n\n")
    unit = hunted(one_python, script(f"""
        import asyncio
        {state}
        async def main():
            await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(1 + min(extra, 20))))
        asyncio.run(main())
    """), env={"PYTHONPATH": f"{probing.INJECT}:{installed}"}).unit()
    searched = unit.search(10)
    assert searched.done["mode"] == "fork" and "differs" in searched.done["why"], searched.done


def test_memory_that_grows_ends_the_re_runs_in_process(hunted: Start, tmp_path: Path, one_python: str) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "installed.py").write_text("kept = []\n")
    unit = hunted(one_python, script("""
        import asyncio, installed
        installed.kept.append(bytearray(100_000))
        TWO
        asyncio.run(main())
    """), env={"PYTHONPATH": f"{probing.INJECT}:{installed}"}).unit()
    searched = unit.search(2_100)
    assert searched.done["mode"] == "fork" and "memory" in searched.done["why"], searched.done


@pytest.mark.slow
def test_ten_thousand_re_runs_leave_nothing_behind(hunted: Start, tmp_path: Path, python: str) -> None:
    """Memory, threads, exit functions, signal handlers, logging handlers: `report` is written by the last run."""
    unit = hunted(python, script("""
        import asyncio, atexit, gc, logging, signal, sys, threading, os
        class Node:
            def __init__(self): self.me = self
        log = logging.getLogger("app")
        log.addHandler(logging.StreamHandler())
        atexit.register(lambda: None)
        signal.signal(signal.SIGUSR2, lambda *_: None)
        async def work(n):
            node = Node()
            await asyncio.sleep(0.01 * n)
            node.data = bytearray(1000)
            log.debug("x")
        async def main():
            await asyncio.gather(*(work(n) for n in range(3)))
            if RUN % 100 == 99:
                await asyncio.to_thread(len, "x")
        RUN = sys.modules["builtins"].__dict__.setdefault("_racetrap_test", [0])
        RUN[0] += 1
        RUN = RUN[0]
        asyncio.run(main())
        with open("/proc/self/statm") as f: resident = int(f.read().split()[1]) * 4096
        if RUN in (1000, 9500):
            with open(f"report{RUN}", "w") as f:
                print(resident, threading.active_count(), atexit._ncallbacks(), len(log.handlers), file=f)
    """)).unit()
    searched = unit.search(10_000, seconds=240)
    assert searched.done["mode"] == "in-process", searched.done["why"]
    early, late = ([int(n) for n in (tmp_path / f"report{n}").read_text().split()] for n in (1000, 9500))
    assert late[0] - early[0] < 50 << 20
    assert late[1] == 1, "threads"
    assert late[2] == early[2], "exit functions"
    assert late[3] == 1, "logging handlers"


# -------------------------------------------------------------- determinism
PROGRAMS = {
    "sets of tasks": """
        async def main():
            async def one(n):
                await asyncio.sleep(0)
                log.append(n)
                await asyncio.sleep(0.01)
            tasks = {asyncio.create_task(one(n)) for n in range(8)}
            while tasks:
                done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for t in done:
                    log.append(t.get_name())
    """,
    "sets of objects": """
        class Conn:
            def __init__(self, n): self.n = n
        async def main():
            free = {Conn(n) for n in range(6)}
            async def use(k):
                conn = free.pop()
                await asyncio.sleep(0.01 * (conn.n % 3))
                log.append((k, conn.n))
                free.add(conn)
            await asyncio.gather(*(use(k) for k in range(6)))
    """,
    "as_completed": """
        async def main():
            async def one(n):
                await asyncio.sleep(0.01)
                return n
            for future in asyncio.as_completed([one(n) for n in range(6)]):
                log.append(await future)
    """,
    "queues and timeouts": """
        async def main():
            queue = asyncio.Queue(2)
            async def put(n):
                for k in range(3):
                    await queue.put((n, k))
                    await asyncio.sleep(0.01)
            async def get():
                while True:
                    try:
                        log.append(await asyncio.wait_for(queue.get(), 0.5))
                    except asyncio.TimeoutError:
                        return
            await asyncio.gather(put(1), put(2), get(), get())
    """,
    "threads": """
        async def main():
            async def one(n):
                log.append(await asyncio.to_thread(pow, n, 2))
            async with asyncio.TaskGroup() as group:
                for n in range(5):
                    group.create_task(one(n))
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_schedule_replayed_thirty_times_is_one(tmp_path: Path, python: str, name: str) -> None:
    """What the program printed is compared too: an order that no event shows."""
    program = "import asyncio\nlog = []\n" + script(PROGRAMS[name]) + "asyncio.run(main())\nraise RuntimeError(repr(log))\n"
    with probing.hunted(python, tmp_path, program) as workload:
        schedule = workload.unit().search(6, in_process=False).found[-1]["schedule"]
    assert schedule["decisions"]
    seen = set()
    for _ in range(5):  # new processes altogether, and new forks of each
        with probing.hunted(python, tmp_path, program) as workload:
            unit = workload.unit()
            for _ in range(6):
                result = unit.run(schedule)
                seen.add((result["digest"], result["outcome"], result["exception"] and result["exception"]["message"]))
    assert len(seen) == 1, seen


# -------------------------------------------------------------------- files
@pytest.mark.parametrize("makes", [
    "place = tempfile.TemporaryDirectory(dir='.')\nname, clear = place.name, place.cleanup",
    "name = 'page'\nopen(name, mode='x').close()\ndef clear(): os.unlink('page')",
    "name = 'page'\nbooks = sqlite3.connect(name)\nbooks.execute('CREATE TABLE book (title)')\nbooks.commit()\ndef clear(): os.unlink('page')",
], ids=["directory", "file", "database"])
def test_what_a_script_puts_on_the_disk_is_made_anew_in_each_run(hunted: Start, one_python: str, makes: str) -> None:
    """Though it is made before the first loop: one run takes away what the next one needs."""
    unit = hunted(one_python, "import asyncio, os, sqlite3, tempfile\n" + makes + textwrap.dedent("""
        async def main():
            await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.01))
            assert os.path.exists(name)
        try:
            asyncio.run(main())
        finally:
            clear()
    """)).unit()
    for _ in range(3):
        again = unit.run()
        assert again["outcome"] == "passed", again["exception"]


def test_files_are_the_interpreters_own_business_again_behind_the_fork_point(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, script("""
        import asyncio, builtins, io, os
        stock = [type(f).__name__ for f in (io.open, os.mkdir)]
        TWO
        asyncio.run(main())
        assert [type(f).__name__ for f in (builtins.open, os.mkdir, os.unlink)] == ["builtin_function_or_method"] * 3
        assert stock == ["function", "function"]
    """)).unit()
    assert unit.run()["outcome"] == "passed"


def test_a_program_with_a_temporary_directory_is_run_again_in_process(hunted: Start, one_python: str) -> None:
    """The first one a program makes is preceded by a try under a lock: no place to stand while the program is run again."""
    unit = hunted(one_python, script("""
        import tempfile
        import asyncio
        TWO
        with tempfile.TemporaryDirectory():
            asyncio.run(main())
    """)).unit()
    assert unit.search(50).done["mode"] == "in-process"
