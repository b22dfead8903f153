"""Three clients ask a server of the same program, over loopback."""

import asyncio


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def client(port, n, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for i in range(3):
        writer.write(f"{n} {i}\n".encode())
        said.append(await reader.readline())
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    said = []
    await asyncio.gather(*(client(port, n, said) for n in range(3)))
    server.close()
    assert len(said) == 9


asyncio.run(main())
