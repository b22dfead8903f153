"""Quoting source lines; files are read, never imported."""

from __future__ import annotations

import tokenize
from pathlib import Path


class SourceLines:
    """Lines of the files below a root, each file read once.

    Only Python source is read, and below the root or, by `installed`, where the run said that it lies: a finding of unknown
    origin shall not quote other files.
    """

    def __init__(self, root: str, installed: dict[str, str] | None = None) -> None:
        self.root = root
        self._installed = installed or {}
        self._files: dict[str, list[str]] = {}

    def line(self, path: str, number: int) -> str:
        """Line `number` (from 1) without its indentation; empty where there is none."""
        return self.raw(path, number).strip()

    def raw(self, path: str, number: int) -> str:
        """The line as it stands, tabs as spaces."""
        lines = self._lines(path)
        return lines[number - 1].expandtabs(4) if 0 < number <= len(lines) else ""

    def has(self, path: str, number: int) -> bool:
        return 0 < number <= len(self._lines(path))

    def _lines(self, path: str) -> list[str]:
        if path not in self._files:
            self._files[path] = self._read(Path(self._installed.get(path) or Path(self.root, path)))
        return self._files[path]

    def _read(self, path: Path) -> list[str]:
        if path.suffix not in (".py", ".pyw", "") or ".." in path.parts:
            return []
        try:
            if not path.suffix and not path.resolve().is_relative_to(Path(self.root).resolve()):
                return []
            with tokenize.open(path) as file:
                return file.read().splitlines()
        except (OSError, SyntaxError, UnicodeDecodeError):
            return []
