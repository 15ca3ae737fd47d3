"""A double of an OpenID Connect service over real HTTP: it signs ID tokens and checks PKCE.

It answers as OpenID Connect Core 1.0 and Discovery 1.0 say, with the faults that a test asks for.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

CLIENT_ID, CLIENT_SECRET = "scp-console", "made-up-client-secret"
_KEY: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)
_STRANGERS_KEY: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)
Answer = tuple[int, dict[str, Any], str]


class OidcDouble:
    """Runs on a free port of loopback until the block ends."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {
            "sub": "248289761001",
            "email": "alice@example.com",
            "email_verified": True,
        }
        self.told: dict[str, Any] = {}  # what userinfo says, where it differs
        self.token_changes: dict[str, Any] = {}
        self.config_changes: dict[str, Any] = {}
        self.signs_with_strangers_key = False
        self.key_id = "key-1"
        self.algorithm = "RS256"
        self.refuses = ""
        self.signed_in_at: int | None = None  # at the service; just now, unless it is set
        self.asked: list[dict[str, str]] = []
        self.calls: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
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

    def answer(self, path: str, given: dict[str, str], bearer: str) -> Answer:
        """Return status, members of the JSON answer, and where to go instead."""
        self.calls.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return 200, self._config(), ""
            case "/authorize":
                return self._authorize(given)
            case "/token":
                return self._token(given)
            case "/keys":
                key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key()))
                return 200, {"keys": [{**key, "kid": "key-1", "alg": "RS256"}]}, ""
            case "/userinfo" if bearer == "Bearer access-token":
                return 200, {**self.person, **self.told}, ""
        return 404, {}, ""

    def _config(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **self.config_changes,
        }

    def _authorize(self, given: dict[str, str]) -> Answer:
        self.asked.append(given)
        back = {"state": given["state"]}
        if self.refuses:
            back["error"] = self.refuses
        else:
            code = back["code"] = secrets.token_urlsafe(16)
            self._codes[code] = given
        return 302, {}, f"{given['redirect_uri']}?{urlencode(back)}"

    def _token(self, given: dict[str, str]) -> Answer:
        asked = self._codes.pop(given.get("code", ""), None)
        verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        is_right = asked is not None and (
            (given.get("client_id"), given.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
            and given.get("redirect_uri") == asked["redirect_uri"]
            and asked.get("code_challenge_method") == "S256"
            and asked.get("code_challenge") == challenge
        )
        if asked is None or not is_right:
            return 400, {"error": "invalid_grant"}, ""
        return 200, {"access_token": "access-token", "id_token": self._id_token(asked)}, ""

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, **self.person}
        is_old = self.signed_in_at is not None and asked.get("prompt") != "login"
        claims["auth_time"] = self.signed_in_at if is_old else now
        claims = {**claims, **self.token_changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        own_key: Any = _STRANGERS_KEY if self.signs_with_strangers_key else _KEY
        key: Any = {"HS256": CLIENT_SECRET.ljust(32, "-"), "none": None}.get(
            self.algorithm, own_key
        )
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": self.key_id})


def _handler_of(service: OidcDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, given: str) -> None:
            bearer = self.headers.get("Authorization", "")
            path = urlsplit(self.path).path
            status, members, location = service.answer(path, dict(parse_qsl(given)), bearer)
            body = json.dumps(members).encode()
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    return Handler
