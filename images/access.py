"""The only doors through which a view gets an object: who may come in is said here alone.

404 for what one may not know of, 403 for what one may see but not do.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from images.http import ConsoleRequest
from images.models import AccessKey, AuditEvent, ExchangeRecord, Export, ImageRequest
from images.services.history import events_visible_to
from images.vocabulary import Role

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


def who_may_ask(view: View[P]) -> View[P]:
    """Let in who may hold keys and ask for images; tell an auditor that the role forbids it."""

    @wraps(view)
    def guarded(request: ConsoleRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.has_role:
            raise Http404
        if not request.user.may_ask:
            raise PermissionDenied(_("Your role cannot create images. Ask an administrator."))
        return view(request, *args, **kwargs)

    return guarded


def who_reads_all(view: View[P]) -> View[P]:
    """Let in auditors and administrators; tell an operator that the role forbids it."""

    @wraps(view)
    def guarded(request: ConsoleRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.has_role:
            raise Http404
        if not request.user.reads_all:
            raise PermissionDenied(_("Only auditors and administrators read the reviews."))
        return view(request, *args, **kwargs)

    return guarded


def may_sign(request: ConsoleRequest) -> bool:
    """Whether this person may sign off a month: whoever asks for images does not review them."""
    return request.user.is_active and request.user.role == Role.AUDITOR


def own_key(request: ConsoleRequest, pk: UUID) -> AccessKey:
    """Return one's own key; another person's answers exactly as an absent one, for every role."""
    return get_object_or_404(AccessKey.objects.filter(owner=request.user), pk=pk)


def readable_request(request: ConsoleRequest, pk: UUID) -> ImageRequest:
    return get_object_or_404(ImageRequest.objects.visible_to(request.user), pk=pk)


def readable_call(request: ConsoleRequest, pk: UUID, attempt: int) -> ExchangeRecord:
    asked = readable_request(request, pk)
    return get_object_or_404(
        ExchangeRecord.objects.select_related("request"), request=asked, attempt=attempt
    )


def readable_event(request: ConsoleRequest, sequence: int) -> AuditEvent:
    events = events_visible_to(request.user).select_related("actor", "request", "key")
    return get_object_or_404(events, sequence=sequence)


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
