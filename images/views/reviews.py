"""The auditor's desk: the months, and what happened in one, to be signed off."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from images import access
from images.forms.refusals import show_refusal
from images.forms.reviews import SignOffForm
from images.http import ConsoleRequest
from images.models import AuditEvent
from images.months import Month
from images.proof_report import proven
from images.services.proofs import newest_checkpoint
from images.services.refusal import NotAllowed
from images.services.reviews import (
    events_in,
    happened_since,
    report_of,
    sign,
    sign_offs,
    span,
    with_events,
)
from images.stamps import zone_text
from images.vocabulary import ICON, TONE, State

PAGE_MONTHS = 24


@require_safe
@access.who_reads_all
def index(request: ConsoleRequest) -> HttpResponse:
    """List the months in which anything happened, newest first, with who signed them off."""
    page = Paginator(_months(), PAGE_MONTHS).get_page(request.GET.get("page"))
    signed: dict[str, list[AuditEvent]] = {}
    months = with_events(page.object_list)
    for event in sign_offs(months):
        signed.setdefault(event.target, []).append(event)
    rows = [{"month": month, "sign_offs": signed.get(str(month), [])} for month in months]
    return render(request, "reviews/index.html", {"page": page, "rows": rows, "zone": zone_text()})


@require_http_methods(["GET", "HEAD", "POST"])
@access.who_reads_all
def detail(request: ConsoleRequest, month: str) -> HttpResponse:
    """Show what happened in a month, or record that an auditor signs it off."""
    found = _readable(month)
    if request.method == "POST" and not access.may_sign(request):
        raise PermissionDenied(_("Only an auditor can sign off a month."))
    form = SignOffForm(request.POST) if request.method == "POST" else _fresh_form()
    if form.is_valid():
        try:
            signed = sign(actor=request.user, month=found, **form.cleaned_data)
        except NotAllowed as refusal:
            show_refusal(form, refusal.sentence, field=refusal.field)
        else:
            _tell(request, found, is_first=signed.is_first, sequence=signed.event.sequence)
            return redirect("review-detail", str(found))
    status = 422 if form.is_bound else 200
    return render(request, "reviews/detail.html", _context(request, found, form), status=status)


def _months() -> list[Month]:
    """Return every month from the latest event's to the earliest one's."""
    ends = span()
    if ends is None:
        return []
    first, month = ends
    months = [month]
    while month > first:
        month = month.earlier
        months.append(month)
    return months


def _readable(text: str) -> Month:
    month = Month.parse(text)
    if month is None or not events_in(month).exists():
        raise Http404
    return month


def _fresh_form() -> SignOffForm:
    return SignOffForm(initial={"token": uuid.uuid4()})


def _tell(request: ConsoleRequest, month: Month, *, is_first: bool, sequence: int) -> None:
    if is_first:
        text = _("{month} is signed off. This is event {sequence} of the history.")
        messages.success(request, text.format(month=month.name, sequence=sequence))
    else:
        messages.info(request, _("This sign-off was already recorded. Here is the first one."))


def _context(request: ConsoleRequest, month: Month, form: SignOffForm) -> dict[str, Any]:
    report = report_of(month)
    signed = proven(list(sign_offs([month])))
    newest = next((each for each in signed if each.proof.is_readable), None)
    through = newest.event.facts.get("through") if newest else None
    return {
        "month": month,
        "counts": report.counts,
        "states": [
            {
                "state": State(state),
                "tone": TONE[State(state)],
                "icon": ICON[State(state)],
                "count": count,
            }
            for state, count in report.counts.requests.items()
        ],
        "exceptions": report.exceptions,
        "signed": signed,
        "since": happened_since(month, through) if through else 0,
        "checkpoint": newest_checkpoint(),
        "form": form,
        "may_sign": access.may_sign(request),
        "zone": zone_text(),
    }
