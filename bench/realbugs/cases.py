"""The cases as data: one directory each, described by its case.toml.

[case]      package, python (the interpreter of each side), runtime ("asyncio" or "threads"), symptom
[sides]     requirement files of the buggy and of the fixed side, the first one of each is the one to use where one is enough
[run]       servers (of tests/live/servers.py), options (of racetrap hunt, where ordinary use is not enough)
[expects]   families, and the root: path inside the package, functions
[healthy]   line: a regular expression that every line of an undisturbed or merely slow run matches in full; a judge from outside, so that
            the workload needs no assert
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Root:
    """Where the bug sits: a path as the installed package has it, and the functions involved."""

    path: str
    functions: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    name: str
    home: Path
    package: str
    python: dict[str, str]
    runtime: str
    symptom: str
    buggy: tuple[Path, ...]
    fixed: tuple[Path, ...]
    servers: tuple[str, ...]
    options: tuple[str, ...]
    families: tuple[str, ...]
    root: Root
    healthy: str

    @property
    def workload(self) -> Path:
        return self.home / "workload.py"

    def python_for(self, requirements: Path) -> str:
        """The version of the interpreter that a requirement file of this case is meant for, "3.12"."""
        return self.python["buggy" if requirements in self.buggy else "fixed"]

    def sides(self) -> Iterator[tuple[str, Path]]:
        """("buggy" or "fixed", requirement file) for each."""
        yield from (("buggy", path) for path in self.buggy)
        yield from (("fixed", path) for path in self.fixed)


def load(name: str) -> Case:
    """The case in the directory of that name; KeyError names what its case.toml lacks."""
    home = HERE / name
    data = tomllib.loads((home / "case.toml").read_text())
    case, sides, run, expects = data["case"], data["sides"], data["run"], data["expects"]
    return Case(
        name=name,
        home=home,
        package=case["package"],
        python=case["python"],
        runtime=case["runtime"],
        symptom=case["symptom"],
        buggy=tuple(home / file for file in sides["buggy"]),
        fixed=tuple(home / file for file in sides["fixed"]),
        servers=tuple(run["servers"]),
        options=tuple(run["options"]),
        families=tuple(expects["families"]),
        root=Root(expects["root"]["path"], tuple(expects["root"]["functions"])),
        healthy=data["healthy"]["line"],
    )


def names() -> list[str]:
    return sorted(path.parent.name for path in HERE.glob("*/case.toml"))


def chosen(given: list[str]) -> list[Case]:
    """The cases of those names, or all."""
    return [load(name) for name in given or names()]
