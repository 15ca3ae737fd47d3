"""Second factors of people: what they hold, and the acts that add and remove them.

The rows and their ceremonies are django-allauth's; the acts, and with them the events, are ours.
"""

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

from images.models import AuditEvent, User
from images.services.refusal import NotAllowed
from images.vocabulary import FactorKind

KINDS = {
    Authenticator.Type.TOTP.value: FactorKind.APP,
    Authenticator.Type.WEBAUTHN.value: FactorKind.PASSKEY,
    Authenticator.Type.RECOVERY_CODES.value: FactorKind.RECOVERY,
}


def remove_all(*, actor: User, person: User) -> int:
    """Take every second factor from another person who lost them; return how many there were.

    The recovery codes go with them. One event for each; none, and no change, without a factor.
    Raises NotAllowed for oneself: one's own factors are removed one by one, under the role's rule.
    """
    if actor.pk == person.pk:
        raise NotAllowed(_("Remove your own second factors under your own account."))
    with AuditEvent.objects.act():
        every = list(Authenticator.objects.filter(user_id=person.pk).order_by("pk"))
        for factor in every:
            _delete(actor, factor)
    return len(every)


def _delete(actor: User, factor: Authenticator) -> None:
    record("factor.removed", actor, factor)
    factor.delete()


def record(action: str, actor: User, factor: Authenticator) -> None:
    """Write an event about a factor that is stored. Its target is the factor's owner."""
    AuditEvent.objects.append(
        action,
        actor=actor,
        target=str(factor.user_id),
        facts={"kind": KINDS[factor.type].value, "factor": factor.pk},
    )
