from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone


class WorkerPulse(models.Model):
    """When a worker last said that it runs. One row per worker process."""

    worker = models.CharField(max_length=100, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker

    @classmethod
    def last_seen(cls) -> "WorkerPulse | None":
        return cls.objects.order_by("-seen_at").first()

    @property
    def is_fresh(self) -> bool:
        silence = timezone.now() - self.seen_at
        return silence < timedelta(seconds=settings.WORKER_SILENT_SECONDS)
