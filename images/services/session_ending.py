"""End what a person has open in browsers."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from images.models import User


def end_all_of(person: User, *, but: str = "") -> int:
    """Sign a person out everywhere, and return how many sessions ended; `but` is the key of one
    that stays.

    Each is looked into, for it is the session that says whose it is: a list beside it may lack
    one. There are as many as people at work, so this costs milliseconds.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    open_sessions = Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=but)
    ended = [
        session.session_key
        for session in open_sessions.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(person.pk)
    ]
    for session_key in ended:
        store.delete(session_key)
    UserSession.objects.filter(user_id=person.pk).exclude(session_key=but).delete()
    return len(ended)
