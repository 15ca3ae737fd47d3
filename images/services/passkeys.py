"""Passkeys (WebAuthn): what the browser is asked, and what its answers prove.

The challenge of a ceremony is kept in the session by django-allauth; each answer spends it.
Every passkey is asked to know its person (PIN, finger, face), so one alone signs in.
Source: W3C Web Authentication, Level 2, sections 7.1 and 7.2.
"""

import json
import logging
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from images.models import User
from images.services import factors
from images.services.factor_limits import limited_tries
from images.services.factors import Added
from images.services.refusal import NotAllowed

logger = logging.getLogger(__name__)

# What parsing an answer made up by somebody may raise, in allauth and in the library beneath it.
_BAD = (ValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError)


def our_origin() -> str:
    """Return where our pages are, by the settings. The Host header is the client's: a program on
    another port of the host could hand on what a browser answered there."""
    return str(settings.CONSOLE_URL)


def work_at(origin: str) -> bool:
    """Whether browsers use passkeys there: on https, or on this very machine as `localhost`, and
    only at a name, for an address is none."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return parts.scheme == "https" or host == "localhost"
    return False


def creation_options(person: User) -> dict[str, Any]:
    """Return what the browser needs to make a passkey for this person."""
    options: dict[str, Any] = auth.begin_registration(person, passwordless=True)
    return options


def request_options(person: User | None) -> dict[str, Any]:
    """Return what the browser needs to use one of the person's passkeys, or any without person."""
    options: dict[str, Any] = auth.begin_authentication(person)
    return options


def add(*, actor: User, name: str, answer: str, origin: str) -> Added:
    """Store the passkey that the browser made, and recovery codes if there are none.

    Raises NotAllowed for an answer to another challenge, from another origin than `origin`, or
    by a device that did not ask who is there.
    """
    try:
        credential = _parsed(answer)
        _require_origin(auth.parse_registration_response(credential), origin)
        binding = auth.complete_registration(credential)
    except _BAD as error:
        logger.info("a passkey's answer was refused", exc_info=error)
        raise NotAllowed(_not_accepted()) from error
    finally:
        auth.clear_state()
    if not binding.is_user_verified():
        raise NotAllowed(_not_accepted())
    number = factors.second_factors(actor).filter(type=Authenticator.Type.WEBAUTHN).count() + 1
    factor = Authenticator(
        user=actor,
        type=Authenticator.Type.WEBAUTHN,
        data={
            "name": name or _("Passkey {number}").format(number=number),
            "credential": credential,
        },
    )
    return factors.add_passkey(actor=actor, factor=factor)


def prove(*, person: User | None, answer: str, origin: str) -> Authenticator:
    """Return the passkey that the answer proves, of `person` or of whomever it names.

    Raises NotAllowed. For a person who is known it counts as a try.
    """
    if person is None:
        return _proven(None, answer, origin)
    with limited_tries(person):
        return _proven(person, answer, origin)


def _proven(person: User | None, answer: str, origin: str) -> Authenticator:
    try:
        credential = _parsed(answer)
        _require_origin(auth.parse_authentication_response(credential), origin)
        named: User = person or auth.extract_user_from_response(credential)
        try:
            factor: Authenticator = auth.complete_authentication(named, credential)
        except _BAD:
            factors.record_failure(person=named, kind="passkey")
            raise
    except _BAD as error:
        logger.info("a passkey's answer was refused", exc_info=error)
        raise NotAllowed(_not_accepted()) from error
    finally:
        auth.clear_state()
    if not named.is_active:
        raise NotAllowed(_not_accepted())
    return factor


def _parsed(answer: str) -> dict[str, Any]:
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("The answer is no JSON object.")
    return found


def _require_origin(answer: Any, origin: str) -> None:
    """The library takes every host below ours, and every port; only this origin shows our pages."""
    if answer.response.client_data.origin != origin:
        raise ValueError("The answer is from another origin.")


def _not_accepted() -> str:
    return _("The passkey was not accepted. Start again, or use another way.")
