from django.db import models
from django.utils import timezone


class ServerListing(models.Model):
    """The last good server list of one access key, and what went wrong since."""

    key = models.OneToOneField("images.AccessKey", on_delete=models.CASCADE, related_name="listing")
    servers = models.JSONField(default=list)
    is_complete = models.BooleanField(default=True)
    skipped = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True, help_text="When `servers` was read from SCP.")
    reading_until = models.DateTimeField(
        null=True, help_text="Set while somebody reads; nobody else does before."
    )

    failed_at = models.DateTimeField(null=True, help_text="Set while the newest try failed.")
    failed_reason = models.CharField(max_length=40, blank=True)
    failed_request_ids = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"servers of {self.key_id}"

    @property
    def has_failed(self) -> bool:
        return self.failed_at is not None

    @property
    def is_being_read(self) -> bool:
        return self.reading_until is not None and timezone.now() < self.reading_until
