"""Quoting source lines; files are read, never imported."""

from __future__ import annotations

import tokenize
from pathlib import Path


class SourceLines:
    """Lines of the files below a root, each file read once."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._files: dict[str, list[str]] = {}

    def line(self, path: str, number: int) -> str:
        """Line `number` (from 1) without its indentation; empty where there is none."""
        if path not in self._files:
            self._files[path] = self._read(Path(self.root, path))
        lines = self._files[path]
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def _read(self, path: Path) -> list[str]:
        try:
            with tokenize.open(path) as file:
                return file.read().splitlines()
        except (OSError, SyntaxError, UnicodeDecodeError):
            return []
