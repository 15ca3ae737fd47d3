"""SCP's refusals, in the four envelopes it uses.

Source: SCP API reference, section 5 (fixtures F-400 to F-503). Ids differ per answer, as live.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from scpconsole.sandbox.answers import Answer, as_html, as_json

NAME_TEXT = (
    'Field "image_name" is invalid. The value should be 1 characters or longer, '
    "255 characters or shorter, in ^[a-zA-Z0-9-_ ]*$ format. "
    'Example: "imagename"'
)
_LEVELS = {"List": "List", "Show": "Read", "Create": "Create"}


def service(
    status: int, code: str, detail: str, *, form: str = "string", response: object = None
) -> Answer:
    """Envelope 1. `form` is how `detail` is written, or how many entries there are.

    list, string, printed (a string that holds a printed Python list), several (two entries),
    locations (the list of ctx, loc, msg, type_ that the OpenAPI file promises instead).
    """
    if form == "locations":
        return as_json(status, [_location(detail)])
    entry = _entry(status, code, detail, response)
    entry["detail"] = {"list": [detail], "printed": str([detail])}.get(form, detail)
    entries = [entry]
    if form == "several":
        entries.append(_entry(status, code, "A second complaint about the same call.", response))
    return as_json(status, {"errors": entries})


def bad_request(detail: str, *, field_name: str, is_korean: bool, form: str) -> Answer:
    """400 ValidationError; only the text follows Accept-Language, the code does not."""
    text = f'"{field_name}" 값이 유효하지 않습니다.' if is_korean else detail
    return service(400, "ValidationError", text, form=form)


def bad_signature() -> Answer:
    return _gateway("[HMAC] HMAC valid fail")


def no_catalog() -> Answer:
    return _gateway(
        "Service Account catalog has not target's endpoint. target : scp-virtualserver_hmac"
    )


def forbidden(action: str) -> Answer:
    """403 for the missing right `action`, such as virtualserver:ShowImage."""
    verb = action.partition(":")[2]
    level = next((word for start, word in _LEVELS.items() if verb.startswith(start)), "Read")
    text = f"You do not have permission to {level}. Please contact the administrator."
    report = (
        "You are not authorized to perform this operation. "
        "Encoded authorization failure message: AAAA"
    )
    facts = {"access_level": level, "action_name": action, "caused_auths": [], "message": report}
    entry = _entry(403, "Forbidden", text, facts)
    del entry["related_resources"]  # this one comes without it
    return as_json(403, {"errors": [entry]})


def not_found_spring(path: str) -> Answer:
    """Envelope 3: an unsigned call, or a path that is not served."""
    stamp = datetime.now(tz=UTC).isoformat(timespec="milliseconds")
    request_id = f"{uuid4().hex[:8]}-{uuid4().int % 90000 + 10000}"
    body = {"timestamp": stamp, "path": path, "status": 404, "error": "Not Found"}
    return as_json(404, body | {"requestId": request_id})


def not_found() -> Answer:
    return service(404, "NotFound", "The requested resource was not found.")


def wrong_host() -> Answer:
    return as_html(
        404,
        "<!DOCTYPE html>\n<html><head><title>Samsung Cloud Platform</title></head>"
        '<body><div class="error-page">404</div></body></html>',
    )


def no_such_version(version: str) -> Answer:
    text = f"API version {version} is not supported on this method"
    return service(406, "NoSuchVersion", text)


def conflict() -> Answer:
    text = "The server is in a state that does not allow this operation."
    return service(409, "VirtualServer.CreateImage.Conflict", text)


def edge_rejected() -> Answer:
    support_id = 10**18 + uuid4().int % 10**18
    return as_html(
        417,
        "<html><head><title>Request Rejected</title></head><body>"
        f"The requested URL was rejected. Support ID: {support_id}</body></html>",
    )


def too_many(retry_after: str | None) -> Answer:
    """429; its body is unknown, so the gateway's envelope is assumed."""
    body = {"status": "TOO_MANY_REQUESTS", "name": "Request was rejected by gateway"}
    answer = as_json(429, body | {"message": "Too many requests"})
    if retry_after is not None:
        answer.headers["Retry-After"] = retry_after
    return answer


def internal() -> Answer:
    text = (
        "There was a problem processing your request.\n"
        "Contact us through Support Center > Contact Us."
    )
    return service(500, "ContactAdminForAssistance", text)


def unavailable(status: int) -> Answer:
    """502, 503 or 504 as the HTML page of a proxy."""
    title = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}
    return as_html(
        status, f"<html><head><title>{status} {title[status]}</title></head><body></body></html>"
    )


def _gateway(message: str) -> Answer:
    body = {"status": "UNAUTHORIZED", "name": "Request was rejected by gateway"}
    return as_json(401, body | {"message": message})


def _entry(status: int, code: str, detail: str, response: object) -> dict[str, object]:
    return {
        "code": code,
        "title": code,
        "status": status,
        "detail": detail,
        "request_id": f"req-{uuid4()}",
        "global_request_id": f"req-{uuid4()}",
        "links": [],
        "related_resources": [],
        "response": response,
    }


def _location(detail: str) -> dict[str, object]:
    return {"ctx": {}, "loc": ["body"], "msg": detail, "type_": "value_error"}
