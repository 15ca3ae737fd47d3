"""Send a link for a password by mail, where the settings allow it."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from images.services.password_links import Link
from images.stamps import stamp_text

logger = logging.getLogger(__name__)


def may_send() -> bool:
    """Whether links go by mail at all."""
    return bool(settings.PASSWORD_LINK_MAIL)


def send(link: Link) -> bool:
    """Mail the link to its person; return whether a mail server took it. Call it outside of any
    transaction. What is wrong is logged, without address and link."""
    subject = _("Set your password for the SCP image console")
    text = _(
        "An administrator of the SCP image console asks you to set your password. Open this link; "
        "it works once, until {until}:\n\n{url}\n\nIf you do not expect this, do nothing and tell "
        "your administrator."
    ).format(until=stamp_text(link.until), url=link.url)
    try:
        send_mail(subject, text, None, [link.person.email])
    except OSError as trouble:  # SMTP's errors are kinds of it
        kind = type(trouble).__name__
        logger.warning("a link for %s was not sent by mail: %s", link.person.pk, kind)
        return False
    return True
