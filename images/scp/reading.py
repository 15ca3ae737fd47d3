"""Reads: one GET and its JSON."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar
from urllib.parse import quote, urlencode

from images.scp.calls import Answer, Call
from images.scp.deadlines import Deadline
from images.scp.errors import Reason, Refused
from images.scp.fields import is_uuid
from images.scp.strict_json import NotJson, parse
from images.scp.transport import Transport
from images.scp.verdicts import error_of, lost

Row = TypeVar("Row", bound="Identified")


class Identified(Protocol):
    """A resource of SCP."""

    @property
    def id(self) -> str: ...


class Reader:
    """GET calls with one key, one version and one language."""

    def __init__(
        self,
        transport: Transport,
        *,
        base_url: str,
        headers: Mapping[str, str],
        api_version: str,
        total_seconds: float,
    ) -> None:
        self._transport = transport
        self._base_url = base_url
        self._headers = headers
        self._api_version = api_version
        self._total_seconds = total_seconds

    def deadline(self) -> Deadline:
        return Deadline(self._total_seconds)

    def fetch(
        self, path: str, params: Mapping[str, str], *, deadline: Deadline
    ) -> tuple[object, Answer]:
        """Return the JSON of an answer 200. Raises ScpError."""
        return self._fetch(self._call(path, params), deadline)

    def fetch_unsigned(self, path: str) -> tuple[object, Answer]:
        """The same without key and version. Raises ScpError."""
        headers = {k: v for k, v in self._headers.items() if k != "Scp-Api-Version"}
        call = Call("GET", self._base_url + path, headers, is_signed=False)
        return self._fetch(call, self.deadline())

    def one(self, path: str, an_id: str, read: Callable[[object], Row | None]) -> Row:
        """Return one resource. Raises ScpError; Refused with BAD_URL for an id that is no UUID."""
        call = self._call(f"{path}/{quote(an_id, safe='', errors='replace')}", {})
        if not is_uuid(an_id):
            raise Refused(self._transport.plan(call), Reason.BAD_URL)
        payload, answer = self._fetch(call, self.deadline())
        row = read(payload)
        if row is None or row.id.lower() != an_id.lower():
            raise lost(answer, Reason.NOT_JSON, is_write=False)
        return row

    def _call(self, path: str, params: Mapping[str, str]) -> Call:
        # Go's form, as the official client sends it: keys sorted, space as "+"
        query = f"?{urlencode(sorted(params.items()), errors='replace')}" if params else ""
        return Call("GET", f"{self._base_url}{path}{query}", self._headers, self._api_version)

    def _fetch(self, call: Call, deadline: Deadline) -> tuple[object, Answer]:
        self._transport.check_key(call)
        answer = self._transport.read(call, deadline=deadline)
        error = error_of(answer, awaited=200, is_write=False)
        if error is not None:
            raise error
        try:
            return parse(answer.content), answer
        except NotJson:
            raise lost(answer, Reason.NOT_JSON, is_write=False) from None
