from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from images.services import retention


class Command(BaseCommand):
    help = "Remove the bytes of events and calls that are older than RETENTION_YEARS."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = retention.apply()
        self.stdout.write(
            f"{removed} events were older than {settings.RETENTION_YEARS} years; their bytes are "
            "gone, and their proofs are kept."
        )
