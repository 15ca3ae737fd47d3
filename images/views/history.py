from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from images import access
from images.forms.history import HistoryForm
from images.http import ConsoleRequest, answer
from images.services.history import requests_for

PAGE_ROWS = 50


@require_safe
@access.with_role
def index(request: ConsoleRequest) -> HttpResponse:
    """List the requests that this person may read, newest first, narrowed by the address."""
    shows_all = request.user.reads_all
    form = HistoryForm(request.GET, shows_all=shows_all)
    found = requests_for(request.user, form.filters())
    page: Page[Any] = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "shows_all": shows_all}
    return answer(request, "history/index.html", context, part="_table.html")
