"""pytest as the workload: every selected test is a unit of its own.

Loaded only into a hunted pytest (PYTEST_PLUGINS, set by the start-up hook).  For each item the fixtures wider than function scope
are set up once, in FIFO order; then a fork server takes the item over, and this process goes on to
the next.  When all items are handed over it waits for the app, so that what session fixtures started stays up.

PYTEST_DONT_REWRITE (it is imported before pytest's own hooks)
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import Any

import pytest

from . import current, heap, sites, threads
from .engine import Abort
from .execution import Execution
from .learn import learn
from .leases import wrap_seen
from .script import exit_status
from .server import Server, connect
from .state import Snapshot
from .strategies.stock import Stock
from .unit import Report, Unit

_job: dict[str, Any] = {}
_control: socket.socket | None = None
_handed: list[int] = []


def prepare(job: dict[str, Any], control: socket.socket) -> None:
    """Called by the start-up hook with the job and the line to the app."""
    global _control
    _job.update(job)
    _control = control


def _say(message: dict[str, Any]) -> None:
    import json

    assert _control is not None
    _control.sendall(json.dumps(message).encode() + b"\n")


# --------------------------------------------------------------- switched off
_OFF: tuple[tuple[str, str, Any, str], ...] = (
    ("numprocesses", "xdist", 0, "-n (pytest-xdist): schedules need one process"),
    ("no_cov", "_cov", True, "--cov (pytest-cov): it slows every line and keeps state between runs"),
    ("usepdb", "pdb", False, "--pdb"),
    ("timeout", "timeout", 0, "pytest-timeout: real time says nothing here"),
    ("reruns", "rerunfailures", 0, "pytest-rerunfailures: every failure counts"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: Any, parser: Any, args: list[str]) -> None:
    os.environ["PYTEST_PLUGINS"] = ",".join(
        p for p in os.environ.get("PYTEST_PLUGINS", "").split(",") if p and p != "racetrap_probe.pytest_plugin")
    if not os.environ["PYTEST_PLUGINS"]:
        del os.environ["PYTEST_PLUGINS"]
    space = early_config.known_args_namespace
    if hasattr(space, "no_cov"):
        if getattr(space, "cov_source", None):
            _say({"msg": "notice", "text": "switched off for the hunt: " + _OFF[1][3]})
        space.no_cov = True
        args.append("--no-cov")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: Any) -> None:
    option = config.option
    if getattr(option, "numprocesses", None):
        option.numprocesses = None
        option.dist = "no"
        option.tx = []
        _say({"msg": "notice", "text": "switched off for the hunt: " + _OFF[0][3]})
    if getattr(option, "usepdb", False):
        option.usepdb = False
        _say({"msg": "notice", "text": "switched off for the hunt: --pdb"})
    if getattr(option, "reruns", None):
        option.reruns = 0
        _say({"msg": "notice", "text": "switched off for the hunt: " + _OFF[4][3]})


def pytest_configure(config: Any) -> None:
    os.environ.pop("PYTEST_TIMEOUT", None)
    if config.pluginmanager.hasplugin("timeout"):
        limit = getattr(config.option, "timeout", None) or config.getini("timeout")
        config.option.timeout = 0
        if limit and float(limit) > 0:
            _say({"msg": "notice", "text": "switched off for the hunt: " + _OFF[3][3]})


# ------------------------------------------------------------------ the items
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: Any, nextitem: Any) -> bool:
    if len(_handed) >= int(_job.get("max_units", 64)):
        item.session._setupstate.teardown_exact(nextitem)
        _handed.append(0)
        return True
    base = Execution(Stock(), None, latency=float(_job["latency"]))
    base.engine.quiet = True
    base.engine.forks_are_its_own = False
    base.begin()
    threads.starting += 1  # what runs in wider fixtures is not scheduled
    try:
        _setup_wider(item)
    except BaseException as error:
        if not isinstance(error, Exception):
            raise
        current.engine = None
        _say({"msg": "notice", "text": f"{item.nodeid}: a fixture failed, the test is not hunted: {type(error).__name__}: {error}"})
        item.session._setupstate.teardown_exact(nextitem)
        return True
    finally:
        threads.starting -= 1
    current.engine = None
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        assert _control is not None
        _control.close()
        status = 70
        try:
            _serve(PytestUnit(item, base))
            status = 0
        except BaseException:  # noqa: BLE001 - said, and this child ends here
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)
    _handed.append(pid)
    current.engine = base.engine
    item.session._setupstate.teardown_exact(nextitem)
    current.engine = None
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtestloop(session: Any) -> Any:
    yield
    if not _handed:
        return
    _say({"msg": "collected", "units": len([p for p in _handed if p]), "left_out": _handed.count(0)})
    assert _control is not None
    while _control.recv(4096):
        pass  # until the app says quit, or goes
    for pid in _handed:
        if pid:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass


def _setup_wider(item: Any) -> None:
    """Set up the collectors and the fixtures of wider scope, as pytest would before the first test that needs them."""
    item.session._setupstate.setup(item.parent)
    if not hasattr(item, "_initrequest"):
        return
    item._initrequest()
    definitions = item._fixtureinfo.name2fixturedefs
    wide = [n for n in item.fixturenames if n in definitions and definitions[n][-1].scope != "function"]
    order = {"session": 0, "package": 1, "module": 2, "class": 3}
    unittest_before_pytest_8 = bool(wide) and getattr(item, "_testcase", item) is None
    if unittest_before_pytest_8:  # setUpClass is a method of an instance there, made in the item's own set-up
        item._testcase = item.parent.obj(item.name)
        item._obj = getattr(item._testcase, item.name)
    for name in sorted(wide, key=lambda n: order.get(definitions[n][-1].scope, 4)):
        item._request.getfixturevalue(name)
    if unittest_before_pytest_8:
        item._testcase = item._obj = None


RESET = "racetrap_reset"


class _Parents:
    """Stands for "another test of the same class": only the item itself is torn down."""

    def __init__(self, item: Any) -> None:
        self.chain = item.listchain()[:-1]

    def listchain(self) -> list[Any]:
        return [*self.chain, self]


class PytestUnit(Unit):
    """One pytest item; what is scheduled is its function-scoped fixtures and its body."""

    kind = "pytest"

    def __init__(self, item: Any, base: Execution) -> None:
        super().__init__(item.nodeid, float(_job["latency"]))
        self.item = item
        self.base = base
        self.snapshot: Snapshot | None = None
        self.siblings = _Parents(item)
        self.keeps_directory = "tmp_path" in getattr(item, "fixturenames", ())
        _fix_examples(item)
        _request_reset(item)
        capture = item.config.pluginmanager.getplugin("capturemanager")
        if capture is not None:
            capture.suspend_global_capture(in_=True)
            capture.item_capture = lambda when, item: contextlib.nullcontext()

    def run(self, execution: Execution) -> int:
        """Set up, call and tear down the item once -> 0 passed, 1 failed."""
        item, hook = self.item, self.item.ihook
        execution.engine.adopt(self.base.engine)
        failure: BaseException | None = None
        threads.names_afresh()
        if hasattr(item, "_initrequest"):
            item._initrequest()
        if getattr(item, "_instance", item) is None:
            del item._instance  # pytest 8.2 leaves it so after a unittest's tear-down
        try:
            hook.pytest_runtest_setup(item=item)
            hook.pytest_runtest_call(item=item)
            world = execution.engine.world
            if world is not None and world.running is world.main:
                execution.monitor.threads_ended(world)  # its fixtures have not closed anything yet
        except (pytest.skip.Exception, pytest.xfail.Exception):
            pass
        except SystemExit as leaving:
            failure = leaving if exit_status(leaving) else None
        except BaseException as error:  # noqa: BLE001 - whatever leaves the test is its failure
            failure = _first(error)
        failure = failure or _of_unittest(item)
        if self.keeps_directory:
            _drop_directory(item, failure is None)
        try:
            hook.pytest_runtest_teardown(item=item, nextitem=self.siblings)
        except BaseException as error:  # noqa: BLE001
            failure = failure or error
        if execution.engine.world is not None:
            execution.failure = failure
            threads.at_the_end(execution)
            failure, execution.failure = execution.failure, None
        for name in ("funcargs",):
            if hasattr(item, name):
                getattr(item, name).clear()
        if failure is not None and not _expected(item, failure):
            execution.failure = failure
            return 1
        return 0

    def begin(self, execution: Execution, report: Report) -> None:
        """In a fresh fork: run, report, leave."""

        def leave(_: Abort | None = None) -> None:
            if not execution.finished:
                execution.finished = True
                execution.end()
                report()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)

        execution.engine.on_abort = leave
        execution.begin()
        heap.start_afresh()
        self.run(execution)
        leave()

    def prepare_reruns(self) -> None:
        self.snapshot = Snapshot(m for m in list(sys.modules.values())
                                 if getattr(m, "__file__", None) and sites.is_user_file(m.__file__ or ""))

    def rerun(self, execution: Execution) -> int:
        assert self.snapshot is not None
        self.snapshot.restore()
        return self.run(execution)


def _of_unittest(item: Any) -> BaseException | None:
    """unittest keeps a test's failures instead of raising them; pytest looks there when it makes its report."""
    kept = item.__dict__.pop("_excinfo", None)
    for info in kept or ():
        if not isinstance(info.value, (pytest.skip.Exception, pytest.xfail.Exception)):
            error: BaseException = info.value
            return error
    return None


def _expected(item: Any, failure: BaseException) -> bool:
    """Is the test marked so that this failure is none?"""
    if item.get_closest_marker("xfail") is None:
        return False
    from _pytest.skipping import evaluate_xfail_marks

    mark = evaluate_xfail_marks(item)
    return mark is not None and (mark.raises is None or isinstance(failure, mark.raises))


def _drop_directory(item: Any, passed: bool) -> None:
    """Tell the fixture tmp_path how the test went, as pytest's reporting does: a directory for every run would pile up."""
    from _pytest.tmpdir import tmppath_result_key

    item.stash[tmppath_result_key] = {"setup": True, "call": passed}
    item.config._tmp_path_factory._retention_policy = "failed"


def _request_reset(item: Any) -> None:
    """The fixture `racetrap_reset` of the project, where there is one, comes before all others of the test: it puts back what is kept outside."""
    names = getattr(item, "fixturenames", None)
    if names is None or RESET in names:
        return
    manager = item.session._fixturemanager
    try:
        defined = manager.getfixturedefs(RESET, item)
    except (TypeError, AttributeError):
        defined = manager.getfixturedefs(RESET, item.nodeid)  # pytest 7
    if defined:
        names.insert(0, RESET)


def _fix_examples(item: Any) -> None:
    """A Hypothesis test gets the same examples in every run, no database, no shrinking, and no deadline in virtual time."""
    function = getattr(getattr(item, "obj", None), "__func__", getattr(item, "obj", None))
    if not getattr(function, "is_hypothesis_test", False):
        return
    from hypothesis import HealthCheck, Phase, settings

    assert function is not None
    given = getattr(function, "_hypothesis_internal_use_settings", None) or settings.default
    function._hypothesis_internal_use_settings = settings(
        given, derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate), report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck))


def _first(error: BaseException) -> BaseException:
    """Hypothesis runs a failing example again, under other decisions, and calls it flaky: the first failure is the one."""
    if type(error).__name__ in ("Flaky", "FlakyFailure"):
        for inner in (*getattr(error, "exceptions", ()), error.__cause__, error.__context__):
            if inner is not None:
                return inner
    return error


def _serve(unit: PytestUnit) -> None:
    roles = learn(_job.get("roles") or {}, unit.watched)
    if roles is None:
        return
    unit.roles = roles
    wrap_seen(roles)
    Server(unit, connect(_job["socket"])).serve(roles.notices)
