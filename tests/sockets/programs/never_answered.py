"""A client gives up after an hour."""

import socket
import threading

given_up = []


def ask(port):
    with socket.create_connection(("127.0.0.1", port), timeout=3600) as connection:
        try:
            connection.recv(100)
        except TimeoutError:
            given_up.append(True)


def main():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = threading.Thread(target=ask, args=(listening.getsockname()[1],))
        client.start()
        client.join()
    assert given_up


if __name__ == "__main__":
    main()
