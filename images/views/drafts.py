"""Keep what is typed into the form for an image, or throw it away. No request comes of it."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from images import access
from images.forms.drafts import RequestDraftForm
from images.http import ConsoleRequest, is_fragment
from images.models import AccessKey
from images.services import drafts
from images.services.servers import find_server, stored_listing
from images.views import errors
from images.views.carried import form_url


@require_POST
@access.who_may_ask
def keep(request: ConsoleRequest, key_pk: UUID, server_id: UUID) -> HttpResponse:
    """Save a draft. Autosave is told nothing (204, or 422); a person is shown the filled form."""
    key = access.own_key(request, key_pk)
    known_id = _listed_id(key, server_id)
    form = RequestDraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422) if is_fragment(request) else errors.bad_request(request)
    typed = dict(form.cleaned_data)
    token = typed.pop("form_token")
    drafts.keep(person=request.user, key=key, server_id=known_id, token=token, **typed)
    if is_fragment(request):
        return HttpResponse(status=204)
    return redirect(form_url(request, key_pk, server_id))


@require_POST
@access.who_may_ask
def start_over(request: ConsoleRequest, key_pk: UUID, server_id: UUID) -> HttpResponse:
    """Throw the draft away and show a fresh form."""
    key = access.own_key(request, key_pk)
    drafts.drop(person=request.user, key=key, server_id=_listed_id(key, server_id))
    return redirect(form_url(request, key_pk, server_id))


def _listed_id(key: AccessKey, server_id: UUID) -> str:
    """Return the id as the key's list has it: there are drafts for servers that exist alone."""
    server = find_server(stored_listing(key), str(server_id))
    if server is None:
        raise Http404
    return server.id
