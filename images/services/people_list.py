"""Read people for those who administer them: never their keys, only how many there are."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from images.act_sentences import ACT_SENTENCES
from images.event_sentences import event_sentence, event_who
from images.models import AuditEvent, User

_SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_ABOUT = [key for key in ACT_SENTENCES if key.startswith(("person.", "factor.", "session."))]
LATEST = 10


@dataclass(frozen=True)
class Line:
    """One event in words."""

    event: AuditEvent
    who: str
    sentence: str


def people_found(text: str) -> QuerySet[User]:
    """Return the people whose name or e-mail address holds `text`, everybody for "", by name.

    Each has `has_second_factor` and `enabled_keys`, from the same query.
    """
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=_SECOND_FACTORS)
    fits = Q(username__icontains=text) | Q(email__icontains=text)
    fits |= Q(first_name__icontains=text) | Q(last_name__icontains=text)
    return (
        User.objects.filter(fits)
        .annotate(
            has_second_factor=Exists(factors),
            enabled_keys=Count("access_keys", filter=Q(access_keys__disabled_at=None)),
        )
        .order_by("username")
    )


def latest_events(person: User) -> list[Line]:
    """Return the latest events that `person` caused or that are about their account.

    Two short queries: one with both conditions would walk through the whole history.
    """
    events = AuditEvent.objects.select_related("actor").order_by("-sequence")
    own = events.filter(actor=person)[:LATEST]
    about = events.filter(action__in=_ABOUT, target=str(person.pk))[:LATEST]
    found = {event.sequence: event for event in (*own, *about)}
    newest = sorted(found.values(), key=lambda event: -event.sequence)[:LATEST]
    return [Line(event, event_who(event), event_sentence(event)) for event in newest]
