from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from images.models import User, WorkerPulse
from images.services import spill
from images.services.activity import activity_of
from images.shortcuts import has_shortcuts
from images.themes import theme_of
from images.version import VERSION

# The letter that leads there after "g".
_KEYS = {
    "server-list": "s",
    "request-list": "r",
    "history": "h",
    "key-list": "k",
    "account": "a",
}
# Addresses that are tabs of a place though they do not begin like it.
_TABS = {"history": ("export-list", "review-list"), "account": ("settings",)}


def console(request: HttpRequest) -> dict[str, Any]:
    """What every page shows around its content."""
    person = getattr(request, "user", None)
    context: dict[str, Any] = {
        "theme": theme_of(request),
        "has_shortcuts": has_shortcuts(request),
        "product_version": VERSION,
        "is_standin": urlsplit(settings.SCP_URL_TEMPLATE).scheme == "http",
    }
    if not isinstance(person, User):
        return context
    pulse = WorkerPulse.last_seen()
    return context | {
        # Lazy: parts of pages, and people without a role, do not show it.
        "activity": SimpleLazyObject(lambda: activity_of(person)),
        "places": _places(request, person),
        "role_label": person.get_role_display(),
        "worker_is_down": pulse is None or not pulse.is_fresh,
        "answers_wait": spill.is_waiting(),
        "worker_seen_at": pulse.seen_at if pulse else None,
    }


def _places(request: HttpRequest, person: User) -> list[dict[str, Any]]:
    places = []
    if person.may_ask:
        places.append((_("Servers"), "server-list", "server"))
    places.append((_("Requests"), "request-list", "requests"))
    places.append((_("History"), "history", "history"))
    if person.may_ask:
        places.append((_("Access keys"), "key-list", "key"))
    places.append((_("Settings"), "account", "settings"))
    return [
        {
            "label": label,
            "url": reverse(name),
            "icon": icon,
            "key": _KEYS.get(name, ""),
            "is_current": _is_under(request, name),
        }
        for label, name, icon in places
    ]


def _is_under(request: HttpRequest, place: str) -> bool:
    names = (place, *_TABS.get(place, ()))
    return request.path.startswith(tuple(reverse(name) for name in names))
