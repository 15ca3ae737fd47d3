"""End what a person has open in browsers."""

from importlib import import_module
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import user_pk_to_url_str
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from images.models import User


def end_all_of(person: User, *, but: str = "") -> int:
    """Sign a person out everywhere, and return how many sessions ended; `but` is the key of one
    that stays. A sign-in that waits for its second step ends, too, uncounted.

    Each is looked into, for it is the session that says whose it is: a list beside it may lack
    one. There are as many as people at work, so this costs milliseconds.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    open_sessions = Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=but)
    ended = 0
    for session in open_sessions.iterator():
        kept = session.get_decoded()
        is_signed_in = kept.get(SESSION_KEY) == str(person.pk)
        if is_signed_in or _waits_for(person, kept):
            store.delete(session.session_key)
            ended += is_signed_in
    UserSession.objects.filter(user_id=person.pk).exclude(session_key=but).delete()
    return ended


def _waits_for(person: User, kept: dict[str, Any]) -> bool:
    begun = kept.get(LOGIN_SESSION_KEY)
    return isinstance(begun, dict) and begun.get("user_pk") == user_pk_to_url_str(person)
