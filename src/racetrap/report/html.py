"""stub"""
from pathlib import Path


def render(made): return ""
def write_index(d: Path) -> None: ...
