"""`/history/checkpoints/`: the signed checkpoints, and each as its exact text."""

import pytest
from django.urls import reverse

from images.ledger.notes import VerifierKey, open_checkpoint
from images.ledger_key import signing_key
from images.models import Checkpoint, User
from images.services import checkpoints
from tests.events import make_acts
from tests.pages.reading import by_id, elements, links, text, words
from tests.people import Browse

URL = reverse("checkpoint-list")


@pytest.fixture
def newest(alice: User) -> Checkpoint:
    make_acts(3, alice)
    checkpoints.publish()
    make_acts(2, alice)
    return checkpoints.publish()


def test_the_newest_is_first_with_size_root_and_time(
    bob: User, browse: Browse, newest: Checkpoint
) -> None:
    page = browse(bob).get(URL)
    shown = list(page.context["checkpoints"])
    assert [each.size for each in shown] == [5, 3]
    assert shown[0] == newest
    assert newest.short_root in words(page)
    assert reverse("checkpoint-note", args=[newest.pk]) in links(page)
    assert "At most the newest 50 are shown" in words(page)


def test_each_is_its_exact_text(bob: User, browse: Browse, newest: Checkpoint) -> None:
    answer = browse(bob).get(reverse("checkpoint-note", args=[newest.pk]))
    assert answer.content == newest.note.encode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    name = f"checkpoint-5-{newest.short_root}.txt"
    assert answer["Content-Disposition"] == f'inline; filename="{name}"'
    opened = open_checkpoint(answer.content.decode(), signing_key().verifier)
    assert (opened.size, opened.root) == (5, bytes(newest.root))


@pytest.mark.usefixtures("newest")
def test_the_verifier_key_stands_there_to_be_copied(bob: User, browse: Browse) -> None:
    page = browse(bob).get(URL)
    key = str(signing_key().verifier)
    assert VerifierKey.parse(key).name == "testserver/history"
    assert by_id(page, "copy-verifier").attributes["data-copy"] == key
    assert "With this public key anybody can check" in words(page)


def test_without_one_the_page_says_so(bob: User, browse: Browse) -> None:
    assert "No checkpoint yet." in words(browse(bob).get(URL))


def test_only_fifty_are_shown(bob: User, alice: User, browse: Browse) -> None:
    for _ in range(51):
        make_acts(1, alice)
        checkpoints.publish()
    page = browse(bob).get(URL)
    assert [each.size for each in page.context["checkpoints"]] == list(range(51, 1, -1))


@pytest.mark.usefixtures("newest")
def test_whoever_has_a_role_may_look(
    alice: User, bob: User, charlie: User, dora: User, browse: Browse
) -> None:
    note = reverse("checkpoint-note", args=[Checkpoint.objects.order_by("id")[0].pk])
    for url in (URL, note):
        for person, status in ((alice, 200), (bob, 200), (dora, 200), (charlie, 404)):
            assert browse(person).get(url).status_code == status


@pytest.mark.parametrize("pk", [0, 999_999, 10**30])
def test_one_that_is_none_is_a_404(bob: User, browse: Browse, pk: int) -> None:
    answer = browse(bob).get(reverse("checkpoint-note", args=[pk]))
    assert answer.status_code == 404
    assert "Traceback" not in text(answer)


@pytest.mark.usefixtures("newest")
def test_the_page_belongs_to_the_history(bob: User, browse: Browse) -> None:
    page = browse(bob).get(URL)
    current = [e for e in elements(page) if e.attributes.get("aria-current") == "page"]
    assert [each.attributes["href"] for each in current] == [reverse("history"), URL]
