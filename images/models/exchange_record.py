from django.db import models


class ExchangeRecord(models.Model):
    """One create call on the wire: the request as sent and the answer as received, redacted.

    Written before a byte leaves, completed with the answer. One row per attempt.
    """

    request = models.ForeignKey(
        "images.ImageRequest", on_delete=models.PROTECT, related_name="exchanges"
    )
    attempt = models.PositiveIntegerField()

    method = models.CharField(max_length=10)
    url = models.TextField()
    api_version = models.CharField(max_length=10)
    request_headers = models.JSONField()
    request_body = models.TextField()
    request_sha256 = models.CharField(max_length=64)
    prepared_at = models.DateTimeField(auto_now_add=True)

    is_finished = models.BooleanField(default=False)
    left_us = models.BooleanField(default=True, help_text="False: certainly no byte was sent.")
    sent_at = models.DateTimeField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    status = models.PositiveIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    body_length = models.PositiveBigIntegerField(default=0)
    is_truncated = models.BooleanField(default=False)
    request_ids = models.JSONField(default=dict)
    clock_skew_seconds = models.FloatField(null=True)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["attempt"]
        constraints = [
            models.UniqueConstraint(fields=["request", "attempt"], name="one_call_per_attempt"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.url}"

    @property
    def answered(self) -> bool:
        return self.status is not None

    @property
    def request_length(self) -> int:
        """Bytes of the body as it is kept."""
        return len(self.request_body.encode())

    @property
    def is_emptied(self) -> bool:
        """Whether the keeping rule took the headers and bodies; hashes and status stay."""
        return bool(self.request_sha256) and not self.request_body

    @property
    def body_text(self) -> str:
        """The kept bytes as text; what is not UTF-8 is shown as replacement characters."""
        return bytes(self.body).decode("utf-8", "replace")
