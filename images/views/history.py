"""The history: events, narrowed by the address, a page at a time."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from images import access
from images.forms.history import ColumnsForm, CursorForm, HistoryForm
from images.http import ConsoleRequest, answer, is_fragment, query_text
from images.overview_report import overview_report
from images.services.history_page import NEWER_AT_MOST, count_newer, keeping, page_of
from images.services.overview import overview_of
from images.stamps import zone_text
from images.vocabulary import Acts, Period


@require_safe
@access.with_role
def index(request: ConsoleRequest) -> HttpResponse:
    """List the events that this person may read, newest first, narrowed by the address."""
    form, cursor = HistoryForm(request.GET, person=request.user), CursorForm(request.GET)
    filters, columns = form.filters(), ColumnsForm(request.GET)
    page = page_of(
        request.user, filters, before=cursor.number("before"), after=cursor.number("after")
    )
    context = {
        "form": form,
        "filters": filters,
        "page": page,
        "columns_form": columns,
        "columns": dict.fromkeys(columns.chosen(), True),
        "kept_columns": ",".join(columns.chosen()) if "columns" in request.GET else "",
        "kept_filters": _kept_filters(request),
        "periods": [("", _("All time")), *Period.choices],
        "period": form.chosen_period(),
        "acts": [("" if acts is Acts.PEOPLE else acts, acts.label) for acts in Acts],
        "keeping": keeping(),
        "zone": zone_text(),
        "reads_all": request.user.reads_all,
    }
    if not is_fragment(request):
        context["overview"] = overview_report(overview_of(request.user))
    response = answer(request, "history/index.html", context)
    if is_fragment(request):  # the address without what was left empty
        push_url(response, request.path + query_text(request.GET))
    return response


@require_safe
@access.with_role
def newer(request: ConsoleRequest) -> HttpResponse:
    """Tell a page of the history what came after `after`; rows that are read do not move."""
    if not is_fragment(request):
        return redirect(reverse("history") + query_text(request.GET, after=""))
    after = CursorForm(request.GET).number("after") or 0
    filters = HistoryForm(request.GET, person=request.user).filters()
    count = count_newer(request.user, filters, after=after)
    context = {"newest": after, "count": count, "most": NEWER_AT_MOST}
    return render(request, "history/_newer.html", context)


def _kept_filters(request: ConsoleRequest) -> list[tuple[str, str]]:
    """Return what the form of the columns sends along: all but the columns and the place."""
    query = QueryDict(query_text(request.GET, columns="", before="", after="").removeprefix("?"))
    return [(name, value) for name, values in query.lists() for value in values]
