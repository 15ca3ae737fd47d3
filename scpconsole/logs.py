"""The log: one line for each event, with the HTTP request's id and the actor's pseudonym.

All that is logged, by us and by libraries, passes one formatter. What somebody else wrote into it
(a path, a word of SCP) can neither begin a line nor turn one round; secrets are hidden.
"""

import json
import re
from collections.abc import Collection
from typing import Any

import structlog
from structlog.types import EventDict, Processor

from images.origin import current_origin
from images.scp.exchange import HIDDEN
from images.visible import visible

FORMATS = frozenset({"json", "line"})
# Members that our own lines carry. Others' lines carry objects, such as Django's whole request.
_EXTRA = ("method", "path", "status", "duration_ms")
_INDENT = "    "
_SPOKEN = re.compile(
    r"""((?:signature|access[-_]?key|secret[-_]?key|authorization|token|cookie|password|passwd)
        [\\"']*\s*[:=]\s*[\\"']*(?:(?:bearer|basic)\s+)?)
        [^\s,;&"'\\]+""",
    re.IGNORECASE | re.VERBOSE,
)
_IN_ADDRESS = re.compile(r"(://)[^\s@]+@")


def logging_settings(*, form: str, level: str, secrets: Collection[str]) -> dict[str, Any]:
    """Return the setting LOGGING. `secrets` are never to be seen, whoever logs them."""
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(allow=_EXTRA),
        _add_origin,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    render = _as_line if form == "line" else structlog.processors.JSONRenderer(serializer=_as_json)
    after = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, Hide(secrets), render]
    to_stderr = {"handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": after,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Its lines go where all go, and no mail of its own does. Of what is no failure the
            # line of the request tells, too.
            "django": {"handlers": [], "level": "INFO"},
            "django.request": {"level": "ERROR"},
            # A line for each finished job would bury what matters.
            "django_tasks": {"level": "WARNING"},
            "django_tasks_db": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            # Gunicorn brings a handler of its own. Its level is set on its command line.
            "gunicorn.error": to_stderr,
            "gunicorn.access": to_stderr,
        },
    }


class Hide:
    """Takes secrets out of every text of an event: the given ones, and what is called one."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = sorted({each for each in secrets if each}, key=len, reverse=True)

    def __call__(self, logger: object, name: str, event: EventDict) -> EventDict:
        return {key: self._hidden(value) for key, value in event.items()}

    def _hidden(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        for secret in self._secrets:
            value = value.replace(secret, HIDDEN)
        value = _SPOKEN.sub(rf"\1{HIDDEN}", value)
        return _IN_ADDRESS.sub(rf"\1{HIDDEN}@", value)


def _add_origin(logger: object, name: str, event: EventDict) -> EventDict:
    origin = current_origin()
    if origin.request_id:
        event["request_id"] = origin.request_id
    if origin.actor:
        event["actor"] = origin.actor
    return event


def _as_json(event: EventDict, **options: Any) -> str:
    """Return ASCII alone: every other character is an escape, a lone half of one too."""
    return json.dumps(event, default=options["default"])


def _as_line(logger: object, name: str, event: EventDict) -> str:
    """Return a line to read; a traceback follows it, indented."""
    head = (event.pop("timestamp"), event.pop("level").upper(), event.pop("logger"))
    words = [*head, str(event.pop("event"))]
    trace = [event.pop(part) for part in ("stack", "exception") if part in event]
    words += [f"{key}={value}" for key, value in event.items()]
    below = [f"{_INDENT}{visible(line)}" for text in trace for line in text.splitlines()]
    return "\n".join([visible(" ".join(words)), *below])
