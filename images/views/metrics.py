"""The figures for Prometheus. They name no person, key, server or address."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error as AnyDatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from images import metrics_answers
from images.access import who_measures
from images.services import figures


@login_not_required
@require_safe
@who_measures
def show(request: HttpRequest) -> HttpResponse:
    try:
        found = figures.read()
    except AnyDatabaseError:
        return metrics_answers.no_database()
    # By name, because its library is an extra that is not installed where nobody measures.
    body, content_type = import_string("images.exposition.exposition")(found)
    return HttpResponse(body, content_type=content_type)
