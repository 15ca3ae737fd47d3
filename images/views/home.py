from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from images.http import ConsoleRequest


@require_safe
def index(request: ConsoleRequest) -> HttpResponse:
    """Lead each person to where their work is."""
    if not request.user.has_role:
        return render(request, "accounts/no_role.html")
    return redirect("server-list" if request.user.may_ask else "history")
