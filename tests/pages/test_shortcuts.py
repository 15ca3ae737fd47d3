"""`/account/shortcuts/`: the keys that act on pages, and the switch for them."""

from django.urls import reverse

from images.models import User
from tests.pages.reading import actions, by_id, elements, links, text, words
from tests.people import Browse

URL, ACCOUNT = reverse("account-shortcuts"), reverse("account")


def test_it_lists_the_keys_of_the_places_that_one_has(
    alice: User, bob: User, browse: Browse
) -> None:
    alices, bobs = words(browse(alice).get(URL)), words(browse(bob).get(URL))
    for line in ("/ Search on this page", "g s Go to Servers", "g k Go to Access keys"):
        assert line in alices
    assert "Go to Servers" not in bobs
    assert "g h Go to History" in bobs


def test_the_places_carry_their_keys(alice: User, browse: Browse) -> None:
    page = browse(alice).get(ACCOUNT)
    found = {e.attributes["data-go"]: e.attributes["href"] for e in elements(page) if go(e)}
    names = {"s": "server-list", "r": "request-list", "h": "history", "k": "key-list"}
    assert found == {key: reverse(name) for key, name in names.items()} | {"a": ACCOUNT}


def go(element: object) -> bool:
    return "data-go" in getattr(element, "attributes", {})


def test_it_is_linked_from_the_bar_and_the_settings(alice: User, browse: Browse) -> None:
    page = browse(alice).get(ACCOUNT)
    assert by_id(page, "shortcuts-link").attributes["href"] == URL
    assert URL in links(page)
    assert URL in actions(page)


def test_the_part_for_the_slide_over_leads_back_to_the_page(alice: User, browse: Browse) -> None:
    came_from = {"HX-Request": "true", "HX-Current-URL": "http://testserver/servers/?q=web"}
    part = browse(alice).get(URL, headers=came_from)
    assert "<html" not in text(part)
    hidden = [e.attributes for e in elements(part) if e.attributes.get("name") == "next"]
    assert [each["value"] for each in hidden] == ["/servers/?q=web"]


def test_the_switch_is_kept_and_can_be_turned_back(alice: User, browse: Browse) -> None:
    browser = browse(alice)
    assert is_on(text(browser.get(ACCOUNT)))
    answer = browser.post(URL, {"shortcuts": "off", "next": "/servers/"})
    assert answer["Location"] == "/servers/"
    assert answer.cookies["shortcuts"]["samesite"] == "Lax"
    assert not is_on(text(browser.get(ACCOUNT)))
    browser.post(URL, {"shortcuts": "on"})
    assert is_on(text(browser.get(ACCOUNT)))


def test_an_odd_choice_and_a_foreign_way_back_change_nothing(alice: User, browse: Browse) -> None:
    browser = browse(alice)
    answer = browser.post(URL, {"shortcuts": "maybe", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert "shortcuts" not in answer.cookies
    browser.cookies["shortcuts"] = "maybe"
    assert is_on(text(browser.get(ACCOUNT)))


def test_on_https_the_cookie_is_of_this_host_alone(alice: User, browse: Browse) -> None:
    browser = browse(alice)
    cookie = browser.post(URL, {"shortcuts": "off"}, secure=True).cookies["__Host-shortcuts"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
    assert not is_on(text(browser.get(ACCOUNT, secure=True)))


def is_on(page: str) -> bool:
    return 'data-shortcuts="off"' not in page
