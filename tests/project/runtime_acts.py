"""What the console does in its role of PostgreSQL, and what it must not be able to do."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from images import guards
from images.models import AuditEvent, Checkpoint
from images.services import keys, retention
from images.services.checkpoints import publish
from images.services.following import follow
from images.services.housekeeping import Housekeeper
from images.services.people import add_person, remove_name
from images.services.requests import withdraw
from images.services.sending import send
from images.services.starting import refuse_bad_start
from images.services.verifying import Means, verify
from images.services.waking import Ticker
from images.vocabulary import Role
from scpconsole.sandbox import Sandbox
from tests.people import ACCESS_KEY, PASSWORD, SECRET_KEY
from tests.services.asking import ask_for, fresh, make_due

_NO_PRIVILEGE = "42501"


def migrate() -> None:
    """Bring the database up to date, and write one old event; both as the owner."""
    call_command("migrate", interactive=False, verbosity=0)
    import time_machine

    with time_machine.travel(timezone.now() - timedelta(days=6 * 366)), AuditEvent.objects.act():
        AuditEvent.objects.append("key.tested", actor=None)
    _leave()


def act(forbidden: dict[str, str]) -> dict[str, Any]:
    """Work as the console's role; return what was seen."""
    connections.settings["default"]["USER"] = "console_app"
    with Sandbox(seed_servers=3) as scp:
        settings.SCP_URL_TEMPLATE = scp.url
        states = _work(scp)
    seen = {
        "role": _one("SELECT current_user"),
        "states": states,
        "checkpoints": Checkpoint.objects.count(),
        "guards": guards.missing("default"),
        "may_apply_retention": retention.may_apply(),
        "refusals": {what: _refusal(statement) for what, statement in forbidden.items()},
        "faults": verify(Means()).as_json()["findings"],
    }
    _leave()
    connections.settings["default"]["USER"] = "console_owner"
    seen["expired_by_owner"] = retention.apply()
    _leave()
    return seen


def _work(scp: Sandbox) -> list[str]:
    """Let a person do what people do, and the worker its part."""
    scp.options.burst_calls = None
    scp.options.image_grace_seconds = scp.options.image_done_seconds = 0
    scp.add_key(ACCESS_KEY, SECRET_KEY)
    refuse_bad_start()
    alice = add_person(name="alice", role=Role.OPERATOR, password=PASSWORD)
    add_person(name="carol", role=Role.AUDITOR, password=PASSWORD)
    browser = Browser(SERVER_NAME=str(urlsplit(settings.CONSOLE_URL).hostname))
    typed = {"username": "alice", "password": PASSWORD}
    assert browser.post(reverse("account_login"), typed).status_code == 302
    key = keys.add(
        actor=alice,
        alias="alice's key",
        environment="e",
        region="kr-west1",
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        api_version="1.3",
    )
    asked = ask_for(key, scp)
    send(request_id=asked.pk)
    make_due(asked)
    follow(request_id=asked.pk)
    other = ask_for(key, scp, position=1, image_name="another-image")
    withdraw(actor=alice, asked=other)
    Ticker("the worker").tick()
    Housekeeper().tick()
    publish()
    remove_name(name="carol")
    browser.logout()
    return [fresh(each).state for each in (asked, other)]


def _refusal(statement: str) -> str:
    """Return whether the database says that the privilege is missing; what else, if not."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        state = str(getattr(error.__cause__, "sqlstate", ""))
        return "no privilege" if state == _NO_PRIVILEGE else f"{state} {error}"
    return "it was done"


def _one(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def _leave() -> None:
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
