"""Sentences of Django and allauth that our people meet, so that our own catalogue has their Korean.

The libraries' own Korean leaves particles open (“이/가”) or is no whole sentence. A catalogue of
ours is asked before theirs; nothing else reads this list.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

TEXTS = (
    # Django, forms
    _("This field is required."),
    _("Select a valid choice. %(value)s is not one of the available choices."),
    _("Null characters are not allowed."),
    _("Enter a whole number."),
    _("Enter a valid UUID."),
    _("Enter a valid date."),
    _("Enter a valid email address."),
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    # Django, passwords
    _("This password is too common."),
    _("The two password fields didn’t match."),
    _("The password is too similar to the %(verbose_name)s."),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        "min_length",
    ),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    _("Your password can’t be too similar to your other personal information."),
    _("Your password can’t be a commonly used password."),
    # allauth
    _("Incorrect code."),
    _("Incorrect password."),
    _("Please type your current password."),
    _("This account is currently inactive."),
    _("The username and/or password you specified are not correct."),
    _("Too many failed login attempts. Try again later."),
    _("Be patient, you are sending too many requests."),
    _("The new value must be different from the current one."),
    _("You cannot deactivate two-factor authentication."),
)
