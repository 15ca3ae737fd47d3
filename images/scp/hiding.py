"""Takes secrets out of what is kept."""

import html
import json
import re
from urllib.parse import quote

from images.scp.exchange import HIDDEN

SHORTEST = 4  # hiding every "a" would hide the answer, and no real secret is that short
NEVER = r"(?!)"


class Hider:
    """Replaces every spelling of some secrets by HIDDEN.

    Spellings: as it is, percent-encoded, escaped for JSON, escaped for HTML, in any case.
    """

    def __init__(self, *secrets: str) -> None:
        spellings = {s for secret in secrets if len(secret) >= SHORTEST for s in _spellings(secret)}
        longest_first = sorted(spellings, key=len, reverse=True)
        in_text = [re.escape(spelling) for spelling in longest_first]
        in_bytes = [re.escape(spelling.encode("utf-8", "replace")) for spelling in longest_first]
        self._in_text = re.compile("|".join(in_text) or NEVER, re.IGNORECASE)
        self._in_bytes = re.compile(b"|".join(in_bytes) or NEVER.encode(), re.IGNORECASE)

    def text(self, value: str) -> str:
        return self._in_text.sub(HIDDEN, value)

    def content(self, value: bytes) -> bytes:
        return self._in_bytes.sub(HIDDEN.encode(), value)


def _spellings(secret: str) -> set[str]:
    escaped = json.dumps(secret)[1:-1]
    return {
        secret,
        quote(secret.encode("utf-8", "replace"), safe=""),
        escaped,
        escaped.replace("/", r"\/"),
        html.escape(secret),
    }
