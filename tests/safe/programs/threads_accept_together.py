"""Several threads wait in accept() of one listening socket, and several others in recv() of one pair."""

import socket
import threading

WORKERS = 3


def serve(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            word = connection.recv(10)
            if word == b"stop":
                return
            connection.sendall(word.upper())


def ask(address: tuple[str, int], word: bytes) -> bytes:
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(word)
        return connection.recv(10)


def take(jobs: socket.socket, done: list[bytes]) -> None:
    while (job := jobs.recv(1)) and job != b".":
        done.append(job)


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    servers = [threading.Thread(target=serve, args=(listener,)) for _ in range(WORKERS)]
    for server in servers:
        server.start()
    address = listener.getsockname()
    answers: dict[bytes, bytes] = {}
    clients = [threading.Thread(target=lambda w=word: answers.update({w: ask(address, w)})) for word in (b"one", b"two", b"three", b"four")]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert answers == {word: word.upper() for word in (b"one", b"two", b"three", b"four")}
    for _ in servers:
        ask(address, b"stop")
    for server in servers:
        server.join()
    listener.close()

    ours, theirs = socket.socketpair()
    done: list[bytes] = []
    takers = [threading.Thread(target=take, args=(theirs, done)) for _ in range(2)]
    for taker in takers:
        taker.start()
    ours.sendall(b"ab")
    ours.sendall(b"..")
    for taker in takers:
        taker.join()
    ours.close()
    theirs.close()
    assert sorted(done) == [b"a", b"b"]


if __name__ == "__main__":
    main()
