from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from images.services.people import remove_name
from images.services.refusal import NotAllowed


class Command(BaseCommand):
    help = (
        "Take a person's name out of every record and end the account. What the person did stays, "
        "under a pseudonym; this cannot be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        if not options["yes"] and input(f"Remove the name {name} for good? (yes/no) ") != "yes":
            raise CommandError("Nothing was changed.")
        try:
            person = remove_name(name=name)
        except NotAllowed as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"The name is gone. The pseudonym is {person.pk}.")
