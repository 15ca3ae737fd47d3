"""What is under way, on every page: the chip in the bar on top, and the drawer that it opens.

Both are parts of other pages. Opened as a page they lead to the list that says the same.
"""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from images import access
from images.http import ConsoleRequest, is_fragment
from images.services.activity import DRAWER_NEWS_ROWS, activity_of, news_of, open_rows
from images.vocabulary import RequestGroup


@require_safe
@access.with_role
def chip(request: ConsoleRequest) -> HttpResponse:
    if not is_fragment(request):
        return _list_page()
    return render(request, "activity/_chip.html", {"activity": activity_of(request.user)})


@require_safe
@access.with_role
def drawer(request: ConsoleRequest) -> HttpResponse:
    if not is_fragment(request):
        return _list_page()
    rows = open_rows(request.user)
    news = news_of(request.user, timezone.now(), most=DRAWER_NEWS_ROWS + 1)
    context = {
        "rows": rows,
        "news": news[:DRAWER_NEWS_ROWS],
        "has_more_news": len(news) > DRAWER_NEWS_ROWS,
        "reads_all": request.user.reads_all,
        "poll_seconds": min((asked.poll_seconds for asked in rows), default=None),
    }
    return render(request, "activity/_drawer.html", context)


def _list_page() -> HttpResponse:
    return redirect(f"{reverse('request-list')}?group={RequestGroup.IN_PROGRESS.value}")
