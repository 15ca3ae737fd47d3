"""Keep what is typed into the form for an image, or throw it away. No request comes of it."""

from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from images import access
from images.forms.drafts import RequestDraftForm
from images.http import ConsoleRequest, query_text
from images.models import AccessKey
from images.services import drafts
from images.services.servers import find_server, stored_listing


@require_POST
@access.who_may_ask
def keep(request: ConsoleRequest, key_pk: UUID, server_id: UUID) -> HttpResponse:
    """Save a draft and say nothing: 204, or 422 when it is nothing that the form could send."""
    key = access.own_key(request, key_pk)
    known_id = _listed_id(key, server_id)
    form = RequestDraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    typed = dict(form.cleaned_data)
    token = typed.pop("form_token")
    drafts.keep(person=request.user, key=key, server_id=known_id, token=token, **typed)
    return HttpResponse(status=204)


@require_POST
@access.who_may_ask
def start_over(request: ConsoleRequest, key_pk: UUID, server_id: UUID) -> HttpResponse:
    """Throw the draft away and show a fresh form."""
    key = access.own_key(request, key_pk)
    drafts.drop(person=request.user, key=key, server_id=_listed_id(key, server_id))
    url = reverse("request-new", args=[key_pk, server_id])
    return redirect(url + query_text(QueryDict(), again=request.GET.get("again")))


def _listed_id(key: AccessKey, server_id: UUID) -> str:
    """Return the id as the key's list has it: there are drafts for servers that exist alone."""
    server = find_server(stored_listing(key), str(server_id))
    if server is None:
        raise Http404
    return server.id
