from django.db import models


class ApiHost(models.Model):
    """What one SCP host last said: its API versions (`GET /`), and whether it wants silence."""

    url = models.CharField(max_length=200, unique=True)
    versions = models.JSONField(default=list)
    read_at = models.DateTimeField(null=True, help_text="When `versions` was read.")
    silent_until = models.DateTimeField(null=True, help_text="It wants no calls before this.")

    def __str__(self) -> str:
        return self.url
