"""A server that answers each line "n" with n bytes, so many at a time: python answers.py PIECE [KEY_AND_CERTIFICATE]

Its port is the first line it prints.
"""

import socket
import ssl
import sys
import threading


def serve(connection, piece, context):
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


def main():
    piece, context = int(sys.argv[1]), None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, piece, context), daemon=True).start()


main()
