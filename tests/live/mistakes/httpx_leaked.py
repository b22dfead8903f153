"""Pages are streamed over two connections from a server in the same program.  The answer that a page is not there yet is left as it is, open.

With "careful" as an argument it is closed like any other.
"""

# server: none
# expects: POOL005 fetch

import asyncio
import sys

import httpx

CAREFUL = "careful" in sys.argv[1:]


class Server:
    def __init__(self) -> None:
        self.published = False

    async def publish(self) -> None:
        await asyncio.sleep(0.05)
        self.published = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 %s\r\nContent-Length: 4\r\n\r\npage" % (b"200 OK" if self.published else b"404 No"))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()


async def fetch(client: httpx.AsyncClient, url: str) -> bytes | None:
    response = await client.send(client.build_request("GET", url), stream=True)
    if response.status_code != 200:
        return None
    text = b"".join([part async for part in response.aiter_raw()])
    await response.aclose()
    return text


async def fetch_carefully(client: httpx.AsyncClient, url: str) -> bytes | None:
    async with client.stream("GET", url) as response:
        if response.status_code != 200:
            return None
        return b"".join([part async for part in response.aiter_raw()])


async def main() -> None:
    site = Server()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=2), trust_env=False) as client:

        async def reader(number: int) -> None:
            await asyncio.sleep(0.1)
            await (fetch_carefully if CAREFUL else fetch)(client, f"http://{host}:{port}/{number}")

        await asyncio.gather(site.publish(), *(reader(number) for number in range(3)))
    server.close()


asyncio.run(main())
