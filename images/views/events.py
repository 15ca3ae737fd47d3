"""One event of the history, and the proof of it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from images import access
from images.http import ConsoleRequest
from images.ledger.canonical import canonical
from images.models import AuditEvent, User
from images.proof_report import proven
from images.services.history_page import is_about_person
from images.services.proofs import removal_of


@require_safe
@access.with_role
def detail(request: ConsoleRequest, sequence: int) -> HttpResponse:
    event = access.readable_event(request, sequence)
    (report,) = proven([event])
    context = {
        "event": event,
        "report": report,
        "facts": event.facts if report.proof.is_readable else {},
        "named": _named(event),
        "removal": removal_of(event) if event.is_expired else None,
        "may_open_key": _may_open_key(request, event),
    }
    return render(request, "events/detail.html", context)


@require_safe
@access.with_role
def proof(request: ConsoleRequest, sequence: int) -> HttpResponse:
    """Send the event's bytes, its proof and the checkpoint as a file."""
    event = access.readable_event(request, sequence)
    (report,) = proven([event])
    if report.proof.hashes is None:
        messages.warning(request, report.sentence)
        return redirect("event-detail", sequence)
    content = canonical(report.proof.as_json()) + b"\n"
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="event-{sequence}-proof.json"'
    return response


def _may_open_key(request: ConsoleRequest, event: AuditEvent) -> bool:
    return request.user.may_ask and event.key is not None and event.key.owner_id == request.user.pk


def _named(event: AuditEvent) -> str:
    """Return the name of the person whose pseudonym the target is; "" for anything else."""
    if not is_about_person(event):
        return ""
    try:
        person = User.objects.filter(pk=UUID(event.target)).first()
    except ValueError:
        return ""
    return person.display_name if person else ""
