"""The settings that rule the console, to read: they are set where the console is started."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from images import access
from images.console_rules import console_rules
from images.http import ConsoleRequest


@require_safe
@access.who_administers
def index(request: ConsoleRequest) -> HttpResponse:
    return render(request, "settings/console.html", {"groups": console_rules()})
