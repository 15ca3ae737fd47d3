"""Servers, images and single values, as odd as SCP may send them."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.scp.shapes import Image, Server, read_image, read_server
from images.scp.strict_json import NotJson, parse
from images.scp.times import read_http_date, read_time
from tests.scp.wire import IMAGE_ID, SERVER_ID

NOON = datetime(2025, 7, 22, 12, 0, tzinfo=UTC)
ROW = {
    "id": SERVER_ID,
    "name": "servername",
    "state": "ACTIVE",
    "locked": False,
    "created_at": "2025-07-22T12:00:00Z",
    "addresses": [
        {"subnet_name": "a", "ip_addresses": [{"ip_address": "192.169.3.2", "version": 4}]},
        {"subnet_name": "b", "ip_addresses": [{"ip_address": "fd00::2"}, {"ip_address": None}]},
        None,
    ],
    "image_id": IMAGE_ID,
    "product_offering": "virtual_server",
    "volumes": [{"id": "v-1", "delete_on_termination": False}, {}, "junk"],
    "server_type": {"id": "s1v1m2", "name": "s1v1m2", "vcpus": 1, "ram": 2},
    "zone": "a field of a later version",
}
SERVER = Server(
    id=SERVER_ID,
    name="servername",
    state="ACTIVE",
    locked=False,
    type_name="s1v1m2",
    vcpus=1,
    ram_gb=2,
    addresses=("192.169.3.2", "fd00::2"),
    volume_ids=("v-1",),
    created_at=NOON,
    image_id=IMAGE_ID,
    product_offering="virtual_server",
)
BARE_SERVER = Server(SERVER_ID, "", "", None, "", None, None, (), (), None, "", "")
BARE_IMAGE = Image(IMAGE_ID, "", "", None, None, None, None, "", "", "", ())


def test_a_whole_server_bare_and_wrapped() -> None:
    assert read_server(ROW) == SERVER
    assert read_server({"server": ROW}) == SERVER


def test_a_server_goes_through_json_and_back() -> None:
    for server in (SERVER, BARE_SERVER):
        assert Server.from_json(json.loads(json.dumps(server.as_json()))) == server
    assert Server.from_json({}).id == ""


@pytest.mark.parametrize("odd", [None, "text", 7, -1, 1.5, True, [], {}, [[]], [{}], 2**70])
def test_odd_values_are_left_out_and_the_row_stays(odd: object) -> None:
    names = [name for name in ROW if name != "id"]
    found = read_server({"id": SERVER_ID} | dict.fromkeys(names, odd))
    assert found is not None
    assert (found.id, found.addresses, found.volume_ids) == (SERVER_ID, (), ())
    assert found.vcpus is None
    assert found.created_at is None
    assert found.locked is (True if odd is True else None)
    assert found.name == ("text" if odd == "text" else "")


@pytest.mark.parametrize("odd", [None, "7", -1, 1.5, True, 2**70])
def test_numbers_are_whole_and_fit_a_column(odd: object) -> None:
    found = read_server({"id": SERVER_ID, "server_type": {"id": "s1", "vcpus": odd, "ram": odd}})
    assert found is not None
    assert (found.vcpus, found.ram_gb, found.type_name) == (None, None, "s1")


def test_only_the_id_is_needed() -> None:
    assert read_server({"id": SERVER_ID}) == BARE_SERVER
    assert read_image({"id": IMAGE_ID}) == BARE_IMAGE


@pytest.mark.parametrize("row", [None, 7, "x", [], {}, {"id": ""}, {"id": 7}, {"server": []}])
def test_a_row_without_an_id_is_none(row: object) -> None:
    assert read_server(row) is None
    assert read_image(row) is None


def test_text_that_no_database_takes_is_mended() -> None:
    found = read_server({"id": SERVER_ID, "name": "a\x00\ud800b\tc", "state": "x" * 9000})
    assert found is not None
    assert (found.name, len(found.state)) == ("a\ufffd?b\tc", 4000)


def test_a_whole_image() -> None:
    row = {
        "id": IMAGE_ID,
        "name": "web",
        "status": "active",
        "created_at": "2025-07-22T21:00:00+09:00",
        "updated_at": "2025-07-22T12:00:00.000000",
        "size": 2429747200,
        "min_disk": 100,
        "visibility": "private",
        "scp_image_type": "custom",
        "os_distro": "ubuntu",
        "volumes": '[{"tag": null, "volume_id": "v-1"}, {"volume_id": null}, 7]',
        "owner_user_name": "not read: personal",
    }
    whole = Image(
        id=IMAGE_ID,
        name="web",
        status="active",
        created_at=NOON,
        updated_at=NOON,
        size=2429747200,
        min_disk=100,
        visibility="private",
        scp_image_type="custom",
        os_distro="ubuntu",
        volumes=("v-1",),
    )
    assert read_image(row) == whole
    assert read_image({"image": row}) == whole


@pytest.mark.parametrize("volumes", [None, "", "not JSON", "7", "[[", "\ud800", [{"volume_id": 1}]])
def test_volumes_that_cannot_be_read(volumes: object) -> None:
    assert read_image({"id": IMAGE_ID, "volumes": volumes}) == BARE_IMAGE


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-07-22T12:00:00Z", NOON),
        ("2025-07-22T12:00:00", NOON),
        (" 2025-07-22 21:00:00+09:00 ", NOON),
        ("0001-01-01T00:00:00+14:00", None),
        ("2025-13-01", None),
        ("-", None),
        (None, None),
        (20250722, None),
    ],
)
def test_times(text: object, moment: datetime | None) -> None:
    assert read_time(text) == moment


DATE_PIECES = st.sampled_from(
    ["Mon", ",", " ", "23", "Nov", "2026", "09:00:00", "GMT", "-0000", "+9999999999", "9" * 30, ":"]
)


@given(st.text() | st.lists(DATE_PIECES).map("".join))
def test_no_date_makes_it_raise(text: str) -> None:
    for moment in (read_http_date(text), read_time(text)):
        assert moment is None or moment.tzinfo is UTC


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(ROW)), inner),
    max_leaves=20,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(list(ROW)), JSON), st.booleans())
def test_no_row_makes_it_raise(row: dict[str, object], has_id: bool) -> None:
    if has_id:
        row = {**row, "id": SERVER_ID}
    server = read_server(row)
    assert (server is not None) is has_id
    if server is not None:
        assert Server.from_json(json.loads(json.dumps(server.as_json()))) == server
    assert (read_image(row) is not None) is has_id


@pytest.mark.parametrize(
    ("content", "is_json"),
    [
        (b"[" * 50 + b"]" * 50, True),
        (b"[" * 50 + b"7" + b"]" * 50, True),
        (b"[" * 51 + b"]" * 51, False),
        (b'{"a":' * 51 + b"7" + b"}" * 51, False),
        (b"[" * 200_000, False),
        (b'{"a": 1, "a": 1}', False),
        (b'[{"b": {"a": 1, "a": 2}}]', False),
        (b"NaN", False),
        (b"[-Infinity]", False),
        (b"9" * 5000, False),
        (b'"\xed\xa0\x80"', False),
        (b"", False),
        (b"{} {}", False),
    ],
    ids=range(13),
)
def test_strict_json(content: bytes, is_json: bool) -> None:
    if is_json:
        assert parse(content) == json.loads(content)
    else:
        with pytest.raises(NotJson) as caught:
            parse(content)
        assert caught.value.__cause__ is None
