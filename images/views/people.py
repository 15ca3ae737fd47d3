"""People, for administrators: who there is, one of them, and the invitation of another."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from images import access
from images.forms.people import BAD_NAME, NO_ROLE, InvitationForm, LinkForm, PeopleForm, RoleForm
from images.forms.refusals import show_refusal
from images.http import ConsoleRequest
from images.models import User
from images.services import link_mail, password_links
from images.services.password_links import Link
from images.services.people_list import latest_events, people_found
from images.services.refusal import NotAllowed
from images.vocabulary import Role

PAGE_ROWS = 50


@require_safe
@access.who_administers
def index(request: ConsoleRequest) -> HttpResponse:
    form = PeopleForm(request.GET)
    page = Paginator(people_found(form.text), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "people/index.html", {"page": page, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@access.who_administers
@access.proven_again
def invite(request: ConsoleRequest) -> HttpResponse:
    form = InvitationForm(
        request.POST if request.method == "POST" else None, has_mail=link_mail.may_send()
    )
    if form.is_valid():
        typed = form.cleaned_data
        try:
            link = password_links.invite(
                actor=request.user,
                name=typed["name"],
                email=typed["email"],
                role=Role(typed["role"]),
            )
        except NotAllowed as refusal:
            show_refusal(form, refusal.sentence, field=refusal.field)
        except ValidationError:
            # The form has seen to all but what a name becomes in its normal form.
            form.add_error("name", BAD_NAME)
        else:
            return hand_over(request, link, by_mail=form.wants_mail)
    return render(request, "people/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@access.who_administers
def detail(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    return render(
        request, "people/detail.html", context_of(request, access.person_to_administer(pk))
    )


def context_of(
    request: ConsoleRequest, person: User, *, role_form: RoleForm | None = None
) -> dict[str, Any]:
    """Return what the page of one person needs; `role_form` is one that was refused."""
    return {
        "person": person,
        "is_self": person.pk == request.user.pk,
        "role_form": role_form or RoleForm(initial={"role": person.role or NO_ROLE}),
        "link_form": LinkForm(has_mail=link_mail.may_send() and bool(person.email)),
        "lines": latest_events(person),
    }


def hand_over(request: ConsoleRequest, link: Link, *, by_mail: bool) -> HttpResponse:
    """Show a new link, this once, or send it by mail; whatever goes wrong with the mail, the
    link is shown. It is in this answer alone: nothing of ours keeps it."""
    is_sent = by_mail and link_mail.send(link)
    if by_mail and not is_sent:
        messages.warning(request, _("The mail could not be sent, so the link is shown here."))
    return render(request, "people/link.html", {"link": link, "is_sent": is_sent})
