import signal
import sys
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from images.services import rotation
from images.services.starting import CannotStart, refuse_bad_start
from scpconsole.progress import ProgressBar


class Command(BaseCommand):
    help = (
        "Seal every stored access key anew with the first master of KEYRING. The console may run "
        "meanwhile; SIGTERM or Ctrl-C stops, and the next run goes on from there."
    )
    is_stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            refuse_bad_start()
        except CannotStart as error:
            raise CommandError(f"No key was changed. {error}") from error
        sealed, unopened = self._rotate()
        self.stdout.write(f"{sealed:,} access keys were sealed with the first master.")
        left = rotation.waiting()
        if unopened:
            names = ", ".join(unopened)
            raise CommandError(f"These access keys do not open and stay as they were: {names}.")
        if left:
            raise CommandError(f"{left:,} more are sealed with another master: run it again.")
        self.stdout.write("No access key needs another one.")

    def _rotate(self) -> tuple[int, list[str]]:
        sealed, unopened = 0, list[str]()
        total = rotation.waiting()
        with ProgressBar(sys.stderr) as bar:
            for step in rotation.rotate():
                sealed += step.sealed
                unopened += map(str, step.unopened)
                bar.show("access keys", sealed + len(unopened), total)
                if self.is_stopping:
                    break
        return sealed, unopened

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True
