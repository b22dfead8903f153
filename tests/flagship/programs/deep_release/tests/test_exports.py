import asyncio
from collections import deque

from exports import Broker, Runner


async def export(name):
    await asyncio.sleep(0.002)
    if name == "empty":
        raise RuntimeError("nothing to export")
    return len(name)


async def test_runs_what_is_asked_for():
    names = ["orders", "customers", "stock", "prices"] + [f"archive {year}" for year in range(2010, 2020)]
    runner = Runner(Broker(deque(names)), export, links=3)
    await runner.run(workers=4)
    await runner.close()
    assert runner.rows == {name: len(name) for name in names}
    assert not runner.failures


async def test_an_export_that_fails_does_not_stop_the_next():
    runner = Runner(Broker(deque(["orders", "empty", "stock", "prices"])), export, links=4)
    await runner.run(workers=2)
    await runner.close()
    assert sorted(runner.rows) == ["orders", "prices", "stock"]
    assert runner.failures == {"empty": "nothing to export"}
