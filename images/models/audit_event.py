from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from images.origin import current_origin

if TYPE_CHECKING:
    from images.models.access_key import AccessKey
    from images.models.image_request import ImageRequest
    from images.models.user import User


class AuditEventManager(models.Manager["AuditEvent"]):
    def append(
        self,
        action: str,
        *,
        actor: "User | None",
        request: "ImageRequest | None" = None,
        key: "AccessKey | None" = None,
        target: str = "",
        facts: dict[str, Any] | None = None,
    ) -> "AuditEvent":
        """Write one event in the transaction of what it tells of. The only door.

        `actor` is None for the console's own acts. `facts` hold JSON values that no rule hides:
        never a secret, never a signature. Raises TransactionManagementError outside a
        transaction, for an event must stand or fall with its act.
        """
        if not transaction.get_connection().in_atomic_block:
            raise transaction.TransactionManagementError(
                "An audit event is written inside the transaction of its act."
            )
        origin = current_origin()
        return self.create(
            action=action,
            actor_id=actor.pk if actor else None,
            actor_name=actor.display_name if actor else "",
            address=origin.address,
            http_request_id=origin.request_id,
            request=request,
            key=key,
            target=target,
            facts=facts or {},
        )


class AuditEvent(models.Model):
    """One thing that happened. Rows are only added."""

    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=40, help_text="A stable key such as request.accepted.")
    actor_id = models.UUIDField(null=True, help_text="A pseudonym; null is the console itself.")
    actor_name = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=45, blank=True)
    http_request_id = models.CharField(max_length=36, blank=True)
    request = models.ForeignKey(
        "images.ImageRequest", on_delete=models.PROTECT, null=True, related_name="events"
    )
    key = models.ForeignKey(
        "images.AccessKey", on_delete=models.PROTECT, null=True, related_name="events"
    )
    target = models.CharField(max_length=255, blank=True)
    facts = models.JSONField(default=dict)

    objects = AuditEventManager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit event is never deleted.")
