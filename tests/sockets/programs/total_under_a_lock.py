"""Two clients add the length of what they were answered to one total under a lock."""

import socket
import threading

from server import Server

total = {"bytes": 0}
lock = threading.Lock()


def ask(port, word):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(word + b"\n")
        reply = connection.recv(100)
        with lock:
            total["bytes"] += len(reply)


def main():
    with Server(2) as server:
        clients = [threading.Thread(target=ask, args=(server.port, word)) for word in (b"one", b"three")]
        for client in clients:
            client.start()
        for client in clients:
            client.join()


if __name__ == "__main__":
    main()
