"""The servers page: one key's servers, searched, filtered, sorted and paged in the address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from images import access
from images.filters import ServerFilters
from images.forms.servers import ServerFilterForm
from images.http import ConsoleRequest, answer, is_fragment, scp_language
from images.key_age import reminder
from images.key_in_use import of_key
from images.models import AccessKey, ServerListing
from images.scp.errors import Reason
from images.sentences import open_sentence, reason_sentence
from images.services import server_table
from images.services.servers import listing_of, servers_in
from images.services.versions import known_versions
from images.version_report import retired_sentence

PAGE_ROWS = 50
_FORBIDDING = frozenset({Reason.FORBIDDEN, Reason.SIGNATURE, Reason.CLOCK, Reason.CATALOG})


@dataclass(frozen=True)
class Listing:
    """How much the shown list can be trusted: fresh, stale, failed, forbidden, being read for
    the first time (reading) or never read."""

    situation: str
    is_being_read: bool
    as_of: datetime | None
    sentence: str
    is_about_version: bool
    request_ids: list[str]
    is_complete: bool
    skipped: int
    total: int


@require_safe
@access.who_sees_servers
def index(request: ConsoleRequest) -> HttpResponse:
    keys = list(AccessKey.objects.filter(owner=request.user, disabled_at=None))
    key = _chosen(request, keys)
    if key is None:
        return render(request, "servers/index.html", {"keys": keys, "key": None})
    stored = listing_of(key, language=scp_language())
    filters = ServerFilterForm(request.GET).filters()
    context = _table(request, key, stored, filters, request.GET.get("page", ""))
    context |= {"keys": keys, "key_in_use": of_key(key)}
    return answer(request, "servers/index.html", context, part="_table.html")


@require_POST
@access.who_sees_servers
def refresh(request: ConsoleRequest) -> HttpResponse:
    """Read the list from SCP now, however fresh the last one is."""
    try:
        key = access.own_key(request, UUID(request.POST.get("key", "")))
    except ValueError as error:
        raise Http404 from error
    stored = listing_of(key, language=scp_language(), force=True)
    if not is_fragment(request):
        query = request.GET.urlencode() or f"key={key.pk}"
        return redirect(f"{reverse('server-list')}?{query}")
    filters = ServerFilterForm(request.GET).filters()
    context = _table(request, key, stored, filters, request.GET.get("page", ""))
    return render(request, "servers/_table.html", context)


def _chosen(request: ConsoleRequest, keys: list[AccessKey]) -> AccessKey | None:
    """Return the key of the address, else the last used. One that is not ours is a 404."""
    wanted = request.GET.get("key", "")
    if not wanted:
        return _last_used(keys)
    found = next((key for key in keys if str(key.pk) == wanted), None)
    if found is None:
        raise Http404
    return found


def _last_used(keys: list[AccessKey]) -> AccessKey | None:
    """Return the key that SCP accepted last, else the first that may be used, else the first."""
    usable = [key for key in keys if key.is_configured and key.is_usable]
    used = [(key.last_used_at, key) for key in usable if key.last_used_at]
    if used:
        return max(used, key=lambda pair: pair[0])[1]
    return next(iter(usable or keys), None)


def _table(
    request: ConsoleRequest,
    key: AccessKey,
    stored: ServerListing,
    filters: ServerFilters,
    number: str,
) -> dict[str, Any]:
    servers = servers_in(stored)
    page: Page[Any] = Paginator(server_table.select(servers, filters), PAGE_ROWS).get_page(number)
    rows = server_table.rows_of(key, page.object_list)
    page.object_list = [_row(request, key, row) for row in rows]
    return {
        "key": key,
        "reminder": reminder(key),
        "listing": _listing(key, stored, len(servers)),
        "page": page,
        "filters": filters,
        "states": server_table.count_states(servers),
        "may_ask": request.user.may_ask,
    }


def _row(request: ConsoleRequest, key: AccessKey, row: server_table.Row) -> dict[str, Any]:
    return {
        "server": row.server,
        "state_tone": row.state_tone,
        "last": row.last,
        "last_is_mine": row.last is not None and _may_read(request, row.last.actor_id),
        "open": row.open,
        "open_sentence": open_sentence(row.open) if row.open else "",
        "open_is_mine": row.open is not None and _may_read(request, row.open.actor_id),
        "new_url": reverse("request-new", args=[key.pk, row.server.id.lower()]),
        "cannot_sentence": _cannot(key),
    }


def _may_read(request: ConsoleRequest, actor_id: UUID) -> bool:
    return request.user.reads_all or actor_id == request.user.pk


def _cannot(key: AccessKey) -> str:
    if key.is_expired:
        return _("This access key has reached its expiry date. Choose another one.")
    return ""


def _listing(key: AccessKey, stored: ServerListing, total: int) -> Listing:
    about_version = _about_version(key, stored.failed_reason)
    return Listing(
        situation=_situation(stored),
        is_being_read=stored.is_being_read,
        as_of=stored.read_at,
        sentence=about_version or reason_sentence(stored.failed_reason),
        is_about_version=bool(about_version),
        request_ids=list(stored.failed_request_ids.values()),
        is_complete=stored.is_complete,
        skipped=stored.skipped,
        total=total,
    )


def _about_version(key: AccessKey, reason: str) -> str:
    if not reason:
        return ""
    table = known_versions(environment=key.environment, region=key.region)
    return retired_sentence(table, number=key.api_version, reason=reason)


def _situation(stored: ServerListing) -> str:
    if stored.is_being_read and not stored.read_at:
        return "reading"
    if not stored.has_failed:
        return "fresh" if stored.read_at else "never"
    if stored.read_at:
        return "stale"
    return "forbidden" if stored.failed_reason in _FORBIDDING else "failed"
