"""Run one of Django's or the console's commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scpconsole.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # One sentence that names the setting serves better than a traceback.
        sys.exit(f"The console cannot start. {error}")


if __name__ == "__main__":
    main()
