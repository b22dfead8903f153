"""Threads stream pages over two connections from a server in the same program.  The answer that a page is not there yet is left as it is, open.

With "careful" as an argument it is given back like any other.
"""

# server: none
# expects: POOL005 fetch
# runtime: threads

import http.server
import sys
import threading
import time

import urllib3

CAREFUL = "careful" in sys.argv[1:]


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    published = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200 if self.published.is_set() else 404)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"page")

    def log_message(self, *_: object) -> None: ...


def fetch(pool: urllib3.HTTPConnectionPool, path: str) -> bytes | None:
    response = pool.urlopen("GET", path, preload_content=False)
    if response.status != 200:
        return None
    text = response.read()
    response.release_conn()
    return text


def fetch_carefully(pool: urllib3.HTTPConnectionPool, path: str) -> bytes | None:
    response = pool.urlopen("GET", path, preload_content=False)
    try:
        text = response.read()
    finally:
        response.release_conn()
    return text if response.status == 200 else None


def publish() -> None:
    time.sleep(0.05)
    Site.published.set()


def read(pool: urllib3.HTTPConnectionPool, path: str) -> None:
    time.sleep(0.1)
    (fetch_carefully if CAREFUL else fetch)(pool, path)


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    pool = urllib3.HTTPConnectionPool(*server.server_address, maxsize=2, block=True)
    threads = [
        threading.Thread(target=publish),
        *(threading.Thread(target=read, args=(pool, f"/{n}")) for n in range(3)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()
    server.shutdown()
    serving.join()
    server.server_close()


main()
