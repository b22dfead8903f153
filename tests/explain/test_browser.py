"""The page in a real browser: nothing runs over its edge, and it is readable in light and dark."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from made import explanation

from racetrap.report import html

CHROMIUM = next((c for c in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if c), None)
REQUIRED = os.environ.get("RACETRAP_LIVE") == "required"
QUIETLY = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
pytestmark = pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no chromium here (apt-get install chromium): the page was not looked at")
MEASURE = """<script>addEventListener('load', () => { const d = document.documentElement, s = getComputedStyle(document.body);
document.body.setAttribute('data-measured', [d.scrollWidth, d.clientWidth, s.backgroundColor, s.color,
document.querySelectorAll('g.event').length, [...document.querySelectorAll('svg')].every(e => e.getBoundingClientRect().height > 50)].join('|')) })</script>"""


def measured(page: Path, width: int, *options: str) -> list[str]:
    """What a script of the test's own measures in the rendered page."""
    assert CHROMIUM is not None, "RACETRAP_LIVE=required, but no chromium is installed"
    done = subprocess.run(
        [CHROMIUM, *QUIETLY, f"--window-size={width},1400", "--virtual-time-budget=2000", *options, "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120,
    )
    return done.stdout.split('data-measured="', 1)[1].split('"', 1)[0].split("|")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("async def work(pool):\n    c = await pool.acquire()\n    pool.release(c)\n    await c.ack()\n")
    content = html.render([explanation(str(tmp_path))])
    content = content.replace("default-src 'none'", "script-src 'unsafe-inline'").replace("</head>", MEASURE + "</head>")
    (tmp_path / "page.html").write_text(content)
    return tmp_path / "page.html"


@pytest.mark.parametrize("width", [500, 1400])
def test_nothing_runs_over_the_edge(page: Path, width: int) -> None:
    scroll, client, *_, events, drawn = measured(page, width)
    assert int(scroll) <= int(client)
    assert int(events) == 3
    assert drawn == "true"


def test_dark_is_dark_and_light_is_light(page: Path) -> None:
    light = measured(page, 1000)
    dark = measured(page, 1000, "--blink-settings=preferredColorScheme=0")
    assert light[2] == "rgb(255, 255, 255)"
    assert dark[2] != light[2]
    assert dark[3] != light[3]
