"""Takes secrets out of what is kept."""

import html
import re

from images.scp.exchange import HIDDEN

SHORTEST = 4  # hiding every "a" would hide the answer, and no real secret is that short
# More than one for JSON inside JSON; not any number, or a long row of them would cost squares.
_BACKSLASHES = r"\\{1,4}"
_HALVES = "surrogatepass"  # half a character in a secret is no reason to fail


class Hider:
    """Replaces every spelling of some secrets by HIDDEN.

    Each character may stand as it is, percent-encoded, escaped for JSON (by its number or by
    a backslash) or escaped for HTML (by its name or its number), in any case and any mixture.
    """

    def __init__(self, *secrets: str) -> None:
        wanted = {secret for secret in secrets if len(secret) >= SHORTEST}
        longest_first = sorted(wanted, key=len, reverse=True)
        # One pattern each: those of the keys stay in the cache of `re`, a signature's is new.
        self._patterns = [
            re.compile("".join(map(_spelled, secret)).encode("utf-8", _HALVES), re.IGNORECASE)
            for secret in longest_first
        ]

    def text(self, value: str) -> str:
        return self.content(value.encode("utf-8", _HALVES)).decode("utf-8", _HALVES)

    def content(self, value: bytes) -> bytes:
        for pattern in self._patterns:
            value = pattern.sub(HIDDEN.encode(), value)
        return value


def _spelled(letter: str) -> str:
    """Return a pattern of one character in all its spellings."""
    either_case = {letter, letter.lower(), letter.upper()}
    found = {spelling for each in either_case for spelling in _spellings(each)}
    return f"(?:{'|'.join(sorted(found))})"


def _spellings(letter: str) -> set[str]:
    plain = re.escape(letter)
    found = {
        plain,
        "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", _HALVES)),
        "".join(f"{_BACKSLASHES}u{unit}" for unit in _utf16(letter)),
        "".join(f"&#(?:x0{{0,4}}{ord(each):x}|0{{0,4}}{ord(each)});?" for each in letter),
        re.escape(html.escape(letter)),
    }
    # Of a letter, "\n" would be a line's end.
    return found if letter.isalnum() else {*found, _BACKSLASHES + plain}


def _utf16(letter: str) -> list[str]:
    """Return the four hexadecimal digits of each unit, as JSON counts them."""
    digits = letter.encode("utf-16-be", _HALVES).hex()
    return [digits[start : start + 4] for start in range(0, len(digits), 4)]
