"""What the form for an image says before it is sent, and says anew as the name is typed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from images.models import AccessKey, ServerListing, User
from images.vocabulary import OwnReason, State
from tests.pages.asking import typed, url_of
from tests.pages.listings import keep, row
from tests.pages.reading import Answer, by_id, links, words
from tests.people import Browse, make_key, make_request

pytestmark = pytest.mark.usefixtures("deaf_scp")

NAME = "web01-20261123-abcdef"
TAKEN = "An image with this name already exists."
FREE = "The name is legal, and no other image of this console in e / kr-west1 has it."
ELSEWHERE = "An image that was made without this console may have this name, too."
PART = {"HX-Request": "true"}
STILL_THERE = [State.RECORDED, State.SENDING, State.ACCEPTED, State.UNKNOWN, State.READY]
NOT_THERE = [State.REFUSED, State.CANCELLED, State.FAILED, State.GONE, State.NOT_MADE]


@pytest.fixture
def key(alice: User) -> AccessKey:
    found = make_key(alice)
    keep(found, row("web01"))
    return found


def form_of(key: AccessKey) -> str:
    return url_of(key, ServerListing.objects.get(key=key).servers[0]["id"])


def checks_of(browse: Browse, key: AccessKey, image_name: str = NAME) -> Answer:
    url = f"{form_of(key)}checks/"
    return browse(key.owner).get(url, {"image_name": image_name}, headers=PART)


class TestTheName:
    def test_a_free_one_is_checked_against_our_records_alone(
        self, key: AccessKey, browse: Browse
    ) -> None:
        said = words(checks_of(browse, key))
        assert f"{FREE} Checked now" in said
        assert f"{ELSEWHERE} Cannot be known" in said
        assert TAKEN not in said

    @pytest.mark.parametrize("state", STILL_THERE)
    def test_that_of_an_image_of_ours_is_taken(
        self, key: AccessKey, browse: Browse, state: State
    ) -> None:
        make_request(key, image_name=NAME, state=state)
        page = checks_of(browse, key)
        assert f"{TAKEN} Checked now" in words(page)
        assert FREE not in words(page)
        assert by_id(page, "checks").attributes["data-announce"] == TAKEN
        refused = browse(key.owner).post(form_of(key), typed(image_name=NAME))
        assert refused.status_code == 422
        assert TAKEN in words(refused)

    @pytest.mark.parametrize("state", NOT_THERE)
    def test_one_that_came_to_nothing_is_free(
        self, key: AccessKey, browse: Browse, state: State
    ) -> None:
        make_request(key, image_name=NAME, state=state)
        page = checks_of(browse, key)
        assert FREE in words(page)
        assert by_id(page, "checks").attributes["data-announce"] == ""
        assert browse(key.owner).post(form_of(key), typed(image_name=NAME)).status_code == 302

    def test_that_of_an_image_that_came_late_is_taken(self, key: AccessKey, browse: Browse) -> None:
        late = {"state": State.NOT_MADE, "outcome_reason": OwnReason.LATE_IMAGE}
        make_request(key, image_name=NAME, **late)
        assert TAKEN in words(checks_of(browse, key))
        assert browse(key.owner).post(form_of(key), typed(image_name=NAME)).status_code == 422

    def test_in_another_region_it_is_another_image(
        self, alice: User, key: AccessKey, browse: Browse
    ) -> None:
        make_request(make_key(alice, region="kr-east1"), image_name=NAME, state=State.READY)
        assert FREE in words(checks_of(browse, key))

    def test_anothers_image_counts_and_nothing_else_of_it_is_told(
        self, dora: User, key: AccessKey, browse: Browse
    ) -> None:
        asked = make_request(make_key(dora), image_name=NAME, state=State.READY)
        page = checks_of(browse, key)
        assert TAKEN in words(page)
        assert "dora" not in words(page)
        assert asked.get_absolute_url() not in links(page)

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("", "Enter a name for the image."),
            ("   ", "Enter a name for the image."),
            ("웹서버", "Use English letters, digits, spaces, - and _ only."),
            ("web\x0001", "Use English letters, digits, spaces, - and _ only."),
            ("a" * 256, "The name is too long. Use 255 characters at most."),
        ],
    )
    def test_an_illegal_one_is_told(
        self, key: AccessKey, browse: Browse, name: str, sentence: str
    ) -> None:
        said = words(checks_of(browse, key, name))
        assert f"{sentence} Checked now" in said
        assert FREE not in said

    def test_spaces_around_it_do_not_count(self, key: AccessKey, browse: Browse) -> None:
        make_request(key, image_name=NAME, state=State.READY)
        assert TAKEN in words(checks_of(browse, key, f"  {NAME} "))


class TestTheForm:
    def test_it_opens_with_the_checks_of_the_proposed_name(
        self, key: AccessKey, browse: Browse
    ) -> None:
        page = browse(key.owner).get(form_of(key), headers=PART)
        assert FREE in words(page)
        part = by_id(page, "checks").attributes
        assert part["hx-get"] == f"{form_of(key)}checks/"
        # The part takes over nothing of how the form around it is sent.
        assert by_id(page, "request-fields").attributes["hx-disinherit"] == "*"

    def test_refused_it_tells_of_the_name_that_was_sent(
        self, key: AccessKey, browse: Browse
    ) -> None:
        make_request(key, image_name="taken", state=State.READY)
        refused = browse(key.owner).post(form_of(key), typed(image_name="taken"))
        assert f"{TAKEN} Checked now" in words(refused)

    def test_it_says_where_the_sizes_of_volumes_are_seen(
        self, key: AccessKey, browse: Browse
    ) -> None:
        sizes = "SCP's list of servers gives no sizes of volumes; SCP itself shows them."
        assert sizes in words(browse(key.owner).get(form_of(key)))
        keep(key, row("web02", volume_ids=[]))
        assert sizes not in words(browse(key.owner).get(form_of(key)))

    def test_the_part_says_what_else_it_knows(self, key: AccessKey, browse: Browse) -> None:
        server_id = ServerListing.objects.get(key=key).servers[0]["id"]
        asked = make_request(key, server_id=server_id)
        page = checks_of(browse, key)
        assert "An image of this server is already being made. Checked now" in words(page)
        assert asked.get_absolute_url() in links(page)

    def test_opened_as_a_page_it_leads_to_the_form(self, key: AccessKey, browse: Browse) -> None:
        answer = browse(key.owner).get(f"{form_of(key)}checks/")
        assert answer["Location"] == form_of(key)

    def test_a_server_that_is_not_in_the_list_has_none(
        self, key: AccessKey, browse: Browse
    ) -> None:
        absent = reverse("request-checks", args=[key.pk, key.pk])
        assert browse(key.owner).get(absent, headers=PART).status_code == 404


class TestTheKey:
    def test_one_that_was_never_tested_cannot_be_known_and_is_tested_there(
        self, key: AccessKey, browse: Browse
    ) -> None:
        ServerListing.objects.filter(key=key).update(failed_at=timezone.now())
        page = checks_of(browse, key)
        unknown = "The access key has not been tested yet. Test this key Cannot be known"
        assert unknown in words(page)
        assert key.get_absolute_url() in links(page)
