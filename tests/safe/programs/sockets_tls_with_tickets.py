"""Questions over a pool of TLS connections.  The server sends session tickets: bytes on the wire that nobody asked for and that are no answer."""

import asyncio
import ssl
import tempfile

# Made for this program, valid for localhost for a hundred years.
IDENTITY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcQZeM4odx9/+ycQ3
/PSmOnrDK0U4SwAGii+E2lA23hWhRANCAAQZ8nOj5J4RLtkHfBkuZgJdnM5JmgV1
U+sNHnTiss0yw6oEZpzE8llB3o5FAu3m/+38529+Tr1keWgViqADDqBu
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUM/oEWloDbpqhMAWotN/p0cPa5GIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzIxMzc0MVoYDzIxMjYxMDMw
MjEzNzQxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQZ8nOj5J4RLtkHfBkuZgJdnM5JmgV1U+sNHnTiss0yw6oEZpzE8llB
3o5FAu3m/+38529+Tr1keWgViqADDqBuo28wbTAdBgNVHQ4EFgQUlDn9lWt5WLpg
WHiHOF6ikf0RCiswHwYDVR0jBBgwFoAUlDn9lWt5WLpgWHiHOF6ikf0RCiswDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAOYJdNNs/qcV98xRPVtquFoK0v4iP16wAlVIV6huQBwtAiEA
glbKq8lI5rG/xPoFB3YMh/PtTXQ8OQoS/QUl1ltR+Hs=
-----END CERTIFICATE-----
"""


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(the server's, the client's)"""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(IDENTITY)
        file.flush()
        server.load_cert_chain(file.name)
        client.load_verify_locations(file.name)
    server.num_tickets = 2
    return server, client


SERVER, CLIENT = contexts()


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, question: bytes) -> bytes:
        self.writer.write(question + b"\n")
        return (await self.reader.readline()).strip()

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


class Pool:
    def __init__(self, address: tuple[str, int], size: int) -> None:
        self._address = address
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(size)

    async def acquire(self) -> Connection:
        await self._room.acquire()
        try:
            if self._idle:
                return self._idle.pop()
            return Connection(*await asyncio.open_connection(*self._address, ssl=CLIENT, server_hostname="localhost"))
        except BaseException:
            self._room.release()
            raise

    def release(self, connection: Connection) -> None:
        self._idle.append(connection)
        self._room.release()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(b"re " + line)
    writer.close()


async def client(pool: Pool, number: int) -> None:
    for turn in range(2):
        question = b"%d.%d" % (number, turn)
        connection = await pool.acquire()
        try:
            assert await connection.ask(question) == b"re " + question
        finally:
            pool.release(connection)


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=SERVER)
    pool = Pool(server.sockets[0].getsockname(), 2)
    await asyncio.gather(*(client(pool, number) for number in range(3)))
    await pool.close()
    server.close()


asyncio.run(main())
