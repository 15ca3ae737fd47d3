"""What a person does with a request: ask for an image, withdraw before it is sent."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from images import jobs
from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.models.audit_event import instant
from images.scp.shapes import Server
from images.sentences import open_sentence
from images.services import drafts, refusals
from images.services.refusal import NotAllowed
from images.services.telling import TOLD
from images.vocabulary import State

# What the columns hold. SCP's list may say more, and a name grows when what hides is shown.
_LONGEST_SERVER, _LONGEST_PERSON = 255, 150


@dataclass(frozen=True)
class Asked:
    """The request of a form token; `is_first` is False when an earlier submit made it."""

    request: ImageRequest
    is_first: bool


def ask(
    *,
    actor: User,
    key: AccessKey,
    server: Server,
    image_name: str,
    reason: str,
    ticket: str,
    token: UUID,
    language: str,
    previous: ImageRequest | None = None,
) -> Asked:
    """Record that `actor` wants one image of `server`, and wake the worker. Nothing is sent here.

    One record per token: a second call returns the first. Raises NotAllowed when a rule of ours
    forbids it: a key that is not the actor's or not in use, another open request on the server,
    a name already taken, a `previous` request that is not certainly over.
    """
    with refusals.noted(actor=actor, target=server.name):
        first = _of_token(actor, token)
        if first:
            return Asked(first, is_first=False)
        _require_usable(actor, key)
        if previous:
            _require_over(actor, previous, server)
        now = timezone.now()
        wanted = ImageRequest(
            form_token=token,
            actor=actor,
            actor_name=actor.display_name[:_LONGEST_PERSON],
            key=key,
            key_alias=key.alias,
            key_fingerprint=key.fingerprint,
            environment=key.environment,
            region=key.region,
            api_version=key.api_version,
            language=language,
            server_id=server.id,
            server_name=server.name[:_LONGEST_SERVER],
            image_name=image_name,
            reason=reason,
            ticket=ticket,
            previous=previous,
            due_at=now,
            woken_for=now,
            woken_at=now,
        )
        return _record(actor, wanted)


def _record(actor: User, wanted: ImageRequest) -> Asked:
    """Commit the intent and its event, and wake the worker."""
    try:
        with AuditEvent.objects.act():
            _require_free(wanted)
            wanted.save(force_insert=True)
            AuditEvent.objects.append(
                "request.recorded",
                actor=actor,
                request=wanted,
                target=wanted.image_name,
                facts=_facts(wanted),
            )
            drafts.drop(person=actor, key=wanted.key, server_id=wanted.server_id)
            jobs.send.enqueue(str(wanted.pk))
    except (IntegrityError, NotAllowed):
        # Somebody else's commit came between our look and our insert: look again and say which.
        first = _of_token(actor, wanted.form_token)
        if first:
            return Asked(first, is_first=False)
        _require_free(wanted)
        raise
    return Asked(wanted, is_first=True)


def _facts(wanted: ImageRequest) -> dict[str, Any]:
    """Return what was asked for as the ledger keeps it: the row must say the same for good."""
    facts: dict[str, Any] = {name: getattr(wanted, name) for name in TOLD}
    facts["access_key"] = str(wanted.key_id)
    facts["recorded_at"] = instant(wanted.recorded_at)
    if wanted.previous_id:
        facts["previous"] = str(wanted.previous_id)
    return facts


def withdraw(*, actor: User, asked: ImageRequest) -> None:
    """Cancel a request that is not under way. Raises NotAllowed once sending has begun.

    A second call changes nothing.
    """
    if asked.state == State.CANCELLED:
        return
    with refusals.about(asked, actor=actor), AuditEvent.objects.act():
        changed = ImageRequest.objects.filter(pk=asked.pk, state=State.RECORDED).update(
            state=State.CANCELLED, due_at=None, settled_at=timezone.now()
        )
        if not changed:
            raise NotAllowed(_("The request is past the point where it could be withdrawn."))
        AuditEvent.objects.append(
            "request.cancelled", actor=actor, request=asked, target=asked.image_name
        )
    asked.refresh_from_db()


def _of_token(actor: User, token: UUID) -> ImageRequest | None:
    found = ImageRequest.objects.filter(form_token=token).first()
    if found and found.actor_id != actor.pk:
        raise NotAllowed(_("This form belongs to another person. Open it afresh."))
    return found


def _require_usable(actor: User, key: AccessKey) -> None:
    if not actor.may_ask:
        raise NotAllowed(_("Your role cannot create images. Ask an administrator."))
    if key.owner_id != actor.pk or key.is_disabled:
        raise NotAllowed(_("This access key is not in use. Choose another one."))
    if key.is_expired:
        raise NotAllowed(_("This access key has reached its expiry date. Choose another one."))


def _require_over(actor: User, previous: ImageRequest, server: Server) -> None:
    """Asking again is for one's own request of the same server, once nothing can come of it."""
    is_same = previous.actor_id == actor.pk and previous.server_id == server.id
    if not is_same or not previous.may_ask_again:
        raise NotAllowed(_("The earlier request cannot be asked again. Open its page afresh."))


def _require_free(wanted: ImageRequest) -> None:
    same_server = ImageRequest.objects.of_server(
        wanted.environment, wanted.region, wanted.server_id
    )
    under_way = same_server.open().first()
    if under_way:
        raise NotAllowed(open_sentence(under_way))
    same_name = ImageRequest.objects.named(wanted.environment, wanted.region, wanted.image_name)
    if same_name.exists():
        raise NotAllowed(_("An image with this name already exists."), field="image_name")
