"""`/servers/`: the list of one key, searched, filtered, sorted and paged by its address."""

import uuid
from datetime import date
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from images.models import AccessKey, User
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.pages.listings import keep, row
from tests.pages.reading import Answer, by_id, elements, links, text, words
from tests.people import Browse, make_key, make_request

URL = reverse("server-list")


def names(answer: Answer) -> list[str]:
    return [each["server"].name for each in answer.context["page"].object_list]


def at(**query: object) -> str:
    return f"{URL}?{urlencode(query)}"


class TestRows:
    def test_each_server_of_scp_has_one(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        page = browse(alice).get(URL)
        assert sorted(names(page)) == sorted(server.name for server in scp.servers)
        said = words(page)
        for server in scp.servers:
            assert server.name in said
            assert server.state in said
            assert server.type_name in said
            assert all(ip in said for ip in server.ip_addresses)
            assert reverse("request-new", args=[alices_key.pk, server.id]) in links(page)
        assert "12 servers, as of 20" in said
        assert "KST" in said

    def test_one_call_reads_the_list_and_a_fresh_list_costs_none(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        browser = browse(alice)
        browser.get(URL)
        assert len(scp.journal) == 1
        browser.get(at(q="web", state="ACTIVE", sort="-name", page=2))
        browser.get(URL)
        assert len(scp.journal) == 1

    def test_the_last_image_and_the_open_request_stand_beside_the_server(
        self, alice: User, browse: Browse
    ) -> None:
        key, web, db = make_key(alice), row("web01"), row("db01")
        keep(key, web, db)
        old = make_request(key, server_id=web["id"], state=State.READY, due_at=None)
        last = make_request(key, server_id=web["id"], state=State.READY, due_at=None)
        failed = make_request(key, server_id=web["id"], state=State.FAILED, due_at=None)
        running = make_request(key, server_id=db["id"])
        page = browse(alice).get(URL)
        assert last.get_absolute_url() in links(page)
        assert running.get_absolute_url() in links(page)
        assert "An image of this server is already being made. See the request" in words(page)
        assert links(page).isdisjoint([old.get_absolute_url(), failed.get_absolute_url()])
        assert reverse("request-new", args=[key.pk, db["id"]]) not in links(page)
        assert reverse("request-new", args=[key.pk, web["id"]]) in links(page)

    def test_anothers_request_is_named_and_not_linked(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        web, db = row("web01"), row("db01")
        keep(make_key(alice), web, db)
        doras = make_key(dora)
        ready = make_request(doras, server_id=web["id"], state=State.READY, due_at=None)
        running = make_request(doras, server_id=db["id"])
        page = browse(alice).get(URL)
        assert ready.image_name in words(page)
        assert "already being made. Asked by dora." in words(page)
        assert links(page).isdisjoint([ready.get_absolute_url(), running.get_absolute_url()])

    def test_an_administrator_may_follow_the_link_to_anothers_request(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        web = row("web01")
        keep(make_key(dora), web)
        running = make_request(make_key(alice), server_id=web["id"])
        assert running.get_absolute_url() in links(browse(dora).get(URL))

    def test_the_same_id_in_another_region_is_another_server(
        self, alice: User, browse: Browse
    ) -> None:
        web = row("web01")
        keep(make_key(alice), web)
        elsewhere = make_key(alice, region="kr-east1")
        make_request(elsewhere, server_id=web["id"])
        assert "already being made" not in words(browse(alice).get(URL))

    def test_a_key_past_its_date_says_why_nothing_can_be_asked(
        self, alice: User, browse: Browse
    ) -> None:
        key = make_key(alice, expires_on=date(2025, 1, 1))
        web = row("web01")
        keep(key, web)
        page = browse(alice).get(URL)
        assert "This access key has reached its expiry date. Choose another one." in words(page)
        assert reverse("request-new", args=[key.pk, web["id"]]) not in links(page)
        why = by_id(page, f"why-{web['id']}")
        assert any(
            each.attributes.get("aria-describedby") == why.attributes["id"]
            for each in elements(page)
        )

    @pytest.mark.parametrize("word", ["SHELVED_OFFLOADED", "이상한 상태", "<b>BOLD</b>"])
    def test_a_state_that_we_do_not_know_is_shown_as_it_came(
        self, alice: User, browse: Browse, word: str
    ) -> None:
        keep(make_key(alice), row("web01", state=word))
        assert word in words(browse(alice).get(URL))

    def test_hostile_names_are_text_and_hidden_characters_visible(
        self, alice: User, browse: Browse
    ) -> None:
        bad = '"><script>alert(1)</script>\u202egnp.exe'
        keep(make_key(alice), row(bad, type_name=bad, addresses=[bad], state=bad))
        page = browse(alice).get(URL)
        assert "<script>alert" not in text(page)
        assert words(page).count('"><script>alert(1)</script>‹U+202E›gnp.exe') >= 4

    def test_no_hidden_character_of_scp_stands_bare_in_the_page(
        self, alice: User, browse: Browse
    ) -> None:
        keep(make_key(alice), row("web01", state="OK\u202e"))
        assert "\u202e" not in words(browse(alice).get(URL))

    def test_it_tells_the_day_on_which_a_server_was_made(self, alice: User, browse: Browse) -> None:
        keep(make_key(alice), row("web01", created_at="2026-01-02T20:04:05+00:00"))
        assert "2026-01-03" in words(browse(alice).get(URL))  # in the console's zone

    def test_forty_rows_cost_as_many_queries_as_ten(self, alice: User, browse: Browse) -> None:
        key, browser, counts = make_key(alice), browse(alice), []
        for many in (10, 40):
            rows = [row(f"web{number:02d}") for number in range(many)]
            keep(key, *rows)
            for each in rows[::2]:
                make_request(key, server_id=each["id"], state=State.READY, due_at=None)
                make_request(key, server_id=each["id"])
            with CaptureQueriesContext(connection) as queries:
                assert len(names(browser.get(URL))) == many
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestTheAddress:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"q": "WEB"}, ["web01", "web02"]),
            ({"q": " web01 "}, ["web01"]),
            ({"q": "10.0.0.3"}, ["db01"]),
            ({"q": "5f1e"}, ["db01"]),
            ({"q": "5F1E0000-1111-4222-8333-444455556666"}, ["db01"]),
            ({"state": "SHUTOFF"}, ["web02"]),
            ({"q": "web", "state": "ACTIVE"}, ["web01"]),
            ({"sort": "name"}, ["db01", "web01", "web02"]),
            ({"sort": "-name"}, ["web02", "web01", "db01"]),
            ({"sort": "state"}, ["web01", "db01", "web02"]),
            ({"sort": "-state"}, ["web02", "db01", "web01"]),
            ({"sort": "type"}, ["web02", "web01", "db01"]),
            ({"sort": "-type"}, ["db01", "web01", "web02"]),
            ({"sort": "created"}, ["db01", "web01", "web02"]),
            ({"sort": "-created"}, ["web02", "web01", "db01"]),
            ({"sort": "password"}, ["db01", "web01", "web02"]),
            ({"page": "99"}, ["db01", "web01", "web02"]),
            ({"page": "x"}, ["db01", "web01", "web02"]),
            ({"q": "a\0b"}, ["db01", "web01", "web02"]),
            ({"q": "w" * 300}, ["db01", "web01", "web02"]),
        ],
    )
    def test_it_says_which_rows_in_which_order(
        self, alice: User, browse: Browse, query: dict[str, str], found: list[str]
    ) -> None:
        keep(
            make_key(alice),
            row("web01", type_name="s1v2m4", addresses=["10.0.0.1"]),
            row("web02", type_name="a1v1m1", state="SHUTOFF", created_at="2026-05-01T00:00:00Z"),
            row(
                "db01",
                id="5f1e0000-1111-4222-8333-444455556666",
                type_name="z1v1m1",
                state="Error",
                addresses=["10.0.0.3"],
                created_at=None,
            ),
        )
        assert names(browse(alice).get(at(**query))) == found

    @pytest.mark.parametrize("query", ["ABCDEF00", "abcdef00", "2001:DB8", "2001:db8"])
    def test_ids_and_addresses_in_capitals_are_found(
        self, alice: User, browse: Browse, query: str
    ) -> None:
        server_id = "ABCDEF00-1111-4222-8333-444455556666"
        keep(make_key(alice), row("web01", id=server_id, addresses=["2001:DB8::7"]))
        assert names(browse(alice).get(at(q=query))) == ["web01"]

    def test_pages_and_sorting_keep_the_filters(self, alice: User, browse: Browse) -> None:
        key = make_key(alice)
        keep(key, *[row(f"web{number:03d}") for number in range(120)])
        page = browse(alice).get(at(key=key.pk, q="web", sort="-name", page=2))
        assert names(page)[0] == "web069"
        assert "51 to 100 of 120" in words(page)
        rest = f"key={key.pk}&q=web&sort=-name"
        assert {f"?{rest}&page=1", f"?{rest}&page=3"} <= links(page)
        assert f"?key={key.pk}&q=web&sort=name" in links(page)

    def test_the_order_is_told_to_readers_of_speech(self, alice: User, browse: Browse) -> None:
        keep(make_key(alice), row("web01"))
        page = browse(alice).get(at(sort="-state"))
        assert [
            each.attributes["aria-sort"]
            for each in elements(page)
            if "aria-sort" in each.attributes
        ] == ["descending"]

    def test_the_state_filter_counts_the_whole_list(self, alice: User, browse: Browse) -> None:
        keep(make_key(alice), row("web"), row("x"), row("y", state="ERROR"))
        said = words(browse(alice).get(at(q="web")))
        assert "ACTIVE (2)" in said
        assert "ERROR (1)" in said
        assert "3 servers, as of" in said
        assert "1 matches the filters" in said


class TestTheKey:
    def test_the_first_usable_one_is_chosen_and_the_address_names_another(
        self, alice: User, browse: Browse
    ) -> None:
        forgotten = make_key(alice, alias="a forgotten place", environment="x")
        first, second = make_key(alice, alias="b"), make_key(alice, alias="c")
        keep(first, row("of-the-first"))
        keep(second, row("of-the-second"))
        browser = browse(alice)
        assert names(browser.get(URL)) == ["of-the-first"]
        assert names(browser.get(at(key=second.pk))) == ["of-the-second"]
        assert browser.get(at(key=forgotten.pk)).status_code == 200

    def test_only_a_forgotten_place_is_shown_as_such(self, alice: User, browse: Browse) -> None:
        make_key(alice, environment="x")
        said = words(browse(alice).get(URL))
        assert "The settings no longer name this key's environment and region" in said

    @pytest.mark.parametrize("key", ["nonsense", str(uuid.uuid4()), "' OR 1=1"])
    def test_what_is_no_key_of_ours_is_404(
        self, alice: User, dora: User, browse: Browse, key: str
    ) -> None:
        make_key(alice)
        assert browse(alice).get(at(key=key)).status_code == 404
        assert browse(alice).get(at(key=make_key(dora).pk)).status_code == 404

    def test_a_disabled_key_cannot_be_chosen(self, alice: User, browse: Browse) -> None:
        key = make_key(alice, disabled_at=timezone.now())
        assert browse(alice).get(at(key=key.pk)).status_code == 404
