"""Sign-in, sign-out, and what a person sets for themself."""

import pytest
from django.test import Client
from django.urls import reverse

from images.models import User
from images.vocabulary import Role
from tests.pages.reading import Answer, actions, by_id, elements, links, words
from tests.people import PASSWORD, Browse, make_key, make_person, make_request

LOGIN, LOGOUT, ACCOUNT = reverse("account_login"), reverse("account_logout"), reverse("account")
THEME, LANGUAGE = reverse("account-theme"), reverse("set_language")
NOT_RIGHT = "The user name or the password is not right."


def sign_in(client: Client, name: str, password: str = PASSWORD, **more: str) -> Answer:
    return client.post(LOGIN, {"username": name, "password": password, **more})


class TestSignIn:
    def test_it_lets_in_and_changes_the_session(self, alice: User, client: Client) -> None:
        client.post(THEME)  # a session from before sign-in, if there is one
        answer = sign_in(client, "alice")
        assert answer["Location"] == reverse("home")
        assert client.get(ACCOUNT).status_code == 200

    def test_a_planted_session_is_replaced(self, alice: User, client: Client) -> None:
        session = client.session
        session["planted"] = "yes"
        session.save()
        planted = session.session_key
        sign_in(client, "alice")
        assert client.session.session_key != planted

    def test_one_sentence_for_every_failure(self, alice: User, client: Client) -> None:
        make_person("gone", Role.OPERATOR)
        User.objects.filter(username="gone").update(is_active=False)
        answers = [
            sign_in(client, "alice", "a wrong password"),
            sign_in(client, "nobody"),
            sign_in(client, "gone"),
        ]
        said = [words(answer) for answer in answers]
        assert NOT_RIGHT in said[0]
        assert len(set(said)) == 1
        assert {answer.status_code for answer in answers} == {200}
        assert client.get(ACCOUNT).status_code == 302

    def test_what_is_missing_is_asked_for(self, client: Client, db: None) -> None:
        said = words(sign_in(client, "", ""))
        assert "Enter your user name." in said
        assert "Enter your password." in said

    def test_the_password_never_comes_back(self, alice: User, client: Client) -> None:
        answer = sign_in(client, "alice", "a wrong password")
        assert "a wrong password" not in answer.content.decode()
        assert by_id(answer, "id_password").attributes["type"] == "password"

    def test_it_leads_back_to_where_one_wanted_to_go(self, alice: User, client: Client) -> None:
        asked = make_request(make_key(alice))
        first = client.get(asked.get_absolute_url())
        page = client.get(first["Location"])
        wanted = [
            each.attributes["value"]
            for each in elements(page)
            if each.attributes.get("name") == "next" and each.tag == "input"
        ]
        assert asked.get_absolute_url() in wanted
        answer = sign_in(client, "alice", next=asked.get_absolute_url())
        assert answer["Location"] == asked.get_absolute_url()

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "http:///evil.example",
            " //evil.example",
        ],
    )
    def test_next_is_only_local(self, alice: User, client: Client, elsewhere: str) -> None:
        for answer in (
            client.post(THEME, {"theme": "dark", "next": elsewhere}),
            client.post(LANGUAGE, {"language": "en", "next": elsewhere}),
            sign_in(client, "alice", next=elsewhere),
        ):
            assert answer["Location"] == "/"

    @pytest.mark.parametrize("elsewhere", ["https://testserver/", "//testserver/"])
    def test_next_is_no_other_port_of_the_host(self, alice: User, elsewhere: str) -> None:
        """Another program may listen there."""
        client = Client(headers={"Host": "testserver:8443"})
        assert sign_in(client, "alice", next=elsewhere)["Location"] == "/"

    def test_next_is_no_plain_http_beside_https(self, alice: User, client: Client) -> None:
        sent = {"username": "alice", "password": PASSWORD, "next": "http://testserver/keys/"}
        assert client.post(LOGIN, sent, secure=True)["Location"] == "/"

    def test_who_is_signed_in_is_led_home(self, alice: User, browse: Browse) -> None:
        assert browse(alice).get(LOGIN)["Location"] == reverse("home")

    def test_htmx_is_led_to_sign_in_as_a_page_and_back(self, client: Client, db: None) -> None:
        answer = client.post(
            reverse("server-refresh"),
            headers={
                "HX-Request": "true",
                "HX-Current-URL": "http://testserver/servers/?q=web",
            },
        )
        assert answer["HX-Redirect"] == f"{LOGIN}?next=%2Fservers%2F%3Fq%3Dweb"
        assert answer.content == b""

    def test_htmx_from_elsewhere_is_led_home_afterwards(self, client: Client, db: None) -> None:
        for headers in ({}, {"HX-Current-URL": "https://evil.example/x"}):
            answer = client.post(
                reverse("server-refresh"), headers={"HX-Request": "true", **headers}
            )
            assert answer["HX-Redirect"] == f"{LOGIN}?next=%2F"

    def test_a_boosted_page_gets_the_sign_in_page(self, client: Client, db: None) -> None:
        answer = client.get("/", headers={"HX-Request": "true", "HX-Boosted": "true"})
        assert answer["Location"].startswith(LOGIN)


class TestSignOut:
    def test_it_ends_the_session(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        cookie = browser.cookies["session"].value
        assert browser.post(LOGOUT)["Location"] == LOGIN
        browser.cookies["session"] = cookie
        assert browser.get(ACCOUNT).status_code == 302

    def test_a_link_does_not_sign_out(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        assert browser.get(LOGOUT).status_code == 405
        assert browser.get(ACCOUNT).status_code == 200

    def test_every_page_offers_it(
        self, alice: User, bob: User, charlie: User, browse: Browse
    ) -> None:
        for person in (alice, bob, charlie):
            page = browse(person).get("/", follow=True)
            assert LOGOUT in actions(page)


class TestHome:
    @pytest.mark.parametrize(
        ("role", "place"),
        [
            (Role.OPERATOR, "server-list"),
            (Role.ADMINISTRATOR, "person-list"),
            (Role.AUDITOR, "history"),
        ],
    )
    def test_each_role_lands_where_its_work_is(
        self, db: None, browse: Browse, role: Role, place: str
    ) -> None:
        answer = browse(make_person("person", role)).get("/")
        assert answer["Location"] == reverse(place)

    def test_without_a_role_there_is_one_page_that_says_so(
        self, charlie: User, browse: Browse
    ) -> None:
        browser = browse(charlie)
        page = browser.get("/")
        assert page.status_code == 200
        assert "You have no role yet. Ask an administrator." in words(page)
        assert "Signed in as charlie." in words(page)
        assert links(page) <= {"/"}

    def test_an_auditor_sees_neither_keys_nor_servers(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(ACCOUNT)
        assert links(page).isdisjoint([reverse("key-list"), reverse("server-list")])
        assert {reverse("request-list"), reverse("history"), ACCOUNT} <= links(page)

    def test_an_operator_sees_every_place_and_where_one_is(
        self, alice: User, browse: Browse
    ) -> None:
        asked = make_request(make_key(alice))
        for url, place in (
            (ACCOUNT, ACCOUNT),
            (reverse("key-new"), reverse("key-list")),
            (asked.get_absolute_url(), reverse("request-list")),
            (reverse("checkpoint-list"), reverse("history")),
        ):
            page = browse(alice).get(url)
            current = [
                each.attributes["href"]
                for each in elements(page)
                if each.attributes.get("aria-current") == "page"
            ]
            assert current[0] == place  # what follows are the page's own tabs


class TestSettings:
    def test_it_shows_name_and_role(self, dora: User, browse: Browse) -> None:
        said = words(browse(dora).get(ACCOUNT))
        assert "User name dora" in said
        assert "Role Administrator" in said

    @pytest.mark.parametrize("theme", ["light", "dark", "system"])
    def test_a_theme_is_kept_in_a_cookie_and_rendered(
        self, alice: User, browse: Browse, theme: str
    ) -> None:
        browser = browse(alice)
        answer = browser.post(THEME, {"theme": theme, "next": ACCOUNT})
        assert answer["Location"] == ACCOUNT
        assert browser.cookies["theme"].value == theme
        assert browser.cookies["theme"]["samesite"] == "Lax"
        assert theme_of(browser.get(ACCOUNT)) == theme

    @pytest.mark.parametrize("theme", ["", "purple", '"><script>', "DARK"])
    def test_an_odd_theme_is_ignored(self, alice: User, browse: Browse, theme: str) -> None:
        browser = browse(alice)
        assert browser.post(THEME, {"theme": theme}).status_code == 302
        assert "theme" not in browser.cookies
        browser.cookies["theme"] = theme
        assert theme_of(browser.get(ACCOUNT)) == "system"

    def test_the_language_is_switched_also_before_sign_in(self, client: Client, db: None) -> None:
        assert language_of(client.get(LOGIN)) == "en"
        answer = client.post(LANGUAGE, {"language": "ko", "next": LOGIN})
        assert answer["Location"] == LOGIN
        assert language_of(client.get(LOGIN)) == "ko"

    def test_an_odd_language_is_ignored(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        browser.post(LANGUAGE, {"language": "xx"})
        assert language_of(browser.get(ACCOUNT)) == "en"


def theme_of(answer: Answer) -> str:
    return root(answer)["data-theme"]


def language_of(answer: Answer) -> str:
    return root(answer)["lang"]


def root(answer: Answer) -> dict[str, str]:
    return next(each.attributes for each in elements(answer) if each.tag == "html")
