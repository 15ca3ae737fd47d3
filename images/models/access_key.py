import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from images.vault import Place, open_vault


class AccessKey(models.Model):
    """One person's SCP access key for one region. Both halves are sealed by the vault.

    A key is disabled, never deleted: history points at it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="access_keys"
    )
    alias = models.CharField(max_length=60)
    environment = models.CharField(max_length=20)
    region = models.CharField(max_length=20)
    api_version = models.CharField(max_length=10)
    expires_on = models.DateField(null=True, blank=True)
    is_production = models.BooleanField(
        default=False, db_default=False, help_text="Pages of this key wear a clear mark."
    )

    sealed_access_key = models.TextField()
    sealed_secret_key = models.TextField()
    sealed_with = models.CharField(max_length=8, help_text="The id of the master key.")
    fingerprint = models.CharField(
        max_length=64, help_text="What records call this access key; it never changes."
    )
    mark = models.CharField(
        max_length=64, help_text="Finds the same access key again; made with the same master."
    )
    last4 = models.CharField(max_length=4)

    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    last_tested_at = models.DateTimeField(null=True)
    last_test = models.JSONField(null=True)
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["alias", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "alias"], name="one_alias_per_owner"),
        ]

    def __str__(self) -> str:
        return self.alias

    def get_absolute_url(self) -> str:
        return reverse("key-detail", args=[self.pk])

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None

    @property
    def days_left(self) -> int | None:
        """How many days it may be used after today; below 0 it has expired, None is for ever."""
        if self.expires_on is None:
            return None
        return (self.expires_on - timezone.localdate()).days

    @property
    def is_expired(self) -> bool:
        return self.days_left is not None and self.days_left < 0

    @property
    def is_usable(self) -> bool:
        """Whether new calls may be made with it: not disabled and not past its expiry date."""
        return not self.is_disabled and not self.is_expired

    @property
    def is_configured(self) -> bool:
        """Whether the settings still name this key's environment and region."""
        return self.region in settings.SCP_ENVIRONMENTS.get(self.environment, ())

    @property
    def hint(self) -> str:
        return f"…{self.last4}"

    @property
    def short_fingerprint(self) -> str:
        return f"{self.fingerprint[:4]}-{self.fingerprint[4:8]}"

    def place(self, field: str) -> Place:
        """Return what the vault binds a sealed field of this row to."""
        return Place(owner_id=str(self.owner_id), row_id=str(self.pk), field=field)

    def seal(self, *, access_key: str, secret_key: str) -> None:
        """Put both halves into the row, sealed; nothing is saved yet."""
        vault = open_vault()
        self.sealed_access_key = vault.seal(access_key, self.place("access_key"))
        self.sealed_secret_key = vault.seal(secret_key, self.place("secret_key"))
        self.sealed_with = vault.sealing_id
        self.fingerprint = self.mark = vault.fingerprint(access_key)
        self.last4 = access_key[-4:]

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("An access key is never pickled: a cache is no place for it.")
