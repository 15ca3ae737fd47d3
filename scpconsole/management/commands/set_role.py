from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from images.services.people import change_role
from images.services.refusal import NotAllowed
from images.vocabulary import Role


class Command(BaseCommand):
    help = "Give a person another role, from their next click on. The change is recorded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("role", choices=[*(role.value for role in Role if role), "none"])

    def handle(self, *args: Any, **options: Any) -> None:
        role = Role.NONE if options["role"] == "none" else Role(options["role"])
        try:
            person = change_role(name=options["name"], role=role)
        except NotAllowed as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{person.username}: {person.get_role_display()}.")
