"""The only doors through which a view gets an object: who may come in is said here alone.

404 for what one may not know of, 403 for what one may see but not do.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol
from urllib.parse import urlencode
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images import metrics_answers
from images.http import ConsoleRequest, go_to
from images.models import AccessKey, AuditEvent, ExchangeRecord, Export, ImageRequest, User
from images.proving import is_proven_lately
from images.services.factors import second_factors
from images.services.history import events_visible_to
from images.services.people_list import people_found
from images.views.errors import form_address
from images.vocabulary import ExportKind, Role

P = ParamSpec("P")
View = Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]


def with_role(view: View[P]) -> View[P]:
    """Let in whoever has a role; without one there is nothing here to know of."""

    @wraps(view)
    def guarded(request: ConsoleRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.has_role:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


class Door(Protocol):
    """Stands before a view and keeps its arguments."""

    def __call__(self, view: View[P], /) -> View[P]: ...


def _door(lets_in: Callable[[User], bool], *, sentence: Promise) -> Door:
    """Let in whom the role allows it; tell everybody else with a role so, and who can help.

    Without a role there is nothing here to know of.
    """

    def door(view: View[P], /) -> View[P]:
        @wraps(view)
        def guarded(
            request: ConsoleRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not request.user.has_role:
                raise Http404
            if not lets_in(request.user):
                raise PermissionDenied(str(sentence))
            return view(request, *args, **kwargs)

        return guarded

    return door


who_may_ask = _door(
    lambda person: person.may_ask,
    sentence=gettext_lazy("Your role cannot create images. Ask an administrator."),
)
who_holds_keys = _door(
    lambda person: person.may_ask,
    sentence=gettext_lazy("Your role has no access keys of its own. Ask an administrator."),
)
who_sees_servers = _door(
    lambda person: person.may_ask,
    sentence=gettext_lazy(
        "Your role does not see servers: they are read with a person's own access key. Ask an "
        "administrator."
    ),
)
who_may_withdraw = _door(
    lambda person: person.may_ask,
    sentence=gettext_lazy("Your role cannot withdraw requests. Ask the person who made this one."),
)
who_may_settle = _door(
    lambda person: person.may_ask,
    sentence=gettext_lazy(
        "Your role cannot settle requests. Ask the person who made this one, or an administrator."
    ),
)
who_reads_all = _door(
    lambda person: person.reads_all,
    sentence=gettext_lazy("Only auditors and administrators read the reviews. Ask one of them."),
)
who_administers = _door(
    lambda person: person.administers,
    sentence=gettext_lazy(
        "Only administrators see people and the rules of the console. Ask one of them."
    ),
)


def proven_again(view: View[P]) -> View[P]:
    """Let in who signed in, or proved who they are, a short while ago; lead others there and back.

    Whatever a form brought is dropped on the way and never kept in the session, so a form with a
    secret asks for the proof when it is opened. Stands below the door of the role.
    """

    @wraps(view)
    def guarded(request: ConsoleRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if is_proven_lately(request):
            return view(request, *args, **kwargs)
        if request.method == "POST":
            messages.info(request, _("Nothing was done yet. Once you are back, do it again."))
        return to_proof(request, back=form_address(request))

    return guarded


def to_proof(request: ConsoleRequest, *, back: str) -> HttpResponseBase:
    """Lead to where one proves who one is, and from there to `back`, an address of ours."""
    return go_to(request, f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")


def needs_proof(request: ConsoleRequest, kind: str) -> bool:
    """Whether an export of this kind waits for a proof: a pack is all that the records hold."""
    return kind == ExportKind.PACK and not is_proven_lately(request)


def who_measures(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let in who sends METRICS_TOKEN as a bearer token; without that setting nothing is here.

    No session and no person is looked at. On an https console a token that came in the clear is
    refused even when it is right, so that whoever sends it notices.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not settings.METRICS_TOKEN:
            raise Http404
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return metrics_answers.over_https()
        kind, _space, token = request.headers.get("Authorization", "").partition(" ")
        is_right = constant_time_compare(token.strip(), settings.METRICS_TOKEN)
        if not is_right or kind.lower() != "bearer":
            return metrics_answers.send_the_token()
        return view(request, *args, **kwargs)

    return guarded


def may_sign(request: ConsoleRequest) -> bool:
    """Whether this person may sign off a month: whoever asks for images does not review them."""
    return request.user.is_active and request.user.role == Role.AUDITOR


def own_key(request: ConsoleRequest, pk: UUID) -> AccessKey:
    """Return one's own key; another person's answers exactly as an absent one, for every role."""
    return get_object_or_404(AccessKey.objects.filter(owner=request.user), pk=pk)


def own_second_factor(request: ConsoleRequest, pk: int) -> Authenticator:
    """Return one's own app or passkey; another person's answers exactly as an absent one."""
    return get_object_or_404(second_factors(request.user), pk=pk)


def person_to_administer(pk: UUID) -> User:
    """Return a person, with what the people page shows; behind `who_administers` alone."""
    return get_object_or_404(people_found(""), pk=pk)


def readable_request(request: ConsoleRequest, pk: UUID) -> ImageRequest:
    found = ImageRequest.objects.visible_to(request.user).select_related("key")
    return get_object_or_404(found, pk=pk)


def readable_call(request: ConsoleRequest, pk: UUID, attempt: int) -> ExchangeRecord:
    asked = readable_request(request, pk)
    return get_object_or_404(
        ExchangeRecord.objects.select_related("request"), request=asked, attempt=attempt
    )


def readable_event(request: ConsoleRequest, sequence: int) -> AuditEvent:
    events = events_visible_to(request.user).select_related("actor", "request", "key")
    return get_object_or_404(events, sequence=sequence)


def own_session(request: ConsoleRequest, pk: int) -> UserSession:
    return get_object_or_404(UserSession.objects.filter(user=request.user), pk=pk)


def own_export(request: ConsoleRequest, pk: UUID) -> Export:
    """Return an export that this person made and may still read all of."""
    return get_object_or_404(Export.objects.downloadable_by(request.user), pk=pk)


def settleable_request(request: ConsoleRequest, pk: UUID) -> ImageRequest:
    """Return a request that this person may settle: one's own, or any for an administrator.

    Settling only looks at what SCP has shown and uses nobody's key.
    """
    asked = readable_request(request, pk)
    if not may_settle(request, asked):
        raise PermissionDenied(_("Only its owner or an administrator can settle a request."))
    return asked


def may_settle(request: ConsoleRequest, asked: ImageRequest) -> bool:
    is_administrator = request.user.role == Role.ADMINISTRATOR
    return request.user.may_ask and (asked.actor_id == request.user.pk or is_administrator)


def own_request(request: ConsoleRequest, pk: UUID) -> ImageRequest:
    """Return a request to act on. One that is another's may be readable but is not ours."""
    asked = readable_request(request, pk)
    if asked.actor_id != request.user.pk:
        raise PermissionDenied(_("Only the person who made this request can change it."))
    return asked
