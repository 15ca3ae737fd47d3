"""People and their roles: who is there, and what they may do.

`actor` is the administrator who acts, or None for the command line: whoever runs commands on the
host is not known to the console.
"""

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _

from images.models import AuditEvent, ImageRequest, User
from images.services import session_ending, unsent
from images.services.factors import take_all
from images.services.refusal import NotAllowed
from images.services.ways_in import who_can_sign_in
from images.vocabulary import OwnReason, Role


def add_person(*, name: str, role: Role, password: str, email: str = "") -> User:
    """Add a person and record it, from the command line. Raises NotAllowed for a name or e-mail
    address that is taken, ValidationError for one, or a password, that the rules refuse."""
    person = User(username=name, email=email, role=role)
    validate_password(password, person)
    person.set_password(password)
    require_new(person)
    with AuditEvent.objects.act():
        enter(person, actor=None)
    return person


def require_new(person: User) -> None:
    """Raise NotAllowed for a name that is taken, ValidationError for a field that is not right."""
    if User.objects.filter(username__iexact=person.username).exists():
        raise NotAllowed(_("There is a person with this name already."), field="name")
    if person.email and User.objects.filter(email__iexact=person.email).exists():
        raise NotAllowed(_("There is a person with this e-mail address already."), field="email")
    person.full_clean()


def enter(person: User, *, actor: User | None) -> None:
    """Store a new person, inside the act of whoever adds them."""
    person.save(force_insert=True)
    AuditEvent.objects.append(
        "person.added", actor=actor, target=str(person.pk), facts={"role": str(person.role)}
    )


def set_password(*, name: str, password: str) -> User:
    """Give a person this password, from the command line, and end their sessions.

    Raises NotAllowed for a name that nobody has and an account that is disabled, ValidationError
    for a password that the rules refuse.
    """
    validate_password(password, _person(name))
    hashed = make_password(password)  # takes a while, so before the turn of all others
    with AuditEvent.objects.act():
        person = _person(name)
        if not person.is_active:
            raise NotAllowed(_("The account is disabled. Enable it first."))
        person.password = hashed
        person.save(update_fields=["password"])
        session_ending.end_all_of(person)
        AuditEvent.objects.append(
            "person.password_set", actor=None, target=str(person.pk), facts={"by": "command"}
        )
    return person


def change_role(*, name: str, role: Role, actor: User | None = None) -> User:
    """Give a person another role, from their next request on.

    What they have recorded and not sent is refused, when the new role may not send. The role that
    they have already is no change. Raises NotAllowed for a name that nobody has, and for an
    administrator who is the last one.
    """
    with AuditEvent.objects.act():
        person = _person(name)
        before, person.role = person.role, role
        if before == role:
            return person
        if actor and before == Role.ADMINISTRATOR != role:
            require_another_administrator(person)
        person.save(update_fields=["role"])
        AuditEvent.objects.append(
            "person.role_changed",
            actor=actor,
            target=str(person.pk),
            facts={"from": before, "to": role.value},
        )
        if not person.may_ask:
            unsent.refuse_all_of(person, OwnReason.ROLE_LOST, actor=actor)
    return person


def require_another_administrator(person: User) -> None:
    """Raise NotAllowed when nobody but `person` could administer. Call it inside an act.

    The command line is not asked this: whoever runs it can always add an administrator.
    """
    others = User.objects.filter(role=Role.ADMINISTRATOR).exclude(pk=person.pk)
    if not who_can_sign_in(others).exists():
        raise NotAllowed(
            _("This is the last administrator who can sign in. Make another one first.")
        )


def remove_name(*, name: str) -> User:
    """Take a person's name out of every record, and end the account. The pseudonym stays, and
    with it what the person did. Raises NotAllowed for a name that nobody has.

    What people wrote themselves (reasons, comments, key aliases) stays as it was written.
    """
    with AuditEvent.objects.act():
        person = _person(name)
        person.username = person.removed_name
        person.first_name = person.last_name = person.email = ""
        person.role, person.is_active = Role.NONE, False
        person.set_unusable_password()
        person.save()
        SocialAccount.objects.filter(user=person).delete()
        take_all(actor=None, person=person)  # a passkey's name is one that somebody typed
        ImageRequest.objects.filter(actor=person).update(actor_name="")
        AuditEvent.objects.append("person.name_removed", actor=None, target=str(person.pk))
    return person


def _person(name: str) -> User:
    person = User.objects.filter(username=name).first()
    if person is None:
        raise NotAllowed(_("There is no person with this name."))
    return person
