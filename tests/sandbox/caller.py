"""A signing caller written for these tests alone, from SCP API reference, section 3."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import socket
import time
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

ACCESS_KEY = "EXAMPLEACCESSKEY0001"
SECRET_KEY = "example-secret-key-0001-do-not-use"


@dataclass(frozen=True)
class Response:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        """The first entry of the service envelope."""
        return self.json()["errors"][0]


@dataclass(frozen=True)
class Caller:
    """Calls the stand-in as one key. `changes` to headers: None takes a header away."""

    url: str
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    version: str | None = "virtualserver 1.3"

    def get(self, target: str, **changes: str | None) -> Response:
        return self.call("GET", target, changes=changes)

    def create(self, server_id: str, name: str = "web-01", **changes: str | None) -> Response:
        return self.post(server_id, json.dumps({"image_name": name}), **changes)

    def post(self, server_id: str, body: str, **changes: str | None) -> Response:
        return self.call("POST", f"/v1/servers/{server_id}/images", body=body, changes=changes)

    def call(
        self, method: str, target: str, *, body: str = "", changes: dict[str, str | None]
    ) -> Response:
        return send(self.url, method, target, self.headers(method, target, changes), body)

    def headers(
        self, method: str, target: str, changes: dict[str, str | None] | None = None
    ) -> dict[str, str]:
        """Signed headers. Underscores in `changes` stand for hyphens."""
        stamp = str(time.time_ns() // 1_000_000)
        headers: dict[str, str | None] = {
            "Scp-Accesskey": self.access_key,
            "Scp-Timestamp": stamp,
            "Scp-ClientType": "Openapi",
            "Scp-Signature": self.sign(method, target, stamp),
            "Scp-Api-Version": self.version,
        }
        headers |= {name.replace("_", "-"): value for name, value in (changes or {}).items()}
        return {name: value for name, value in headers.items() if value is not None}

    def sign(self, method: str, target: str, stamp: str) -> str:
        text = f"{method}{self.url}{target}{stamp}{self.access_key}Openapi"
        digest = hmac.new(self.secret_key.encode(), text.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


def send(
    url: str, method: str, target: str, headers: dict[str, str] | None = None, body: str = ""
) -> Response:
    """One exchange, exactly with these headers (plus Host and, with a body, its length)."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body.encode())))
        connection.endheaders(body.encode() if body else None)
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def open_call(caller: Caller, method: str, target: str, body: str = "") -> socket.socket:
    """Send a signed call and hand back the socket, to watch how the answer comes."""
    place = urlsplit(caller.url)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {place.netloc}"]
    lines += [f"{name}: {value}" for name, value in caller.headers(method, target).items()]
    lines.append(f"Content-Length: {len(body)}")
    connection = socket.create_connection((place.hostname or "", place.port or 0), timeout=10)
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
    return connection


def read_all(connection: socket.socket) -> bytes:
    """Everything until the peer closes."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)
