"""Drafts of the form for an image: kept while one types, gone with the request or after a day.

A draft is no record and no wish: nothing is ever sent from it, and no event tells of it.
"""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from images.models import AccessKey, ImageRequest, RequestDraft, User

KEPT_FOR = timedelta(days=1)


def keep(
    *,
    person: User,
    key: AccessKey,
    server_id: str,
    token: UUID,
    image_name: str,
    reason: str,
    ticket: str,
) -> None:
    """Keep what was typed, in the place of what was kept before.

    What comes late, from a form whose request is already recorded, is not kept.
    """
    if _is_spent(token):
        return
    RequestDraft.objects.update_or_create(
        person=person,
        key=key,
        server_id=server_id,
        defaults={
            "form_token": token,
            "image_name": image_name,
            "reason": reason,
            "ticket": ticket,
            "saved_at": timezone.now(),
        },
    )


def draft_of(person: User, key: AccessKey, server_id: str) -> RequestDraft | None:
    """Return the person's own draft, None when there is none to go on with.

    One whose request was recorded meanwhile is over, whichever of the two came last.
    """
    draft = RequestDraft.objects.filter(person=person, key=key, server_id=server_id).first()
    if draft is None or draft.saved_at < timezone.now() - KEPT_FOR:
        return None
    return None if _is_spent(draft.form_token) else draft


def drop(*, person: User, key: AccessKey, server_id: str) -> None:
    """Drop the draft: its request is recorded, in the same transaction, or nobody wants it."""
    RequestDraft.objects.filter(person=person, key=key, server_id=server_id).delete()


def drop_old() -> int:
    """Clear away what is older than a day; return how many there were."""
    count, _of_each = RequestDraft.objects.filter(saved_at__lt=timezone.now() - KEPT_FOR).delete()
    return count


def _is_spent(token: UUID) -> bool:
    return ImageRequest.objects.filter(form_token=token).exists()
