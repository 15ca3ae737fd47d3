"""Read settings from the environment, strictly: an odd value stops the start and is named.

Each reader takes the variable's name, also reads the file that `NAME_FILE` points to, and raises
`SettingError` with one sentence that names the variable. No message ever shows a secret's value.
"""

import re
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env
from environ.fileaware_mapping import FileAwareMapping

from images.scp.connecting import is_loopback, tls_context

# The mapping alone: the library's readers would take “$…” for another variable's name.
_env = FileAwareMapping()
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_POSTGRES = ("postgres", "postgresql")
_LISTEN = re.compile(r"(?P<host>[0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})", re.ASCII)
_TOKEN = re.compile(r"[!-~]{32,1000}")
_PLACE_NAME = re.compile(r"[a-z0-9-]{1,20}")


class SettingError(ImproperlyConfigured):
    """A setting is missing or wrong. Its text is one sentence for the person who starts us."""


def env_text(name: str, *, default: str | None = None) -> str:
    """Return the variable's text without outer white space; without a default it is required."""
    try:
        value = str(_env[name])
    except KeyError as error:
        if default is None:
            raise SettingError(f"Set {name} (or {name}_FILE, the path of a file).") from error
        value = default
    except OSError as error:
        raise SettingError(f"{name}_FILE names a file that cannot be read: {error}.") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"{name}_FILE names a file that is not text.") from error
    return value.strip()


def env_secret(name: str) -> str:
    """Return a secret. It has no default; an empty one is refused."""
    value = env_text(name)
    if not value:
        raise SettingError(f"{name} is empty. Set {name} (or {name}_FILE, the path of a file).")
    return value


def env_token(name: str) -> str:
    """Return a secret that somebody sends us to be let in, or "" when the variable is not set."""
    value = env_text(name, default="")
    if value and not _TOKEN.fullmatch(value):
        raise SettingError(
            f"{name} must be 32 characters or more, none of them white space: make one with "
            "“openssl rand -hex 32”."
        )
    return value


def env_bool(name: str, *, default: bool) -> bool:
    value = env_text(name, default="on" if default else "off").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise SettingError(f"{name} must be on or off, not “{value}”.")


def env_int(name: str, *, default: int, low: int, high: int) -> int:
    value = env_text(name, default=str(default))
    if not re.fullmatch(r"-?[0-9]{1,12}", value) or not low <= int(value) <= high:
        raise SettingError(f"{name} must be a whole number from {low} to {high}, not “{value}”.")
    return int(value)


def env_choice(name: str, *, default: str, choices: frozenset[str]) -> str:
    value = env_text(name, default=default)
    if value not in choices:
        raise SettingError(f"{name} must be one of {', '.join(sorted(choices))}, not “{value}”.")
    return value


def env_choices(name: str, *, choices: frozenset[str]) -> frozenset[str]:
    """Return some of the choices, or none; white space stands between them."""
    values = frozenset(env_text(name, default="").split())
    if not values <= choices:
        odd = " ".join(sorted(values - choices))
        raise SettingError(f"{name} may hold {', '.join(sorted(choices))}, not “{odd}”.")
    return values


def env_url(name: str) -> str:
    """Return an http or https address without a password, or "" when the variable is not set."""
    value = env_text(name, default="")
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_address = is_address and "@" not in parts.netloc
    except ValueError:
        is_address = False
    if value and not is_address:
        raise SettingError(f"{name} must be an address such as https://archive.example.com/heads.")
    return value


def env_safe_url(name: str) -> str:
    """Return the required address of a service that we trust with secrets.

    It is https, or http where nothing leaves this machine.
    """
    value = env_url(name)
    parts = urlsplit(value)
    is_safe = parts.scheme == "https" or is_loopback(parts.hostname or "")
    if not value or not is_safe or parts.query or parts.fragment:
        raise SettingError(f"{name} must be an address such as https://service.example.com.")
    return value


def env_name(name: str, *, default: str) -> str:
    """Return a plain name that may stand in a path."""
    value = env_text(name, default=default)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
        raise SettingError(f"{name} must be a name of letters, digits, - and _, not “{value}”.")
    return value


def env_certificates(name: str) -> str | None:
    """Return the path of a PEM file of certificate authorities; None when it is not set."""
    value = env_text(name, default="")
    if not value:
        return None
    try:
        tls_context(value)
    except OSError as error:
        raise SettingError(f"{name} must name a readable file of PEM certificates.") from error
    return value


def env_origin(name: str, *, default: str) -> str:
    """Return a web origin such as `https://console.example.com`: scheme, host, maybe a port."""
    value = env_text(name, default=default)
    try:
        parts = urlsplit(value)
        is_origin = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_origin = False
    if not is_origin or value != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise SettingError(
            f"{name} must be an origin such as https://console.example.com, not “{value}”."
        )
    if parts.scheme not in ("http", "https"):
        raise SettingError(f"{name} must begin with https:// or http://, not “{value}”.")
    return value


def env_listen(name: str, *, default: str) -> str:
    """Return where a server listens: a host or address and a port, such as `127.0.0.1:8000`."""
    value = env_text(name, default=default)
    found = _LISTEN.fullmatch(value)
    if not found or not 1 <= int(found["port"]) <= 65_535:
        raise SettingError(f"{name} must look like 127.0.0.1:8000, not “{value}”.")
    return value


def env_database(name: str, *, default: str) -> dict[str, Any]:
    """Return Django's settings of a database address. The address may hold a password.

    `sqlite:///` and a file, or `postgres://user:password@host:port/name?sslmode=require`; what
    follows the question mark goes to PostgreSQL's connector as it is.
    """
    url = env_text(name, default=default)
    kind = url.partition("://")[0]
    is_file = url.startswith("sqlite:///") and url != "sqlite:///"
    if not is_file and kind not in _POSTGRES:
        raise SettingError(
            f"{name} must begin with sqlite:/// and name a file, or with postgres:// and name "
            "a server and a database."
        )
    engine = "django.db.backends.sqlite3" if is_file else "scpconsole.postgresql"
    try:
        urlsplit(url)  # stricter than what follows, which would mend some slips silently
        config = dict(Env.db_url_config(url, engine=engine))
    except ValueError:  # its text repeats parts of the address, which may be of the password
        config = {}
    if not config.get("NAME"):
        raise SettingError(
            f"{name} must look like postgres://user:secret@host:5432/database, with odd characters "
            "of the secret percent-encoded."
        )
    if not is_file:
        require_installed(
            *("psycopg", "psycopg_pool", "procrastinate"),
            named_by=f"{name} names PostgreSQL",
            file="requirements-postgres.txt",
        )
    return {"OPTIONS": {}, **config}


def require_installed(*parts: str, named_by: str, file: str) -> None:
    """Raise SettingError unless what a setting names is installed from its file of requirements.

    Such a file is one of its own, because most installations need none of it.
    """
    try:
        for part in parts:
            import_module(part)
    except ImportError as error:
        raise SettingError(
            f"{named_by}, and what it needs is not installed: run “pip install --require-hashes "
            f"-r {file}”."
        ) from error


def env_places(name: str, *, default: str) -> dict[str, tuple[str, ...]]:
    """Return SCP environments and their regions, from `e=kr-west1,kr-east1 s=kr-west1`.

    Names are limited so that nobody can steer a signed call to another host.
    Source: SCP API reference, section 1.
    """
    places: dict[str, tuple[str, ...]] = {}
    for entry in env_text(name, default=default).split():
        environment, _, regions = entry.partition("=")
        names = (environment, *regions.split(","))
        if environment in places or not all(_PLACE_NAME.fullmatch(each) for each in names):
            raise SettingError(
                f"{name} must look like “e=kr-west1,kr-east1 s=kr-west1” with each environment "
                f"once and names of a-z, 0-9 and -, not “{entry}”."
            )
        places[environment] = names[1:]
    if not places:
        raise SettingError(f"{name} names no environment.")
    return places
