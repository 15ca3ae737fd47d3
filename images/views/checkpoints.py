"""The signed checkpoints: the list, and each as its exact text."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from images import access
from images.http import ConsoleRequest
from images.ledger_key import signing_key
from images.models import Checkpoint

SHOWN = 50


@require_safe
@access.with_role
def index(request: ConsoleRequest) -> HttpResponse:
    context = {
        "checkpoints": Checkpoint.objects.order_by("-id")[:SHOWN],
        "shown": SHOWN,
        "verifier_key": str(signing_key().verifier),
    }
    return render(request, "history/checkpoints.html", context)


@require_safe
@access.with_role
def note(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Answer the note byte for byte, as a text to keep or to open."""
    found = get_object_or_404(Checkpoint, pk=pk)
    response = HttpResponse(found.note, content_type="text/plain; charset=utf-8")
    name = f"checkpoint-{found.size}-{found.short_root}.txt"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
