# expects: USER001 Api.get
"""A client that another task closes and replaces between look and use."""

import asyncio


class Client:
    def __init__(self):
        self.open = True

    async def get(self, key):
        await asyncio.sleep(0.002)
        if not self.open:
            raise RuntimeError("client is closed")
        return key.upper()

    async def close(self):
        self.open = False


class Api:
    def __init__(self):
        self.client = Client()

    async def get(self, key):
        client = self.client
        await asyncio.sleep(0.001)  # authorise
        return await client.get(key)

    async def rotate(self):
        fresh = Client()
        await asyncio.sleep(0.001)  # connect
        old, self.client = self.client, fresh
        await asyncio.sleep(0.05)  # grace
        await old.close()


async def main():
    api = Api()
    rotating = asyncio.create_task(api.rotate())
    print(await asyncio.gather(*(api.get(key) for key in "abc")))
    await rotating


asyncio.run(main())
