"""The servers page's table and the proposed name of an image."""

import re
import uuid
from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries as Queries

from images.filters import ServerFilters
from images.models import AccessKey
from images.models.image_request import short_id
from images.scp.shapes import Server
from images.services.naming import proposed_name
from images.services.server_table import count_states, rows_of, select
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.people import make_request
from tests.services.asking import listed


@pytest.fixture
def servers(scp: Sandbox) -> list[Server]:
    return [listed(scp, position) for position in range(len(scp.servers))]


def names(found: list[Server]) -> list[str]:
    return [each.name for each in found]


class TestSelecting:
    def test_by_part_of_the_name_in_any_case(self, servers: list[Server]) -> None:
        assert names(select(servers, ServerFilters(q=" WEB-PROD "))) == ["web-prod-01"]

    def test_by_id_and_by_address(self, servers: list[Server]) -> None:
        wanted = servers[1]
        assert wanted.addresses
        assert wanted in select(servers, ServerFilters(q=wanted.id[:13]))
        assert wanted in select(servers, ServerFilters(q=wanted.addresses[0]))

    def test_by_state(self, servers: list[Server]) -> None:
        found = select(servers, ServerFilters(state="ERROR"))
        assert found == [each for each in servers if each.state == "ERROR"] != []

    @pytest.mark.parametrize("column", ["name", "state", "type", "created"])
    def test_sorted_up_and_down(self, servers: list[Server], column: str) -> None:
        undated = replace(servers[0], id=str(uuid.uuid4()), created_at=None)
        up = select([*servers, undated], ServerFilters(sort=column))
        down = select([*servers, undated], ServerFilters(sort=f"-{column}"))
        assert len(up) == len(down) == len(servers) + 1
        assert up != down

    def test_names_sort_without_case(self, servers: list[Server]) -> None:
        mixed = [replace(servers[0], name=name) for name in ("beta", "Alpha", "alpha2")]
        assert names(select(mixed, ServerFilters())) == ["Alpha", "alpha2", "beta"]

    def test_the_states_are_counted_most_frequent_first(self, servers: list[Server]) -> None:
        counts = [count for _, count in count_states(servers)]
        assert counts == sorted(counts, reverse=True)
        assert sum(counts) == len(servers)


class TestRows:
    def test_each_has_its_newest_image_and_its_open_request(
        self, alices_key: AccessKey, servers: list[Server]
    ) -> None:
        one = servers[0].id
        make_request(alices_key, server_id=one, state=State.READY, due_at=None)
        newest = make_request(alices_key, server_id=one, state=State.READY, due_at=None)
        make_request(alices_key, server_id=one, state=State.REFUSED, due_at=None)
        waiting = make_request(alices_key, server_id=one)
        elsewhere = make_request(alices_key, server_id=servers[1].id, region="kr-east1")
        first, second = rows_of(alices_key, servers[:2])
        assert (first.last, first.open) == (newest, waiting)
        assert (second.last, second.open, elsewhere.server_id) == (None, None, second.server.id)

    def test_ten_rows_cost_as_much_as_two(
        self, alices_key: AccessKey, servers: list[Server], django_assert_num_queries: Queries
    ) -> None:
        for count in (2, 10):
            with django_assert_num_queries(2):
                assert len(rows_of(alices_key, servers[:count])) == count

    @pytest.mark.parametrize(
        ("state", "tone"), [("ACTIVE", "work"), ("error", "bad"), ("NEVER_HEARD_OF", "quiet")]
    )
    def test_a_state_has_its_tone(
        self, alices_key: AccessKey, servers: list[Server], state: str, tone: str
    ) -> None:
        assert rows_of(alices_key, [replace(servers[0], state=state)])[0].state_tone == tone


class TestProposedNames:
    @pytest.mark.parametrize(
        ("server_name", "start"),
        [
            ("web01", "web01"),
            ("웹서버 01", "01"),
            ("web.01/운영", "web-01"),
            ("  ", "image"),
            ("서버", "image"),
            ("x" * 300, "x" * 234),
        ],
    )
    def test_legal_dated_and_exact_to_look_for(self, server_name: str, start: str) -> None:
        token = uuid.uuid4()
        name = proposed_name(server_name, token)
        assert re.fullmatch(rf"{start}-[0-9]{{8}}-[0-9]{{4}}-{short_id(token)}", name)
        assert re.fullmatch(r"[A-Za-z0-9 _-]{1,255}", name)
