"""Whoever is answered first is asserted to be the one who was started first."""

import socket
import threading

from server import Server

answered = []


def ask(port, word):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(word + b"\n")
        answered.append(connection.recv(100))


def main():
    with Server(2) as server:
        clients = [threading.Thread(target=ask, args=(server.port, word)) for word in (b"one", b"three")]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert answered[0] == b"ONE\n", answered


if __name__ == "__main__":
    main()
