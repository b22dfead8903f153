"""pytest's corners, with several releases of its asyncio plugins."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import interpreters
import probing
import pytest

Start = Callable[..., probing.Workload]


@pytest.fixture(params=interpreters.ENVIRONMENTS)
def plugged(request: pytest.FixtureRequest) -> str:
    """An interpreter with pytest and its plugins."""
    return _environment(request.param)


@pytest.fixture(params=["newest", "newest-3.11"])
def newest(request: pytest.FixtureRequest) -> str:
    return _environment(request.param)


@pytest.fixture
def one() -> str:
    return _environment("newest")


def _environment(name: str) -> str:
    try:
        return interpreters.environment(name)
    except LookupError as error:
        pytest.skip(str(error))


def project(where: Path, **files: str) -> None:
    for name, text in files.items():
        name = name.replace("__", ".") if "__" in name else name + ".py"
        (where / name).write_text(textwrap.dedent(text).lstrip("\n"))


def sound(unit: probing.Unit, *, count: int = 60, mode: str = "in-process") -> None:
    first = unit.run()
    assert first["outcome"] == "passed", first["exception"] or first
    assert first["uncontrolled"] == []
    searched = unit.search(count)
    assert [f["violation"] for f in searched.found] == []
    assert searched.done["mode"] == mode, searched.done["why"]


PYTEST = ["-m", "pytest", "-q"]


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_async_fixtures_of_every_scope_run_in_their_order(hunted: Start, tmp_path: Path, plugged: str, mode: str) -> None:
    new = "asyncio-0.21" not in plugged
    loop = ', loop_scope="session"' if "newest" in plugged else ""
    project(tmp_path, pytest__ini=f"[pytest]\nasyncio_mode = {mode}\n", test_it=f"""
        import asyncio, pytest, pytest_asyncio
        log = []
        {"" if new else '''
        @pytest.fixture(scope="session")
        def event_loop():
            loop = asyncio.new_event_loop()
            yield loop
            loop.close()
        '''}
        @pytest_asyncio.fixture(scope="session"{loop})
        async def session():
            await asyncio.sleep(1)
            log.append("session")
            yield "s"
            log.append("never seen: the session does not end in a run")
        @pytest_asyncio.fixture(scope="module"{loop})
        async def module(session):
            await asyncio.to_thread(log.append, "module")
            return session + "m"
        @pytest_asyncio.fixture
        async def function(module):
            await asyncio.sleep(0.01)
            log.append("function")
            yield module + "f"
            await asyncio.sleep(0.01)
            log.append("end of function")
        class TestIt:
            @pytest_asyncio.fixture(scope="class"{loop})
            async def klass(self, module):
                log.append("class")
                return module + "c"
            @pytest.mark.asyncio{'(loop_scope="session")' if loop else ""}
            async def test_all(self, klass, function):
                await asyncio.gather(asyncio.sleep(0.1), asyncio.sleep(0.2))
                assert (klass, function) == ("smc", "smf")
                assert log == ["session", "module", "class", "function"], log
    """)
    if "asyncio-0.23" in plugged:  # before 0.24 a test runs in the loop of its own function
        text = (tmp_path / "test_it.py").read_text().replace('await asyncio.to_thread(log.append, "module")', 'log.append("module")')
        (tmp_path / "test_it.py").write_text(text)
    if not new:
        text = (tmp_path / "test_it.py").read_text()
        (tmp_path / "test_it.py").write_text(text)
    workload = hunted(plugged, PYTEST)
    sound(workload.unit())


def test_every_parameter_is_a_unit_of_its_own(hunted: Start, tmp_path: Path, plugged: str) -> None:
    project(tmp_path, pytest__ini="[pytest]\nasyncio_mode = auto\n", test_it="""
        import asyncio, pytest
        @pytest.mark.parametrize("n", [1, 2])
        @pytest.mark.parametrize("word", ["a", "b"])
        async def test_it(n, word):
            await asyncio.gather(asyncio.sleep(n), asyncio.sleep(n))
    """)
    units = hunted(plugged, PYTEST).units(4)
    assert sorted(units) == [f"test_it.py::test_it[{w}-{n}]" for w in "ab" for n in (1, 2)]
    for unit in units.values():
        sound(unit, count=20)


def test_unittests_asynchronous_cases_are_owned(hunted: Start, tmp_path: Path, plugged: str) -> None:
    project(tmp_path, test_it="""
        import asyncio, unittest
        class TestIt(unittest.IsolatedAsyncioTestCase):
            def setUp(self):
                self.order = []
            async def asyncSetUp(self):
                await asyncio.sleep(3600)
                self.order.append("up")
            async def asyncTearDown(self):
                await asyncio.sleep(3600)
            async def test_it(self):
                async def one(n):
                    await asyncio.sleep(0.01)
                    self.order.append(n)
                await asyncio.gather(one(1), one(2))
                self.assertEqual(sorted(self.order[1:]), [1, 2])
    """)
    sound(hunted(plugged, PYTEST).unit())


def test_a_unittests_failure_under_some_schedule_is_found(hunted: Start, tmp_path: Path, plugged: str) -> None:
    project(tmp_path, test_it="""
        import asyncio, unittest
        class TestIt(unittest.IsolatedAsyncioTestCase):
            async def test_order(self):
                order = []
                async def one(n):
                    await asyncio.sleep(0.01)
                    order.append(n)
                await asyncio.gather(one(1), one(2))
                self.assertEqual(order, [1, 2])
            async def test_fails(self):
                self.fail("always")
            async def test_skips(self):
                self.skipTest("today")
            @unittest.expectedFailure
            async def test_expected(self):
                self.fail("as told")
    """)
    units = hunted(plugged, PYTEST).units(4)
    assert units["test_it.py::TestIt::test_order"].run()["outcome"] == "passed"
    searched = units["test_it.py::TestIt::test_order"].search(40)
    assert searched.codes == ["USER001"] and searched.done["mode"] == "in-process", searched.done
    assert units["test_it.py::TestIt::test_fails"].run()["exception"]["message"] == "always"
    assert units["test_it.py::TestIt::test_skips"].run()["outcome"] == "passed"
    assert units["test_it.py::TestIt::test_expected"].run()["outcome"] == "passed"


def test_anyios_plugin_is_owned_and_trio_is_named(hunted: Start, tmp_path: Path, newest: str) -> None:
    project(tmp_path, test_it="""
        import anyio, pytest
        pytestmark = pytest.mark.anyio
        @pytest.fixture
        async def number():
            await anyio.sleep(0.01)
            yield 3
            await anyio.sleep(0.01)
        async def test_it(number):
            done = []
            async def one(n):
                await anyio.sleep(0.01 * n)
                done.append(n)
            with anyio.fail_after(60):
                async with anyio.create_task_group() as group:
                    for n in range(number):
                        group.start_soon(one, n)
            assert sorted(done) == [0, 1, 2]
    """)
    units = hunted(newest, [*PYTEST, "-p", "no:asyncio"]).units(2)
    sound(units["test_it.py::test_it[asyncio]"])
    other = units["test_it.py::test_it[trio]"].run()
    assert other["outcome"] == "passed", other
    assert any("trio" in u["what"] for u in other["uncontrolled"]), other["uncontrolled"]


def test_hypothesis_examples_are_fixed_by_seed(hunted: Start, tmp_path: Path, newest: str) -> None:
    project(tmp_path, test_it="""
        import asyncio
        from hypothesis import given, settings, strategies as st
        @settings(max_examples=5, deadline=None)
        @given(st.integers())
        def test_it(n):
            async def main():
                async def one(k):
                    await asyncio.sleep(0.01)
                    seen.append(k)
                seen = []
                await asyncio.gather(one(n), one(-n))
                assert sorted(seen) == sorted([n, -n])
                with open("examples", "a") as f:
                    print(n, file=f)
            asyncio.run(main())
    """)
    unit = hunted(newest, PYTEST).unit()
    seen = []
    for _ in range(3):
        (tmp_path / "examples").unlink(missing_ok=True)
        result = unit.run()
        assert result["outcome"] == "passed", result["exception"]
        seen.append((result["digest"], (tmp_path / "examples").read_text()))
    assert len(set(seen)) == 1 and len(seen[0][1].splitlines()) == 5
    assert unit.search(10).found == []
    assert not (tmp_path / ".hypothesis" / "examples").exists(), "no database"


@pytest.mark.parametrize(("option", "told"), [
    ("-n2", "-n (pytest-xdist)"), ("--cov=.", "--cov"), ("--timeout=1", "pytest-timeout"), ("--reruns=3", "pytest-rerunfailures"),
    ("--pdb", "--pdb"),
])
@pytest.mark.parametrize("where", ["addopts", "command"])
def test_what_does_not_go_with_schedules_is_switched_off_and_named(hunted: Start, tmp_path: Path, one: str, option: str, told: str, where: str) -> None:
    project(tmp_path, pytest__ini="[pytest]\nasyncio_mode = auto\n" + (f"addopts = {option}\n" if where == "addopts" else ""), test_it="""
        import asyncio
        async def test_it():
            await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))
    """)
    workload = hunted(one, [*PYTEST, *([option] if where == "command" else [])])
    sound(workload.unit(), count=20)
    assert any(told in n and "switched off" in n for n in workload.notices()), workload.said
    assert not list(tmp_path.glob(".coverage*"))


def test_an_option_that_takes_a_plugin_away_is_kept(hunted: Start, tmp_path: Path, one: str) -> None:
    project(tmp_path, pytest__ini="[pytest]\naddopts = -p no:cacheprovider -p no:xdist -p no:asyncio\n", test_it="""
        import asyncio
        def test_it():
            asyncio.run(asyncio.wait_for(asyncio.sleep(1), 30))
    """)
    workload = hunted(one, PYTEST)
    sound(workload.unit(), count=20)
    assert workload.notices() == []


def test_the_asserts_text_is_rewritten_as_pytest_does_it(hunted: Start, tmp_path: Path, plugged: str) -> None:
    project(tmp_path, pytest__ini="[pytest]\nasyncio_mode = auto\n", test_it="""
        import asyncio
        async def test_it():
            order = []
            async def one(n):
                await asyncio.sleep(0.01 * n)
                order.append(n)
            await asyncio.gather(one(1), one(2))
            assert order == [1, 2]
    """)
    unit = hunted(plugged, PYTEST).unit()
    assert unit.run()["outcome"] == "passed"
    searched = unit.search(60)
    assert searched.codes == ["USER001"]
    violation = searched.found[0]["violation"]
    assert violation["title"] == "AssertionError: assert [2, 1] == [1, 2]"
    assert (violation["sites"][0]["path"], violation["sites"][0]["line"]) == ("test_it.py", 8)
    again = [unit.run(searched.found[0]["schedule"]) for _ in range(5)]
    assert {r["outcome"] for r in again} == {"failed"} and len({r["digest"] for r in again}) == 1


def test_fixtures_of_pytest_itself_work_in_every_run(hunted: Start, tmp_path: Path, plugged: str) -> None:
    project(tmp_path, pytest__ini="[pytest]\nasyncio_mode = auto\n", module="VALUE = 1\n", conftest="""
        import pytest
        @pytest.fixture
        def basket(request):
            assert request.node.name == "test_it"
            return []
        @pytest.fixture(autouse=True)
        def always(basket):
            basket.append("always")
    """, test_it="""
        import asyncio, logging, module
        async def test_it(basket, capsys, caplog, tmp_path, monkeypatch):
            assert basket == ["always"] and module.VALUE == 1
            monkeypatch.setattr(module, "VALUE", 2)
            monkeypatch.setenv("THING", "1")
            print("hello")
            await asyncio.gather(asyncio.sleep(0.1), asyncio.sleep(0.2))
            assert capsys.readouterr().out == "hello\\n"
            logging.getLogger("x").warning("careful %d", module.VALUE)
            assert caplog.messages == ["careful 2"]
            (tmp_path / "file").write_text("x")
            assert [p.name for p in tmp_path.iterdir()] == ["file"]
    """)
    sound(hunted(plugged, PYTEST).unit(), count=60)


def test_marks_that_skip_or_expect_failure_are_honoured(hunted: Start, tmp_path: Path, plugged: str) -> None:
    project(tmp_path, pytest__ini="[pytest]\nasyncio_mode = auto\n", test_it="""
        import asyncio, pytest
        @pytest.mark.skip
        async def test_skipped():
            assert False
        @pytest.mark.xfail
        async def test_expected():
            await asyncio.sleep(0.1)
            assert False
        async def test_skips_itself():
            await asyncio.sleep(0.1)
            pytest.skip("not today")
        @pytest.mark.skipif(True, reason="r")
        def test_plain(): assert False
    """)
    for unit in hunted(plugged, PYTEST).units(4).values():
        result = unit.run()
        assert result["outcome"] == "passed", (unit.name, result)
        assert unit.search(30).found == []


def test_failures_of_test_and_fixture_are_told_apart(hunted: Start, tmp_path: Path, plugged: str) -> None:
    project(tmp_path, pytest__ini="[pytest]\nasyncio_mode = auto\n", test_it="""
        import asyncio, pytest
        @pytest.fixture
        async def broken():
            await asyncio.sleep(0.1)
            raise RuntimeError("no broker")
        @pytest.fixture(scope="module")
        def wide():
            raise RuntimeError("no server")
        async def test_fails():
            await asyncio.sleep(0.1)
            assert 1 + 1 == 3
        async def test_fixture_fails(broken): pass
        async def test_wide_fixture_fails(wide): pass
    """)
    workload = hunted(plugged, PYTEST)
    units = workload.units(2)
    fails, fixture = units["test_it.py::test_fails"].run(), units["test_it.py::test_fixture_fails"].run()
    assert fails["outcome"] == "failed" and fails["exception"]["message"].startswith("assert (1 + 1) == 3")
    assert fixture["outcome"] == "failed" and fixture["exception"]["message"] == "no broker"
    assert any("test_wide_fixture_fails" in n and "no server" in n for n in workload.notices())


def test_a_test_id_that_collects_nothing_is_no_unit(hunted: Start, tmp_path: Path, one: str) -> None:
    project(tmp_path, test_it="def test_it(): pass\n")
    workload = hunted(one, [*PYTEST, "test_it.py::test_other"])
    assert workload.process.wait(30) == 4
    assert "not found" in workload.output()


def test_module_state_is_put_back_between_runs(hunted: Start, tmp_path: Path, plugged: str) -> None:
    project(tmp_path, pytest__ini="[pytest]\nasyncio_mode = auto\n", thing="""
        import asyncio, itertools, functools
        class Thing:
            numbers = itertools.count(1)
            made = []
            def __init__(self):
                self.number = next(Thing.numbers)
                Thing.made.append(self)
        cache = {}
        lock = asyncio.Lock()
        @functools.lru_cache
        def remembered(n): return [n]
    """, test_it="""
        import asyncio, thing
        async def test_it():
            things = [thing.Thing() for _ in range(3)]
            assert [t.number for t in things] == [1, 2, 3] and len(thing.Thing.made) == 3
            assert not thing.cache and thing.remembered(1) == [1]
            thing.remembered(1).append(2)
            async def one(n):
                async with thing.lock:
                    await asyncio.sleep(0.01)
                    thing.cache[n] = n
            await asyncio.gather(one(1), one(2))
    """)
    sound(hunted(plugged, PYTEST).unit(), count=100)


def test_a_test_that_starts_processes_and_threads_in_its_fixtures_works(hunted: Start, tmp_path: Path, newest: str) -> None:
    project(tmp_path, pytest__ini="[pytest]\nasyncio_mode = auto\nasyncio_default_test_loop_scope = session\nasyncio_default_fixture_loop_scope = session\n", test_it="""
        import asyncio, pytest
        @pytest.fixture(scope="session")
        async def warm():
            return await asyncio.to_thread(sum, [1, 2])
        async def test_it(warm):
            assert warm == 3
            assert await asyncio.to_thread(sum, [3, 4]) == 7
            a, b = await asyncio.gather(asyncio.to_thread(len, "abc"), asyncio.sleep(1, 2))
            assert (a, b) == (3, 2)
    """)
    sound(hunted(newest, PYTEST).unit(), count=40)


def test_a_thread_that_dies_under_pytest_is_a_finding_as_anywhere_else(hunted: Start, tmp_path: Path, plugged: str) -> None:
    """pytest's own hook for that only warns."""
    project(tmp_path, test_it="""
        import threading
        def test_it():
            left = {"a": 1}
            def take():
                if "a" in left:
                    del left["a"]
            threads = [threading.Thread(target=take) for _ in range(2)]
            for t in threads: t.start()
            for t in threads: t.join()
    """)
    searched = hunted(plugged, PYTEST).unit().search(200)
    assert {v["violation"]["certain"] for v in searched.found if v["violation"]["code"] == "TASK006"} == {True}
