"""Second factors of people: what they hold, and the acts that add, use and remove them.

The rows and their ceremonies are django-allauth's; the acts, and with them the events, are ours.
"""

import logging
from dataclasses import dataclass, field

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from images.models import AuditEvent, User
from images.services.factor_limits import limited_tries
from images.services.factor_secrets import belonging_to, open_here, seal_here
from images.services.refusal import NotAllowed
from images.services.ways_in import who_can_sign_in
from images.vault import VaultError
from images.vocabulary import FACTOR_KINDS, FactorKind

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Held:
    """What one person holds. `codes_left` is None without recovery codes."""

    app: Authenticator | None
    passkeys: list[Authenticator]
    codes_left: int | None

    @property
    def has_second(self) -> bool:
        """Recovery codes alone are none: they are the way back to one."""
        return bool(self.app or self.passkeys)


@dataclass(frozen=True)
class Added:
    """A new factor, and whether recovery codes were made with it."""

    factor: Authenticator
    has_new_codes: bool


@dataclass(frozen=True)
class Pending:
    """The secret of an app that has not shown a code yet, and the same sealed, to be kept."""

    sealed: str
    secret: str = field(repr=False)


def held_by(person: User) -> Held:
    every = list(Authenticator.objects.filter(user_id=person.pk).order_by("created_at", "pk"))
    by_kind: dict[FactorKind, list[Authenticator]] = {kind: [] for kind in FactorKind}
    for factor in every:
        by_kind[FACTOR_KINDS[factor.type]].append(factor)
    codes = by_kind[FactorKind.RECOVERY]
    return Held(
        app=next(iter(by_kind[FactorKind.APP]), None),
        passkeys=by_kind[FactorKind.PASSKEY],
        codes_left=len(_unused(codes[0])) if codes else None,
    )


def second_factors(person: User) -> QuerySet[Authenticator]:
    """Return the rows that count as a second factor: recovery codes do not."""
    every: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=person.pk)
    return every.exclude(type=Authenticator.Type.RECOVERY_CODES)


def must_have(person: User) -> bool:
    """Whether the role of this person works with a second factor alone."""
    return person.role in settings.SECOND_FACTOR_ROLES


def pending_app(person: User, sealed: str) -> Pending:
    """Return the app that the person is setting up, from what `pending_app` sealed before; a new
    one when that does not open, as "" does not."""
    with belonging_to(person.pk, FactorKind.APP):
        try:
            return Pending(sealed, open_here(sealed))
        except VaultError:
            secret = generate_totp_secret()
            return Pending(seal_here(secret), secret)


def add_app(*, actor: User, pending: Pending, code: str) -> Added:
    """Store the app that shows `code`, in place of an earlier one, and recovery codes if there
    are none. Raises NotAllowed for another code."""
    with limited_tries(actor):
        if not validate_totp_code(pending.secret, code):
            raise NotAllowed(_wrong_code(), field="code")
    with AuditEvent.objects.act(), belonging_to(actor.pk, FactorKind.APP):
        for earlier in second_factors(actor).filter(type=Authenticator.Type.TOTP):
            _delete(actor, earlier)
        app = TOTP.activate(actor, pending.secret)
        record("factor.added", actor, app.instance)
        has_new_codes = _ensure_codes(actor)
        app._mark_code_used(code)  # the code that added it signs nobody in
    return Added(app.instance, has_new_codes)


def add_passkey(*, actor: User, factor: Authenticator) -> Added:
    """Store a passkey that proved itself, and recovery codes if there are none."""
    with AuditEvent.objects.act():
        factor.save(force_insert=True)
        record("factor.added", actor, factor)
        return Added(factor, _ensure_codes(actor))


def remove(*, actor: User, factor: Authenticator) -> None:
    """Remove a second factor of `actor`, and with the last one the recovery codes.

    Raises NotAllowed for the last one of a person whose role needs one, and for a passkey without
    which the person could not sign in any more.
    """
    with AuditEvent.objects.act():
        others = second_factors(actor).exclude(pk=factor.pk)
        if others.exists():
            _delete(actor, factor)
        elif must_have(actor):
            raise NotAllowed(
                _("Your role needs a second factor. Add another one before you remove this one.")
            )
        else:
            take_all(actor=actor, person=actor)
        is_passkey = factor.type == Authenticator.Type.WEBAUTHN
        if is_passkey and not who_can_sign_in(User.objects.filter(pk=actor.pk)).exists():
            raise NotAllowed(  # which takes back the removal and its event
                _("This passkey is your only way to sign in. Add another one before you remove it.")
            )


def make_codes(*, actor: User) -> None:
    """Make new recovery codes; the earlier ones stop working. Raises NotAllowed without a second
    factor, for they are the way back to one."""
    with AuditEvent.objects.act():
        if not second_factors(actor).exists():
            raise NotAllowed(_("Add a second factor first."))
        _codes(actor).delete()
        _ensure_codes(actor)


def codes_of(person: User) -> list[str]:
    """Return the recovery codes that are not used yet. Raises VaultError."""
    found = _codes(person).first()
    if found is None:
        return []
    with belonging_to(person.pk, FactorKind.RECOVERY):
        codes: list[str] = found.wrap().get_unused_codes()
    return codes


def prove_by_code(*, person: User, code: str) -> Authenticator:
    """Return the factor that `code` proves; a code works once. Raises NotAllowed, also after too
    many tries."""
    with limited_tries(person):
        for factor in _with_codes(person):
            if _fits(factor, code):
                return factor
        record_failure(person=person, kind="code")
        raise NotAllowed(_wrong_code(), field="code")


def record_failure(*, person: User, kind: str) -> None:
    """Keep that a second step of a sign-in failed: by a `code`, or a `passkey`."""
    with AuditEvent.objects.act():
        AuditEvent.objects.append(
            "session.failed",
            actor=None,
            target=str(person.pk),
            facts={"reason": "second_factor", "kind": kind},
        )


def remove_all(*, actor: User, person: User) -> int:
    """Take every second factor from another person who lost them; return how many there were.

    The recovery codes go with them. One event for each; none, and no change, without a factor.
    Raises NotAllowed for oneself: one's own factors are removed one by one, under the role's rule.
    """
    if actor.pk == person.pk:
        raise NotAllowed(_("Remove your own second factors under your own account."))
    with AuditEvent.objects.act():
        return take_all(actor=actor, person=person)


def take_all(*, actor: User | None, person: User) -> int:
    """Remove a person's factors within an act that is open, such as the end of the account."""
    every = list(Authenticator.objects.filter(user_id=person.pk).order_by("pk"))
    for factor in every:
        _delete(actor, factor)
    return len(every)


def record(action: str, actor: User | None, factor: Authenticator) -> None:
    """Write an event about a factor that is stored. Its target is the factor's owner."""
    AuditEvent.objects.append(
        action,
        actor=actor,
        target=str(factor.user_id),
        facts={"kind": FACTOR_KINDS[factor.type].value, "factor": factor.pk},
    )


def _delete(actor: User | None, factor: Authenticator) -> None:
    record("factor.removed", actor, factor)
    factor.delete()


def _codes(person: User) -> QuerySet[Authenticator]:
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=person.pk)
    return found.filter(type=Authenticator.Type.RECOVERY_CODES)


def _ensure_codes(actor: User) -> bool:
    if _codes(actor).exists():
        return False
    with belonging_to(actor.pk, FactorKind.RECOVERY):
        codes = RecoveryCodes.activate(actor)
    record("factor.recovery_made", actor, codes.instance)
    return True


def _with_codes(person: User) -> list[Authenticator]:
    """The app first: it is what most codes come from."""
    types = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    found = Authenticator.objects.filter(user_id=person.pk, type__in=types)
    return sorted(found, key=lambda factor: types.index(factor.type))


def _fits(factor: Authenticator, code: str) -> bool:
    kind = FACTOR_KINDS[factor.type]
    try:
        with AuditEvent.objects.act(), belonging_to(factor.user_id, kind):
            is_right = bool(factor.wrap().validate_code(code))
            if is_right and kind == FactorKind.RECOVERY:
                record("factor.recovery_used", factor.user, factor)
            return is_right
    except VaultError:
        logger.exception("a second factor does not open", extra={"factor": factor.pk})
        return False


def _unused(codes: Authenticator) -> list[int]:
    used: int = codes.data.get("used_mask", 0)
    return [place for place in range(settings.MFA_RECOVERY_CODE_COUNT) if not used >> place & 1]


def _wrong_code() -> str:
    return _("This code is not right, or it was used already. Enter the next one that is shown.")
