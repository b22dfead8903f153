# expects: ATOM001 login
"""Two callers log in at once; the server honours only the last session, which the first caller does not know of."""

import asyncio


class Server:
    def __init__(self) -> None:
        self.issued = 0

    async def login(self) -> str:
        await asyncio.sleep(0.01)
        self.issued += 1
        return f"session-{self.issued}"


class Client:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.session = ""

    async def login(self) -> None:
        if not self.session:
            self.session = await self.server.login()


async def later(client: Client) -> None:
    await asyncio.sleep(0.05)
    await client.login()


async def main() -> None:
    client = Client(Server())
    await asyncio.gather(client.login(), later(client))


asyncio.run(main())
