import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from images.services.starting import CannotStart, refuse_bad_start
from scpconsole.crew import Crew, HandsLost


class Command(BaseCommand):
    help = "Send recorded requests to SCP and follow their images, until SIGTERM or Ctrl-C."
    requires_system_checks: list[str] = []  # the start below says what is wrong, in one sentence

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=int, default=4, help="Calls to SCP at once.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["threads"] <= 64:
            raise CommandError("--threads must be a number from 1 to 64.")
        if settings.IS_POSTGRES and options["threads"] >= settings.DATABASE_CONNECTIONS:
            raise CommandError("--threads must be less than DATABASE_CONNECTIONS.")
        try:
            refuse_bad_start()
        except CannotStart as error:
            raise CommandError(f"The worker cannot start. {error}") from error
        crew = Crew(threads=options["threads"])

        def stop(number: int, frame: FrameType | None) -> None:
            crew.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write(f"worker {crew.name} runs")
        self.stdout.flush()
        try:
            crew.run()
        except HandsLost as error:
            raise CommandError(f"The worker ends. {error}") from error
        except OSError as error:
            raise CommandError(
                f"The worker cannot keep answers in CONSOLE_DATA_DIR: {error}"
            ) from error
