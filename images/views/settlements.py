"""An unknown outcome: look again at once, or say what a person found."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from images import access
from images.forms.refusals import show_refusal
from images.forms.settlements import SettlementForm
from images.http import ConsoleRequest
from images.models import ImageRequest
from images.services.refusal import NotAllowed
from images.services.settling import look_sooner, settle
from images.stamps import stamp_text
from images.visible import visible


@require_http_methods(["GET", "HEAD", "POST"])
@access.who_may_settle
def decide(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    """Show what fits, and record which one a person says it is. SCP is not called."""
    asked = access.settleable_request(request, pk)
    if not asked.needs_person:
        messages.info(request, _("This request does not wait for a person any more."))
        return redirect(asked)
    form = SettlementForm(
        request.POST if request.method == "POST" else None, candidates=_candidates(asked)
    )
    if form.is_valid():
        try:
            settle(actor=request.user, asked=asked, **form.cleaned_data)
        except NotAllowed as refusal:
            show_refusal(form, refusal.sentence, field=refusal.field)
        else:
            messages.success(request, _("Your decision is recorded."))
            return redirect(asked)
    status = 422 if form.is_bound else 200
    return render(
        request, "requests/settlement.html", {"form": form, "asked": asked}, status=status
    )


@require_POST
@access.who_may_settle
def look(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    asked = access.settleable_request(request, pk)
    if look_sooner(actor=request.user, asked=asked):
        messages.success(request, _("The console looks again now."))
    else:
        messages.info(request, _("No look is to come: see the state below."))
    return redirect(asked)


def _candidates(asked: ImageRequest) -> list[tuple[str, str]]:
    return [(each["id"], _label(each)) for each in asked.candidates]


def _label(candidate: dict[str, str]) -> str:
    made_at = stamp_text(parse_datetime(candidate["created_at"] or ""))
    return _("{image_id}: {word}, created {time}").format(
        image_id=candidate["id"], word=visible(candidate["status"]), time=made_at or "–"
    )
