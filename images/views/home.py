from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from images.http import ConsoleRequest
from images.models import AccessKey, User
from images.vocabulary import Role


@require_safe
def index(request: ConsoleRequest) -> HttpResponse:
    """Lead each person to where their work is."""
    if not request.user.has_role:
        return render(request, "accounts/no_role.html")
    return redirect("server-list" if _works_with_servers(request.user) else "history")


def _works_with_servers(person: User) -> bool:
    """Operators do; administrators, who need no key for their work, once they hold one."""
    if person.role == Role.ADMINISTRATOR:
        return AccessKey.objects.filter(owner=person, disabled_at=None).exists()
    return person.may_ask
