"""Turns the right answer into the wrong one that a fault rule asks for.

Source: SCP API reference, section 14, points 15, 19 and 23. How bytes are delivered is not
decided here but in delivery.py.
"""

from __future__ import annotations

import gzip
from dataclasses import replace

from scpconsole.sandbox import errors
from scpconsole.sandbox.answers import HTML, JSON, Answer, as_html, as_json, json_bytes
from scpconsole.sandbox.faults import Rule

_LOGIN_PAGE = "<html><head><title>Sign in</title></head><body><form></form></body></html>"


def distorted(rule: Rule, answer: Answer, *, is_korean: bool) -> Answer:
    """The answer as the rule wants it; rules about delivery leave it as it is."""
    replaced = _replaced(rule, answer, is_korean=is_korean)
    return _damaged(rule, answer) if replaced is None else replaced


def _replaced(rule: Rule, answer: Answer, *, is_korean: bool) -> Answer | None:
    """Actions that put another answer in place of the right one."""
    match rule.action:
        case "status":
            return _status(rule, answer, is_korean=is_korean)
        case "redirect":
            return Answer(rule.status or 307, headers={"Location": rule.location, **rule.headers})
        case "detail":
            return _complaint(rule.form, is_korean=is_korean)
        case "html200":
            return as_html(200, _LOGIN_PAGE)
        case "wrong_host":
            return errors.wrong_host()
        case "no_catalog":
            return errors.no_catalog()
        case "no_image_id":
            return as_json(202, {})
        case "bad_image_id":
            return as_json(202, {"image_id": "image-17"})
        case "given_image_id":
            return as_json(202, {"image_id": rule.image_id})
    return None


def _damaged(rule: Rule, answer: Answer) -> Answer:
    """Actions that keep the answer and spoil one side of it."""
    match rule.action:
        case "status200":
            return replace(answer, status=200)
        case "empty":
            return replace(answer, body=b"")
        case "half_json":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case "wrong_content_type":
            return replace(answer, content_type=rule.content_type or HTML)
        case "gzip":
            headers = {**answer.headers, "Content-Encoding": "gzip"}
            return replace(answer, body=gzip.compress(answer.body), headers=headers)
        case "oversized":
            return replace(answer, body=answer.body.ljust(rule.size))
    return answer


def _status(rule: Rule, answer: Answer, *, is_korean: bool) -> Answer:
    if rule.body is None:
        fixture = _fixture(rule.status or answer.status, rule.form, is_korean=is_korean)
        kind = rule.content_type or fixture.content_type
        return replace(fixture, content_type=kind, headers={**fixture.headers, **rule.headers})
    body = rule.body.encode() if isinstance(rule.body, str) else json_bytes(rule.body)
    return Answer(rule.status or answer.status, body, rule.content_type or JSON, dict(rule.headers))


def _fixture(status: int, form: str, *, is_korean: bool) -> Answer:
    match status:
        case 400:
            return _complaint(form, is_korean=is_korean)
        case 401:
            return errors.bad_signature()
        case 403:
            return errors.forbidden("virtualserver:CreateVirtualServerImage")
        case 404:
            return errors.not_found()
        case 406:
            return errors.no_such_version("9.9")
        case 409:
            return errors.conflict()
        case 417:
            return errors.edge_rejected()
        case 429:
            return errors.too_many(None)
        case 500:
            return errors.internal()
    return errors.unavailable(status)


def _complaint(form: str, *, is_korean: bool) -> Answer:
    return errors.bad_request(
        errors.NAME_TEXT, field_name="image_name", is_korean=is_korean, form=form
    )
