# server: none
"""Threads fetch pages over a pool of two connections from a server in the same program; some stream them, and one page is missing."""

import http.server
import threading

import urllib3


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.path.encode()
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def fetch(pool: urllib3.HTTPConnectionPool, path: str, pages: dict[str, bytes]) -> None:
    if path == "/streamed":
        response = pool.request("GET", path, preload_content=False)
        pages[path] = b"".join(response.stream(4))
        response.release_conn()
    else:
        pages[path] = pool.request("GET", path).data


def main() -> None:
    pages: dict[str, bytes] = {}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    with urllib3.HTTPConnectionPool(*server.server_address, maxsize=2, block=True) as pool:
        readers = [
            threading.Thread(target=fetch, args=(pool, path, pages)) for path in ("/one", "/streamed", "/missing")
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    server.shutdown()
    serving.join()
    server.server_close()
    assert pages == {path: path.encode() for path in ("/one", "/streamed", "/missing")}, pages


if __name__ == "__main__":
    main()
