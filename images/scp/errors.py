"""What can go wrong in a call, by what the user can do next.

The client raises these and nothing else. Sentences for people are made elsewhere, from
`reason`; `code` and `detail` are SCP's own words.
"""

from enum import StrEnum

from images.scp.exchange import Exchange


class Reason(StrEnum):
    """Why a call failed. The value is stable and may be stored."""

    BAD_REQUEST = "bad_request"
    SIGNATURE = "signature"
    CLOCK = "clock"
    CATALOG = "catalog"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    WRONG_HOST = "wrong_host"
    VERSION = "version"
    CONFLICT = "conflict"
    EDGE = "edge"
    RATE = "rate"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    BROKEN_OFF = "broken_off"
    SERVER_ERROR = "server_error"
    REDIRECT = "redirect"
    NOT_JSON = "not_json"
    NO_IMAGE_ID = "no_image_id"
    BAD_IMAGE_ID = "bad_image_id"
    TOO_LARGE = "too_large"
    UNEXPECTED_STATUS = "unexpected_status"
    BAD_URL = "bad_url"


class ScpError(Exception):
    """A call that did not end as wished. `detail` is SCP's words joined into one string."""

    def __init__(
        self, exchange: Exchange, reason: Reason, code: str = "", detail: str = ""
    ) -> None:
        super().__init__(reason.value, exchange.status)
        self.exchange = exchange
        self.reason = reason
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        answer = "no answer" if self.exchange.status is None else f"HTTP {self.exchange.status}"
        return f"{self.reason.value} ({answer})"


class Refused(ScpError):
    """Nothing was done: 400, 406, 409, 410, or we refused to make the call (BAD_URL)."""


class Denied(Refused):
    """Nothing was done: 401 or 403, or a key that cannot be sent (SIGNATURE, no answer)."""


class Missing(Refused):
    """404. Reason WRONG_HOST means: this says nothing about the resource."""


class Busy(ScpError):
    """Nothing was done: no byte left us, or the edge turned the call away (417, 429)."""

    def __init__(
        self,
        exchange: Exchange,
        reason: Reason,
        code: str = "",
        detail: str = "",
        *,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(exchange, reason, code, detail)
        self.retry_after_seconds = retry_after_seconds
        """0 to 3600; None when SCP named no time that we understand."""

    @property
    def is_permanent(self) -> bool:
        """True for a failed TLS check (untrusted, expired, wrong name, too old a protocol).

        Waiting does not mend it: refuse at once. A peer that merely hangs up during the
        handshake is CONNECT, not TLS.
        """
        return self.reason is Reason.TLS


class OutcomeUnknown(ScpError):
    """A write was sent and its fate is not known. Never send it again; look instead."""


class Unexpected(ScpError):
    """A read got 5xx, nonsense, or no answer in time."""
