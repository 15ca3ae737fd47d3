"""Whose account of the single sign-on service belongs to whom."""

from allauth.socialaccount.models import SocialAccount
from django.utils.translation import gettext as _

from images.models import AuditEvent, User
from images.services.refusal import NotAllowed


def link(*, account: SocialAccount, emails: list[str]) -> User:
    """Give an unsaved account to the one person who was added with one of these addresses.

    From then on it is known by issuer and subject; the address no longer matters, and nobody else
    comes in by it. Raises NotAllowed, after an event, where there is no such person.
    """
    with AuditEvent.objects.act():
        person = _person(emails, issuer=account.extra_data["iss"])
        if person:
            account.user = person
            account.save()
            AuditEvent.objects.append("session.linked", actor=person, target=str(person.pk))
        else:
            facts = {"reason": "not_added"}
            AuditEvent.objects.append("session.failed", actor=None, facts=facts)
    if person is None:
        raise NotAllowed(_("Nobody was added here with the e-mail address of your account."))
    return person


def _person(emails: list[str], *, issuer: str) -> User | None:
    if not emails:
        return None
    alike = User.objects.filter(email__iexact=emails[0], is_active=True)
    # PostgreSQL takes “ı” for “i” and “ſ” for “s”: such an address may be somebody else's.
    found = [each for each in alike if _plain(each.email) == _plain(emails[0])]
    if len(found) != 1:
        return None
    others = SocialAccount.objects.filter(user=found[0], extra_data__iss=issuer)
    return None if others.exists() else found[0]


def _plain(email: str) -> bytes:
    """Return the address with A to Z in lower case, and no other letter."""
    return email.encode().lower()
