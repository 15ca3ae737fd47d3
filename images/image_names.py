"""What an image may be called. Source: SCP API reference, section 8."""

import re

from django.utils.translation import gettext as _

LONGEST = 255
ILLEGAL = re.compile(r"[^A-Za-z0-9 _-]+")


def name_fault(name: str) -> str:
    """Return what is wrong with a name, "" when it is legal; it may still be taken."""
    if not name.strip():
        return _("Enter a name for the image.")
    if ILLEGAL.search(name):
        return _("Use English letters, digits, spaces, - and _ only.")
    if len(name) > LONGEST:
        return _("The name is too long. Use 255 characters at most.")
    return ""
