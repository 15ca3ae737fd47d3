"""A proxy that ends TLS in front of the console, as docs/deploy.md asks of the real one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.scp.certificates import Certificate

# Of one connection, not of the message; and what a proxy must say itself.
_NOT_PASSED_ON = {"connection", "keep-alive", "transfer-encoding", "x-forwarded-proto"}


@contextmanager
def tls_proxy(port: int, certificate: Certificate) -> Iterator[int]:
    """Pass https requests on to `port` of this machine; yields the proxy's own port."""

    class Passing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kept = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in _NOT_PASSED_ON
            }
            onward = HTTPConnection("127.0.0.1", port, timeout=30)
            onward.request(
                self.command, self.path, body or None, {**kept, "X-Forwarded-Proto": "https"}
            )
            self._pass_back(onward)
            onward.close()

        do_POST = do_HEAD = do_GET

        def _pass_back(self, onward: HTTPConnection) -> None:
            answer = onward.getresponse()
            content = answer.read()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in {*_NOT_PASSED_ON, "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    server.socket = certificate.server_context().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
