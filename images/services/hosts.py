"""What is known of one SCP host: how to address it, and whether it wants silence."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from images.models import ApiHost
from images.scp.endpoints import BadEndpoint, base_url
from images.scp.errors import Reason

# Turned away at the edge: everybody's calls to this host wait, or the next one meets the same.
WANT_SILENCE = frozenset({Reason.EDGE.value, Reason.RATE.value})

# At least. Source: SCP API reference, section 10.
EDGE_SILENCE = timedelta(seconds=60)
# Looks that wait for a silent host come back at least this often: clocks are set back, too.
LONGEST_PUSH = timedelta(minutes=5)


def host_url(environment: str, region: str) -> str:
    """Return the base address of a configured place. Raises BadEndpoint."""
    return base_url(
        settings.SCP_URL_TEMPLATE,
        environment,
        region,
        allow_loopback=settings.SCP_ALLOW_LOOPBACK,
    )


def silence(*, environment: str, region: str, wait: timedelta) -> None:
    """Let every call of the worker to this host wait; the longer silence of two stands."""
    until = timezone.now() + wait
    host, _ = ApiHost.objects.get_or_create(url=host_url(environment, region))
    ApiHost.objects.filter(pk=host.pk).exclude(silent_until__gte=until).update(silent_until=until)


def silent_until(*, environment: str, region: str) -> datetime | None:
    """Return when the host may be called again; None when it may be called now."""
    try:
        url = host_url(environment, region)
    except BadEndpoint:
        return None  # whoever calls it finds out and says so
    host = ApiHost.objects.filter(url=url, silent_until__gt=timezone.now()).first()
    return host.silent_until if host else None
