from django.db import models


class ApiHost(models.Model):
    """What one SCP host last said about its API versions (`GET /`)."""

    url = models.CharField(max_length=200, unique=True)
    versions = models.JSONField(default=list)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.url
