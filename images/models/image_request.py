import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from images.sentences import Badge, Evidence, badge, evidence, state_sentence
from images.stamps import shown_seconds
from images.vocabulary import ASKABLE_AGAIN, OPEN, SETTLED, OwnReason, State

if TYPE_CHECKING:
    from images.models.user import User

OVERDUE_AFTER = timedelta(minutes=30)
# A page that was hidden looks again on its return, and speaks of what changed meanwhile.
SPOKEN_WITHIN = timedelta(hours=1)
# A fresh image may stay invisible this long. Source: SCP API reference, section 8.
VISIBLE_WITHIN = timedelta(minutes=5)
_SHORT_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i l o u: read aloud without doubt


class ImageRequestQuerySet(models.QuerySet["ImageRequest"]):
    def visible_to(self, person: "User") -> "ImageRequestQuerySet":
        """One's own requests; everybody's for those who read all; nothing without a role."""
        if person.reads_all:
            return self
        return self.filter(actor=person) if person.may_ask else self.none()

    def open(self) -> "ImageRequestQuerySet":
        return self.filter(state__in=OPEN)

    def of_server(self, environment: str, region: str, server_id: str) -> "ImageRequestQuerySet":
        return self.filter(environment=environment, region=region, server_id=server_id)

    def named(self, environment: str, region: str, image_name: str) -> "ImageRequestQuerySet":
        """Requests whose image has this name or may still get it: not those that came to nothing,
        nor those whose image has failed or gone."""
        may_be_there = Q(state__in=[*OPEN, State.READY]) | Q(outcome_reason=OwnReason.LATE_IMAGE)
        return self.filter(
            may_be_there, environment=environment, region=region, image_name=image_name
        )

    def due(self, now: datetime) -> "ImageRequestQuerySet":
        """Rows whose time has come. A first send is always due: after the clock was set back it
        would else wait for an hour that nobody asked for."""
        return self.filter(Q(due_at__lte=now) | Q(state=State.RECORDED, attempt=0))

    def claim(self, pk: uuid.UUID, *, now: datetime) -> "ImageRequest | None":
        """Take a due, recorded request for sending; None when it is not ours to take.

        One conditional UPDATE, so of many workers one wins. Call it in a transaction that is
        committed before a byte leaves.
        """
        taken = (
            self.due(now)
            .filter(pk=pk, state=State.RECORDED)
            .update(
                state=State.SENDING,
                attempt=F("attempt") + 1,
                lease_until=now + timedelta(seconds=settings.SEND_LEASE_SECONDS),
            )
        )
        return self.get(pk=pk) if taken else None


class ImageRequest(models.Model):
    """One image that a person asked for: where it stands now. The rows are never deleted.

    Person, key and server are kept by id and as text, so the record outlives what it describes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    form_token = models.UUIDField(unique=True, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="image_requests"
    )
    actor_name = models.CharField(max_length=150)
    key = models.ForeignKey(
        "images.AccessKey", on_delete=models.PROTECT, related_name="image_requests"
    )
    key_alias = models.CharField(max_length=60)
    key_fingerprint = models.CharField(max_length=64)
    environment = models.CharField(max_length=20)
    region = models.CharField(max_length=20)
    api_version = models.CharField(max_length=10)
    language = models.CharField(max_length=5, default="en-US")
    server_id = models.CharField(max_length=36)
    server_name = models.CharField(max_length=255)
    image_name = models.CharField(max_length=255)
    reason = models.TextField(max_length=1000)
    ticket = models.CharField(max_length=100, blank=True)
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="followers"
    )

    state = models.CharField(max_length=20, choices=State, default=State.RECORDED)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text="When the console acts next; null: never.")
    woken_for = models.DateTimeField(null=True, help_text="The due time of the last wake-up.")
    woken_at = models.DateTimeField(null=True)
    needs_person = models.BooleanField(default=False)

    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True, help_text="When the outcome became unknown.")
    settled_at = models.DateTimeField(null=True)

    image_id = models.CharField(max_length=36, blank=True)
    scp_status = models.CharField(max_length=60, blank=True, help_text="SCP's word, as it came.")
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    looks = models.PositiveIntegerField(default=0)
    misses = models.PositiveIntegerField(default=0, help_text="Looks in a row that found nothing.")
    last_look_at = models.DateTimeField(null=True)
    look_trouble = models.CharField(max_length=40, blank=True)
    candidates = models.JSONField(default=list, help_text="Images that a person may choose from.")

    outcome_reason = models.CharField(max_length=40, blank=True)
    outcome_code = models.CharField(max_length=100, blank=True)
    outcome_detail = models.TextField(blank=True)
    outcome_request_ids = models.JSONField(default=dict)

    objects = ImageRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "region", "server_id"],
                condition=Q(state__in=sorted(OPEN)),
                name="one_open_request_per_server",
            ),
            models.UniqueConstraint(
                fields=["environment", "region", "image_name"],
                condition=Q(state__in=sorted(OPEN)),
                name="one_open_request_per_name",
            ),
            models.UniqueConstraint(
                fields=["image_id"], condition=~Q(image_id=""), name="one_request_per_image"
            ),
        ]
        indexes = [
            models.Index(fields=["-recorded_at", "-id"], name="request_by_time"),
            models.Index(fields=["state", "due_at"], name="request_by_due_time"),
            models.Index(fields=["image_name"], name="request_by_image_name"),
            models.Index(fields=["server_id"], name="request_by_server"),
            models.Index(fields=["actor", "settled_at"], name="request_by_settling"),
        ]

    def __str__(self) -> str:
        return self.image_name

    def get_absolute_url(self) -> str:
        return reverse("request-detail", args=[self.pk])

    @property
    def short_id(self) -> str:
        return short_id(self.form_token)

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED

    @property
    def may_withdraw(self) -> bool:
        return self.state == State.RECORDED

    @property
    def may_ask_again(self) -> bool:
        return self.state in ASKABLE_AGAIN

    @property
    def waits_for_its_time(self) -> bool:
        """Whether SCP or the network asked for patience before the (next) send."""
        return (
            self.state == State.RECORDED
            and self.due_at is not None
            and self.due_at > timezone.now() + timedelta(seconds=2)
        )

    @property
    def is_overdue(self) -> bool:
        start = self.answered_at or self.recorded_at
        return self.state == State.ACCEPTED and timezone.now() - start > OVERDUE_AFTER

    @property
    def is_not_visible_yet(self) -> bool:
        return self.state == State.ACCEPTED and self.looks > 0 and self.first_seen_at is None

    @property
    def elapsed(self) -> int:
        """Whole seconds from the record to now, or to the end as the times shown tell it."""
        if self.settled_at:
            return shown_seconds(self.recorded_at, self.settled_at)
        return int((timezone.now() - self.recorded_at).total_seconds())

    @property
    def poll_seconds(self) -> int:
        """How long a page waits before it looks at this row again: 3 s, slowing to 30 s."""
        return max(3, min(30, self.elapsed // 20))

    @property
    def may_be_spoken(self) -> bool:
        """Whether its state may have changed since a page looked last: it is open, or was so."""
        lately = timezone.now() - SPOKEN_WITHIN
        return not self.is_settled or (self.settled_at is not None and self.settled_at > lately)

    @property
    def clock_skew_seconds(self) -> float | None:
        """Our clock minus SCP's, as the last answer showed it."""
        last = self.exchanges.order_by("-attempt").first()
        return last.clock_skew_seconds if last else None

    @property
    def badge(self) -> Badge:
        return badge(self)

    @property
    def sentence(self) -> str:
        return state_sentence(self)

    @property
    def refusal(self) -> Evidence | None:
        """Why the request did not go through, or is not known to have; None when all is well."""
        return evidence(self)


def short_id(token: uuid.UUID) -> str:
    """Return six letters and digits that stand for a form token, 30 of its bits."""
    number = token.int
    return "".join(_SHORT_ALPHABET[(number >> (5 * place)) & 31] for place in range(6))
