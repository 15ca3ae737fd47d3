"""Requests that a worker really sent: one as it was recorded, and one changed by hand since."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from images.models import AccessKey, ImageRequest
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.events import make_event
from tests.people import Work
from tests.services.asking import ask_for, fresh
from tests.unguarded import unguarded


def sent_requests(key: AccessKey, scp: Sandbox, work: Work) -> dict[str, ImageRequest]:
    """Make them before all others, so that the worker finds nothing but them to do."""
    with time_machine.travel(timezone.now() - timedelta(hours=2)):
        sent = ask_for(key, scp, position=3, image_name="web-dev-04-20261123-1650-k7f3ab")
        changed = ask_for(key, scp, position=4, image_name="web-dev-05-20261123-1650-k7f3ac")
        work()
    scp.clock.advance(600)
    for asked in (sent, changed):
        _make_ready(asked)
    with unguarded():
        ImageRequest.objects.filter(pk=changed.pk).update(reason="as somebody would like it")
    return {"sent": fresh(sent), "changed by hand": fresh(changed)}


def _make_ready(asked: ImageRequest) -> None:
    """Let SCP and the console agree that the image of this request is ready."""
    ready_at = asked.recorded_at + timedelta(minutes=9)
    ImageRequest.objects.filter(pk=asked.pk).update(
        state=State.READY, scp_status="active", due_at=None, settled_at=ready_at
    )
    make_event("request.ready", request=asked, target=asked.image_name, at=ready_at)
