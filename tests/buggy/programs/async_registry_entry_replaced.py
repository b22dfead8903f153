# expects: ATOM001 Registry.leave
"""Who leaves removes the connection the same user has come back with."""

import asyncio


class Connection:
    async def close(self):
        await asyncio.sleep(0.01)


class Registry:
    def __init__(self):
        self.connections = {}

    def join(self, user):
        self.connections[user] = Connection()

    async def leave(self, user):
        connection = self.connections.get(user)
        if connection is not None:
            await connection.close()
            self.connections.pop(user, None)


async def main():
    registry = Registry()

    async def visit(start, stay):
        await asyncio.sleep(start)
        registry.join("ann")
        await asyncio.sleep(stay)
        await registry.leave("ann")

    await asyncio.gather(visit(0, 0.02), visit(0.1, 0.1))


asyncio.run(main())
