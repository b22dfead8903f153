"""A setter that refuses what is older than what it has, and callers that live with that."""

import asyncio


class Refused(Exception):
    pass


class Register:
    def __init__(self):
        self.value = 0

    async def get(self):
        await asyncio.sleep(0.001)
        return self.value

    async def put(self, value):
        await asyncio.sleep(0.001)
        self.check(value)
        self.value = value

    def check(self, value):
        if value != self.value + 1:
            raise Refused


async def step(register):
    while True:
        seen = await register.get()
        try:
            await register.put(seen + 1)
        except Refused:
            continue
        break


async def main():
    register = Register()

    async def worker(n):
        await asyncio.sleep(0.002 * n)
        await step(register)

    await asyncio.gather(*(worker(n) for n in range(3)))
    assert register.value == 3


asyncio.run(main())
