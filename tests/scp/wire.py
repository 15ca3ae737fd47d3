"""A peer on loopback that behaves as a test tells it to, byte for byte.

An act is what the peer does with one connection once the request has been read. The
peer goes through its acts in order; the last one repeats.
"""

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SERVER_ID = "2a9be312-5d4b-4bc8-b2ae-35100fa9241f"
IMAGE_ID = "70a599e0-31e7-49b7-b260-868f441e862b"
ACCEPTED = json.dumps({"image_id": IMAGE_ID}).encode()


@dataclass(frozen=True)
class Request:
    """A request as its bytes came in."""

    raw: bytes

    @property
    def head(self) -> list[str]:
        return self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")

    @property
    def method(self) -> str:
        return self.head[0].split(" ")[0]

    @property
    def target(self) -> str:
        return self.head[0].split(" ")[1]

    @property
    def headers(self) -> dict[str, str]:
        pairs = (line.split(": ", 1) for line in self.head[1:])
        return {name.lower(): value for name, value in pairs}

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]


class Line:
    """The peer's end of one connection."""

    def __init__(self, sock: socket.socket, over: threading.Event) -> None:
        self.sock = sock
        self.over = over

    def send(self, content: bytes) -> None:
        self.sock.sendall(content)

    def reset(self) -> None:
        """Close so that the other side sees a reset, not an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def drip(self, pieces: Iterator[bytes], *, every_seconds: float) -> None:
        """Send piece after piece until the other side has gone."""
        for piece in pieces:
            self.send(piece)
            if self.over.wait(every_seconds):
                return


Act = Callable[[Line, Request], None]


class Peer:
    """Listens on a free port of 127.0.0.1 until the with block ends."""

    def __init__(self, *acts: Act, tls: ssl.SSLContext | None = None, reads: bool = True) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._acts = acts
        self._tls = tls
        self._reads = reads
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def base_url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> "Peer":
        self._start(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while True:
            try:
                sock = self._listener.accept()[0]
            except OSError:
                return
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(lambda: sock.close())
            stack.enter_context(contextlib.suppress(OSError))
            sock.settimeout(5)
            with self._lock:
                act = self._acts[min(self.connections, len(self._acts) - 1)]
                self.connections += 1
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            request = Request(_read(sock) if self._reads else b"")
            self.requests.append(request)
            act(Line(sock, self._over), request)


def _read(sock: socket.socket) -> bytes:
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += _some(sock)
    request = Request(raw)
    wanted = int(request.headers.get("content-length", "0"))
    while len(Request(raw).body) < wanted:
        raw += _some(sock)
    return raw


def _some(sock: socket.socket) -> bytes:
    piece = sock.recv(65536)
    if not piece:
        raise ConnectionError("the client has gone")
    return piece


def head(status: int, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} Because", *lines, "", ""]).encode("latin-1")


def raw(content: bytes) -> Act:
    """Send these bytes and close."""
    return lambda line, _request: line.send(content)


def answer(status: int, body: bytes = b"", *lines: str, kind: str = "application/json") -> Act:
    """Send a well-formed answer."""
    top = (f"Content-Type: {kind}", f"Content-Length: {len(body)}", *lines)
    return raw(head(status, *top) + body)


def answer_json(status: int, payload: object, *lines: str) -> Act:
    return answer(status, json.dumps(payload).encode(), *lines)


def hang_up(_line: Line, _request: Request) -> None:
    """Close without an answer."""


def reset(line: Line, _request: Request) -> None:
    line.reset()


def say_nothing(line: Line, _request: Request) -> None:
    line.over.wait(5)


def reset_after(content: bytes) -> Act:
    """Send these bytes, let them arrive, then reset."""

    def act(line: Line, _request: Request) -> None:
        line.send(content)
        line.over.wait(0.1)
        line.reset()

    return act
