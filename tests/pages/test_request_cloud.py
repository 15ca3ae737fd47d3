"""`/requests/<request>/cloud/`: what SCP says now, or why it is not asked; never blank."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ImageRequest, User
from images.services import cloud_record, hosts, keys
from images.stamps import stamp_text
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.pages.reading import links, text, words
from tests.people import ACCESS_KEY, Browse, make_key, make_request
from tests.unguarded import unguarded


def url_of(asked: ImageRequest) -> str:
    return reverse("request-cloud", args=[asked.pk])


@pytest.fixture
def seen(accepted: ImageRequest, scp: Sandbox) -> ImageRequest:
    """A request of Alice's whose image SCP shows."""
    scp.clock.advance(60)
    return accepted


class TestTheOwner:
    def test_reads_that_the_record_matches(
        self, alice: User, seen: ImageRequest, browse: Browse
    ) -> None:
        ImageRequest.objects.update(scp_status="active", state=State.READY)
        page = browse(alice).get(url_of(seen))
        said = words(page)
        assert "Matched" in said
        assert "SCP's record of the image is as this console's." in said
        assert "Asked with your access key alice's key" in said
        assert f"Image id {seen.image_id} {seen.image_id} Agrees" in said
        assert "Status active active Agrees" in said
        assert "SCP does not name the server of an image. Not compared" in said
        assert "What the console saw last" in said
        assert url_of(seen) in links(page)

    def test_reads_which_fields_differ(
        self, alice: User, seen: ImageRequest, browse: Browse
    ) -> None:
        with unguarded():  # no page of ours changes the name
            ImageRequest.objects.update(
                image_name="another", scp_status="queued", state=State.READY
            )
        said = words(browse(alice).get(url_of(seen)))
        assert "SCP's record differs from this console's in: Image name, Status." in said
        assert "Status queued active Differs" in said

    def test_reads_that_the_console_is_a_step_behind(
        self, alice: User, seen: ImageRequest, browse: Browse
    ) -> None:
        ImageRequest.objects.update(scp_status="queued")
        said = words(browse(alice).get(url_of(seen)))
        assert "has changed since the console's last look. The next look records it." in said

    @pytest.mark.parametrize(
        ("changes", "badge", "sentence"),
        [
            ({"state": State.READY}, "Not found", "SCP does not know an image of this id now."),
            ({"state": State.ACCEPTED}, "Not found", "SCP does not show the image yet"),
            ({"state": State.GONE}, "Matched", "no such image in SCP, as the record says."),
            ({"state": State.UNKNOWN, "image_id": ""}, "Not found", "no image of this name now."),
            ({"state": State.NOT_MADE, "image_id": ""}, "Matched", "as the record says."),
        ],
    )
    def test_reads_that_there_is_none(
        self,
        alice: User,
        alices_key: AccessKey,
        browse: Browse,
        changes: dict[str, str],
        badge: str,
        sentence: str,
    ) -> None:
        asked = make_request(alices_key, **{"image_id": str(uuid.uuid4()), **changes})
        said = words(browse(alice).get(url_of(asked)))
        assert f"{badge} Asked with your access key" in said
        assert sentence in said

    def test_reads_of_an_image_of_this_name_that_nobody_owns(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        asked = make_request(alices_key, state=State.NOT_MADE, image_name="an-image")
        key = scp.keyring.get(ACCESS_KEY)
        assert key is not None
        made = scp.make_image(scp.servers[0], "an-image", key=key, version="1.3")
        scp.clock.advance(60)
        said = words(browse(alice).get(url_of(asked)))
        assert "SCP lists 1 image of this name that no request of this console owns." in said
        assert made.id in said

    @pytest.mark.parametrize(
        ("status", "badge", "sentence"),
        [
            (403, "Not permitted", "This access key lacks the right for this call."),
            (401, "Not permitted", "SCP did not accept the signature"),
            (500, "Not reached", "SCP reported a fault of its own."),
            (409, "Not reached", "SCP answered with HTTP 409, which tells nothing of the image."),
        ],
    )
    def test_reads_why_scp_did_not_tell(
        self,
        alice: User,
        seen: ImageRequest,
        scp: Sandbox,
        browse: Browse,
        status: int,
        badge: str,
        sentence: str,
    ) -> None:
        scp.faults.add("status", status=status, kind="show_image", times=None)
        page = browse(alice).get(url_of(seen))
        assert page.status_code == 200
        assert f"{badge} Asked with your access key" in words(page)
        assert sentence in words(page)
        assert "What the console saw last" in words(page)

    def test_reads_that_scp_is_not_there(
        self, alice: User, alices_key: AccessKey, deaf_scp: None, browse: Browse
    ) -> None:
        asked = make_request(alices_key, state=State.READY, image_id=str(uuid.uuid4()))
        said = words(browse(alice).get(url_of(asked)))
        assert "Not reached" in said
        assert "SCP could not be reached, so nothing was sent." in said

    def test_reads_that_scp_wants_silence(
        self, alice: User, seen: ImageRequest, scp: Sandbox, browse: Browse
    ) -> None:
        hosts.silence(environment="e", region="kr-west1", wait=timedelta(minutes=3))
        many = len(scp.journal)
        assert "SCP asked for silence until 20" in words(browse(alice).get(url_of(seen)))
        assert len(scp.journal) == many

    def test_reads_that_there_is_no_usable_key(
        self, alice: User, seen: ImageRequest, scp: Sandbox, browse: Browse
    ) -> None:
        keys.disable(actor=alice, key=seen.key)
        many = len(scp.journal)
        said = words(browse(alice).get(url_of(seen)))
        assert "You have no usable access key for e / kr-west1" in said
        assert "What SCP says now" not in said
        assert len(scp.journal) == many

    def test_reads_that_another_look_is_under_way(
        self, alice: User, seen: ImageRequest, scp: Sandbox, browse: Browse
    ) -> None:
        browser, many = browse(alice), len(scp.journal)
        cloud_record._asking.add(alice.pk)
        try:
            said = words(browser.get(url_of(seen)))
        finally:
            cloud_record._asking.discard(alice.pk)
        assert "Another look of yours is under way." in said
        assert len(scp.journal) == many

    def test_reads_with_which_other_key_it_was(
        self, alice: User, seen: ImageRequest, scp: Sandbox, browse: Browse
    ) -> None:
        scp.add_key("REPLACEMENT", "secret-of-the-replacement")
        make_key(
            alice,
            alias="the new one",
            access_key="REPLACEMENT",
            secret_key="secret-of-the-replacement",
        )
        keys.disable(actor=alice, key=seen.key)
        said = words(browse(alice).get(url_of(seen)))
        assert "Asked with your access key the new one" in said
        assert "Another account does not show this image." in said

    def test_hostile_words_of_scp_are_text(
        self, alice: User, seen: ImageRequest, scp: Sandbox, browse: Browse
    ) -> None:
        image = scp.images[0]
        image.life.end = "<script>alert(1)</script>"
        page = browse(alice).get(url_of(seen))
        assert "<script>alert" not in text(page)


class TestEverybodyElse:
    def test_reads_what_the_console_saw_last_and_why_no_more(
        self, bob: User, dora: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        seen_at = datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)
        asked = make_request(
            alices_key,
            state=State.READY,
            image_id=str(uuid.uuid4()),
            scp_status="active",
            first_seen_at=seen_at,
            last_seen_at=seen_at + timedelta(minutes=3),
            last_look_at=seen_at + timedelta(minutes=4),
            looks=41,
            look_trouble="timeout",
        )
        many = len(scp.journal)
        for person in (bob, dora):
            said = words(browse(person).get(url_of(asked)))
            assert "nobody's key is used for anybody else" in said
            assert "Status active" in said
            assert f"First seen in SCP {stamp_text(seen_at)}" in said
            assert f"Last seen in SCP {stamp_text(seen_at + timedelta(minutes=3))}" in said
            assert f"Last look {stamp_text(seen_at + timedelta(minutes=4))}" in said
            assert "Looks so far 41" in said
            assert "SCP did not answer within the time limit." in said
            assert "What SCP says now" not in said
        assert len(scp.journal) == many

    def test_nothing_seen_yet_is_said_so(self, bob: User, alice: User, browse: Browse) -> None:
        asked = make_request(make_key(alice), state=State.ACCEPTED, image_id=str(uuid.uuid4()))
        said = words(browse(bob).get(url_of(asked)))
        assert "Status None known" in said
        assert said.count("Never") == 3

    def test_where_nothing_was_accepted_there_is_nothing_to_compare(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        asked = make_request(make_key(alice), state=State.REFUSED, due_at=None)
        for person in (alice, bob):
            said = words(browse(person).get(url_of(asked)))
            assert "SCP has not accepted this request" in said


def test_a_slow_scp_costs_the_page_its_own_short_limit(
    alice: User, seen: ImageRequest, scp: Sandbox, browse: Browse, settings: Settings
) -> None:
    settings.SCP_PAGE_SECONDS = 0.3
    scp.faults.add("hang", kind="show_image", times=None)
    begun = timezone.now()
    assert "Not reached" in words(browse(alice).get(url_of(seen)))
    assert timezone.now() - begun < timedelta(seconds=5)
