"""One call as it came off the wire, and the address it names."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qs, unquote


@dataclass(frozen=True)
class Request:
    """Method, headers, body, and `target`: path and query byte for byte as sent (Latin-1)."""

    method: str
    target: str
    headers: Message
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        raw = self.target.partition("?")[2]
        return parse_qs(raw, keep_blank_values=True, errors="replace")

    @property
    def is_korean(self) -> bool:
        return self.header("Accept-Language").lower().startswith("ko")

    def header(self, name: str) -> str:
        """A header's value, empty when it did not come. Names ignore case."""
        value = self.headers.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class Route:
    """Which of the six calls it is; `kind` is also the word that fault rules match."""

    kind: str
    resource_id: str = ""


def find_route(request: Request) -> Route | None:
    """The call that method and path name, or None. Source: SCP API reference, section 14."""
    if request.path == "/":
        return Route("versions") if request.method == "GET" else None
    parts = [unquote(part) for part in request.path.split("/")[1:]]
    match request.method, parts:
        case "GET", ["v1", "servers"]:
            return Route("list_servers")
        case "GET", ["v1", "servers", one] if one:
            return Route("show_server", one)
        case "POST", ["v1", "servers", one, "images"] if one:
            return Route("create_image", one)
        case "GET", ["v1", "images"]:
            return Route("list_images")
        case "GET", ["v1", "images", one] if one:
            return Route("show_image", one)
    return None
