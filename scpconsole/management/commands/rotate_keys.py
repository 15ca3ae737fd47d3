import signal
import sys
from types import FrameType, ModuleType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from images.services import factor_rotation, rotation
from images.services.starting import CannotStart, refuse_bad_start
from scpconsole.progress import ProgressBar


class Command(BaseCommand):
    help = (
        "Seal every stored access key and second factor anew with the first master of KEYRING. The "
        "console may run meanwhile; SIGTERM or Ctrl-C stops, and the next run goes on from there."
    )
    is_stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            refuse_bad_start()
        except CannotStart as error:
            raise CommandError(f"No key was changed. {error}") from error
        keys = self._rotate("access keys", rotation)
        factors = self._rotate("second factors", factor_rotation)
        self._refuse_rest("access keys", keys, rotation.waiting())
        self._refuse_rest("second factors", factors, factor_rotation.waiting())
        self.stdout.write("No access key and no second factor needs another one.")

    def _rotate(self, what: str, kind: ModuleType) -> list[str]:
        """Seal what waits of one kind; return the names of those that do not open."""
        sealed, unopened = 0, list[str]()
        total = kind.waiting()
        with ProgressBar(sys.stderr) as bar:
            for step in () if self.is_stopping else kind.rotate():
                sealed += step.sealed
                unopened += map(str, step.unopened)
                bar.show(what, sealed + len(unopened), total)
                if self.is_stopping:
                    break
        self.stdout.write(f"{sealed:,} {what} were sealed with the first master.")
        return unopened

    def _refuse_rest(self, what: str, unopened: list[str], left: int) -> None:
        if unopened:
            names = ", ".join(unopened)
            raise CommandError(f"These {what} do not open and stay as they were: {names}.")
        if left:
            raise CommandError(
                f"{left:,} more {what} are sealed with another master: run it again."
            )

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True
