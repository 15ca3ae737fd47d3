"""Tricks to make signed calls go elsewhere, counted at the sockets: nothing is connected to."""

import json
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from images.scp.client import BadEndpoint, Client, Credentials, open_client
from images.scp.errors import Reason, ScpError
from tests.scp.clients import ACCESS_KEY, QUICK, SECRET_KEY, create, error_in, make_client
from tests.scp.wire import SERVER_ID, Peer, answer

HOST = "virtualserver.kr-west1.e.samsungsdscloud.com"
PUBLIC = "8.8.8.8"
_watching: list[list[tuple[str, Any]]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in {"socket.connect", "socket.sendto", "socket.getaddrinfo"}:
        _watching[-1].append((event, arguments[1] if event != "socket.getaddrinfo" else arguments))


sys.addaudithook(_hook)  # the interpreter's own: whoever opens a connection passes here


@pytest.fixture
def seen() -> Iterator[list[tuple[str, Any]]]:
    """Everything that any code of this process connects to, or asks the resolver."""
    _watching.append([])
    yield _watching[-1]
    _watching.pop()


def connected(seen: list[tuple[str, Any]]) -> list[str]:
    """Return the addresses that a socket was connected to."""
    return [str(address[0]) for event, address in seen if event == "socket.connect"]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let every name lead to these addresses; with several lists, to one after the other."""

    def answer_with(*answers: list[str]) -> None:
        left = list(answers)

        def getaddrinfo(_host: str, port: int, **_options: Any) -> list[Any]:
            ips = left.pop(0) if len(left) > 1 else left[0]
            return [(_family(ip), socket.SOCK_STREAM, 6, "", _sockaddr(ip, port)) for ip in ips]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return answer_with


def _family(ip: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def _sockaddr(ip: str, port: int) -> tuple[Any, ...]:
    return (ip, port, 0, 0) if ":" in ip else (ip, port)


def opened(environment: str = "e", region: str = "kr-west1") -> Client:
    return open_client(
        environment=environment,
        region=region,
        credentials=Credentials(ACCESS_KEY, SECRET_KEY),
        api_version="1.3",
        total_seconds=2,
    )


def called(client: Client) -> ScpError:
    call = client.prepare_image(server_id=SERVER_ID, image_name="a")
    return error_in(lambda: client.create_image(call))


# What somebody could get into SCP_URL_TEMPLATE, or write to look like SCP.
ADDRESSES = [
    "http://virtualserver.kr-west1.e.samsungsdscloud.com",
    "https://127.0.0.1",
    "https://127.1",
    "https://127.0.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://0177.0.0.1",
    "https://017700000001",
    "https://127.0.0.1.",
    "https://0",
    "https://0.0.0.0",
    "https://[::]",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[fe80::1%25eth0]",
    "https://[64:ff9b::7f00:1]",
    "https://169.254.169.254",
    "https://2852039166",
    "https://0xa9fea9fe",
    "https://169.254.169.254.",
    "https://10.0.0.1",
    "https://localhost",
    "https://LOCALHOST",
    "https://localhost.",
    "https://scp.localhost",
    "https://lоcalhost",  # a Cyrillic o
    "https://①②⑦.⓪.⓪.①",
    "https://１２７.０.０.１",
    "https://127。0。0。1",
    "https://127．0．0．1",
    "https://٠.٠.٠.٠",
    "https://exa\u00admple.com",
    "https://example\u200b.com",
    "https://xn--0.example.com.",
    f"https://{HOST}.",
    f"https://{HOST}@127.0.0.1",
    f"https://{HOST}:443@127.0.0.1",
    f"https://127.0.0.1#@{HOST}",
    f"https://127.0.0.1?@{HOST}",
    f"https://127.0.0.1\\@{HOST}",
    f"https://{HOST}\\@127.0.0.1",
    f"https://127.0.0.1/{HOST}",
    f"https://{HOST}/../..",
    f"https://{HOST}#",
    f"https://{HOST}?",
    f"https://{HOST};127.0.0.1",
    f"https://{HOST} 127.0.0.1",
    f"https://{HOST}\t.evil.example",
    f"https://{HOST}\r\nHost: evil.example",
    f"https://{HOST}\x00.evil.example",
    f"https://{HOST}%00.evil.example",
    f"https://{HOST}%2eevil.example",
    f"https://{HOST}:0",
    f"https://{HOST}:65536",
    f"https://{HOST}:+443",
    f"https://{HOST}:４４３",
    f"https:{HOST}",
    f"https:///{HOST}",
    f"//{HOST}",
    f"file://{HOST}/etc/passwd",
    f"gopher://{HOST}",
    f"unix://{HOST}",
]
PLACES = ["", ".", "..", "e.evil", "e/..", "e@evil", "e#", "e?", "e:1", "e\\", "e%2e", "é", "e\n"]
# Where the name of SCP could be made to lead.
FORBIDDEN = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 (an address to refuse, none to listen on)
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fe80::1%lo",
    "fec0::1",
    "fd00:ec2::254",
    "ff02::1",
]
ALWAYS_FORBIDDEN = [
    ip
    for ip in FORBIDDEN
    if not ip.startswith(("10.", "172.", "192.168", "100.", "198.", "fd00", "2001"))
    and ip not in {"::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1"}
]


@pytest.mark.parametrize("address", ADDRESSES, ids=ascii)
def test_a_tricky_address_is_neither_asked_for_nor_called(
    address: str, settings: Settings, seen: list[tuple[str, Any]]
) -> None:
    assert len(ADDRESSES) >= 60
    settings.SCP_URL_TEMPLATE = address
    settings.SCP_ALLOW_LOOPBACK = False
    with pytest.raises(BadEndpoint):
        opened()
    assert seen == []


@pytest.mark.parametrize("name", PLACES, ids=ascii)
def test_a_tricky_place_of_a_stored_key(
    name: str, settings: Settings, seen: list[tuple[str, Any]]
) -> None:
    settings.SCP_URL_TEMPLATE = "https://virtualserver.{region}.{environment}.samsungsdscloud.com"
    for place in ({"environment": name}, {"region": name}):
        with pytest.raises(BadEndpoint):
            opened(**place)
    # not even when a slip in the settings would allow it
    settings.SCP_ENVIRONMENTS = {"e": (name,), name: ("kr-west1",)}
    for place in ({"environment": name}, {"region": name}):
        with pytest.raises(BadEndpoint):
            opened(**place)
    assert seen == []


@pytest.mark.parametrize("ip", FORBIDDEN)
@pytest.mark.parametrize("others", [[], [PUBLIC]], ids=["alone", "beside a public one"])
def test_a_name_that_leads_elsewhere(
    ip: str, others: list[str], resolver: Callable[..., None], seen: list[tuple[str, Any]]
) -> None:
    for answers in ([*others, ip], [ip, *others]):
        resolver(answers)
        error = called(make_client(f"https://{HOST}", limits=QUICK))
        assert (error.reason, error.exchange.left_us) == (Reason.BAD_URL, False)
    assert connected(seen) == []


@pytest.mark.parametrize("ip", ALWAYS_FORBIDDEN)
def test_leave_for_private_networks_is_none_for_this_machine_and_its_link(
    ip: str, resolver: Callable[..., None], seen: list[tuple[str, Any]]
) -> None:
    resolver([ip])
    client = make_client(f"https://{HOST}", limits=QUICK, allow_private=True)
    assert called(client).reason is Reason.BAD_URL
    assert connected(seen) == []


def refuse(seen: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Note each connection that is tried, and let none come about."""

    def connect(_sock: socket.socket, address: Any) -> None:
        seen.append(("socket.connect", address))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.mark.parametrize(
    ("ip", "allow_private"),
    [
        (PUBLIC, False),
        ("2606:4700:4700::1111", False),
        ("64:ff9b::808:808", False),  # what NAT64 makes of 8.8.8.8
        ("10.0.0.5", True),
        ("fd00::5", True),
    ],
)
def test_where_calls_may_go(
    ip: str,
    allow_private: bool,  # noqa: FBT001 (a parameter of the test)
    resolver: Callable[..., None],
    seen: list[tuple[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other tests see something: such a call does come as far as the socket."""
    resolver([ip])
    refuse(seen, monkeypatch)
    client = make_client(f"https://{HOST}", limits=QUICK, allow_private=allow_private)
    assert called(client).reason is Reason.CONNECT
    assert connected(seen) == [ip]


@pytest.mark.parametrize("evil", ["127.0.0.1", "169.254.169.254", "10.0.0.5", "::1"])
def test_rebinding_reaches_nothing(
    evil: str,
    resolver: Callable[..., None],
    seen: list[tuple[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Public when it is asked first, and ours from then on; and the other way round."""
    refuse(seen, monkeypatch)
    client = make_client(f"https://{HOST}", limits=QUICK)
    for answers in ([[PUBLIC], [evil]], [[evil], [PUBLIC], [evil]]):
        resolver(*answers)
        for _ in range(3):
            called(client)
    assert set(connected(seen)) == {PUBLIC}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_nowhere(status: int, seen: list[tuple[str, Any]]) -> None:
    with Peer(answer(200, b"{}")) as elsewhere:
        location = f"Location: {elsewhere.base_url}/v1/images"
        with Peer(answer(status, b"", location)) as peer:
            error_in(lambda: create(peer))
            error_in(make_client(peer).list_servers)
        assert elsewhere.connections == 0
    assert {address[1] for event, address in seen if event == "socket.connect"} == {peer.port}


def test_links_in_an_answer_lead_nowhere(seen: list[tuple[str, Any]]) -> None:
    with Peer(answer(200, b"{}")) as elsewhere:
        links = [{"rel": "next", "href": f"{elsewhere.base_url}/v1/servers"}]
        page = {"servers": [], "servers_links": links, "next": links[0]["href"], "links": links}
        with Peer(answer(200, json.dumps(page).encode())) as peer:
            assert make_client(peer).list_servers().rows == ()
        assert elsewhere.connections == 0
    assert len(connected(seen)) == 1


def test_no_proxy_of_the_environment_is_asked(
    seen: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Peer(answer(200, b"{}")) as proxy, Peer(answer(200, b'{"servers": []}')) as peer:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
        monkeypatch.setenv("NO_PROXY", "")
        make_client(peer).list_servers()
        assert (peer.connections, proxy.connections) == (1, 0)
    assert len(connected(seen)) == 1
