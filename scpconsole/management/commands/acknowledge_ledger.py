from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from images.ledger.heads import BadMemory
from images.services import checkpoints


class Command(BaseCommand):
    help = (
        "Accept a database that is older or other than what was signed, such as a restored "
        "backup. The record says so for good."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", required=True, help="Why this is right; it is recorded.")

    def handle(self, *args: Any, **options: Any) -> None:
        reason = options["reason"].strip()
        if not reason:
            raise CommandError("Give the reason: it is what an auditor will read.")
        if not checkpoints.trouble():
            raise CommandError("The data agree with what was signed. There is nothing to accept.")
        try:
            published = checkpoints.acknowledge(reason=reason)
        except (BadMemory, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Accepted and recorded. The new checkpoint is {published}.")
