"""Clients that wait for their reply by select, poll, epoll, a selector, a file, into a buffer, and without blocking."""

import select
import selectors
import socket
import threading

from server import Server

replies = []


def by_select(connection):
    assert select.select([], [connection], [], 30)[1] == [connection]
    readable, _, _ = select.select([connection], [], [], 30)
    assert readable == [connection]
    return connection.recv(100)


def by_poll(connection):
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    assert poll.poll(30_000) == [(connection.fileno(), select.POLLIN)]
    return connection.recv(100)


def by_epoll(connection):
    with select.epoll() as poll:
        poll.register(connection.fileno(), select.EPOLLIN)
        assert poll.poll(30) == [(connection.fileno(), select.EPOLLIN)]
        return connection.recv(100)


def by_selector(connection):
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ, "mine")
        [(key, events)] = selector.select(30)
        assert key.data == "mine" and events == selectors.EVENT_READ
        return connection.recv(100)


def by_file(connection):
    with connection.makefile("rb") as file:
        return file.readline()


def by_buffer(connection):
    buffer = bytearray(100)
    return bytes(buffer[: connection.recv_into(buffer)])


def without_blocking(connection):
    connection.setblocking(False)
    reply = b""
    while not reply.endswith(b"\n"):
        try:
            reply += connection.recv(2)
        except BlockingIOError:
            select.select([connection], [], [])
    return reply


def ask(port, how):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(how.__name__.encode() + b"\n")
        replies.append(how(connection))


def main():
    hows = [by_select, by_poll, by_epoll, by_selector, by_file, by_buffer, without_blocking]
    with Server(len(hows)) as server:
        clients = [threading.Thread(target=ask, args=(server.port, how)) for how in hows]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert sorted(replies) == sorted(how.__name__.upper().encode() + b"\n" for how in hows), replies


if __name__ == "__main__":
    main()
