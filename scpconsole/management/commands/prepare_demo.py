import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from scpconsole.demo_data import prepare


class Command(BaseCommand):
    help = "Make the demo accounts and the stand-in's access key, from JSON on standard input."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare(json.load(sys.stdin))
