"""Keeps character sets other than UTF-8 from Django, which stumbles while it makes the request.

Python knows `hex` and others by name that are no character sets at all; a parameter that says its
own by a star may name anything. No browser sends either to a page of ours.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

UNREADABLE = "console.unreadable"
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";]*)', re.IGNORECASE)


def only_utf8(application: "WSGIApplication") -> "WSGIApplication":
    """Let the application see no odd content type, but UNREADABLE in `request.META` instead."""

    def guarded(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if not _is_readable(environ.get("CONTENT_TYPE", "")):
            environ = {**environ, "CONTENT_TYPE": "", UNREADABLE: True}
        return application(environ, start)

    return guarded


def _is_readable(content_type: str) -> bool:
    named = (name.strip().lower() for name in _CHARSET.findall(content_type))
    return "*" not in content_type and all(name == "utf-8" for name in named)
