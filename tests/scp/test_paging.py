"""The marker loop, and peers that would have it go on for ever."""

import json
import urllib.parse
import uuid

import pytest

from images.scp.calls import Limits
from images.scp.errors import Reason, Unexpected
from tests.scp.clients import error_in, make_client
from tests.scp.wire import Act, Line, Peer, Request, answer, answer_json, say_nothing

DATE = "Date: Mon, 01 Jan 2001 00:00:00 GMT"


def server(number: int) -> dict[str, str]:
    return {"id": str(uuid.UUID(int=number)), "name": f"s{number}", "state": "ACTIVE"}


def servers_from(first: int, count: int) -> Act:
    rows = [server(number) for number in range(first, first + count)]
    return answer_json(200, {"servers": rows}, DATE)


def query_of(request: Request) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(request.target).query))


def test_three_pages_are_one_list() -> None:
    with Peer(servers_from(0, 100), servers_from(100, 100), servers_from(200, 7)) as peer:
        listing = make_client(peer).list_servers()
    assert [row.name for row in listing.rows] == [f"s{n}" for n in range(207)]
    assert (listing.is_complete, listing.skipped) == (True, 0)
    assert [query_of(request) for request in peer.requests] == [
        {"limit": "100"},
        {"limit": "100", "marker": server(99)["id"]},
        {"limit": "100", "marker": server(199)["id"]},
    ]
    assert listing.clock_skew_seconds is not None
    assert listing.clock_skew_seconds > 60


def test_a_full_last_page_costs_one_call_more() -> None:
    with Peer(servers_from(0, 100), servers_from(0, 0)) as peer:
        listing = make_client(peer).list_servers()
    assert (len(listing.rows), listing.is_complete, peer.connections) == (100, True, 2)


def test_a_marker_that_is_ignored_ends_the_loop_and_is_said() -> None:
    with Peer(servers_from(0, 100)) as peer:
        listing = make_client(peer).list_servers()
    assert (len(listing.rows), listing.is_complete, peer.connections) == (100, False, 2)


def test_the_page_cap() -> None:
    def endless(line: Line, request: Request) -> None:
        last = uuid.UUID(query_of(request).get("marker", str(uuid.UUID(int=0)))).int
        servers_from(last + 1, 100)(line, request)

    with Peer(endless) as peer:
        client = make_client(peer, limits=Limits(total_seconds=20))
        assert len(client.list_servers(most_pages=3).rows) == 300
        assert peer.connections == 3
        listing = client.list_servers()
    assert (len(listing.rows), listing.is_complete, peer.connections) == (10_000, False, 103)


def test_pages_that_overlap_count_each_row_once() -> None:
    with Peer(servers_from(0, 100), servers_from(50, 60)) as peer:
        listing = make_client(peer).list_servers()
    assert [row.name for row in listing.rows] == [f"s{n}" for n in range(110)]


def test_rows_without_a_usable_id_are_counted_and_left_out() -> None:
    rows: list[object] = [
        server(1),
        {},
        None,
        7,
        [],
        {"id": None},
        {"id": "x"},
        {"id": 5},
        server(2),
    ]
    with Peer(answer_json(200, {"servers": rows})) as peer:
        listing = make_client(peer).list_servers()
    assert ([row.name for row in listing.rows], listing.skipped) == (["s1", "s2"], 7)


def test_a_full_page_of_junk_ends_the_loop() -> None:
    with Peer(answer_json(200, {"servers": [None] * 100})) as peer:
        listing = make_client(peer).list_servers()
    assert (listing.rows, listing.is_complete, listing.skipped) == ((), False, 100)
    assert peer.connections == 1


def test_when_time_runs_out_the_rows_so_far_are_given() -> None:
    limits = Limits(connect_seconds=1, read_seconds=5, total_seconds=2)
    with Peer(servers_from(0, 100), say_nothing) as peer:
        listing = make_client(peer, limits=limits).list_servers()
    assert (len(listing.rows), listing.is_complete) == (100, False)


def test_an_error_on_a_later_page_is_an_error() -> None:
    with Peer(servers_from(0, 100), answer(500)) as peer:
        error = error_in(make_client(peer).list_servers)
    assert (type(error), error.reason) == (Unexpected, Reason.SERVER_ERROR)


def image(number: int, name: str) -> dict[str, str]:
    return {"id": str(uuid.UUID(int=number)), "name": name, "status": "active"}


def test_images_are_filtered_by_name_once_more() -> None:
    rows = [image(1, "web"), image(2, "web-2"), image(3, "Web"), image(4, "web")]
    with Peer(answer_json(200, {"images": rows})) as peer:
        found = make_client(peer).list_images(name="web")
        everything = make_client(peer).list_images(scp_image_type=None, sort="name:asc")
    assert [row.id[-1] for row in found.rows] == ["1", "4"]
    assert len(everything.rows) == 4
    assert [query_of(request) for request in peer.requests] == [
        {
            "limit": "1000",
            "name": "web",
            "scp_image_type": "custom",
            "sort": "created_at:desc",
        },
        {"limit": "1000", "sort": "name:asc"},
    ]


@pytest.mark.parametrize("body", [b'{"images": {}}', b'{"servers": []}', b"null"])
def test_a_list_without_its_array(body: bytes) -> None:
    with Peer(answer(200, body)) as peer:
        error = error_in(make_client(peer).list_images)
    assert error.reason is Reason.NOT_JSON
    assert error.exchange.body == json.dumps(json.loads(body)).encode()
