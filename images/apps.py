from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ImagesConfig(AppConfig):
    """The one app: keys, servers, requests, history."""

    name = "images"

    def ready(self) -> None:
        from images import (
            answer_headers,
            checks,  # noqa: F401  (registers the system checks)
            session_limits,
            signals,
        )

        signals.connect()
        answer_headers.connect()
        session_limits.connect()  # after the record: who is not recorded has no session
        post_migrate.connect(_guard_records, sender=self)


def _guard_records(*, using: str, **kwargs: Any) -> None:
    from images import guards

    if guards.tables_missing(using):
        return
    absent = guards.missing(using)
    guards.install(using)
    guards.tell_restored(absent)
