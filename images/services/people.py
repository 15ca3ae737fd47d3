"""People and their roles, as far as the command line needs them."""

from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _

from images.models import AuditEvent, User
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
            "person.added", actor=None, target=name, facts={"role": role.value}
        )
    return person
