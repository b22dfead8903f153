"""Text of the hunted program, made harmless for a terminal.

Names and values can hold escape sequences that recolour, retitle or rewrite a terminal, and
direction marks that make a line read differently from what it is.  They are shown, not obeyed.
"""

from __future__ import annotations

import unicodedata

from racetrap.errors import Problem


def inert(text: str) -> str:
    """`text` in one line: every control and format character written out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def inert_lines(text: str) -> list[str]:
    """The lines of `text`, each inert, tabs as spaces."""
    return [inert(line) for line in text.expandtabs(4).splitlines()]


def problem_lines(problem: Problem) -> str:
    """What is wrong, how that was seen, what puts it right; it may quote the hunted program."""
    text = f"{problem.what}\n    seen  {problem.seen}\n    fix   {problem.fix}"
    return "".join(f"{line}\n" for line in inert_lines(text))


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character
