"""Make exports and read their files as a browser does."""

import uuid
from typing import Any

from django.test import Client
from django.urls import reverse

from images.models import AuditEvent, Export, User
from tests.pages.reading import Answer, words

NEW, LIST = reverse("export-new"), reverse("export-list")


def happen(actor: User | None, **values: Any) -> None:
    with AuditEvent.objects.act():
        AuditEvent.objects.append("key.tested", actor=actor, **values)


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "jsonl",
        "filter": "show=all",
        "form_token": str(uuid.uuid4()),
        **changes,
    }


def made(browser: Client, **changes: Any) -> Export:
    answer = browser.post(LIST, typed(**changes))
    assert answer.status_code == 302, words(answer)
    return Export.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def file_of(browser: Client, export: Export) -> Answer:
    return browser.get(reverse("export-file", args=[export.pk]))


def body_of(answer: Answer) -> bytes:
    return b"".join(answer)
