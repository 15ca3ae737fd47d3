"""The one write: create an image of a server. Source: SCP API reference, section 8."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from images.scp.calls import Answer, Call
from images.scp.deadlines import Deadline
from images.scp.errors import Reason, Refused
from images.scp.exchange import Exchange
from images.scp.fields import is_uuid
from images.scp.strict_json import NotJson, parse
from images.scp.transport import Transport
from images.scp.verdicts import error_of, lost


@dataclass(frozen=True)
class Created:
    """SCP has accepted: the image has this id from here on, but is not ready yet."""

    image_id: str
    exchange: Exchange


class ImageCall:
    """A create call that is ready and not sent. It can be sent once."""

    def __init__(self, call: Call, planned: Exchange) -> None:
        self.planned = planned
        """The call as it will be sent; nothing has left yet."""
        self._call = call
        self._unsent = threading.Lock()

    def take(self) -> Call:
        """Return the call for sending. The second time raises RuntimeError."""
        if not self._unsent.acquire(blocking=False):
            raise RuntimeError("This create call has been sent before.")
        return self._call


def prepare_image(
    transport: Transport,
    *,
    base_url: str,
    headers: Mapping[str, str],
    api_version: str,
    server_id: str,
    image_name: str,
) -> ImageCall:
    """Build the call. Raises Refused with BAD_URL for an id that is no UUID."""
    body = json.dumps({"image_name": image_name}, ensure_ascii=False).encode("utf-8", "replace")
    call = Call(
        method="POST",
        url=f"{base_url}/v1/servers/{quote(server_id, safe='', errors='replace')}/images",
        headers={**headers, "Content-Type": "application/json"},
        api_version=api_version,
        body=body,
    )
    if not is_uuid(server_id):
        raise Refused(transport.plan(call), Reason.BAD_URL)
    return ImageCall(call, transport.plan(call))


def create_image(transport: Transport, call: ImageCall, *, total_seconds: float) -> Created:
    """Send the call, once and never again. Raises ScpError, or RuntimeError the second time."""
    ready = call.take()
    transport.check_key(ready)
    answer = transport.send_once(ready, deadline=Deadline(total_seconds))
    error = error_of(answer, awaited=202, is_write=True)
    if error is not None:
        raise error
    return Created(_image_id(answer), answer.exchange)


def _image_id(answer: Answer) -> str:
    try:
        payload = parse(answer.content)
    except NotJson:
        raise lost(answer, Reason.NOT_JSON, is_write=True) from None
    image_id = payload.get("image_id") if isinstance(payload, dict) else None
    if image_id is None:
        raise lost(answer, Reason.NO_IMAGE_ID, is_write=True)
    if not isinstance(image_id, str) or not is_uuid(image_id):
        raise lost(answer, Reason.BAD_IMAGE_ID, is_write=True)
    # ids are compared as text from here on, and SCP may change their case
    return image_id.lower()
