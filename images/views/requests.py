"""One request: ask for an image, watch it, withdraw it before it is sent."""

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from images import access
from images.forms.requests import ImageRequestForm
from images.http import ConsoleRequest, answer, go_to, scp_language
from images.models import AccessKey, ExchangeRecord, ImageRequest
from images.scp.shapes import Server
from images.services import preflight
from images.services.history import timeline
from images.services.naming import proposed_name
from images.services.refusal import NotAllowed
from images.services.requests import Asked, ask
from images.services.requests import withdraw as withdraw_request
from images.services.server_table import state_tone
from images.services.servers import find_server, listing_of


@require_http_methods(["GET", "POST"])
@access.who_may_ask
def new(request: ConsoleRequest, key_pk: UUID, server_id: UUID) -> HttpResponse:
    """Show the form for one image of one server, or record what it says. Nothing is sent here."""
    key = access.own_key(request, key_pk)
    server = _listed_server(key, server_id)
    form = _form(request, server)
    if form.is_valid():
        try:
            asked = _ask(request, key, server, form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error(refusal.field or None, refusal.sentence)
        else:
            return _show(request, asked)
    context = {
        "form": form,
        "server": server,
        "state_tone": state_tone(server),
        "key": key,
        "checks": preflight.checks(key=key, server=server),
    }
    return answer(request, "requests/new.html", context, status=422 if form.is_bound else 200)


@require_GET
@access.with_role
def detail(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    asked = access.readable_request(request, pk)
    return render(request, "requests/detail.html", _context(request, asked))


@require_GET
@access.with_role
def progress(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    """Send the changing part alone. It reads our records and never asks SCP."""
    asked = access.readable_request(request, pk)
    return render(request, "requests/_progress.html", _context(request, asked))


@require_POST
@access.who_may_ask
def withdraw(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    asked = access.own_request(request, pk)
    try:
        withdraw_request(actor=request.user, asked=asked)
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("The request was withdrawn. Nothing was sent to SCP."))
    return redirect(asked)


def _listed_server(key: AccessKey, server_id: UUID) -> Server:
    """Return a server of the key's list; one that is not in it is a 404, and no call is made."""
    server = find_server(listing_of(key, language=scp_language()), str(server_id))
    if server is None:
        raise Http404(_("This server is not in the list of the access key."))
    return server


def _form(request: ConsoleRequest, server: Server) -> ImageRequestForm:
    is_broken = preflight.is_broken(server)
    if request.method == "POST":
        return ImageRequestForm(request.POST, is_broken=is_broken)
    token = uuid.uuid4()
    initial = {"image_name": proposed_name(server.name, token), "form_token": token}
    return ImageRequestForm(initial=initial, is_broken=is_broken)


def _ask(request: ConsoleRequest, key: AccessKey, server: Server, typed: dict[str, Any]) -> Asked:
    return ask(
        actor=request.user,
        key=key,
        server=server,
        image_name=typed["image_name"],
        reason=typed["reason"],
        ticket=typed["ticket"],
        token=typed["form_token"],
        language=scp_language(),
    )


def _show(request: ConsoleRequest, asked: Asked) -> HttpResponse:
    if not asked.is_first:
        messages.info(request, _("This request was already recorded. Here is the first one."))
    return go_to(request, asked.request.get_absolute_url())


def _context(request: ConsoleRequest, asked: ImageRequest) -> dict[str, Any]:
    return {
        "asked": asked,
        "steps": timeline(asked),
        "exchanges": ExchangeRecord.objects.filter(request=asked),
        "may_withdraw": asked.may_withdraw and asked.actor_id == request.user.pk,
    }
