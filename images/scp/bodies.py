"""Reads the body of an answer: decoded, capped, and with what came before it broke."""

import http.client
import zlib
from dataclasses import dataclass, field

from images.scp.errors import Reason

STEP = 16 * 1024
INFLATED_STEP = 64 * 1024


@dataclass
class Body:
    """What could be read."""

    content: bytearray = field(default_factory=bytearray)
    failure: Reason | None = None
    """None when the whole body is here, else TOO_LARGE, TIMEOUT, BROKEN_OFF or NOT_JSON."""


def read_body(response: http.client.HTTPResponse, *, longest: int) -> Body:
    """Read until the end, an error, or more than `longest` decoded bytes. Never raises.

    Content encodings other than gzip and deflate are kept as they came: we asked for none.
    """
    body = Body()
    decode = _decoder(response.getheader("Content-Encoding", ""))
    try:
        while raw := response.read1(STEP):
            decode.feed(raw, body.content, longest)
            if len(body.content) > longest:
                body.failure = Reason.TOO_LARGE
                return body
        if response.length or not decode.is_finished:
            body.failure = Reason.BROKEN_OFF
    except TimeoutError:
        body.failure = Reason.TIMEOUT
    except (OSError, http.client.IncompleteRead):
        body.failure = Reason.BROKEN_OFF
    except (http.client.HTTPException, zlib.error):
        body.failure = Reason.NOT_JSON
    return body


class _AsItComes:
    is_finished = True

    def feed(self, raw: bytes, into: bytearray, _longest: int) -> None:
        into += raw


class _Inflating:
    """Inflates in small steps and stops at the cap, so that a bomb costs no memory."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib

    @property
    def is_finished(self) -> bool:
        return self._inflater.eof

    def feed(self, raw: bytes, into: bytearray, longest: int) -> None:
        while raw and len(into) <= longest and not self._inflater.eof:
            into += self._inflater.decompress(raw, INFLATED_STEP)
            raw = self._inflater.unconsumed_tail


def _decoder(encoding: str) -> _AsItComes | _Inflating:
    if encoding.strip().lower() in {"gzip", "x-gzip", "deflate"}:
        return _Inflating()
    return _AsItComes()
