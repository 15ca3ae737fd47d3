import io
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from images.services.starting import (
    CannotStart,
    has_administrator,
    is_migrated,
    refuse_bad_start,
)
from scpconsole.serve_plan import PARTS, Service
from scpconsole.serve_rules import dangers


class Command(BaseCommand):
    help = "Prepare a start of “make serve”, or refuse it with a sentence for each reason."
    requires_system_checks: list[str] = []  # run below, with those for a deployment

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--part", choices=PARTS, default="all")

    def handle(self, *args: Any, **options: Any) -> None:
        service = Service.of_environment(options["part"])
        _refuse(dangers(service))
        call_command("check", deploy=True, fail_level="WARNING", stdout=io.StringIO())
        if not service.serves_pages:
            return  # the worker itself says what is missing
        try:
            if not settings.IS_POSTGRES and not is_migrated():
                call_command("migrate", interactive=False, verbosity=0)
            refuse_bad_start()
        except CannotStart as error:
            _refuse([str(error)])
        except DatabaseError as error:
            _refuse([f"The database cannot be opened ({error}). Check DATABASE_URL."])
        if not has_administrator():
            _refuse(
                [
                    "Nobody administers it yet: add the first person with “manage.py add_person "
                    "NAME --role administrator”, under the same settings, and start again."
                ]
            )
        call_command("collectstatic", interactive=False, verbosity=0)


def _refuse(sentences: list[str]) -> None:
    if sentences:
        sys.exit("\n".join(f"The console cannot start. {each}" for each in sentences))
