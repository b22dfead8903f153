import asyncio

from alerts import Broker, Service


async def test_everybody_is_paged():
    paged = set()

    async def page(alert):
        await asyncio.sleep(0.003)
        paged.add(alert)

    alerts = [f"disk {number} is full" for number in range(16)]
    service = Service(Broker(alerts), page)
    await service.run(workers=4)
    assert paged == set(alerts)
    assert service.counts == {"paged": 16}


async def test_an_alert_nobody_is_on_call_for_is_rejected():
    async def page(alert):
        await asyncio.sleep(0.001)
        if alert == "unknown team":
            raise ValueError(alert)

    service = Service(Broker(["cpu", "unknown team", "memory", "network"]), page, size=2)
    await service.run(workers=3)
    assert service.counts == {"paged": 3, "rejected": 1}
