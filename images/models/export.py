import uuid
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from images.ledger.notes import short_root
from images.sentences import Badge
from images.vocabulary import DOWNLOAD_LOOK, DownloadState, ExportKind

if TYPE_CHECKING:
    from images.models.user import User

# A running download says so every few seconds; a silent one was cut off with its process.
SILENT_AFTER = timedelta(seconds=90)
_ENDINGS = {ExportKind.CSV: "csv", ExportKind.JSON_LINES: "jsonl", ExportKind.PACK: "zip"}


class ExportQuerySet(models.QuerySet["Export"]):
    def downloadable_by(self, person: "User") -> "ExportQuerySet":
        """One's own exports; of everybody's events only for those who still read all."""
        if not person.has_role:
            return self.none()
        own = self.filter(maker=person)
        return own if person.reads_all else own.filter(covers_all_people=False)


class Export(models.Model):
    """One export of the history: which events, as they stood under one checkpoint.

    What belongs to it is fixed when it is made, so every download holds the same events, however
    the requests go on. The file itself is not kept: a download reads the events.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    form_token = models.UUIDField(unique=True, editable=False)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports"
    )
    covers_all_people = models.BooleanField(help_text="Made by somebody who reads all events.")
    kind = models.CharField(max_length=10, choices=ExportKind)
    filter = models.TextField(help_text="The history's query string; empty: nothing is filtered.")
    time_zone = models.CharField(max_length=60)
    language = models.CharField(max_length=5)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    size = models.BigIntegerField(help_text="How many events the checkpoint covers.")
    root = models.BinaryField(max_length=32)
    checkpoint = models.TextField(help_text="The signed note, byte for byte.")
    verifier_key = models.TextField(help_text="The key that signed it.")
    count = models.BigIntegerField(help_text="How many events were chosen that had their bytes.")
    expired = models.BigIntegerField(help_text="How many were chosen that had lost them.")
    selection = models.BinaryField(
        null=True, help_text="A packed bit for each sequence; null: every event up to the size."
    )

    download = models.CharField(
        max_length=10, choices=DownloadState, blank=True, default=DownloadState.NONE
    )
    rows_written = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True, help_text="When a download last made progress.")
    finished_at = models.DateTimeField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["maker", "-made_at"], name="export_by_maker")]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("export-detail", args=[self.pk])

    @property
    def file_name(self) -> str:
        at = timezone.localtime(self.made_at)
        return f"history-{at:%Y%m%d-%H%M%S}-{str(self.pk)[:8]}.{_ENDINGS[ExportKind(self.kind)]}"

    @property
    def short_root(self) -> str:
        return short_root(bytes(self.root))

    @property
    def is_complete(self) -> bool:
        """Whether every event up to the checkpoint belongs to it."""
        return self.chosen_count == self.size

    @property
    def chosen(self) -> bytes | None:
        """The bits of `selection`: the lowest bit of byte 0 is sequence 0. None: all of them."""
        return zlib.decompress(bytes(self.selection)) if self.selection is not None else None

    @property
    def state(self) -> DownloadState:
        """How the newest download stands; one that fell silent was cut off with its process."""
        is_silent = not self.heard_at or timezone.now() - self.heard_at > SILENT_AFTER
        if self.download == DownloadState.RUNNING and is_silent:
            return DownloadState.STOPPED
        return DownloadState(self.download)

    @property
    def badge(self) -> Badge:
        tone, icon = DOWNLOAD_LOOK[self.state]
        return Badge(tone, icon, str(self.state.label))

    @property
    def is_running(self) -> bool:
        return self.state == DownloadState.RUNNING

    @property
    def chosen_count(self) -> int:
        return self.count + self.expired

    @property
    def is_watched(self) -> bool:
        """Whether the page looks again by itself: a download runs, or may soon."""
        return self.state in (DownloadState.NONE, DownloadState.RUNNING)

    @property
    def poll_seconds(self) -> int:
        """3 s while a download runs; slowing to 30 s where none has begun."""
        if self.is_running:
            return 3
        return max(3, min(30, int((timezone.now() - self.made_at).total_seconds()) // 20))
