from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError


class Command(createsuperuser.Command):
    """In place of Django's own command, whose person would have no role and no event."""

    help = "Refused: people are added with add_person."

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(
            "The console has no superusers. Add a person with “manage.py add_person NAME --role "
            "administrator”."
        )
