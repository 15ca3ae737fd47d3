"""What a person does with a request: ask for an image, withdraw it before it is sent."""

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from images import access, key_in_use
from images.forms.refusals import show_refusal
from images.forms.requests import ImageRequestForm
from images.http import ConsoleRequest, answer, go_to, scp_language
from images.models import AccessKey, ImageRequest, RequestDraft
from images.scp.shapes import Server
from images.services import drafts, preflight
from images.services.naming import proposed_name
from images.services.refusal import NotAllowed
from images.services.requests import Asked, ask
from images.services.requests import withdraw as withdraw_request
from images.services.server_table import state_tone
from images.services.servers import find_server, listing_of, stored_listing
from images.views.request_checks import checks_context


@require_http_methods(["GET", "HEAD", "POST"])
@access.who_may_ask
def new(request: ConsoleRequest, key_pk: UUID, server_id: UUID) -> HttpResponse:
    """Show the form for one image of one server, or record what it says. Nothing is sent here."""
    key = access.own_key(request, key_pk)
    first = _asked_with_this_form(request)
    if first:
        return _show(request, Asked(first, is_first=False))
    server = _listed_server(request, key, server_id)
    previous = _previous(request, server)
    draft = drafts.draft_of(request.user, key, server.id)
    form = _form(request, server, previous, draft)
    if form.is_valid():
        try:
            asked = _ask(request, key, server, form.cleaned_data, previous)
        except NotAllowed as refusal:
            show_refusal(form, refusal.sentence, field=refusal.field)
        else:
            return _show(request, asked)
    context = {
        "form": form,
        "state_tone": state_tone(server),
        "key_in_use": key_in_use.of_key(key),
        "previous": previous,
        "draft": None if form.is_bound else draft,
        **checks_context(request, key, server, form["image_name"].value() or ""),
    }
    return answer(request, "requests/new.html", context, status=422 if form.is_bound else 200)


@require_POST
@access.who_may_withdraw
def withdraw(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    asked = access.own_request(request, pk)
    try:
        withdraw_request(actor=request.user, asked=asked)
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("The request was withdrawn. No image was made."))
    return redirect(asked)


def _asked_with_this_form(request: ConsoleRequest) -> ImageRequest | None:
    """Return what an earlier submit of this very form recorded, whatever has changed since."""
    try:
        token = UUID(request.POST.get("form_token", ""))
    except ValueError:
        return None
    return ImageRequest.objects.filter(actor=request.user, form_token=token).first()


def _listed_server(request: ConsoleRequest, key: AccessKey, server_id: UUID) -> Server:
    """Return a server of the key's list; one that is not in it is a 404.

    A submit takes the list that its form was made from: nobody waits for SCP to record a wish.
    """
    is_submit = request.method == "POST"
    listing = stored_listing(key) if is_submit else listing_of(key, language=scp_language())
    server = find_server(listing, str(server_id))
    if server is None:
        raise Http404(_("This server is not in the list of the access key."))
    return server


def _previous(request: ConsoleRequest, server: Server) -> ImageRequest | None:
    """Return the request that is asked again, from the address; one not ours to repeat is 404."""
    wanted = request.GET.get("again", "")
    if not wanted:
        return None
    try:
        asked = access.own_request(request, UUID(wanted))
    except ValueError as error:
        raise Http404 from error
    if asked.server_id != server.id:
        raise Http404
    return asked


def _form(
    request: ConsoleRequest,
    server: Server,
    previous: ImageRequest | None,
    draft: RequestDraft | None,
) -> ImageRequestForm:
    is_broken = preflight.is_broken(server)
    if request.method == "POST":
        return ImageRequestForm(request.POST, is_broken=is_broken)
    if draft:
        # With the draft's own token: if its form was sent after all, that is the one request.
        return ImageRequestForm(initial=draft.typed, is_broken=is_broken)
    token = uuid.uuid4()
    initial = {"image_name": proposed_name(server.name, token), "form_token": token}
    if previous:
        initial |= {"reason": previous.reason, "ticket": previous.ticket}
    return ImageRequestForm(initial=initial, is_broken=is_broken)


def _ask(
    request: ConsoleRequest,
    key: AccessKey,
    server: Server,
    typed: dict[str, Any],
    previous: ImageRequest | None,
) -> Asked:
    return ask(
        actor=request.user,
        key=key,
        server=server,
        image_name=typed["image_name"],
        reason=typed["reason"],
        ticket=typed["ticket"],
        token=typed["form_token"],
        language=scp_language(),
        previous=previous,
    )


def _show(request: ConsoleRequest, asked: Asked) -> HttpResponse:
    if not asked.is_first:
        messages.info(request, _("This request was already recorded. Here is the first one."))
    return go_to(request, asked.request.get_absolute_url())
