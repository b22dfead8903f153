"""A small server made of threads: it answers each line in capitals."""

import socket
import threading


class Server:
    def __init__(self, clients):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, args=(clients,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.thread.join()

    def serve(self, clients):
        answering = []
        with self.listening:
            for _ in range(clients):
                connection, _ = self.listening.accept()
                thread = threading.Thread(target=self.answer, args=(connection,))
                thread.start()
                answering.append(thread)
        for thread in answering:
            thread.join()

    def answer(self, connection):
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                connection.sendall(line.upper())
