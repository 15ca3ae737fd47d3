"""Record what a person was refused: that somebody tried is for the auditor to know."""

from collections.abc import Iterator
from contextlib import contextmanager

from images.models import AuditEvent, ImageRequest, User
from images.services.refusal import NotAllowed

_LONGEST_PATH = 255


@contextmanager
def noted(*, actor: User, target: str, request: ImageRequest | None = None) -> Iterator[None]:
    """Let a NotAllowed of the body pass, after an event that tells of it was committed.

    `request` is the one that the wish was about, when there was one already.
    """
    try:
        yield
    except NotAllowed as refusal:
        with AuditEvent.objects.act():
            AuditEvent.objects.append(
                "request.turned_away",
                actor=actor,
                request=request,
                target=target[:_LONGEST_PATH],
                facts={"reason": str(refusal.sentence), "field": refusal.field},
            )
        raise


@contextmanager
def about(asked: ImageRequest, *, actor: User) -> Iterator[None]:
    """The same for a wish about a request that there is."""
    with noted(actor=actor, target=asked.image_name, request=asked):
        yield


def note_forbidden(*, actor: User, method: str, path: str) -> None:
    """Record that the person's role did not let them in."""
    with AuditEvent.objects.act():
        AuditEvent.objects.append(
            "access.refused", actor=actor, facts={"method": method, "path": path[:_LONGEST_PATH]}
        )
