"""The whole body of one call or of its answer. To open it is an act that the history tells of."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from images import access
from images.http import ConsoleRequest
from images.services.bodies import has_body, is_what, read_body


@require_GET
@access.with_role
def show(request: ConsoleRequest, pk: UUID, attempt: int, what: str) -> HttpResponse:
    """Record the reading, then show the body; when it cannot be recorded, nothing is shown."""
    call = access.readable_call(request, pk, attempt)
    if not is_what(what) or not has_body(call, what):
        raise Http404
    body = read_body(actor=request.user, call=call, what=what)
    context = {"asked": call.request, "call": call, "what": what, "body": body}
    return render(request, "requests/body.html", context)
