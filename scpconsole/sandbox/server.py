"""The HTTP server of the stand-in, on loopback only.

A handler of our own sits on http.server because the signature needs the request target byte
for byte: `self.path` there is already tidied up.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scpconsole.sandbox.cloud import Cloud
from scpconsole.sandbox.control import control, is_control
from scpconsole.sandbox.delivery import Delivery
from scpconsole.sandbox.gateway import Reply, reply
from scpconsole.sandbox.request import Request

_log = logging.getLogger("scpconsole.sandbox")
_LOOPBACK = "127.0.0.1"
_MAX_BODY_BYTES = 1_048_576
_MAX_LINE_BYTES = 65_536
_JOIN_SECONDS = 5


class Sandbox(Cloud):
    """A running stand-in: `with Sandbox() as scp:` serves at `scp.url` until the block ends."""

    def __init__(
        self, *, port: int = 0, seed_servers: int = 60, state_file: Path | None = None
    ) -> None:
        """Port 0 takes a free one. Binds at once; serves after `start`."""
        super().__init__(seed_servers=seed_servers, state_file=state_file)
        self._server = _Server((_LOOPBACK, port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://{_LOOPBACK}:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Break off what is under way and close every connection."""
        self._server.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(_JOIN_SECONDS)
        self._server.hang_up()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """One thread per connection; knows its connections, to close them at the end."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], cloud: Cloud) -> None:
        self.cloud = cloud
        self.stopping = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        with self._open_lock:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close one connection; after SO_LINGER 0 this is a reset and must not send FIN first."""
        with self._open_lock:
            self._open.pop(request, None)
        linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if linger[:4] == b"\0\0\0\0":
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_WR)
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.exception("a call broke the stand-in itself")

    def hang_up(self) -> None:
        """Wake every thread that still reads or writes, and wait for it."""
        with self._open_lock:
            left = dict(self._open)
        for connection in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in left.values():
            thread.join(_JOIN_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    """Reads calls off one connection and hands each to the control or the gateway."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a dripped byte leaves at once
    server: _Server

    def handle(self) -> None:
        try:
            super().handle()
        except OSError as end:  # most often the caller left, or we are stopping
            _log.info("a connection ended early: %s", end)

    def finish(self) -> None:
        self.rfile.close()

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.connection.settimeout(self.server.cloud.options.idle_seconds)
        self.raw_requestline = self.rfile.readline(_MAX_LINE_BYTES + 1)
        if not self.raw_requestline or self.server.stopping.is_set():
            return
        if len(self.raw_requestline) > _MAX_LINE_BYTES:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
            return
        if self.parse_request():
            self._answer(time.monotonic())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        _log.info(format, *args)

    def _answer(self, started: float) -> None:
        body = self._read_body()
        if body is None:
            self.send_error(400)
            self.close_connection = True
            return
        target = self.requestline.split()[1]
        request = Request(self.command, target, self.headers, body)
        if is_control(request):
            found = Reply(control(self.server.cloud, request))
        else:
            found = reply(self.server.cloud, request)
        self._deliver(request, found)
        _log.info(
            "%s %r %s %.0f ms", self.command, target, found.answer.status,
            (time.monotonic() - started) * 1000,
        )  # fmt: skip

    def _read_body(self) -> bytes | None:
        """The body, read whole before anything is answered: closing on unread bytes resets."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            return None
        if int(length) > _MAX_BODY_BYTES:
            return None
        return self.rfile.read(int(length))

    def _deliver(self, request: Request, found: Reply) -> None:
        cloud = self.server.cloud
        now_seconds = cloud.clock.now_ms() / 1000 + cloud.options.clock_skew_seconds
        date = formatdate(now_seconds, usegmt=True)
        delivery = Delivery(self.connection, self.server.stopping, date)
        self.connection.settimeout(None)
        if found.rule is not None:
            self.close_connection = True
            delivery.send_broken(found.answer, found.rule)
            return
        delivery.send(
            found.answer,
            with_body=request.method != "HEAD",
            keep_alive=not self.close_connection,
        )
