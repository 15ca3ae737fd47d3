"""The keys that act on pages, and the switch for them."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from images.access import with_role
from images.http import ConsoleRequest, answer, is_fragment, way_back
from images.shortcuts import CHOICES, keep_shortcuts


@require_http_methods(["GET", "HEAD", "POST"])
@with_role
def index(request: ConsoleRequest) -> HttpResponse:
    """Show the keys, or keep in a cookie whether they act."""
    if request.method != "POST":
        page = request.htmx.current_url_abs_path if is_fragment(request) else ""
        return answer(request, "accounts/shortcuts.html", {"next": page or request.path})
    response = HttpResponseRedirect(way_back(request))
    chosen = request.POST.get("shortcuts", "")
    if chosen in CHOICES:
        keep_shortcuts(response, chosen, is_secure=request.is_secure())
    return response
