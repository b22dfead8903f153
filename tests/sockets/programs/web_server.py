"""The standard library's threaded web server and two of its clients."""

import http.client
import http.server
import threading


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


pages = {}


def fetch(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    pages[path] = connection.getresponse().read()
    connection.close()


def main():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        clients = [threading.Thread(target=fetch, args=(server.server_port, path)) for path in ("/a", "/b")]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        server.shutdown()
        serving.join()
    assert pages == {"/a": b"/a", "/b": b"/b"}


if __name__ == "__main__":
    main()
