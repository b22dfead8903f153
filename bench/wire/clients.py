"""Three clients of a server in another process, each with a small and a sized request; WIRE_PORT, WIRE_SIZE and WIRE_TLS say which."""

import asyncio
import os
import ssl

SIZES = (3, int(os.environ["WIRE_SIZE"]))


async def client(n: int, said: list[tuple[int, int, int]], context: ssl.SSLContext | None) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(os.environ["WIRE_PORT"]), ssl=context)
    for size in SIZES:
        writer.write(b"%d\n" % size)
        said.append((n, size, len(await reader.readexactly(size))))
    writer.close()
    await writer.wait_closed()


async def main(context: ssl.SSLContext | None) -> None:
    said: list[tuple[int, int, int]] = []
    await asyncio.gather(*(client(n, said, context) for n in range(3)))
    assert len(said) == 6


def trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


asyncio.run(main(trusting() if os.environ.get("WIRE_TLS") else None))
