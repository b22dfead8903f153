"""`--inject`: what a caller that gives up brings to light, from the command to the report."""

from __future__ import annotations

from pathlib import Path

from hunting import hunt, told

PROGRAM = """
import asyncio

class Line:
    async def call(self):
        await asyncio.sleep(0.01)

async def ask(lines):
    line = await lines.get()
    await line.call()
    lines.put_nowait(line)

async def main():
    lines = asyncio.Queue()
    lines.put_nowait(Line())
    await asyncio.gather(*(asyncio.create_task(ask(lines)) for _ in range(3)), return_exceptions=True)

asyncio.run(main())
"""


def test_a_caller_that_gives_up_takes_the_line_with_it(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PROGRAM)
    without = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--schedules", "200", "--no-save")
    assert without["verdict"] == "holds-within-bounds", told(without)
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--schedules", "300", "--inject", "cancel", "--no-save")
    (finding,) = [f for f in report["findings"] if f["code"] == "POOL005"]
    assert finding["title"].endswith("(injected: cancel task)")
    assert [a["kind"] for a in finding["assumes"] if a["kind"] == "fault"] == ["fault"]
    assert (finding["replayed"], finding["stock"]) == ([10, 10], "confirmed")
    assert (report["bounds"]["inject"], report["bounds"]["faults"]) == (["cancel"], 1)
