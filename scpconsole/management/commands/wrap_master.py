from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from images.vault import BadKeyring, open_wrapper, wrap_keyring


class Command(BaseCommand):
    help = (
        "Wrap the plain masters of KEYRING with the service that KEY_WRAPPER names, and write the "
        "new KEYRING to standard output."
    )
    requires_system_checks: list[str] = []  # they are about a keyring that is ready

    def handle(self, *args: Any, **options: Any) -> None:
        wrapper = open_wrapper()
        if wrapper is None:
            raise CommandError("KEY_WRAPPER is not set.")
        try:
            wrapped = wrap_keyring(settings.KEYRING, wrapper)
        except BadKeyring as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(wrapped))
