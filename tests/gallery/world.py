"""What the pictures and the accessibility tests look at: every state of every page at once."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from images.models import (
    AccessKey,
    AuditEvent,
    Export,
    ImageRequest,
    RequestDraft,
    User,
    WorkerPulse,
)
from images.months import Month
from images.scp.errors import Reason
from images.services import accounts, checkpoints, drafts, keys, password_links, reviews
from images.services.servers import listing_of
from images.vocabulary import DownloadState, ExportKind, Role
from scpconsole.sandbox import Sandbox
from tests.factors import give_every_factor
from tests.gallery.names import HANGUL_SERVER, LONG_ALIAS, LONG_SERVER, UNBROKEN_SERVER
from tests.gallery.requests import states_of
from tests.gallery.sent import sent_requests
from tests.pages.listings import keep, row
from tests.people import ACCESS_KEY, SECRET_KEY, Work, make_export, make_key, make_person

_IN_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class World:
    """People, keys by their situation, requests by their state, and what else has a page."""

    people: dict[str, User]
    keys: dict[str, AccessKey]
    requests: dict[str, ImageRequest]
    server_id: str
    """Of a server in the list that an image may be asked of."""
    event: AuditEvent
    export: Export
    month: Month
    draft: RequestDraft
    password_link: str
    """The address with which Hana, who was invited, sets a password."""


def make_world(scp: Sandbox, work: Work) -> World:
    """Fill the database. `work` runs the worker, for the requests that really are sent."""
    people = {
        "alice": make_person("alice", Role.OPERATOR),
        "bob": make_person("bob", Role.AUDITOR),
        "charlie": make_person("charlie", Role.NONE),
        "dora": make_person("dora", Role.ADMINISTRATOR),
        "erin": make_person("erin", Role.OPERATOR),  # has no key yet
        "frank": make_person("frank", Role.OPERATOR),  # has every kind of second factor
        "grace": make_person("grace", Role.OPERATOR),  # forgets her password
        "ida": make_person("ida", Role.AUDITOR),  # is gone
    }
    key = _working_key(people["alice"])
    sent = sent_requests(key, scp, work)
    states = states_of(key)
    server_id = _list_servers(key, scp, states)
    # Nobody looks at these requests while the pictures are taken, and the worker is well.
    WorkerPulse.objects.update_or_create(
        worker="a worker", defaults={"seen_at": timezone.now() + _IN_A_DAY}
    )
    checkpoints.publish()
    give_every_factor(people["frank"])
    accounts.disable(actor=people["dora"], person=people["ida"])
    month = Month.of(timezone.now())
    reviews.sign(actor=people["bob"], month=month, comment="Read it all.", token=uuid.uuid4())
    return World(
        people=people,
        keys={"working": key, **_keys_in_trouble(people["alice"])},
        requests={**sent, **states},
        server_id=server_id,
        event=AuditEvent.objects.filter(action="request.refused").latest("sequence"),
        export=_export(people["alice"]),
        month=month,
        draft=_draft(key, scp),
        password_link=_invite(people["dora"]),
    )


def _draft(key: AccessKey, scp: Sandbox) -> RequestDraft:
    drafts.keep(
        person=key.owner,
        key=key,
        server_id=str(scp.servers[1].id),
        token=uuid.uuid4(),
        image_name="before-the-move",
        reason="Before the move to the new data centre",
        ticket="CHG-2048",
    )
    return RequestDraft.objects.get()


def _invite(actor: User) -> str:
    link = password_links.invite(actor=actor, name="hana", email="", role=Role.OPERATOR)
    return link.url


def _working_key(owner: User) -> AccessKey:
    key = keys.add(
        actor=owner,
        alias="alice's key",
        environment="e",
        region="kr-west1",
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        api_version="1.3",
    )
    AccessKey.objects.filter(pk=key.pk).update(
        last_test={"works": True, "api_version": "1.3", "skew_seconds": 0.1},
        last_tested_at=timezone.now(),
    )
    return key


def _list_servers(key: AccessKey, scp: Sandbox, states: dict[str, ImageRequest]) -> str:
    """Let the list show the stand-in's servers, awkward ones, and those of the requests."""
    found = listing_of(key, language="en-US").servers
    awkward = [
        row(LONG_SERVER, addresses=["10.0.0.7", "2001:db8:85a3:8d3:1319:8a2e:370:7348"]),
        row(UNBROKEN_SERVER, state="SHUTOFF", locked=True),
        row(HANGUL_SERVER, state="ERROR", addresses=[], volume_ids=[]),
        row("storage-archive-07", state="SHELVED_OFFLOADED"),
    ]
    theirs = [row(each.server_name, id=each.server_id) for each in states.values()]
    keep(key, *awkward, *theirs, *found)
    AccessKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
    return str(scp.servers[0].id)


def _keys_in_trouble(owner: User) -> dict[str, AccessKey]:
    """Keys whose lists are old, empty or missing; none of them is asked for again."""
    now = timezone.now()
    failed = {"failed_at": now, "failed_request_ids": {"request_id": "req-7a41c0de"}}
    old = {"read_at": now - timedelta(hours=1)}
    situations = {
        "stale": {**failed, **old, "failed_reason": Reason.TIMEOUT.value},
        "failed": {**failed, "read_at": None, "failed_reason": Reason.SERVER_ERROR.value},
        "forbidden": {**failed, "read_at": None, "failed_reason": Reason.FORBIDDEN.value},
        "empty": {},
    }
    made = {name: make_key(owner, alias=name) for name in situations}
    for name, changes in situations.items():
        keep(made[name], *([row("web01")] if name == "stale" else []), **changes)
    today = timezone.localdate()
    made["expiring"] = make_key(owner, alias=LONG_ALIAS, expires_on=today + timedelta(days=6))
    keep(made["expiring"], row("web01"))
    made["disabled"] = make_key(owner, alias="of last year", disabled_at=now)
    return made


def _export(maker: User) -> Export:
    make_export(maker, kind=ExportKind.PACK, count=1204)
    return make_export(
        maker,
        count=120,
        rows_written=48,
        download=DownloadState.RUNNING,
        started_at=timezone.now(),
        heard_at=timezone.now() + _IN_A_DAY,
    )
