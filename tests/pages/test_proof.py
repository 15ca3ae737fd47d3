"""What needs a fresh proof of who one is: led there and back, and nothing secret is kept."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from images.models import AccessKey, Export, User
from tests.pages.exporting import LIST, made, typed
from tests.pages.exporting import NEW as EXPORT
from tests.pages.reading import Answer, by_id, elements, text, words
from tests.people import PASSWORD, Browse, make_key

pytestmark = pytest.mark.django_db

PROOF, NEW, HOME = reverse("account_reauthenticate"), reverse("key-new"), reverse("home")
LATER = timedelta(minutes=15, seconds=1)


def proof_for(back: str) -> str:
    return f"{PROOF}?next={back.replace('/', '%2F')}"


def prove(browser: Client, *, password: str = PASSWORD, back: str = "") -> Answer:
    return browser.post(PROOF, {"password": password, "next": back})


class TestTheDoor:
    def test_a_sign_in_is_a_proof_for_15_minutes(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=False):
            assert browser.get(NEW).status_code == 200

    def test_after_that_one_is_led_to_the_proof(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        with time_machine.travel(timezone.now() + LATER, tick=False):
            assert browser.get(NEW)["Location"] == proof_for(NEW)

    def test_the_proof_leads_back_and_holds_as_long(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        with time_machine.travel(timezone.now() + LATER, tick=False) as clock:
            page = browser.get(proof_for(NEW))
            assert "a fresh proof that you are alice" in words(page)
            kept = [each.attributes.get("value") for each in elements(page) if each.tag == "input"]
            assert NEW in kept
            assert prove(browser, back=NEW)["Location"] == NEW
            assert browser.get(NEW).status_code == 200
            clock.shift(LATER)
            assert browser.get(NEW)["Location"] == proof_for(NEW)

    def test_a_wrong_password_proves_nothing(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        with time_machine.travel(timezone.now() + LATER, tick=False):
            answer = prove(browser, password="a wrong password", back=NEW)
            assert "a wrong password" not in text(answer)
            assert by_id(answer, "id_password").attributes["aria-invalid"] == "true"
            assert browser.get(NEW)["Location"] == proof_for(NEW)

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "x:y"])
    def test_it_leads_nowhere_else(self, alice: User, browse: Browse, elsewhere: str) -> None:
        assert prove(browse(alice), back=elsewhere)["Location"] == HOME

    def test_another_persons_proof_is_none(self, alice: User, bob: User, browse: Browse) -> None:
        browser = browse(alice)
        bob.set_password("another long password")
        bob.save()
        with time_machine.travel(timezone.now() + LATER, tick=False):
            prove(browser, password="another long password", back=NEW)
            assert browser.get(NEW)["Location"] == proof_for(NEW)

    def test_the_role_is_looked_at_first(self, bob: User, charlie: User, browse: Browse) -> None:
        auditor, nobody = browse(bob), browse(charlie)
        with time_machine.travel(timezone.now() + LATER, tick=False):
            assert auditor.get(NEW).status_code == 403
            assert nobody.get(NEW).status_code == 404

    def test_a_session_of_before_has_no_proof(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        session = browser.session
        del session["proven_at"]
        session.save()
        assert browser.get(NEW)["Location"] == proof_for(NEW)

    def test_who_has_no_way_to_prove_it_is_told_so(self, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(password="!")
        browser = Client()
        browser.force_login(User.objects.get())
        answer = browser.get(PROOF)
        assert answer.status_code == 403
        assert "Sign out and sign in again." in words(answer)


class TestALatePost:
    def test_a_new_key_is_neither_stored_nor_kept(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        typed = {"alias": "new", "access_key": "A-TYPED-KEY", "secret_key": "a-typed-secret"}
        with time_machine.travel(timezone.now() + LATER, tick=False):
            assert browser.post(NEW, typed)["Location"] == proof_for(NEW)
            kept = str(dict(browser.session))
            assert "Nothing was done yet." in words(browser.get(PROOF))
        assert not AccessKey.objects.exists()
        assert "TYPED" not in kept.upper()

    def test_disabling_leads_back_to_the_key(self, alice: User, browse: Browse) -> None:
        key, browser = make_key(alice), browse(alice)
        with time_machine.travel(timezone.now() + LATER, tick=False):
            answer = browser.post(reverse("key-disable", args=[key.pk]))
            assert answer["Location"] == proof_for(key.get_absolute_url())
            key.refresh_from_db()
            assert not key.is_disabled
            prove(browser)
            browser.post(reverse("key-disable", args=[key.pk]))
        key.refresh_from_db()
        assert key.is_disabled

    def test_htmx_is_led_there_as_a_page(self, alice: User, browse: Browse) -> None:
        key, browser = make_key(alice), browse(alice)
        with time_machine.travel(timezone.now() + LATER, tick=False):
            answer = browser.post(
                reverse("key-disable", args=[key.pk]), headers={"HX-Request": "true"}
            )
            assert answer["HX-Redirect"] == proof_for(key.get_absolute_url())


class TestAnEvidencePack:
    def test_making_one_asks_for_it_and_forgets_nothing(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        wanted = typed(kind="pack", filter="person=alice&show=all")
        with time_machine.travel(timezone.now() + LATER, tick=False):
            asked = browser.post(LIST, wanted)["Location"]
            assert not Export.objects.exists()
            back = dict(parse_qsl(urlsplit(asked).query))["next"]
            assert prove(browser, back=back)["Location"] == back
            form = browser.get(back)
            assert "Person alice" in words(form)
            chosen = [each.attributes for each in elements(form) if "checked" in each.attributes]
            assert [each["value"] for each in chosen] == ["pack"]
            browser.post(LIST, wanted)
        assert Export.objects.get().kind == "pack"

    def test_so_does_downloading_one(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        pack, csv = made(browser, kind="pack"), made(browser)
        with time_machine.travel(timezone.now() + LATER, tick=False):
            answer = browser.get(reverse("export-file", args=[pack.pk]))
            assert answer["Location"] == proof_for(pack.get_absolute_url())
            assert browser.get(reverse("export-file", args=[csv.pk])).status_code == 200
            prove(browser)
            assert browser.get(reverse("export-file", args=[pack.pk])).status_code == 200

    def test_an_odd_kind_in_the_address_is_csv(self, bob: User, browse: Browse) -> None:
        form = browse(bob).get(f"{EXPORT}?kind=sql")
        chosen = [each.attributes for each in elements(form) if "checked" in each.attributes]
        assert [each["value"] for each in chosen] == ["csv"]
