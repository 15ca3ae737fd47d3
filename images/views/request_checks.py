"""What is known before an image is asked for: a part of the form, and again as the name changes."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from images import access
from images.http import ConsoleRequest, is_fragment
from images.models import AccessKey, ImageRequest
from images.scp.shapes import Server
from images.services import preflight
from images.services.servers import find_server, stored_listing
from images.views.carried import form_url


@require_safe
@access.who_may_ask
def show(request: ConsoleRequest, key_pk: UUID, server_id: UUID) -> HttpResponse:
    """Check the name of the address against our records. SCP is not asked."""
    key = access.own_key(request, key_pk)
    server = find_server(stored_listing(key), str(server_id))
    if server is None:
        raise Http404
    if not is_fragment(request):
        return redirect(form_url(request, key_pk, server_id))
    context = checks_context(request, key, server, request.GET.get("image_name", ""))
    return render(request, "requests/_checks.html", context)


def checks_context(
    request: ConsoleRequest, key: AccessKey, server: Server, image_name: str
) -> dict[str, Any]:
    """Return what `_checks.html` needs."""
    name = image_name.strip()  # as the form takes it
    return {
        "key": key,
        "server": server,
        "checks": preflight.checks(key=key, server=server, image_name=name),
        "taken": preflight.taken_sentence(key=key, image_name=name),
        "open": _open(request, key, server),
    }


def _open(request: ConsoleRequest, key: AccessKey, server: Server) -> ImageRequest | None:
    """Return the open request of this server to link to, if this person may read it."""
    found = preflight.open_request(key=key, server=server)
    is_readable = found and (request.user.reads_all or found.actor_id == request.user.pk)
    return found if is_readable else None
