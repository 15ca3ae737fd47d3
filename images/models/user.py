import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext as _

from images.visible import visible
from images.vocabulary import ASKING_ROLES, READING_ALL_ROLES, Role


class User(AbstractUser):
    """A person. The id is the lasting pseudonym that records keep; names may go, it stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField(max_length=20, choices=Role, blank=True, default=Role.NONE)

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        if self.is_name_removed:
            return _("(name removed)")
        return visible(self.get_full_name() or self.username)

    @property
    def is_name_removed(self) -> bool:
        """Whether the name was taken out of the records; the pseudonym is all that is left."""
        return self.username == self.removed_name

    @property
    def removed_name(self) -> str:
        return f"removed-{self.pk}"

    @property
    def is_invited(self) -> bool:
        """Whether an invitation is all that this person has: no password yet, never signed in."""
        return self.last_login is None and not self.has_usable_password()

    @property
    def may_ask(self) -> bool:
        """Whether this person may hold access keys and ask for images."""
        return self.is_active and self.role in ASKING_ROLES

    @property
    def reads_all(self) -> bool:
        """Whether this person reads everybody's requests."""
        return self.is_active and self.role in READING_ALL_ROLES

    @property
    def administers(self) -> bool:
        """Whether this person manages people and reads the settings."""
        return self.is_active and self.role == Role.ADMINISTRATOR

    @property
    def has_role(self) -> bool:
        return bool(self.role)
