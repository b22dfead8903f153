"""The start-up hook.

Python imports `sitecustomize` before the program's first line.  This one takes the job,
takes itself out of the way (path, environment, module table), runs the sitecustomize
that would have run without it, and hands over to the probe.  Child Pythons find
neither the directory nor the job: they run untouched.
"""

import importlib
import importlib.util
import os
import sys


def _step_aside(here: str) -> None:
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != here]
    kept = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p and os.path.abspath(p) != here]
    if kept:
        os.environ["PYTHONPATH"] = os.pathsep.join(kept)
    else:
        os.environ.pop("PYTHONPATH", None)
    sys.path_importer_cache.pop(here, None)


def _run_the_one_that_was_there(own: object) -> None:
    sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = own  # type: ignore[assignment]


def _load_probe(package: str) -> None:
    spec = importlib.util.spec_from_file_location(
        "racetrap_probe", os.path.join(package, "__init__.py"), submodule_search_locations=[package]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["racetrap_probe"] = module
    spec.loader.exec_module(module)


_here = os.path.dirname(os.path.abspath(__file__))
_own = sys.modules.get("sitecustomize")
_job = os.environ.pop("RACETRAP_JOB", None)
_step_aside(_here)
if _job:
    if sys.version_info < (3, 11):  # noqa: UP036 - any interpreter can be handed to us
        sys.stderr.write(  # no f-string: this must compile on any Python 3
            "racetrap: this interpreter is Python %d.%d; 3.11 or newer is needed (%s)\n"  # noqa: UP031
            % (sys.version_info[0], sys.version_info[1], sys.executable)
        )
    else:
        _load_probe(os.path.dirname(_here))
        importlib.import_module("racetrap_probe.startup").start(_job)
_run_the_one_that_was_there(_own)
