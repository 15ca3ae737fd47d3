"""What a case left behind must hold no secret, in any spelling."""

from collections.abc import Iterator
from pathlib import Path

from tests.canary import Canary
from tests.canary_places import Search, table_rows
from tests.faults.installing import SECRET_KEY as DJANGO_SECRET
from tests.people import ACCESS_KEY, SECRET_KEY


def told_secrets(folder: Path, log: Path) -> Iterator[str]:
    """Look into each file of the folder, a database and its log among them, and each row."""
    if log.exists() and DJANGO_SECRET.encode() in log.read_bytes():
        yield "a secret stands in the worker's log"
    search = Search(Canary(ACCESS_KEY, SECRET_KEY))
    search.look_into_files(folder)
    search.look_into(table_rows())
    yield from (f"a key stands in {hit}" for hit in search.hits)
