"""Three clients ask a server in another process: python three_askers.py PORT BYTES [tls]"""

import asyncio
import ssl
import sys

PORT, BYTES, TLS = int(sys.argv[1]), int(sys.argv[2]), len(sys.argv) > 3


async def client(n, context):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, ssl=context)
    for size in (3, BYTES):
        writer.write(b"%d\n" % size)
        assert len(await reader.readexactly(size)) == size
    writer.close()
    await writer.wait_closed()


async def main():
    context = None
    if TLS:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    await asyncio.gather(*(client(n, context) for n in range(3)))


asyncio.run(main())
