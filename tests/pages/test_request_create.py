"""`/servers/<key>/<server>/image/`: ask for an image of one server."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ImageRequest, ServerListing, User
from images.models.image_request import short_id
from images.services.servers import listing_of
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.pages.asking import posts, typed, url_of
from tests.pages.reading import text
from tests.people import Browse, Work, make_key, make_request


class TestAsking:
    def test_it_records_the_wish_and_sends_nothing_itself(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        answer = browse(alice).post(url_of(alices_key), typed())
        asked = ImageRequest.objects.get()
        assert answer.status_code == 302
        assert answer["Location"] == asked.get_absolute_url()
        assert asked.state == State.RECORDED
        assert (asked.actor, asked.key, asked.reason) == (alice, alices_key, typed()["reason"])
        assert posts(scp) == 0
        event = AuditEvent.objects.get(action="request.recorded")
        assert (event.actor_id, event.request) == (alice.pk, asked)

    def test_the_worker_sends_it_once_and_keeps_the_image_id(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, work: Work
    ) -> None:
        browse(alice).post(url_of(alices_key), typed())
        work()
        work()
        asked = ImageRequest.objects.get()
        made = scp.ledger[0]
        assert posts(scp) == len(scp.ledger) == 1
        assert asked.state == State.ACCEPTED
        assert (asked.image_id, asked.server_id) == (made.image_id, made.server_id)

    def test_two_equal_posts_make_one_request(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, work: Work
    ) -> None:
        browser, url, form = browse(alice), url_of(alices_key), typed()
        browser.post(url, form)
        work()
        second = browser.post(url, form, follow=True)
        work()
        assert ImageRequest.objects.count() == 1
        assert len(scp.ledger) == 1
        assert "This request was already recorded. Here is the first one." in text(second)

    def test_a_second_submit_shows_the_first_even_if_the_server_has_left_the_list(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url, form = browse(alice), url_of(alices_key), typed()
        browser.post(url, form)
        ServerListing.objects.update(servers=[])
        second = browser.post(url, form)
        asked = ImageRequest.objects.get()
        assert (second.status_code, second["Location"]) == (302, asked.get_absolute_url())
        assert browser.post(url, typed()).status_code == 404

    def test_a_submit_takes_the_list_of_its_form_and_asks_nobody(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        url = url_of(alices_key)
        ServerListing.objects.update(read_at=timezone.now() - timedelta(days=1))
        scp.faults.add("hang", kind="list_servers", times=None)
        calls = len(scp.journal)
        assert browse(alice).post(url, typed()).status_code == 302
        assert len(scp.journal) == calls
        assert ImageRequest.objects.count() == 1

    def test_htmx_is_led_to_the_requests_page(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        answer = browse(alice).post(url_of(alices_key), typed(), headers={"HX-Request": "true"})
        assert answer["HX-Redirect"] == ImageRequest.objects.get().get_absolute_url()

    def test_a_second_request_of_an_open_server_is_refused(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url = browse(alice), url_of(alices_key)
        browser.post(url, typed())
        answer = browser.post(url, typed(image_name="another-name"))
        assert answer.status_code == 422
        assert "An image of this server is already being made." in text(answer)
        assert ImageRequest.objects.count() == 1

    def test_a_name_that_is_taken_is_refused(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        make_request(alices_key, image_name="taken", state=State.READY, due_at=None)
        answer = browse(alice).post(url_of(alices_key), typed(image_name="taken"))
        assert answer.status_code == 422
        assert "An image with this name already exists." in text(answer)

    def test_a_server_with_an_error_needs_a_confirmation(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        listing = listing_of(alices_key, language="en-US")
        listing.servers[0]["state"] = "ERROR"
        listing.save()
        url = url_of(alices_key, listing.servers[0]["id"])
        refused = browse(alice).post(url, typed())
        assert "SCP reports an error on this server. Confirm it to go on." in text(refused)
        assert browse(alice).post(url, typed(confirm_state="on")).status_code == 302


class TestBadInput:
    @pytest.mark.parametrize(
        "name",
        ["웹서버", "web.01", "16:50", "web🙂", "a" * 256, "", "   ", "a\u202eb", "a/b", "a\tb"],
    )
    def test_a_bad_name_brings_the_form_back(
        self, alice: User, alices_key: AccessKey, browse: Browse, name: str
    ) -> None:
        answer = browse(alice).post(url_of(alices_key), typed(image_name=name))
        assert answer.status_code == 422
        assert "before the kernel update" in text(answer)  # nothing typed is lost
        assert not ImageRequest.objects.exists()

    def test_outer_spaces_are_trimmed(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browse(alice).post(url_of(alices_key), typed(image_name="  web 01 \n"))
        assert ImageRequest.objects.get().image_name == "web 01"

    @pytest.mark.parametrize(
        ("field", "sentence"),
        [
            ("reason", "Enter the reason for this request."),
            ("form_token", "This form is incomplete. Open it afresh."),
        ],
    )
    def test_what_is_missing_is_asked_for(
        self, alice: User, alices_key: AccessKey, browse: Browse, field: str, sentence: str
    ) -> None:
        answer = browse(alice).post(url_of(alices_key), typed(**{field: ""}))
        assert answer.status_code == 422
        assert sentence in text(answer)

    def test_a_server_that_is_not_in_the_list_is_404_without_a_call(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        listing_of(alices_key, language="en-US")
        before = len(scp.journal)
        answer = browse(alice).post(url_of(alices_key, str(uuid.uuid4())), typed())
        assert answer.status_code == 404
        assert len(scp.journal) == before
        assert not ImageRequest.objects.exists()

    def test_a_server_id_that_is_no_uuid_is_404(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        answer = browse(alice).post(f"/servers/{alices_key.pk}/..%2Fimages/image/", typed())
        assert answer.status_code == 404
        assert scp.journal == []

    def test_another_persons_form_token_is_refused(
        self, alice: User, dora: User, alices_key: AccessKey, browse: Browse, scp: Sandbox
    ) -> None:
        form = typed()
        browse(alice).post(url_of(alices_key), form)
        doras = make_key(dora)
        listing = ServerListing.objects.get(key=alices_key)
        ServerListing.objects.create(key=doras, servers=listing.servers, read_at=listing.read_at)
        answer = browse(dora).post(url_of(doras, listing.servers[0]["id"]), form)
        assert answer.status_code == 422
        assert ImageRequest.objects.count() == 1


class TestWhoMayAsk:
    def test_it_refuses_bob_who_only_reads(
        self, bob: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        answer = browse(bob).post(url_of(alices_key), typed())
        assert answer.status_code == 403
        assert not ImageRequest.objects.exists()

    def test_it_hides_from_charlie(
        self, charlie: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        assert browse(charlie).post(url_of(alices_key), typed()).status_code == 404

    def test_it_hides_alices_key_even_from_the_administrator(
        self, dora: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        absent = f"/servers/{uuid.uuid4()}/{uuid.uuid4()}/image/"
        foreign = browse(dora).post(url_of(alices_key), typed())
        assert foreign.status_code == browse(dora).post(absent, typed()).status_code == 404
        assert not ImageRequest.objects.exists()

    def test_a_disabled_key_asks_for_nothing(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        url = url_of(alices_key)
        browse(alice).post(reverse("key-disable", args=[alices_key.pk]))
        answer = browse(alice).post(url, typed())
        assert answer.status_code == 422
        assert "This access key is not in use. Choose another one." in text(answer)


class TestTheForm:
    def test_it_proposes_a_name_that_ends_in_the_short_id(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        answer = browse(alice).get(url_of(alices_key))
        form = answer.context["form"]
        short = short_id(uuid.UUID(str(form["form_token"].value())))
        assert form["image_name"].value().endswith(f"-{short}")

    def test_it_is_a_page_alone_and_a_part_for_htmx(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        page = text(browse(alice).get(url_of(alices_key)))
        part = text(browse(alice).get(url_of(alices_key), headers={"HX-Request": "true"}))
        assert "<html" in page
        assert "<html" not in part
        assert 'id="request-form"' in part
