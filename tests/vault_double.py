"""A double of HashiCorp Vault: the transit engine's encrypt and decrypt over real HTTP.

It keeps an AES-256-GCM key of its own and answers as Vault's API documents say ("Transit secrets
engine", "HTTP API: error response", "/sys/health"), with the faults that a test asks for.
"""

import base64
import binascii
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.made-up-token-of-the-tests"
KEY_NAME = "scp-console"
_PREFIX = "vault:v1:"
Answer = tuple[int, dict[str, Any]]


class VaultDouble:
    """Runs on a free port of loopback until the block ends."""

    def __init__(self) -> None:
        self.is_sealed = False
        self.answers_after_seconds = 0.0
        self.answer_instead: tuple[int, bytes, dict[str, str]] | None = None
        self.calls: list[str] = []
        self._cipher = AESGCM(AESGCM.generate_key(bit_length=256))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, token: str, body: bytes) -> Answer:
        self.calls.append(path)
        if path == "/v1/sys/health" and method == "GET":
            return (503 if self.is_sealed else 200), {"sealed": self.is_sealed}
        if self.is_sealed:
            return _errors(503, "Vault is sealed")
        if token != TOKEN:
            return _errors(403, "permission denied")
        act, _, name = path.removeprefix("/v1/transit/").partition("/")
        if not path.startswith("/v1/transit/") or act not in {"encrypt", "decrypt"}:
            return _errors(404, f"no handler for route {path!r}")
        if method not in {"POST", "PUT"}:
            return _errors(405, "unsupported operation")
        if name != KEY_NAME:
            return _errors(400, "encryption key not found")
        given = json.loads(body)
        return self._encrypt(given) if act == "encrypt" else self._decrypt(given)

    def _encrypt(self, given: dict[str, Any]) -> Answer:
        try:
            plain = base64.b64decode(given["plaintext"], validate=True)
        except binascii.Error:
            return _errors(400, "failed to base64-decode plaintext")
        nonce = os.urandom(12)
        sealed = base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, None)).decode()
        return 200, {"data": {"ciphertext": _PREFIX + sealed, "key_version": 1}}

    def _decrypt(self, given: dict[str, Any]) -> Answer:
        text = given["ciphertext"]
        if not text.startswith(_PREFIX):
            return _errors(400, "invalid ciphertext: no prefix")
        try:
            raw = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
            plain = self._cipher.decrypt(raw[:12], raw[12:], None)
        except (binascii.Error, InvalidTag, ValueError):
            return _errors(400, "cipher: message authentication failed")
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}


def _errors(status: int, *sentences: str) -> Answer:
    return status, {"errors": list(sentences)}


def _handler_of(vault: VaultDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            time.sleep(vault.answers_after_seconds)
            if vault.answer_instead:
                vault.calls.append(self.path)
                status, answered, headers = vault.answer_instead
            else:
                token = self.headers.get("X-Vault-Token", "")
                status, members = vault.answer(self.command, self.path, token, body)
                answered = json.dumps(members).encode()
                headers = {"Content-Type": "application/json"}
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answered))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answered)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
