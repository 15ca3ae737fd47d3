"""The page of one request and its tabs; each tab has an address of its own."""

from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from images import access
from images.cloud_report import cloud_report, last_seen, no_look_sentence
from images.http import ConsoleRequest, scp_language
from images.key_in_use import of_request
from images.models import AuditEvent, ExchangeRecord, ImageRequest
from images.proof_report import proven, record_sentence
from images.search_report import search_report
from images.services.cloud_record import NoLook, look_now
from images.services.durations import usual_of
from images.services.proofs import newest_checkpoint
from images.services.record_checks import check_records
from images.services.timeline import timeline
from images.usual_sentence import usual_sentence
from images.vocabulary import State

PAGE_EVENTS = 50
TABS: dict[str, tuple[str, str | Promise]] = {
    "timeline": ("request-detail", _("Timeline")),
    "request": ("request-sent", pgettext_lazy("tab", "Request")),
    "response": ("request-received", _("Response")),
    "cloud": ("request-cloud", _("Cloud record")),
    "integrity": ("request-integrity", _("Integrity")),
}
# What changes while a request is under way; the other tabs are made once, when they are opened.
POLLED = frozenset({"timeline", "request", "response"})
# While one waits for the image; a lost answer follows no rule.
_WAITING = frozenset({State.RECORDED, State.SENDING, State.ACCEPTED})


@require_safe
@access.with_role
def detail(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    return _page(request, access.readable_request(request, pk), "timeline")


@require_safe
@access.with_role
def sent(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    return _page(request, access.readable_request(request, pk), "request")


@require_safe
@access.with_role
def received(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    return _page(request, access.readable_request(request, pk), "response")


@require_safe
@access.with_role
def cloud(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    """Ask SCP once if this person owns the request and a key; show what was seen last besides."""
    asked = access.readable_request(request, pk)
    seen = look_now(person=request.user, asked=asked, language=scp_language())
    context: dict[str, object] = {"last_seen": last_seen(asked)}
    if isinstance(seen, NoLook):
        context["no_look"] = no_look_sentence(asked, seen)
    else:
        context["report"] = cloud_report(asked, seen)
    return _page(request, asked, "cloud", **context)


@require_safe
@access.with_role
def integrity(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    asked = access.readable_request(request, pk)
    events = AuditEvent.objects.filter(request=asked).select_related("actor").order_by("sequence")
    page: Page[Any] = Paginator(events, PAGE_EVENTS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "proofs": proven(list(page.object_list)),
        "checkpoint": newest_checkpoint(),
        "checks": [
            {"sentence": record_sentence(each), "is_good": not each.differing}
            for each in check_records(asked)
        ],
    }
    return _page(request, asked, "integrity", **context)


@require_safe
@access.with_role
def progress(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    """Send the changing part alone. It reads our records and never asks SCP."""
    asked = access.readable_request(request, pk)
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in TABS else "timeline"
    return render(request, "requests/_progress.html", _context(request, asked, tab))


def _page(
    request: ConsoleRequest, asked: ImageRequest, tab: str, **context: object
) -> HttpResponse:
    return render(request, "requests/detail.html", _context(request, asked, tab) | context)


def _context(request: ConsoleRequest, asked: ImageRequest, tab: str) -> dict[str, Any]:
    context: dict[str, Any] = {
        "asked": asked,
        "key_in_use": of_request(asked),
        "tab": tab,
        "tabs": _tabs(asked, tab),
        "part": f"requests/_{tab}.html",
        "is_polled": tab in POLLED,
        "search": search_report(asked),
        "usual": usual_sentence(usual_of(asked)) if asked.state in _WAITING else "",
        "may_settle": access.may_settle(request, asked),
        "again_url": _again_url(request, asked),
        "key_url": asked.key.get_absolute_url() if _is_own(request, asked) else "",
        "may_withdraw": asked.may_withdraw and _is_own(request, asked),
    }
    if tab == "timeline":
        context["steps"] = timeline(asked)
    elif tab in POLLED:
        context["exchanges"] = ExchangeRecord.objects.filter(request=asked)
    return context


def _tabs(asked: ImageRequest, current: str) -> list[dict[str, Any]]:
    return [
        {
            "name": tab,
            "label": label,
            "url": reverse(name, args=[asked.pk]),
            "is_current": tab == current,
        }
        for tab, (name, label) in TABS.items()
    ]


def _is_own(request: ConsoleRequest, asked: ImageRequest) -> bool:
    return request.user.may_ask and asked.actor_id == request.user.pk


def _again_url(request: ConsoleRequest, asked: ImageRequest) -> str:
    if not (asked.may_ask_again and _is_own(request, asked)):
        return ""
    url = reverse("request-new", args=[asked.key_id, asked.server_id.lower()])
    return f"{url}?again={asked.pk}"
