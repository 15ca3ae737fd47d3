from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from images.services.people import set_password
from images.services.refusal import NotAllowed
from scpconsole.typed import typed_password


class Command(BaseCommand):
    """In place of Django's own command, which leaves no event and lets sessions go on."""

    help = (
        "Set a person's password, and end their sessions. The act is recorded; the password is "
        "asked for, or read from standard input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = set_password(name=options["name"], password=typed_password())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except NotAllowed as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"The password of {person.username} is set, and their sessions ended.")
