from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from images.http import ConsoleRequest
from images.models import AccessKey, User


@require_safe
def index(request: ConsoleRequest) -> HttpResponse:
    """Lead each person to where their work is."""
    if not request.user.has_role:
        return render(request, "accounts/no_role.html")
    return redirect(_work_of(request.user))


def _work_of(person: User) -> str:
    """Return where somebody with a role works. An administrator needs no key for that; one who
    holds a key came to use it."""
    keys = AccessKey.objects.filter(owner=person, disabled_at=None)
    if person.administers and not keys.exists():
        return "person-list"
    return "server-list" if person.may_ask else "history"
