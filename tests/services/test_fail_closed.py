"""Without its event nothing happens: no call leaves, no row changes. A thousand tries each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django_tasks_db.models import DBTaskResult

from images.models import AccessKey, AuditEvent, ExchangeRecord, ImageRequest, User
from images.services import keys, spill
from images.services.key_trial import try_key
from images.services.people import add_person, change_role, remove_name, set_password
from images.services.requests import withdraw
from images.services.sending import send
from images.services.settling import NONE, settle
from images.vocabulary import Role, State
from scpconsole.sandbox import Sandbox
from tests.people import PASSWORD, make_request
from tests.services.asking import ask_for, fresh, posts, record_of
from tests.services.refusing import EVENTS, contents, run

pytestmark = pytest.mark.django_db

TRIES = 1_000
FEW = 50
_OTHERS = [model._meta.db_table for model in (AccessKey, User, DBTaskResult)]
_WHAT = {
    "sqlite": "BEGIN SELECT RAISE(ABORT, 'no'); END",
    "postgresql": "EXECUTE FUNCTION refuse()",
}
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
    " AS $no$ BEGIN RAISE EXCEPTION 'no'; END $no$"
)


@contextmanager
def no_events(*, after: int = 0) -> Iterator[None]:
    """Let the database refuse every event beyond this sequence, as a full disk would."""
    where = f"BEFORE INSERT ON {EVENTS} FOR EACH ROW WHEN (NEW.sequence > {after})"
    if connection.vendor == "postgresql":
        run(_FUNCTION)
    run(f"CREATE TRIGGER refuse {where} {_WHAT[connection.vendor]}")
    yield
    run("DROP TRIGGER refuse" + (f" ON {EVENTS}" if connection.vendor == "postgresql" else ""))


def refused(act: Callable[[], Any], *, times: int = FEW) -> None:
    """Try so often; each try must fail for the event, and leave everything as it was."""
    before = everything()
    with no_events():
        for _ in range(times):
            with pytest.raises(DatabaseError, match="no"), transaction.atomic():
                act()
    assert everything() == before


def everything() -> list[Any]:
    found = contents()
    with connection.cursor() as cursor:
        for table in _OTHERS:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608  (our own names)
            found += cursor.fetchall()
    return found


def test_nothing_is_asked_for(alices_key: AccessKey, scp: Sandbox) -> None:
    refused(lambda: ask_for(alices_key, scp), times=TRIES)
    assert (ImageRequest.objects.count(), len(scp.journal)) == (0, 0)


def test_nothing_is_sent(alices_key: AccessKey, scp: Sandbox) -> None:
    """The claim and its event are one transaction; without it no byte leaves."""
    asked = ask_for(alices_key, scp)
    refused(lambda: send(request_id=asked.pk), times=TRIES)
    assert (fresh(asked).state, fresh(asked).attempt) == (State.RECORDED, 0)
    assert (ExchangeRecord.objects.count(), len(scp.journal), len(scp.ledger)) == (0, 0, 0)


def test_nothing_is_withdrawn(alices_key: AccessKey, scp: Sandbox) -> None:
    asked = ask_for(alices_key, scp)
    refused(lambda: withdraw(actor=alices_key.owner, asked=asked))


@pytest.mark.parametrize("image_id", ["an-image", NONE])
def test_nothing_is_settled(alices_key: AccessKey, image_id: str) -> None:
    candidates = [{"id": "an-image"}]
    asked = make_request(alices_key, state=State.UNKNOWN, needs_person=True, candidates=candidates)
    actor = alices_key.owner
    refused(lambda: settle(actor=actor, asked=asked, image_id=image_id, reason="I looked."))


def test_no_key_is_added(alices_key: AccessKey) -> None:
    refused(
        lambda: keys.add(
            actor=alices_key.owner,
            alias="another",
            environment="e",
            region="kr-west1",
            access_key="ANOTHERKEY",
            secret_key="another secret",
            api_version="1.3",
        )
    )


def test_no_key_is_changed_or_disabled(alices_key: AccessKey) -> None:
    actor = alices_key.owner

    def change() -> None:
        key = AccessKey.objects.get()
        keys.change(actor=actor, key=key, alias="another", api_version="1.2")

    refused(change)
    refused(lambda: keys.disable(actor=actor, key=AccessKey.objects.get()))


def test_no_trial_of_a_key_is_kept(alices_key: AccessKey, scp: Sandbox) -> None:
    """The read itself changes nothing in SCP; what it showed is not kept without its event."""

    def act() -> None:
        try_key(actor=alices_key.owner, key=AccessKey.objects.get(), language="en-US")

    refused(act)
    assert {call.method for call in scp.journal} == {"GET"}


@pytest.mark.usefixtures("alice")
def test_no_person_comes_changes_or_goes() -> None:
    refused(lambda: add_person(name="carol", role=Role.AUDITOR, password=PASSWORD))
    refused(lambda: change_role(name="alice", role=Role.ADMINISTRATOR))
    refused(lambda: set_password(name="alice", password="violet tractor beneath seven"))
    refused(lambda: remove_name(name="alice"))


def test_an_answer_whose_event_is_refused_is_kept_and_played_later(
    alices_key: AccessKey, scp: Sandbox
) -> None:
    """The call has left by then: the answer waits in the spill file, the row stays under way."""
    asked = ask_for(alices_key, scp)
    with no_events(after=AuditEvent.objects.size() + 1):
        send(request_id=asked.pk)
        assert (fresh(asked).state, spill.is_waiting()) == (State.SENDING, True)
        assert not record_of(asked).is_finished
    assert spill.replay() == 1
    assert (fresh(asked).state, posts(scp)) == (State.ACCEPTED, 1)
