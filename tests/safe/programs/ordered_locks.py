"""Two accounts always locked in the order of their numbers; semaphores given back by another task than took them."""

import asyncio


class Account:
    def __init__(self, number):
        self.number = number
        self.balance = 10
        self.lock = asyncio.Lock()


async def transfer(source, target, amount):
    first, second = sorted((source, target), key=lambda account: account.number)
    async with first.lock:
        await asyncio.sleep(0.001)
        async with second.lock:
            source.balance -= amount
            target.balance += amount


async def stage(slots, results):
    await slots.acquire()
    await asyncio.sleep(0.002)
    results.put_nowait("done")


async def collect(slots, results, count):
    for _ in range(count):
        await results.get()
        slots.release()


async def main():
    a, b = Account(1), Account(2)
    await asyncio.gather(transfer(a, b, 1), transfer(b, a, 2), transfer(a, b, 3))
    slots, results = asyncio.Semaphore(2), asyncio.Queue()
    await asyncio.gather(collect(slots, results, 5), *(stage(slots, results) for _ in range(5)))


asyncio.run(main())
