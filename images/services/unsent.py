"""Stop requests that are recorded and not sent yet: certainly nothing was made of them."""

from django.utils import timezone

from images.models import AuditEvent, ImageRequest, User
from images.vocabulary import OwnReason, State


def refuse(asked: ImageRequest, reason: str, *, actor: User | None = None) -> bool:
    """Refuse the request if it is still unsent, and record it; return whether it was.

    Call it inside AuditEvent.objects.act(). `actor` is who took the right away, if a person did
    so just now; None when the console finds out as it is about to send.
    """
    changed = ImageRequest.objects.filter(pk=asked.pk, state=State.RECORDED).update(
        state=State.REFUSED,
        due_at=None,
        settled_at=timezone.now(),
        sent_at=None,
        outcome_reason=reason,
        # of an earlier try that was turned away; its own record keeps them
        outcome_code="",
        outcome_detail="",
        outcome_request_ids={},
    )
    if changed:
        AuditEvent.objects.append(
            "request.refused",
            actor=actor,
            request=asked,
            target=asked.image_name,
            facts={"reason": str(reason), "was_sent": False},
        )
    return bool(changed)


def refuse_all_of(person: User, reason: OwnReason, *, actor: User | None) -> int:
    """Refuse whatever `person` has waiting to be sent, and return how many that were.

    Call it inside the act that takes the right away: enabling the person again a moment later
    must not send what was recorded before.
    """
    waiting = ImageRequest.objects.filter(actor=person, state=State.RECORDED)
    return sum(refuse(asked, reason, actor=actor) for asked in waiting.order_by("recorded_at"))
