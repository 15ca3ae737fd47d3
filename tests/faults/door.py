"""A door in front of the stand-in that can slam: what a machine between us and SCP does."""

import contextlib
import enum
import socket
import struct
import threading
from types import TracebackType
from typing import Self

_PATIENCE_SECONDS = 10


class Slam(enum.Enum):
    """What happens to one connection."""

    AT_ONCE = "closed as we send"
    AT_ONCE_HARD = "reset as we send"
    BEFORE_ANSWER = "passed on, then reset before the answer"
    IN_BODY = "passed on, then reset in the middle of the body"


class Door:
    """Passes each connection on to the port behind it, but for those that `slams` names in turn."""

    def __init__(self, port_behind: int, *, is_open: bool = True) -> None:
        """While it is not open, connections to it are refused."""
        self.slams: list[Slam] = []
        self._behind = port_behind
        self._lock = threading.Lock()
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        if is_open:
            self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def open(self) -> None:
        self._listener.listen(64)
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):  # it was never open
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                sock = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            sock.settimeout(_PATIENCE_SECONDS)
            with self._lock:
                slam = self.slams.pop(0) if self.slams else None
            if slam is Slam.AT_ONCE:
                return
            if slam is Slam.AT_ONCE_HARD:
                _reset(sock)
                return
            answer = self._pass_on(_request(sock))
            if slam is Slam.IN_BODY:
                head, _, body = answer.partition(b"\r\n\r\n")
                sock.sendall(head + b"\r\n\r\n" + body[: len(body) // 2])
                threading.Event().wait(0.1)  # let them arrive: a reset overtakes what is on its way
            elif slam is None:
                sock.sendall(answer)
                return
            _reset(sock)

    def _pass_on(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._behind), _PATIENCE_SECONDS) as behind:
            behind.sendall(request)
            pieces = []
            while piece := behind.recv(65536):
                pieces.append(piece)
            return b"".join(pieces)


class Trap:
    """A host that nobody may ever call: it counts who does."""

    def __init__(self) -> None:
        self.calls = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._listener.getsockname()[1]}/v1/servers"

    def close(self) -> int:
        """Return how many connections wait to be taken, and stop listening."""
        self._listener.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._listener.accept()[0].close()
                self.calls += 1
        self._listener.close()
        return self.calls


def _request(sock: socket.socket) -> bytes:
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += _some(sock)
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [line.lower() for line in head.split(b"\r\n")]
    lengths = [int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")]
    while len(body) < sum(lengths):
        body += _some(sock)
    return head + b"\r\n\r\n" + body


def _some(sock: socket.socket) -> bytes:
    piece = sock.recv(65536)
    if not piece:
        raise ConnectionError("the caller has gone")
    return piece


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
