"""What a person decides about a request whose outcome the console cannot settle alone."""

from typing import Any

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from images.models import AuditEvent, ImageRequest, User
from images.services import refusals
from images.services.following import FIRST_LOOK
from images.services.refusal import NotAllowed
from images.vocabulary import State

NONE = ""


def settle(*, actor: User, asked: ImageRequest, image_id: str, reason: str) -> None:
    """Record that `image_id`, one of the candidates, is the request's image, or with NONE that no
    image is. The person's reason is kept. Raises NotAllowed; SCP is not called.
    """
    if image_id != NONE and image_id not in {each["id"] for each in asked.candidates}:
        raise NotAllowed(_("Choose one of the images shown."), field="image_id")
    now = timezone.now()
    made = {"state": State.ACCEPTED, "answered_at": now, "due_at": now + FIRST_LOOK}
    not_made = {"state": State.NOT_MADE, "settled_at": now, "due_at": None}
    changes = not_made if image_id == NONE else {**made, "image_id": image_id, "looks": 0}
    try:
        with refusals.about(asked, actor=actor), AuditEvent.objects.act():
            _settle(actor, asked, changes, image_id=image_id, reason=reason)
    except IntegrityError as error:
        if not _is_taken(image_id):
            raise  # the database refused something else, such as the event
        raise NotAllowed(
            _("This image belongs to another request now."), field="image_id"
        ) from error
    asked.refresh_from_db()


def _settle(
    actor: User,
    asked: ImageRequest,
    changes: dict[str, Any],
    *,
    image_id: str,
    reason: str,
) -> None:
    if _is_taken(image_id):
        raise NotAllowed(_("This image belongs to another request now."), field="image_id")
    waiting = ImageRequest.objects.filter(pk=asked.pk, state=State.UNKNOWN, needs_person=True)
    if not waiting.update(**changes, needs_person=False, misses=0, look_trouble=""):
        raise NotAllowed(_("This request does not wait for a person any more."))
    AuditEvent.objects.append(
        "request.settled",
        actor=actor,
        request=asked,
        target=asked.image_name,
        facts={"image_id": image_id, "reason_given": reason},
    )


def _is_taken(image_id: str) -> bool:
    return bool(image_id) and ImageRequest.objects.filter(image_id=image_id).exists()


def look_sooner(*, actor: User, asked: ImageRequest) -> bool:
    """Let the next look come now; False when no look is to come. A send is never hurried."""
    now = timezone.now()
    with AuditEvent.objects.act():
        waiting = ImageRequest.objects.filter(
            pk=asked.pk, state__in=[State.UNKNOWN, State.ACCEPTED], due_at__gt=now
        )
        changed = bool(waiting.update(due_at=now))
        if changed:
            AuditEvent.objects.append(
                "request.look_wished", actor=actor, request=asked, target=asked.image_name
            )
    return changed
