"""What the worker does beside its jobs: publish the ledger's head, keep the keeping rule, sweep."""

import logging
from datetime import datetime, timedelta

from django.db import Error as AnyDatabaseError
from django.utils import timezone

from images import jobs
from images.ledger.heads import BadMemory
from images.services import (
    checkpoints,
    drafts,
    ledger_watch,
    retention,
    sessions,
    standing_settings,
)

logger = logging.getLogger(__name__)

_RETENTION_EVERY = timedelta(days=1)
_SWEEP_EVERY = timedelta(hours=1)


class Housekeeper:
    """Ticks once a second beside the ticker. Several, in several processes, do no harm."""

    def __init__(self) -> None:
        self._trouble = ""
        self._retained_at: datetime | None = None
        self._has_noted_settings = False
        self._watched_at: datetime | None = None
        self._swept_at: datetime | None = None

    def tick(self) -> None:
        """Do what is due. Raises django.db.Error."""
        if not self._has_noted_settings:
            standing_settings.note()
            self._has_noted_settings = True
        now = timezone.now()
        if self._retained_at is None or not timedelta() <= now - self._retained_at < (
            _RETENTION_EVERY
        ):
            if retention.may_apply():
                retention.apply()
            self._retained_at = now
        if self._watched_at is None or not timedelta() <= now - self._watched_at < (
            ledger_watch.EVERY
        ):
            jobs.watch.enqueue()  # it reads everything: not in the ticker's thread
            self._watched_at = now
        if self._swept_at is None or not timedelta() <= now - self._swept_at < _SWEEP_EVERY:
            drafts.drop_old()
            sessions.drop_ended()
            self._swept_at = now
        self._publish(is_last=False)

    def close(self) -> None:
        """Publish what no checkpoint covers yet: this worker will not come back to it."""
        try:
            self._publish(is_last=True)
        except AnyDatabaseError:
            logger.warning("the last checkpoint could not be published", exc_info=True)

    def _publish(self, *, is_last: bool) -> None:
        try:
            if is_last:
                checkpoints.publish_what_is_new()
            else:
                checkpoints.publish_when_due()
        except (checkpoints.RolledBack, BadMemory, OSError) as trouble:
            if str(trouble) != self._trouble:  # said once, not once a second
                logger.critical("no checkpoint was signed: %s", trouble)
            self._trouble = str(trouble)
        else:
            self._trouble = ""
