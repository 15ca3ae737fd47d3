"""Which API versions a host serves: what the host said last, else the built-in table."""

import logging
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from images.models import ApiHost
from images.scp.client import Client, Credentials, open_client
from images.scp.endpoints import BadEndpoint
from images.scp.errors import ScpError
from images.scp.versions import DEFAULT, SEED, ApiVersion, offered
from images.services.hosts import host_url
from images.services.refusal import NotAllowed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class VersionTable:
    """The versions to choose from, newest first; `read_at` is None for the built-in table."""

    versions: tuple[ApiVersion, ...]
    read_at: datetime | None
    listed: frozenset[str] = frozenset()
    """The numbers that the host itself named."""
    default: str = DEFAULT

    def find(self, number: str) -> ApiVersion | None:
        return next((each for each in self.versions if each.number == number), None)

    def has_ended(self, number: str, *, today: date) -> bool:
        """Whether the host leaves the version out, or names a day for it that has passed."""
        found = self.find(number)
        is_past = found is not None and found.has_passed(today)
        return self.read_at is not None and (number not in self.listed or is_past)


def known_versions(*, environment: str, region: str) -> VersionTable:
    """Return what is known without asking anybody."""
    try:
        host = ApiHost.objects.filter(url=host_url(environment, region)).first()
    except BadEndpoint:
        host = None
    if host is None or host.read_at is None:
        return VersionTable(offered([]), None)
    listed = [
        ApiVersion(
            number=row["number"],
            status=row["status"],
            not_before=date.fromisoformat(row["not_before"]) if row["not_before"] else None,
        )
        for row in host.versions
    ]
    return VersionTable(offered(listed), host.read_at, frozenset(each.number for each in listed))


def ask_host(*, environment: str, region: str, within_seconds: float) -> None:
    """Have the host's own list read again, if it answers in time. Raises BadEndpoint."""
    client = _anonymous(environment, region, within_seconds)
    refresh(client, environment=environment, region=region)


def refresh(client: Client, *, environment: str, region: str) -> bool:
    """Ask the client's host for its versions, unsigned, and keep them. False when it fails."""
    url = host_url(environment, region)
    try:
        listed = client.list_versions()
    except ScpError as error:
        logger.warning("the version list of %s failed: %s", url, error.reason.value)
        return False
    ApiHost.objects.update_or_create(
        url=url,
        defaults={
            "versions": [
                {
                    "number": each.number,
                    "status": each.status,
                    "not_before": each.not_before.isoformat() if each.not_before else "",
                }
                for each in listed
            ],
            "read_at": timezone.now(),
        },
    )
    return True


def require_offered(*, environment: str, region: str, number: str) -> None:
    """Raise NotAllowed unless the version is built in, or the host lists it as callable.

    A version that nobody knows yet makes us ask the host once.
    """
    if any(each.number == number for each in SEED):
        return
    table = known_versions(environment=environment, region=region)
    if table.find(number) is None:
        try:
            ask_host(
                environment=environment, region=region, within_seconds=settings.SCP_PAGE_SECONDS
            )
        except BadEndpoint as error:
            raise NotAllowed(
                _("The settings do not name this environment and region."), field="place"
            ) from error
        table = known_versions(environment=environment, region=region)
    found = table.find(number)
    if found is None or not found.is_choosable:
        raise NotAllowed(
            _(
                "SCP's host does not list API version {number}. Choose one of the versions shown."
            ).format(number=number),
            field="other_version",
        )


def _anonymous(environment: str, region: str, total_seconds: float) -> Client:
    """Return a client for unsigned calls alone."""
    return open_client(
        environment=environment,
        region=region,
        credentials=Credentials(access_key="", secret_key=""),
        api_version=DEFAULT,
        total_seconds=total_seconds,
    )
