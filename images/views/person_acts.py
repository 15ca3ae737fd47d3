"""What an administrator does with another person's account; each is an address of its own."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from images import access
from images.forms.people import LinkForm, RoleForm
from images.forms.refusals import show_refusal
from images.http import ConsoleRequest
from images.services import accounts, factors, link_mail, password_links, people
from images.services.refusal import NotAllowed
from images.views.people import context_of, hand_over


@require_POST
@access.who_administers
@access.proven_again
def change_role(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    person = access.person_to_administer(pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        role = form.cleaned_data["role"]
        try:
            people.change_role(name=person.username, role=role, actor=request.user)
        except NotAllowed as refusal:
            show_refusal(form, refusal.sentence, field="role")
        else:
            words = _("{name} has the role “{role}” now.")
            messages.success(request, words.format(name=person.display_name, role=role.label))
            return redirect("person-detail", pk)
    context = context_of(request, person, role_form=form)
    return render(request, "people/detail.html", context, status=422)


@require_POST
@access.who_administers
@access.proven_again
def disable(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    person = access.person_to_administer(pk)
    try:
        refused = accounts.disable(actor=request.user, person=person)
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
        return redirect("person-detail", pk)
    messages.success(request, _("The account is disabled, and all its sessions ended."))
    if refused:
        words = ngettext(
            "{count} request that was not sent yet was refused. Nothing of it is sent any more.",
            "{count} requests that were not sent yet were refused. Nothing of them is sent any "
            "more.",
            refused,
        )
        messages.info(request, words.format(count=refused))
    return redirect("person-detail", pk)


@require_POST
@access.who_administers
@access.proven_again
def enable(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    try:
        accounts.enable(actor=request.user, person=access.person_to_administer(pk))
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("The account is enabled again."))
    return redirect("person-detail", pk)


@require_POST
@access.who_administers
@access.proven_again
def reset(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    """Start a new password, or a new invitation; the link is shown in the answer."""
    person = access.person_to_administer(pk)
    form = LinkForm(request.POST, has_mail=link_mail.may_send() and bool(person.email))
    form.is_valid()  # a tick box is always understood
    try:
        link = password_links.start_reset(actor=request.user, person=person)
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
        return redirect("person-detail", pk)
    return hand_over(request, link, by_mail=form.wants_mail)


@require_POST
@access.who_administers
@access.proven_again
def reset_factors(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    try:
        removed = factors.remove_all(actor=request.user, person=access.person_to_administer(pk))
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
        return redirect("person-detail", pk)
    if removed:
        messages.success(request, _("The second factors are removed."))
    else:
        messages.info(request, _("There was no second factor to remove."))
    return redirect("person-detail", pk)


@require_POST
@access.who_administers
@access.proven_again
def end_sessions(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    try:
        ended = accounts.end_sessions(actor=request.user, person=access.person_to_administer(pk))
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
        return redirect("person-detail", pk)
    words = ngettext("{count} session ended.", "{count} sessions ended.", ended)
    messages.success(request, words.format(count=ended))
    return redirect("person-detail", pk)
