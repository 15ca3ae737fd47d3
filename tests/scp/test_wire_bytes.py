"""What was signed is, byte for byte, what the server saw."""

import hashlib
import json
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.scp.exchange import HIDDEN, WHEN_SENT
from tests.scp.clients import ACCESS_KEY, create, is_signed_right, make_client
from tests.scp.wire import ACCEPTED, IMAGE_ID, SERVER_ID, Peer, answer, answer_json

NOW = datetime(2020, 11, 13, 18, 3, 45, 682999, tzinfo=UTC)
AWKWARD = st.sampled_from(list("~*!()':;/?#[]@&=+$,%\"<>\\^`{|} \t\r\n\0") + ["서버", "%20", "é"])


@pytest.fixture(scope="module")
def images_peer() -> Iterator[Peer]:
    with Peer(answer_json(200, {"images": []})) as peer:
        yield peer


@settings(deadline=None, max_examples=150)
@given(name=st.lists(AWKWARD | st.characters()).map("".join), sort=st.text(max_size=20))
def test_any_query_is_signed_as_sent(images_peer: Peer, name: str, sort: str) -> None:
    make_client(images_peer).list_images(name=name, sort=sort)
    request = images_peer.requests[-1]
    assert is_signed_right(request)
    query = urllib.parse.parse_qs(
        urllib.parse.urlsplit(request.target).query, keep_blank_values=True
    )
    assert query["name"] == [name.encode("utf-8", "replace").decode()]
    assert list(query) == sorted(query)


def test_the_query_has_the_form_of_the_second_vector(images_peer: Peer) -> None:
    make_client(images_peer).list_images(name="web 서버 01", scp_image_type=None)
    assert images_peer.requests[-1].target == (
        "/v1/images?limit=1000&name=web+%EC%84%9C%EB%B2%84+01&sort=created_at%3Adesc"
    )


def test_the_create_call_has_exactly_these_headers_and_this_body() -> None:
    with Peer(answer(202, ACCEPTED)) as peer:
        created = create(peer, clock=lambda: NOW, language="ko-KR", api_version="1.2")
    request = peer.requests[0]
    assert created.image_id == IMAGE_ID
    assert request.method == "POST"
    assert request.target == f"/v1/servers/{SERVER_ID}/images"
    assert is_signed_right(request)
    signature = request.headers["scp-signature"]
    assert request.headers == {
        "host": f"127.0.0.1:{peer.port}",
        "scp-accesskey": ACCESS_KEY,
        "scp-signature": signature,
        "scp-timestamp": "1605290625682",
        "scp-clienttype": "Openapi",
        "accept-language": "ko-KR",
        "scp-api-version": "virtualserver 1.2",
        "content-type": "application/json",
        "content-length": "24",
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
        "user-agent": "scp-image-console",
    }
    assert request.body == b'{"image_name": "web-01"}'


def test_the_plan_is_what_is_sent_later() -> None:
    with Peer(answer(202, ACCEPTED)) as peer:
        client = make_client(peer, clock=lambda: NOW)
        call = client.prepare_image(server_id=SERVER_ID, image_name="웹")
        assert peer.connections == 0
        sent = client.create_image(call).exchange
    planned = call.planned
    assert (planned.sent_at, planned.status, planned.left_us) == (None, None, False)
    assert planned.request_headers["Scp-Timestamp"] == WHEN_SENT
    assert planned.request_headers["Scp-Signature"] == HIDDEN
    assert sent.request_headers == planned.request_headers | {"Scp-Timestamp": "1605290625682"}
    assert (planned.method, planned.url, planned.api_version) == (
        sent.method,
        sent.url,
        sent.api_version,
    )
    assert json.loads(planned.request_body) == {"image_name": "웹"}
    assert planned.request_body.encode() == peer.requests[0].body
    assert planned.request_sha256 == hashlib.sha256(peer.requests[0].body).hexdigest()
    assert (sent.sent_at, sent.left_us, sent.status) == (NOW, True, 202)


def test_no_environment_adds_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w", encoding="ascii") as file:
        file.write("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", netrc)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Peer(answer(202, ACCEPTED)) as peer:
        create(peer)
    assert "authorization" not in peer.requests[0].headers
    assert "proxy-authorization" not in peer.requests[0].headers
