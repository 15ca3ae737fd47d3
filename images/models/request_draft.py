from django.db import models
from django.utils import timezone


class RequestDraft(models.Model):
    """What a person has typed so far into the form for an image of one server. No secret.

    It is as good as the form: right or wrong, it is kept as typed. `form_token` is the form's own,
    so that a form and its draft can make one request between them and never two.
    """

    person = models.ForeignKey("images.User", on_delete=models.CASCADE, related_name="+")
    key = models.ForeignKey("images.AccessKey", on_delete=models.CASCADE, related_name="+")
    server_id = models.CharField(max_length=36)
    form_token = models.UUIDField()
    image_name = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    ticket = models.TextField(blank=True)
    saved_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "key", "server_id"], name="one_draft_per_person_and_server"
            )
        ]

    def __str__(self) -> str:
        return f"draft for {self.server_id}"

    @property
    def typed(self) -> dict[str, object]:
        """What the form opens with."""
        return {
            "image_name": self.image_name,
            "reason": self.reason,
            "ticket": self.ticket,
            "form_token": self.form_token,
        }
