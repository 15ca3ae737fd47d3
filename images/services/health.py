"""Whether the console can do its work now: for a load balancer and for whoever watches it."""

from datetime import timedelta

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from images import guards
from images.models import Checkpoint, WorkerPulse
from images.services import checkpoints, ledger_watch

# A day without any event brings a checkpoint all the same; an hour more is patience.
_OLDEST_CHECKPOINT = checkpoints.AT_LEAST_EVERY + timedelta(hours=1)


def troubles() -> dict[str, str]:
    """Return what is wrong, a short sentence by part; empty when all is well.

    Raises django.db.Error when the database cannot be asked at all.
    """
    found = {
        "worker": _worker(),
        "guards": _guards(),
        "checkpoint": _checkpoint(),
        "ledger": checkpoints.trouble(),
    }
    return {part: sentence for part, sentence in found.items() if sentence}


def alarms() -> dict[str, str]:
    """Return what a person has to look into, although the console can do its work."""
    broken = ledger_watch.alarm()
    return {"history": "The history was changed, or is not whole."} if broken else {}


def _worker() -> str:
    since = timezone.now() - timedelta(seconds=settings.WORKER_SILENT_SECONDS)
    alive = WorkerPulse.objects.filter(seen_at__gte=since).exists()
    return "" if alive else "No worker has given a sign of life."


def _guards() -> str:
    absent = guards.missing(DEFAULT_DB_ALIAS)
    return f"The database does not guard its records: {', '.join(absent)}." if absent else ""


def _checkpoint() -> str:
    last = Checkpoint.objects.order_by("-id").first()
    if last is None or timezone.now() - last.signed_at <= _OLDEST_CHECKPOINT:
        return ""
    return "No checkpoint was signed for more than a day."
