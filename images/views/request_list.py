"""The list of requests: what is under way, what needs a look, what became of the rest."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from images import access
from images.forms.request_list import RequestListForm
from images.http import ConsoleRequest, answer
from images.services.request_list import counts_for, requests_for
from images.vocabulary import RequestGroup

PAGE_ROWS = 50


@require_safe
@access.with_role
def index(request: ConsoleRequest) -> HttpResponse:
    """List the requests that this person may read, newest first, narrowed by the address."""
    form = RequestListForm(request.GET)
    filters = form.filters()
    found = requests_for(request.user, filters)
    counts = counts_for(request.user, filters.text)
    paginator = Paginator(found, PAGE_ROWS)
    paginator.count = counts[filters.group]  # known already: the list is not counted again
    page: Page[Any] = paginator.get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    context = {
        "page": page,
        "form": form,
        "group": filters.group,
        "chips": [_chip(each, counts[each]) for each in RequestGroup],
        "reads_all": request.user.reads_all,
        "poll_seconds": _poll_seconds(page),
    }
    return answer(request, "requests/index.html", context)


def _chip(group: RequestGroup, count: int) -> dict[str, Any]:
    value = "" if group is RequestGroup.ALL else group.value
    return {"name": group.value, "value": value, "label": group.label, "count": count}


def _poll_seconds(page: Page[Any]) -> int | None:
    """Return how long the list waits before it looks again; None when nothing on it is open."""
    return min((asked.poll_seconds for asked in page if not asked.is_settled), default=None)
