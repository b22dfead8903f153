# expects: LOCK001 transfer
"""Two accounts locked in the order of the transfer."""

import asyncio


class Account:
    def __init__(self, balance):
        self.balance = balance
        self.lock = asyncio.Lock()


async def transfer(source, target, amount):
    async with source.lock:
        await asyncio.sleep(0.001)  # look up the limit
        async with target.lock:
            source.balance -= amount
            target.balance += amount


async def main():
    a, b = Account(10), Account(20)

    async def later():
        await asyncio.sleep(0.01)
        await transfer(b, a, 2)

    await asyncio.gather(transfer(a, b, 1), later())


asyncio.run(main())
