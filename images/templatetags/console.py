import json
import re
from datetime import datetime
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from images.http import query_text
from images.services import ledger_watch
from images.stamps import ago_text, duration_text, stamp_text
from images.visible import visible as made_visible
from images.vocabulary import IAM_ACTIONS

register = template.Library()

_SHORT_NAME = 16
_JOINT = re.compile("(?<=[-_])")


@register.filter
def stamp(value: datetime | None) -> SafeString | str:
    """Show a time in the console's zone inside <time>; "" for None."""
    if not value:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), stamp_text(value))


@register.filter
def day(value: datetime | None) -> SafeString | str:
    """Show the day alone, in the zone of all pages, where a column is narrow."""
    return format_html("<time>{}</time>", stamp_text(value)[:10]) if value else ""


@register.filter
def ago(value: datetime | None) -> str:
    return ago_text(value)


@register.filter
def duration(seconds: float | None) -> str:
    return duration_text(seconds)


@register.filter
def thousands(number: int) -> str:
    """Show a whole number as 10,482: the comma is understood in all our languages."""
    return f"{number:,}"


@register.filter
def visible(text: object) -> str:
    """Show text that SCP or a person gave, with control and bidi characters made visible."""
    return made_visible(str(text), keep="\n\t")


@register.filter
def name(text: object) -> SafeString | str:
    """Show a name; a long one may go on in the next line after each "-" and "_"."""
    shown = visible(text)
    if len(shown) <= _SHORT_NAME:
        return shown
    *parts, last = _JOINT.split(shown)
    return format_html_join("", "{}<wbr>", ((part,) for part in parts)) + escape(last)


@register.filter
def pretty_json(text: object) -> str:
    """Indent JSON, given as text or as a value; return any other text unchanged."""
    if not isinstance(text, str):
        return json.dumps(text, indent=2, ensure_ascii=False)
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats)
        return json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse repeated names: indenting would drop all but the last, and hide what came."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A name is repeated.")
    return found


@register.simple_tag(takes_context=True)
def query_with(context: RequestContext, **changes: Any) -> str:
    """Return the page's query string with changes; an empty value removes its parameter."""
    return query_text(context["request"].GET, **changes) or "?"


@register.simple_tag
def iam_actions() -> tuple[str, ...]:
    """Return the IAM actions that an access key needs."""
    return IAM_ACTIONS


@register.inclusion_tag("components/_ledger_alarm.html")
def ledger_alarm() -> dict[str, Any]:
    """Show what is wrong with the history, wherever people rely on it."""
    return {"alarm": ledger_watch.alarm()}
