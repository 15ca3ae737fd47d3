"""The client from the settings, and what the folder may import."""

import ast
import sys
from pathlib import Path

import pytest
from django.test import override_settings

import images.scp
from images.scp.client import BadEndpoint, Client, Credentials, open_client
from tests.scp.clients import ACCESS_KEY, SECRET_KEY, create, error_in, make_client
from tests.scp.wire import ACCEPTED, SERVER_ID, Peer, answer, answer_json, say_nothing

FOLDER = Path(next(iter(images.scp.__path__)))


def configured(peer: Peer, *, allow_loopback: bool = True) -> override_settings:
    return override_settings(
        SCP_URL_TEMPLATE=peer.base_url,
        SCP_ENVIRONMENTS={"e": ("kr-west1", "kr-east1"), "g": ("kr-south1",)},
        SCP_ALLOW_LOOPBACK=allow_loopback,
        SCP_CA_BUNDLE=None,
        SCP_CONNECT_SECONDS=2,
        SCP_READ_SECONDS=1.2,
        SCP_TOTAL_SECONDS=2,
    )


def opened(*, environment: str = "e", region: str = "kr-east1") -> Client:
    return open_client(
        environment=environment,
        region=region,
        credentials=Credentials(ACCESS_KEY, SECRET_KEY),
        api_version="1.2",
        language="ko-KR",
    )


def test_a_client_from_the_settings() -> None:
    with Peer(answer_json(200, {"servers": []}), say_nothing) as peer, configured(peer):
        client = opened()
        assert client.list_servers().rows == ()
        call = client.prepare_image(server_id=SERVER_ID, image_name="a")
        lost = error_in(lambda: client.create_image(call))
    assert 1000 < lost.exchange.duration_ms < 2000
    assert peer.requests[0].headers["scp-api-version"] == "virtualserver 1.2"
    assert peer.requests[0].headers["accept-language"] == "ko-KR"


@pytest.mark.parametrize(
    ("environment", "region"),
    [("e", "kr-south1"), ("g", "kr-west1"), ("x", "kr-west1"), ("", ""), ("e", ""), ("e.x", "y")],
)
def test_a_place_that_is_not_configured(environment: str, region: str) -> None:
    with (
        Peer(answer_json(200, {"servers": []})) as peer,
        configured(peer),
        pytest.raises(BadEndpoint, match="not configured"),
    ):
        opened(environment=environment, region=region)
    assert peer.connections == 0


def test_loopback_needs_the_setting() -> None:
    with (
        Peer(answer_json(200, {"servers": []})) as peer,
        configured(peer, allow_loopback=False),
        pytest.raises(BadEndpoint, match="this machine"),
    ):
        opened()


@pytest.mark.parametrize(
    "changes",
    [
        {"api_version": "1.3\r\nX: y"},
        {"api_version": ""},
        {"language": ""},
        {"language": "en\r\nX: y"},
        {"language": "한국어"},
    ],
)
def test_a_version_or_language_that_fits_no_header(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="like 1.3"):
        make_client("http://127.0.0.1:9", **changes)


def test_each_call_has_a_fresh_connection() -> None:
    with Peer(answer(202, ACCEPTED, "Connection: keep-alive")) as peer:
        for _ in range(3):
            create(peer)
    assert peer.connections == 3


def imported_by(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_the_walls(file: Path) -> None:
    """Standard library and ourselves; HTTP library and settings behind one door each."""
    foreign = {
        name
        for name in imported_by(file)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith("images.scp")
        and name != "_typeshed"
    }
    doors = {
        "transport.py": {"requests", "requests.adapters", "requests.auth", "requests.utils"},
        "client.py": {"django.conf"},
    }
    assert foreign == doors.get(file.name, set())
