from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from images.models import User
from images.services.people import add_person
from images.services.refusal import NotAllowed
from images.vocabulary import Role
from scpconsole.typed import typed_password


class Command(BaseCommand):
    help = "Add a person with a role. The password is asked for, or read from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The user name, at most 150 characters.")
        roles = [role.value for role in Role if role is not Role.NONE]
        parser.add_argument("--role", choices=roles, required=True)
        parser.add_argument("--email", default="", help="For single sign-on, and for mail.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person: User = add_person(
                name=options["name"],
                email=options["email"],
                role=Role(options["role"]),
                password=typed_password(),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except NotAllowed as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{person.username} is {person.get_role_display()} now.")
