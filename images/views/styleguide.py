"""`/styleguide/`: the design system on one page, for those who build it. The address is
there only while DEBUG is on (scpconsole/urls.py)."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from images.forms.styleguide import SampleForm
from images.http import ConsoleRequest
from images.models import ImageRequest
from images.sentences import Badge
from images.vocabulary import OwnReason, State

THEMES = ("light", "dark")
TONES = ("quiet", "work", "watch", "bad", "good")
COLOURS = (
    *("ground", "surface", "surface-sunk", "surface-hover", "line", "line-strong"),
    *("production", "production-ink"),
    *("ink", "ink-quiet", "accent", "accent-hover", "link", "current-ground", "focus"),
    *(f"{tone}-{part}" for tone in TONES for part in ("ink", "ground", "line")),
)
ICONS = (
    *("ring", "clock", "arrow", "turning", "question", "frame", "tick", "bar", "cross"),
    *("empty-ring", "dot", "warning", "info", "lock", "previous", "next", "up", "down"),
    *("server", "history", "key", "settings", "requests", "review", "user", "sign-out"),
    *("theme-light", "theme-dark", "theme-system", "language", "search", "refresh", "plus"),
    *("copy", "check", "close", "edit", "disk", "keyboard"),
)


@require_safe
def index(request: ConsoleRequest) -> HttpResponse:
    context = {
        "page_class": "styleguide",
        "sample": {
            "server": "web-prod-01-of-the-head-office_seoul",
            "ticket": "chg-1024",
            "code": "0123456789-abcdef",
            "at": timezone.now(),
        },
        "colours": COLOURS,
        "icons": ICONS,
        "tones": TONES,
        "badges": _badges(),
        "sides": [{"theme": theme, "form": _refused_form(theme)} for theme in THEMES],
    }
    return render(request, "styleguide/index.html", context)


def _badges() -> list[Badge]:
    """Return how each state looks, and what one state may look like."""
    now = timezone.now()
    long_ago = now - timedelta(hours=2)
    seen = {"first_seen_at": now, "answered_at": now}
    requests = [
        *(ImageRequest(state=state) for state in State),
        ImageRequest(state=State.RECORDED, due_at=now + timedelta(minutes=2)),
        ImageRequest(state=State.ACCEPTED, scp_status="queued", **seen),
        ImageRequest(state=State.ACCEPTED, scp_status="defrosting", **seen),
        ImageRequest(state=State.ACCEPTED, answered_at=long_ago),
        ImageRequest(state=State.UNKNOWN, needs_person=True),
        ImageRequest(state=State.NOT_MADE, outcome_reason=OwnReason.LATE_IMAGE),
        ImageRequest(state=State.FAILED, scp_status="killed"),
        ImageRequest(state=State.REFUSED, sent_at=now),
        ImageRequest(state=State.CANCELLED, attempt=1),
    ]
    return [asked.badge for asked in requests]


def _refused_form(theme: str) -> SampleForm:
    form = SampleForm({}, auto_id=f"{theme}_%s")
    form.is_valid()
    return form
