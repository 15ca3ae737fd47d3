"""A connected socket whose every read is bounded by the total deadline."""

import io
import socket
from typing import TYPE_CHECKING

from images.scp.deadlines import Deadline

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Wire:
    """Stands where http.client expects a socket.

    It knows whether a byte of the request may have left, and it stays open until
    `hang_up`, whatever http.client thinks of the answer's headers.
    """

    def __init__(self, sock: socket.socket, *, deadline: Deadline, read_seconds: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._read_seconds = read_seconds
        self.has_sent = False

    def sendall(self, content: bytes) -> None:
        self._sock.settimeout(self._deadline.at_most(self._read_seconds))
        self.has_sent = True
        self._sock.sendall(content)

    def receive_into(self, buffer: "WriteableBuffer") -> int:
        # set again for each read: a timeout of the socket alone lets one byte every
        # few seconds go on for ever
        self._sock.settimeout(self._deadline.at_most(self._read_seconds))
        return self._sock.recv_into(buffer)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Do nothing: http.client closes as soon as it has read the answer's headers."""

    def hang_up(self) -> None:
        self._sock.close()


class _Incoming(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        return self._wire.receive_into(buffer)
