"""A script as a unit: `python app.py`, `python -m app`, `python -c ...`, an installed command.

In a fork the program simply goes on from where it stopped.  In process its `__main__` is executed again in a new
module, with the project's own modules imported afresh from their compiled code.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import atexit
import contextvars
import gc
import importlib.machinery
import os
import sys
import types
from typing import Any

from . import sites, threads
from .engine import Abort
from .execution import Execution
from .state import Leftovers
from .unit import Report, Unit

BECOMES = "the program becomes another one (os.exec): what that does is not seen"


class ScriptUnit(Unit):
    """The program of this interpreter, stopped before its first event loop."""

    kind = "script"

    def __init__(self, latency: float) -> None:
        main = sys.modules["__main__"]
        spec = getattr(main, "__spec__", None)
        self.argv = list(sys.argv)
        self.path = list(sys.path)
        self.spec = spec
        ending = spec is None and not hasattr(main, "__file__") and sys.argv[:1] not in ([], [""], ["-c"], ["-"])
        self.file = os.path.abspath(sys.argv[0]) if ending else getattr(main, "__file__", None)  # the interpreter takes it away when a script is over
        super().__init__(spec.name if spec else (os.path.basename(self.file) if self.file else "-c"), latency)
        self.code: types.CodeType | None = None
        try:
            self.code = self._main_code()
        except (OSError, SyntaxError, ImportError, AttributeError, ValueError) as error:
            self.why_not = f"the program's source cannot be compiled again: {error}"
        if ending:
            self.why_not = "its first loop or thread comes when the interpreter ends"

    def _main_code(self) -> types.CodeType:
        if self.spec is not None:
            code = self.spec.loader.get_code(self.spec.name)
            assert isinstance(code, types.CodeType)
            return code
        if self.file is not None:
            with open(self.file, "rb") as f:
                return compile(f.read(), self.file, "exec", dont_inherit=True)
        return compile(sys.orig_argv[sys.orig_argv.index("-c") + 1], "<string>", "exec", dont_inherit=True)

    def begin(self, execution: Execution, report: Report) -> None:
        finish_at_exit(execution, report)
        execution.begin()

    def prepare_reruns(self) -> None:
        sys.meta_path.insert(0, _Again())
        self.leftovers = Leftovers()
        self.leftovers.watch()

    def rerun(self, execution: Execution) -> int:
        """Execute `__main__` once more -> exit status."""
        assert self.code is not None
        again = sys.meta_path[0]
        assert isinstance(again, _Again)
        again.forget_project()
        main = types.ModuleType("__main__")
        main.__dict__.update(__file__=self.file, __spec__=self.spec, __builtins__=__builtins__,
                             __package__=self.spec.parent if self.spec else None,
                             __loader__=self.spec.loader if self.spec else None, __cached__=None)
        sys.modules["__main__"] = main
        sys.argv[:] = self.argv
        sys.path[:] = self.path
        if _signal.getsignal(_signal.SIGINT) is not _signal.SIG_IGN:
            _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # asyncio.run then installs none: a third of its cost
        status = 0
        threads.names_afresh()
        try:
            contextvars.Context().run(exec, self.code, main.__dict__)
        except SystemExit as leaving:
            status = exit_status(leaving)
        except Abort as abort:
            execution.failure = abort
            status = 1
        except BaseException as error:  # noqa: BLE001 - whatever leaves the program is its failure
            execution.failure = error
            status = 1
        if execution.engine.world is not None:
            status = threads.at_the_end(execution) or status
        self.leftovers.clear()
        return status


def exit_status(leaving: SystemExit) -> int:
    if leaving.code is None:
        return 0
    return leaving.code & 0xFF if isinstance(leaving.code, int) else 1


def finish_at_exit(execution: Execution, report: Any) -> None:
    """`report` is called when the interpreter ends, however it ends."""
    hook = sys.excepthook
    pid = os.getpid()

    def note(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        execution.failure = error
        if execution.engine.world is not None:
            execution.engine.world.failed = True
        hook(kind, error, trace)

    def finish() -> None:
        if execution.finished or os.getpid() != pid:
            return
        execution.finished = True
        execution.end()
        report()
        gc.freeze()  # nothing is collected from here on: what is left of the interpreter's end costs half

    stock_exit = os._exit

    def leave(status: int) -> None:
        finish()
        stock_exit(status)

    def becomes(stock: Any) -> Any:
        """os.execv, os.execve: what comes after is another program, and not seen."""

        def become(*args: Any) -> Any:
            if os.getpid() == pid and not execution.finished:
                execution.engine.note_uncontrolled(BECOMES, sites.text(sites.user_site(sys._getframe(1))))
                finish()
            return stock(*args)

        return become

    def abort(_: Abort) -> None:
        finish()
        stock_exit(0)

    sys.excepthook = note
    os._exit = leave
    os.execv, os.execve = becomes(os.execv), becomes(os.execve)
    execution.engine.on_abort = abort
    global _finish
    _finish = finish


_finish: Any = None


@atexit.register
def _at_exit() -> None:
    """Registered before the user's first import, so it runs after everything they registered."""
    if _finish is not None:
        _finish()


def _is_project(module: Any) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and getattr(module, "__name__", "") != "__main__" and not file.endswith((".so", ".pyd")) and \
        sites.is_user_file(file) and not sites.is_taken_for_users(file)


class _Again:
    """Imports the project's modules from the code they were compiled to the first time."""

    def __init__(self) -> None:
        self.code: dict[str, tuple[Any, types.CodeType]] = {}
        self.others: dict[str, Any] = {}

    def forget_project(self) -> None:
        """Take the project's modules out of the module table."""
        modules, others = sys.modules, self.others
        for name in [n for n in modules if n not in others]:
            module = modules[name]
            if _is_project(module):
                self.keep(name, modules.pop(name))
            elif name != "__main__":
                others[name] = module

    def keep(self, name: str, module: Any) -> None:
        if name in self.code:
            return
        spec = getattr(module, "__spec__", None)
        get_code = getattr(getattr(spec, "loader", None), "get_code", None)
        if get_code is not None:
            code = get_code(name)
            if code is not None:
                self.code[name] = (spec, code)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        kept = self.code.get(name)
        if kept is None:
            return None
        old, code = kept
        spec = importlib.machinery.ModuleSpec(name, _Loader(code, old), origin=old.origin,
                                              is_package=old.submodule_search_locations is not None)
        spec.submodule_search_locations = (
            list(old.submodule_search_locations) if old.submodule_search_locations is not None else None)
        spec.cached = old.cached
        spec.has_location = old.has_location
        return spec


class _Loader:
    def __init__(self, code: types.CodeType, old: Any) -> None:
        self.code = code
        self.old = old

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        exec(self.code, module.__dict__)

    def get_code(self, name: str) -> types.CodeType:
        return self.code


