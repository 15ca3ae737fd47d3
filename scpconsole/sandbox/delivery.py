"""Writes an answer to a connection: whole, or in the broken way that a fault rule asks for.

Source: SCP API reference, section 14, points 19 and 23.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from http import HTTPStatus

from scpconsole.sandbox.answers import JSON, Answer
from scpconsole.sandbox.faults import Rule

_BLOCK = b" " * 65_536
_REASONS = {one.value: one.phrase for one in HTTPStatus}
_LOOK_SECONDS = 0.05  # how often a hanging call looks whether its caller has left


class Delivery:
    """One answer on its way out. `stopping` ends every wait when the server stops."""

    def __init__(self, connection: socket.socket, stopping: threading.Event, date: str) -> None:
        self._connection = connection
        self._stopping = stopping
        self._date = date

    def send(self, answer: Answer, *, with_body: bool, keep_alive: bool) -> None:
        """Send all of it, as a healthy server does."""
        body = answer.body if with_body else b""
        head = self._head(answer, length=len(answer.body), keep_alive=keep_alive)
        self._connection.sendall(head + body)

    def send_broken(self, answer: Answer, rule: Rule) -> None:
        """Carry out the rule's part on the wire; the connection is of no use afterwards.

        Raises OSError when the caller has left, which is a normal end here.
        """
        if rule.action not in {"drip", "hang"}:
            self._stopping.wait(rule.seconds)
        match rule.action:
            case "hang":
                self._hang()
            case "drip":
                self._drip(answer, rule)
            case "reset":
                self._reset()
            case "cut":
                head = self._head(answer, length=len(answer.body))
                self._connection.sendall(head + answer.body[: rule.size])
            case "gzip_bomb":
                self._stream(answer, _bomb(rule.size), {"Content-Encoding": "gzip"})
            case "endless":
                self._stream(answer, _for_ever(answer.body), {})
            case "drop_before" | "drop_after":
                return
            case _:
                self.send(answer, with_body=True, keep_alive=False)

    def _head(self, answer: Answer, *, length: int | None, keep_alive: bool = False) -> bytes:
        content_type = answer.content_type
        if content_type != JSON and "charset" not in content_type:
            content_type += "; charset=utf-8"
        lines = {"Date": self._date, "Content-Type": content_type, **answer.headers}
        if length is not None:
            lines["Content-Length"] = str(length)
        lines["Connection"] = "keep-alive" if keep_alive else "close"
        rows = [
            f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}",
            *(f"{k}: {v}" for k, v in lines.items()),
        ]
        return ("\r\n".join(rows) + "\r\n\r\n").encode("latin-1", "replace")

    def _hang(self) -> None:
        while not self._stopping.is_set():
            readable, _, _ = select.select([self._connection], [], [], _LOOK_SECONDS)
            if readable and not self._connection.recv(1, socket.MSG_PEEK):
                return
            if readable:  # a pipelined request: the caller is still there
                self._stopping.wait(_LOOK_SECONDS)

    def _drip(self, answer: Answer, rule: Rule) -> None:
        head = self._head(answer, length=len(answer.body))
        slow = head + answer.body
        if rule.part == "body":
            self._connection.sendall(head)
            slow = answer.body
        for position in range(len(slow)):
            if self._stopping.wait(rule.seconds):
                return
            self._connection.sendall(slow[position : position + 1])

    def _reset(self) -> None:
        """Closing with a linger time of zero sends RST in place of FIN."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _stream(self, answer: Answer, parts: Iterator[bytes], headers: dict[str, str]) -> None:
        """A body without a stated length; its end is the end of the connection."""
        spoilt = Answer(answer.status, b"", answer.content_type, {**answer.headers, **headers})
        self._connection.sendall(self._head(spoilt, length=None))
        for part in parts:
            if self._stopping.is_set():
                return
            self._connection.sendall(part)


def _for_ever(start: bytes) -> Iterator[bytes]:
    yield start
    while True:
        yield _BLOCK


def _bomb(decoded_bytes: int) -> Iterator[bytes]:
    """A gzip stream of that many spaces, made piece by piece: about a thousandth on the wire."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    left = decoded_bytes
    while left > 0:
        piece = packer.compress(_BLOCK[:left])
        left -= len(_BLOCK)
        if piece:
            yield piece
    yield packer.flush()
