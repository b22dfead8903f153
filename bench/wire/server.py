"""Answers each line "n" with n bytes, so many at a time; prints its port, ends with its standard input.

    python server.py PIECE [CERTIFICATE]
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading


def serve(connection: socket.socket, piece: int, context: ssl.SSLContext | None) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        if context is not None:
            connection = context.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                left = int(line)
                while left:
                    left -= connection.send(b"x" * min(left, piece))
    except OSError:
        pass


def end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    piece = int(sys.argv[1])
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
    threading.Thread(target=end_with_input, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, piece, context), daemon=True).start()


main()
