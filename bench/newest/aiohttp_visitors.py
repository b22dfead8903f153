"""A small client asks a local service for a few pages over at most one connection; a visitor gives up on a page that takes too long."""

# server: none
# package: aiohttp

import asyncio

import aiohttp

PAGES = 4
PATIENCE = 0.5


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readline():
        while (await reader.readline()).strip():
            pass
        await asyncio.sleep(0.05)  # stands for the work behind a page
        body = b"page " + head.split()[1]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
    writer.close()


async def fetch(session: aiohttp.ClientSession, url: str, patience: float | None) -> None:
    try:
        async with asyncio.timeout(patience):
            async with session.get(url) as response:
                print(await response.text())
    except TimeoutError:
        print("given up")


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connector = aiohttp.TCPConnector(limit=1)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with asyncio.TaskGroup() as group:
            for number in range(PAGES):
                patience = PATIENCE if number % 2 else None  # what a visitor waits for has a deadline, the report has none
                group.create_task(fetch(session, f"http://127.0.0.1:{port}/{number}", patience))
                await asyncio.sleep(0.02)
    server.close()
    await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main())
