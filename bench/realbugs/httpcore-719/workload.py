"""Fetches pages of a local server two at a time, each with a deadline, over a pool of two connections; then its index."""

import asyncio

import anyio
import httpcore

DEADLINE = 0.1
PAGES = 4


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while request := await reader.readuntil(b"\r\n\r\n"):
            body = b"page " + request.split()[1].strip(b"/")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client has gone
    finally:
        writer.close()


async def fetch(pool: httpcore.AsyncConnectionPool, url: str) -> str:
    with anyio.move_on_after(DEADLINE):
        response = await pool.request("GET", url)
        return response.content.decode()
    return "late"


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    base = f"http://{host}:{port}"
    async with httpcore.AsyncConnectionPool(max_connections=2) as pool:
        for first in range(0, PAGES, 2):
            numbers = [first, first + 1]
            pages = await asyncio.gather(*(fetch(pool, f"{base}/{number}") for number in numbers))
            for number, page in zip(numbers, pages, strict=True):
                print(f"{number}: {page}")
        response = await pool.request("GET", f"{base}/index")
        print(f"index: {response.content.decode()}")
    server.close()
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main())
