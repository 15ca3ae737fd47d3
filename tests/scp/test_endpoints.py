"""Where calls may go, and the tricks to make them go elsewhere."""

import pytest

from images.scp.endpoints import BadEndpoint, base_url
from tests.scp.clients import make_client

TEMPLATE = "https://virtualserver.{region}.{environment}.samsungsdscloud.com"


def url_of(template: str, *, allow_loopback: bool = False) -> str:
    return base_url(template, "e", "kr-west1", allow_loopback=allow_loopback)


@pytest.mark.parametrize(
    ("template", "url"),
    [
        (TEMPLATE, "https://virtualserver.kr-west1.e.samsungsdscloud.com"),
        (TEMPLATE + "/", "https://virtualserver.kr-west1.e.samsungsdscloud.com"),
        (TEMPLATE + ":443", "https://virtualserver.kr-west1.e.samsungsdscloud.com"),
        ("HTTPS://Proxy.Example:08443", "https://proxy.example:8443"),
        ("https://scp.example:80", "https://scp.example:80"),
    ],
)
def test_good_addresses(template: str, url: str) -> None:
    assert url_of(template) == url
    assert url_of(template, allow_loopback=True) == url


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("http://127.9.8.7:80/", "http://127.9.8.7"),
        ("http://localhost:443", "http://localhost:443"),
        ("https://LOCALHOST:8443", "https://localhost:8443"),
        ("http://[::1]:8001", "http://[::1]:8001"),
    ],
)
def test_loopback_only_when_it_is_allowed(template: str, url: str) -> None:
    assert url_of(template, allow_loopback=True) == url
    with pytest.raises(BadEndpoint):
        url_of(template)


TRICKS = """
http://scp.example
ftp://scp.example
file:///etc/passwd
//scp.example
scp.example
https:scp.example
https:/scp.example
https:///scp.example
https://
https://user@scp.example
https://user:pass@scp.example
https://scp.example@evil.example
https://scp.example:443@evil.example
https://scp.example/path
https://scp.example//
https://scp.example/..
https://scp.example?x=1
https://scp.example/?x
https://scp.example#x
https://scp.example/#x
https://scp.example;x
https://scp.example\\@evil.example
https://scp.example\\evil
https://scp.example%2eevil.example
https://scp.example%00.evil
https://scp.example:0
https://scp.example:65536
https://scp.example:99999
https://scp.example:-1
https://scp.example:
https://scp.example:1:2
https://scp.example:http
https://scp.example:४४३
https://scp example
https://scp.example evil
https://evil。example
https://ｓｃｐ.example
https://scp.exämple
https://xn--.
https://.scp.example
https://scp..example
https://scp.example.
https://-scp.example
https://scp-.example
https://scp_1.example
https://single
https://{host}.example
https://{region}
https://0
https://127.1
https://2130706433
https://0x7f000001
https://0x7f.1
https://0177.0.0.1
https://017700000001
https://10.0.0.5
https://169.254.169.254
https://192.168.1.1:8443
https://8.8.8.8
https://0.0.0.0
https://[::]
https://[fd00::1]
https://[::ffff:127.0.0.1]
https://[::1%25lo]
https://[::1]x
https://evil.localhost
https://a.b.localhost:8443
http://localhost.evil.example
http://127.0.0.1.evil.example
http://0.0.0.0:8001
""".strip().splitlines()
MORE_TRICKS = [
    "",
    " ",
    "https://scp.example\n",
    "\thttps://scp.example",
    "https://scp.example\r\nHost: x",
    "https://scp.example\x00",
    "https://" + "a" * 64 + ".example",
    "https://" + "a." * 130 + "example",
    "https://scp.example\u200b",
    "https://scp.example\ud800",
]


@pytest.mark.parametrize("trick", TRICKS + MORE_TRICKS, ids=repr)
def test_tricks_are_refused_with_a_sentence(trick: str) -> None:
    for allow_loopback in (False, True):
        with pytest.raises(BadEndpoint, match=r"^The address of SCP .+\.$"):
            url_of(trick, allow_loopback=allow_loopback)
    with pytest.raises(BadEndpoint):
        make_client(trick)


@pytest.mark.parametrize(
    "name",
    ["", "E", "e.evil", "e/evil", "e@evil", "e:1", "e\n", "e ", "é", "e_1", "x" * 21, "{region}"],
)
def test_names_that_steer_elsewhere(name: str) -> None:
    for environment, region in ((name, "kr-west1"), ("e", name)):
        with pytest.raises(BadEndpoint, match=r"^An environment or region .+\.$"):
            base_url(TEMPLATE, environment, region, allow_loopback=True)
