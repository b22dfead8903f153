"""Pages mirrored by threads over urllib3 from a server in the same program: a pool manager, streamed and preloaded answers, redirects, retries and deadlines."""

# server: none
# package: urllib3

import concurrent.futures
import http.server
import threading

import urllib3


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"page " * 50
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/new")
            body = b""
        elif self.path == "/busy":
            self.send_response(503)
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/last":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def fetch(manager: urllib3.PoolManager, url: str) -> int:
    try:
        if url.endswith("streamed"):
            response = manager.request("GET", url, preload_content=False)
            try:
                return sum(len(part) for part in response.stream(64))
            finally:
                response.release_conn()
        return len(manager.request("GET", url).data)
    except urllib3.exceptions.HTTPError:
        return -1


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    host, port = server.server_address
    retries = urllib3.Retry(total=2, status_forcelist=[503], backoff_factor=0.1)
    with urllib3.PoolManager(maxsize=2, block=True, retries=retries, timeout=urllib3.Timeout(connect=5, read=5)) as manager:
        with concurrent.futures.ThreadPoolExecutor(3) as executor:
            pages = ("first", "streamed", "moved", "busy", "last")
            lengths = list(executor.map(lambda page: fetch(manager, f"http://{host}:{port}/{page}"), pages))
    server.shutdown()
    serving.join()
    server.server_close()
    assert all(length in (-1, 0, 250) for length in lengths), lengths


main()
