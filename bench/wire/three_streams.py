"""Three stream clients over loopback, their server in the same program."""

import asyncio


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def client(port: int, n: int, said: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for i in range(3):
        writer.write(f"{n} {i}\n".encode())
        said.append(await reader.readline())
    writer.close()
    await writer.wait_closed()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    said: list[bytes] = []
    await asyncio.gather(*(client(port, n, said) for n in range(3)))
    server.close()
    assert len(said) == 9


if __name__ == "__main__":
    asyncio.run(main())
