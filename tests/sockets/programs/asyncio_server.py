"""A server on an event loop in a thread of its own, and two blocking clients in others."""

import asyncio
import socket
import threading

ports, stop = [], []
listening = threading.Event()
replies = []


async def answer(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


async def serve():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    ports.append(server.sockets[0].getsockname()[1])
    stop.append((asyncio.get_running_loop(), event := asyncio.Event()))
    listening.set()
    await event.wait()
    server.close()


def ask(word):
    with socket.create_connection(("127.0.0.1", ports[0]), timeout=60) as connection:
        connection.sendall(word + b"\n")
        replies.append(connection.recv(100))


def main():
    serving = threading.Thread(target=asyncio.run, args=(serve(),))
    serving.start()
    listening.wait()
    clients = [threading.Thread(target=ask, args=(word,)) for word in (b"one", b"two")]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    loop, event = stop[0]
    loop.call_soon_threadsafe(event.set)
    serving.join()
    assert sorted(replies) == [b"ONE\n", b"TWO\n"], replies


if __name__ == "__main__":
    main()
