"""Trouble on demand, as data: which call, how often, and what goes wrong.

Source: SCP API reference, section 14, points 19 and 23.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

KINDS = (
    "create_image",
    "list_servers",
    "show_server",
    "list_images",
    "show_image",
    "versions",
    "any",
)

# action -> is the image made when a create call meets it and the rule does not say?
ACTIONS = {
    "status": False,  # `status` with its fixture, or `body`, `headers`, `content_type`
    "redirect": False,  # `status` 301, 302, 307 or 308 to `location`
    "detail": False,  # `status` 400 with the detail written in `form`
    "html200": False,  # a web page with status 200
    "wrong_host": False,  # 404 with the page of a host that has no such product
    "no_catalog": False,  # 401 although the signature is right
    "drop_before": False,  # close before acting
    "slow": True,  # `seconds` before answering
    "hang": True,  # no answer until the caller leaves or the server stops
    "drip": True,  # one byte every `seconds`, from `part` headers or body
    "drop_after": True,  # act, then close without an answer
    "reset": True,  # act, then RST
    "cut": True,  # whole Content-Length, but only `size` bytes of body
    "gzip": True,  # the right answer, compressed
    "gzip_bomb": True,  # `size` decoded bytes, small on the wire
    "endless": True,  # a body that never ends
    "oversized": True,  # the right answer, padded to `size` bytes
    "wrong_content_type": True,  # the right answer as `content_type`
    "no_image_id": True,  # 202 {}
    "bad_image_id": True,  # 202 with an id that is no UUID
    "given_image_id": True,  # 202 that names `image_id`; the image has another id
    "status200": True,  # the right body with status 200
    "empty": True,  # the right status, no body
    "half_json": True,  # the right status, half of the body
}
SILENT = frozenset({"drop_before", "drop_after", "reset", "hang"})  # no status ever goes out
STATUSES = (400, 401, 403, 404, 406, 409, 417, 429, 500, 502, 503, 504)
REDIRECTS = (301, 302, 307, 308)


_NONE = type(None)
_TYPES: dict[str, tuple[type, ...]] = {
    "action": (str,),
    "kind": (str,),
    "method": (str, _NONE),
    "server_id": (str, _NONE),
    "times": (int, _NONE),
    "after": (int,),
    "acts": (bool, _NONE),
    "status": (int, _NONE),
    "headers": (dict,),
    "content_type": (str, _NONE),
    "location": (str,),
    "seconds": (int, float),
    "size": (int,),
    "image_id": (str,),
    "form": (str,),
}


class BadRule(ValueError):
    """A fault rule that cannot be carried out."""


@dataclass
class Rule:
    """One rule. It skips `after` matching calls, then applies `times` times (None: for ever).

    `seconds` also delays any other action. `acts` says whether create image makes the image.
    `used` counts how often it was applied.
    """

    action: str
    kind: str = "any"
    method: str | None = None
    server_id: str | None = None
    times: int | None = 1
    after: int = 0
    acts: bool | None = None
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = None
    location: str = ""
    seconds: float = 0
    part: str = "headers"
    size: int = 0
    image_id: str = ""
    form: str = "list"
    seen: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        for name, kinds in _TYPES.items():
            value = getattr(self, name)
            if not isinstance(value, kinds) or (isinstance(value, bool) and name != "acts"):
                raise BadRule(f"{name} cannot be {value!r}")
        if self.action not in ACTIONS or self.kind not in KINDS:
            raise BadRule(f"unknown action or kind: {self.action!r}, {self.kind!r}")
        if self.action == "status" and self.status not in STATUSES and self.body is None:
            raise BadRule(f"status {self.status!r} has no fixture and the rule no body")
        if self.action == "redirect" and self.status not in REDIRECTS:
            raise BadRule(f"a redirect has status 301, 302, 307 or 308, not {self.status!r}")
        if self.part not in {"headers", "body"} or self.seconds < 0 or self.size < 0:
            raise BadRule("part is headers or body; seconds and size are not negative")

    @property
    def makes_image(self) -> bool:
        return ACTIONS[self.action] if self.acts is None else self.acts

    def matches(self, *, method: str, kind: str, server_id: str) -> bool:
        return (
            self.kind in {"any", kind}
            and self.method in {None, method}
            and self.server_id in {None, server_id}
        )


class Faults:
    """The rules in force, first match first. Safe for many threads."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, action: str, **parts: Any) -> Rule:
        """Add a rule, for example `add("status", status=503, kind="list_servers")`."""
        rule = make_rule({"action": action, **parts})
        with self._lock:
            self._rules.append(rule)
        return rule

    def replace(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Put these rules in place of all others. Raises BadRule, then nothing has changed."""
        fresh = [make_rule(rule) for rule in rules]
        with self._lock:
            self._rules = fresh

    def clear(self) -> None:
        self.replace([])

    def draw(self, *, method: str, kind: str, server_id: str) -> Rule | None:
        """The rule for this call, counted as used; None when it goes the normal way."""
        with self._lock:
            for rule in self._rules:
                if not rule.matches(method=method, kind=kind, server_id=server_id):
                    continue
                if rule.times is not None and rule.used >= rule.times:
                    continue
                rule.seen += 1
                if rule.seen > rule.after:
                    rule.used += 1
                    return rule
        return None

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(rule) for rule in self._rules]


def make_rule(parts: Mapping[str, Any]) -> Rule:
    """A rule from plain data. Raises BadRule."""
    if not isinstance(parts, Mapping):
        raise BadRule(f"a rule is an object, not {parts!r}")
    unknown = set(parts) - {one.name for one in fields(Rule)}
    if unknown or "action" not in parts:
        raise BadRule(f"a rule needs an action and knows no {sorted(unknown)}")
    return Rule(**parts)
