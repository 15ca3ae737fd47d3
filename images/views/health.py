"""Two addresses for machines. They name no person, key or address of ours."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error as AnyDatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from images.services import health


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"alive": True})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The console can do its work; else 503 and what is wrong."""
    try:
        troubles, alarms = health.troubles(), health.alarms()
    except AnyDatabaseError:
        troubles, alarms = {"database": "The database cannot be asked."}, {}
    return JsonResponse(
        {"ready": not troubles, "troubles": troubles, "alarms": alarms},
        status=503 if troubles else 200,
    )
