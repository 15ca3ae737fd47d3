"""What `make serve` refuses: settings that are fine for a trial and a danger in earnest."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from images.scp.connecting import is_loopback
from scpconsole.serve_plan import Service

# Settings that are secret, or may hold a password. Each may be given by a file, too.
SECRETS = (
    *("SECRET_KEY", "KEYRING", "LEDGER_KEY", "DATABASE_URL", "VAULT_TOKEN"),
    *("METRICS_TOKEN", "OIDC_CLIENT_SECRET"),
)
_DEMO_FILES = ("accounts.json", "standin_key.json")
# Source: Django 5.2, django/core/checks/security/base.py (security.W009).
_KEY_LENGTH, _KEY_VARIETY, _KEY_MADE_BY_DJANGO = 50, 5, "django-insecure-"


def dangers(service: Service) -> list[str]:
    """Return a sentence for each setting that must not be served with; empty when all is well."""
    return [*_of_addresses(service), *_of_secrets(), *_of_files(), *_of_numbers(service)]


def _of_addresses(service: Service) -> Iterator[str]:
    console = settings.CONSOLE_URL
    is_plain = console.startswith("http://")
    if settings.DEBUG:
        yield "DEBUG is on and would show code and settings to anybody: turn it off."
    if is_plain and not is_loopback(settings.ALLOWED_HOSTS[0]):
        yield f"CONSOLE_URL is “{console}”, and passwords would travel in the clear: use https."
    elif is_plain and service.serves_pages and not is_loopback(service.host):
        yield f"LISTEN is “{service.listen}”, open to the network, while CONSOLE_URL is no https."
    if not is_plain and service.serves_pages and not settings.TRUSTED_PROXIES:
        # The web server speaks no TLS itself (scpconsole/web_server.py).
        yield (
            "TRUSTED_PROXIES is 0, while CONSOLE_URL is https and TLS ends in a proxy in front, "
            "so all people would share its address in the history and in the limits on sign-in: "
            "set it to the number of proxies that add to X-Forwarded-For, such as 1."
        )
    if settings.SCP_ALLOW_LOOPBACK:
        yield "SCP_ALLOW_LOOPBACK is on, which is for the stand-in SCP: turn it off."


def _of_secrets() -> Iterator[str]:
    key = settings.SECRET_KEY
    is_short = len(key) < _KEY_LENGTH or len(set(key)) < _KEY_VARIETY
    if is_short or key.startswith(_KEY_MADE_BY_DJANGO):
        yield "SECRET_KEY is too short or too plain: make one with “openssl rand -base64 64”."
    if settings.LEDGER_KEY in settings.KEYRING:
        yield "LEDGER_KEY is one of the masters in KEYRING: make it a key of its own."


def _of_files() -> Iterator[str]:
    for name in SECRETS:
        path = os.environ.get(f"{name}_FILE")
        if path and _mode(Path(path)) & (stat.S_IRWXO | stat.S_IWGRP):
            yield (
                f"{name}_FILE names “{path}”, which other accounts may read or change: run "
                f"“chmod 600 {path}”."
            )
    folder: Path = settings.DATA_DIR
    if _mode(folder) & (stat.S_IRWXG | stat.S_IRWXO):
        yield (
            f"CONSOLE_DATA_DIR names “{folder}”, which other accounts may open: run “chmod 700 "
            f"{folder}”."
        )
    if any((folder / name).exists() for name in _DEMO_FILES):
        yield f"CONSOLE_DATA_DIR names “{folder}”, which holds the demo of “make run”: use another."
    database: Path | None = settings.DATABASE_FILE
    is_inside = database and folder in database.parents  # whose own rights keep others out
    if database and not is_inside and _mode(database) & stat.S_IRWXO:
        yield f"The database “{database}” may be read by other accounts: run “chmod 600” on it."


def _of_numbers(service: Service) -> Iterator[str]:
    if not service.serves_pages:
        return
    if settings.IS_POSTGRES and service.web_threads >= settings.DATABASE_CONNECTIONS:
        yield "WEB_THREADS must be less than DATABASE_CONNECTIONS."
    if not settings.IS_POSTGRES and service.web_processes > 1:
        yield "WEB_PROCESSES must be 1 on SQLite; PostgreSQL serves several (DATABASE_URL)."


def _mode(path: Path) -> int:
    """Return the permission bits; 0 when there is nothing yet."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0
