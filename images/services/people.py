"""People and their roles, as far as the command line needs them."""

from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _

from images.models import AuditEvent, ImageRequest, User
from images.services.refusal import NotAllowed
from images.vocabulary import Role


def add_person(*, name: str, role: Role, password: str) -> User:
    """Add a person and record it. Raises NotAllowed for a taken name, ValidationError for a name
    or password that the rules refuse. The record names no actor: whoever runs commands on the
    host is not known to the console."""
    person = User(username=name, role=role)
    validate_password(password, person)
    person.set_password(password)
    if User.objects.filter(username=name).exists():
        raise NotAllowed(_("There is a person with this name already."))
    person.full_clean()
    with AuditEvent.objects.act():
        person.save(force_insert=True)
        AuditEvent.objects.append(
            "person.added", actor=None, target=str(person.pk), facts={"role": role.value}
        )
    return person


def has_administrator() -> bool:
    """Whether anybody may sign in who can let others in."""
    return User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists()


def change_role(*, name: str, role: Role) -> User:
    """Give a person another role, from their next request on. Raises NotAllowed for a name that
    nobody has."""
    with AuditEvent.objects.act():
        person = _person(name)
        before, person.role = person.role, role
        person.save(update_fields=["role"])
        AuditEvent.objects.append(
            "person.role_changed",
            actor=None,
            target=str(person.pk),
            facts={"from": before, "to": role.value},
        )
    return person


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
        ImageRequest.objects.filter(actor=person).update(actor_name="")
        AuditEvent.objects.append("person.name_removed", actor=None, target=str(person.pk))
    return person


def _person(name: str) -> User:
    person = User.objects.filter(username=name).first()
    if person is None:
        raise NotAllowed(_("There is no person with this name."))
    return person
