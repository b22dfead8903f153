"""Tracebacks with the frames of the user's own project only."""

from __future__ import annotations

import re

from racetrap.report.inert import inert_lines

_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line \d+')
_INSTALLED = ("/site-packages/", "/dist-packages/", "/racetrap_probe/", "/lib/python")


def own_frames(text: str, root: str) -> list[str]:
    """The lines of a traceback (or of any output), inert; frames outside `root` are counted in one line each time."""
    kept: list[str] = []
    skipped = 0
    inside_skipped = False
    for line in inert_lines(text):
        match = _FRAME.match(line)
        if match is not None:
            inside_skipped = not _is_own(match["path"], root)
            skipped += inside_skipped
        elif not line.startswith("    "):
            inside_skipped = False
        if inside_skipped:
            continue
        if skipped:
            kept.append(_counted(skipped))
            skipped = 0
        kept.append(line)
    if skipped:
        kept.append(_counted(skipped))
    return kept


def _counted(skipped: int) -> str:
    return f"  ... {skipped} {'frame' if skipped == 1 else 'frames'} outside the project"


def _is_own(path: str, root: str) -> bool:
    absolute = path.startswith("/")
    if absolute and not path.startswith(root.rstrip("/") + "/"):
        return False
    return not any(part in path for part in _INSTALLED) and not path.startswith("<")
