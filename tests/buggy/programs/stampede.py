# expects: USER001 Tokens
"""Two refreshes at once: the later answer of the older one puts a revoked token in the cache."""

import asyncio


class Server:
    def __init__(self):
        self.valid = 0

    async def new_token(self):
        self.valid += 1
        token = self.valid
        await asyncio.sleep(0.005)
        return token

    async def get(self, token):
        await asyncio.sleep(0.001)
        if token != self.valid:
            raise PermissionError("token revoked")
        return "page"


class Tokens:
    def __init__(self, server):
        self.server = server
        self.token = None

    async def page(self):
        if self.token is None:
            self.token = await self.server.new_token()
        return await self.server.get(self.token)


async def main():
    tokens = Tokens(Server())

    async def visitor(delay):
        await asyncio.sleep(delay)
        return await tokens.page()

    await asyncio.gather(visitor(0.0), visitor(0.05))


asyncio.run(main())
