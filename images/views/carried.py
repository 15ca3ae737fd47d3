"""What was typed into the form for an image, carried over a sign-in by the page itself."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from images.forms.drafts import RequestDraftForm
from images.http import query_text

_TYPED_AT = frozenset({"request-new", "draft-keep"})


def carried(request: HttpRequest, *, is_signed_out: bool) -> HttpResponse | None:
    """Show a page that holds what was typed until its person can go on, None for other requests.

    For a form that was sent without a session, or with a token from before a new sign-in, by a
    browser that runs no script. Nothing is stored, whoever it is: the page holds it, and its
    button keeps it as a draft. The caller has made sure that a page of ours sent it.
    """
    match = request.resolver_match
    has_typed = bool(request.POST.get("reason") or request.POST.get("image_name"))
    if match is None or match.url_name not in _TYPED_AT or not has_typed:
        return None
    key_pk, server_id = match.kwargs["key_pk"], match.kwargs["server_id"]
    context = {
        "is_signed_out": is_signed_out,
        "typed": [(name, request.POST.get(name, "")) for name in RequestDraftForm.base_fields],
        "form_url": form_url(request, key_pk, server_id),
        "keep_url": reverse("draft-keep", args=[key_pk, server_id]) + _again(request),
    }
    return render(request, "requests/carried.html", context, status=401 if is_signed_out else 403)


def form_url(request: HttpRequest, key_pk: UUID, server_id: UUID) -> str:
    """Return the address of the form, with the request that is asked again if there is one."""
    return reverse("request-new", args=[key_pk, server_id]) + _again(request)


def _again(request: HttpRequest) -> str:
    try:
        return query_text(QueryDict(), again=str(UUID(request.GET.get("again", ""))))
    except ValueError:  # none, or what names no request
        return ""
