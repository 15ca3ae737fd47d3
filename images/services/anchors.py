"""Carry a checkpoint out of the house: to a web address and by mail, where these are set.

The file in the anchor folder and the log line were written with the checkpoint itself.
"""

import logging
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO

from django.conf import settings
from django.core.mail import send_mail

from images.models import Checkpoint

logger = logging.getLogger(__name__)

_WAIT_SECONDS = 10


def carry(*, checkpoint_id: int) -> None:
    """Send the note to LEDGER_ANCHOR_URL by POST, and to LEDGER_ANCHOR_MAIL.

    A way that does not work is logged: the next checkpoint says all that this one says.
    """
    checkpoint = Checkpoint.objects.get(pk=checkpoint_id)
    if settings.LEDGER_ANCHOR_URL:
        _post(checkpoint)
    if settings.LEDGER_ANCHOR_MAIL:
        _mail(checkpoint)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None  # the answer then counts as a failure


def _post(checkpoint: Checkpoint) -> None:
    # The address is the operator's own setting and was checked at start, so it may be anywhere,
    # in the own network too. No proxy is guessed, and no answer leads elsewhere.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    request = urllib.request.Request(  # noqa: S310
        settings.LEDGER_ANCHOR_URL,
        data=checkpoint.note.encode(),
        headers={"Content-Type": "text/plain; charset=utf-8"},
    )
    try:
        with opener.open(request, timeout=_WAIT_SECONDS):
            pass
    except (OSError, HTTPException) as trouble:
        size = checkpoint.size
        logger.warning("checkpoint %d did not reach LEDGER_ANCHOR_URL: %s", size, trouble)


def _mail(checkpoint: Checkpoint) -> None:
    subject = f"Checkpoint {checkpoint.size} of {settings.LEDGER_ORIGIN}"
    try:
        send_mail(subject, checkpoint.note, None, settings.LEDGER_ANCHOR_MAIL)
    except OSError as trouble:  # SMTP's errors are kinds of it
        logger.warning("checkpoint %d was not sent by mail: %s", checkpoint.size, trouble)
