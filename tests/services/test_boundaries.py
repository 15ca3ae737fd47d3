"""A fault at every boundary in turn, until a run no longer reaches it; then the promise holds."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ApiHost, ImageRequest
from images.services import outcomes, spill
from images.services.outcome import Outcome
from images.services.reconciling import SEARCH_FOR, reconcile
from images.services.sending import send
from images.vocabulary import State
from scpconsole.sandbox import MAIN_ACCOUNT, Image, Sandbox
from tests.people import ACCESS_KEY, SECRET_KEY, Work
from tests.services.asking import ask_for, end_silence, fresh
from tests.services.promise import arrived, assert_kept, assert_settled, made
from tests.services.striking import Blow, Killed, striking

pytestmark = pytest.mark.django_db(transaction=True)

MOST_BOUNDARIES = 60
BLOWS: dict[str, dict[str, Any]] = {
    "an error": {},
    "done and then an error": {"is_after": True},
    "an error from then on": {"is_lasting": True},
    "killed before": {"error": Killed},
    "killed after": {"error": Killed, "is_after": True},
}
ANSWERS: dict[str, dict[str, Any] | None] = {
    "accepted": None,
    "refused": {"action": "status", "status": 409},
    "turned away": {"action": "status", "status": 429},
    "lost": {"action": "drop_after"},
}


@pytest.fixture
def scp(settings: Settings) -> Iterator[Sandbox]:
    """A stand-in with a server for each run, whose images are seen and done at once."""
    with Sandbox(seed_servers=MOST_BOUNDARIES) as running:
        running.options.burst_calls = None
        running.options.image_grace_seconds = 0
        running.options.image_queued_until_seconds = 0
        running.options.image_done_seconds = 0
        running.add_key(ACCESS_KEY, SECRET_KEY)
        settings.SCP_URL_TEMPLATE = running.url
        yield running


@pytest.fixture
def asks(alices_key: AccessKey, scp: Sandbox) -> Callable[[int], ImageRequest]:
    """Return who asks for an image in run `n`."""
    return lambda n: ask_for(alices_key, scp, position=n - 1, image_name=f"run-{n}")


def runs(how: str) -> Iterator[tuple[int, Blow]]:
    """Yield a blow for each boundary in turn, until one was not reached."""
    for nth in range(1, MOST_BOUNDARIES + 1):
        blow = Blow(nth, **BLOWS[how])
        yield nth, blow
        if not blow.was_struck:
            assert nth > 3, "hardly a boundary was reached: is the count right?"
            return
    raise AssertionError("there is no end of boundaries")


def check_after(asked: ImageRequest, scp: Sandbox, work: Work) -> None:
    """Check the promise now, after each step of the recovery, and at its end."""
    scp.faults.clear()
    for _ in range(12):
        sent = len(arrived(scp, asked.server_id))
        assert_kept(asked, sent=sent, images=made(scp, asked))
        now = fresh(asked)
        if (now.is_settled or now.needs_person) and not spill.is_waiting():
            break
        let_time_pass(asked)
        work()
    assert_settled(asked, made(scp, asked))
    ApiHost.objects.all().delete()  # each run meets the boundaries that the first one met


def let_time_pass(asked: ImageRequest) -> None:
    now, row = timezone.now(), ImageRequest.objects.filter(pk=asked.pk)
    row.filter(state=State.SENDING).update(lease_until=now - timedelta(seconds=1))
    row.filter(state=State.UNKNOWN).update(lost_at=now - SEARCH_FOR)
    row.filter(due_at__isnull=False).update(due_at=now - timedelta(seconds=1))
    end_silence()


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("how", BLOWS)
def test_sending(
    asks: Callable[[int], ImageRequest], scp: Sandbox, work: Work, how: str, answer: str
) -> None:
    for nth, blow in runs(how):
        asked, rule = asks(nth), ANSWERS[answer]
        if rule:
            scp.faults.add(**rule, kind="create_image")
        with striking(blow):
            send(request_id=asked.pk)
        check_after(asked, scp, work)


@contextlib.contextmanager
def outcome_not_taken() -> Iterator[None]:
    """Let the database take no outcome until the block ends."""

    def refuse(claim: ImageRequest, outcome: Outcome) -> None:
        raise OperationalError("the database takes nothing")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outcomes, "record", refuse)
        yield


@pytest.mark.parametrize("answer", ["accepted", "refused"])
@pytest.mark.parametrize("how", BLOWS)
def test_playing_a_kept_answer(
    asks: Callable[[int], ImageRequest], scp: Sandbox, work: Work, how: str, answer: str
) -> None:
    for nth, blow in runs(how):
        asked, rule = asks(nth), ANSWERS[answer]
        if rule:
            scp.faults.add(**rule, kind="create_image")
        with outcome_not_taken():
            send(request_id=asked.pk)
        assert spill.is_waiting()
        with striking(blow):
            spill.replay()
        check_after(asked, scp, work)


def one_was_made(asked: ImageRequest, scp: Sandbox) -> None:
    """The image of the lost call is there and fits."""


def several_fit(asked: ImageRequest, scp: Sandbox) -> None:
    for position in (0, 1):
        scp.public_images.append(
            Image(asked.image_name, scp.clock.now_ms() - position, account=MAIN_ACCOUNT)
        )


def nobody_can_look(asked: ImageRequest, scp: Sandbox) -> None:
    scp.faults.add("status", status=500, kind="list_images")


@pytest.mark.parametrize("scene", [one_was_made, several_fit, nobody_can_look])
@pytest.mark.parametrize("how", BLOWS)
def test_searching(
    asks: Callable[[int], ImageRequest],
    scp: Sandbox,
    work: Work,
    how: str,
    scene: Callable[[ImageRequest, Sandbox], None],
) -> None:
    for nth, blow in runs(how):
        asked = asks(nth)
        scp.faults.add("drop_after", kind="create_image")
        send(request_id=asked.pk)
        let_time_pass(asked)
        scene(asked, scp)
        with striking(blow):
            reconcile(request_id=asked.pk)
        check_after(asked, scp, work)


@pytest.mark.parametrize("how", BLOWS)
def test_searching_in_vain(
    asks: Callable[[int], ImageRequest], scp: Sandbox, work: Work, how: str
) -> None:
    for nth, blow in runs(how):
        asked = asks(nth)
        scp.faults.add("drop_before", kind="create_image")
        send(request_id=asked.pk)
        let_time_pass(asked)
        ImageRequest.objects.filter(pk=asked.pk).update(misses=2)
        with striking(blow):
            reconcile(request_id=asked.pk)
        check_after(asked, scp, work)
        assert fresh(asked).state == State.NOT_MADE


@pytest.mark.parametrize("action", ["drop_after", "half_json", "html200", "status"])
def test_the_network_at_every_page_of_a_look(
    asks: Callable[[int], ImageRequest], scp: Sandbox, work: Work, action: str
) -> None:
    scp.options.name_filter = "partial"
    older_ms = scp.clock.now_ms() - 10_000
    filler = " ".join(f"run-{n}" for n in range(1, 10))  # so that a list has two pages
    scp.public_images.extend(Image(filler, older_ms) for _ in range(1000))
    for nth in range(1, 10):
        asked = asks(nth)
        scp.faults.add("drop_after", kind="create_image")
        send(request_id=asked.pk)
        let_time_pass(asked)
        status = 500 if action == "status" else None
        rule = scp.faults.add(action, status=status, kind="list_images", after=nth - 1)
        reconcile(request_id=asked.pk)
        check_after(asked, scp, work)
        if not rule.used:
            assert nth > 2
            return
    raise AssertionError("there is no end of pages")
