"""The door to SCP: one client per key, version and language."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings

from images.scp import creating, images, servers
from images.scp.calls import Limits
from images.scp.creating import Created, ImageCall
from images.scp.credentials import Credentials
from images.scp.endpoints import BadEndpoint, base_url, checked_base
from images.scp.errors import Reason
from images.scp.paging import MOST_PAGES, Listing
from images.scp.reading import Reader
from images.scp.shapes import Image, Server
from images.scp.transport import Transport
from images.scp.verdicts import lost
from images.scp.versions import PRODUCT, ApiVersion, is_number, read_versions

__all__ = [
    "BadEndpoint",
    "Client",
    "Created",
    "Credentials",
    "ImageCall",
    "Limits",
    "Listing",
    "open_client",
]

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def utc_now() -> datetime:
    return datetime.now(UTC)


class Client:
    """Calls to one regional host. Safe to share between threads.

    Every call raises ScpError and nothing else (`create_image` also RuntimeError, when a
    call object is sent twice).
    """

    def __init__(
        self,
        *,
        base_url: str,
        credentials: Credentials,
        api_version: str,
        language: str = "en-US",
        limits: Limits | None = None,
        ca_bundle: str | None = None,
        allow_private: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Raises BadEndpoint (base_url, ca_bundle) or ValueError (version, language).

        `clock` returns an aware time. `allow_private` lets the host's name lead to an
        address that is not public.
        """
        if not is_number(api_version) or not LANGUAGE.fullmatch(language):
            raise ValueError("An API version is like 1.3, a language like en-US.")
        self._limits = limits or Limits()
        self._base_url = checked_base(base_url, allow_loopback=True)
        self._api_version = api_version
        # Source: SCP API reference, section 4, and the plain headers of HTTP
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Accept-Language": language,
            "Connection": "close",
            "Scp-Api-Version": f"{PRODUCT} {api_version}",
            "User-Agent": "scp-image-console",
        }
        try:
            self._transport = Transport(
                base_url=self._base_url,
                credentials=credentials,
                limits=self._limits,
                clock=clock,
                ca_bundle=ca_bundle,
                allow_private=allow_private,
            )
        except OSError:
            raise BadEndpoint("The file of certificate authorities cannot be read.") from None
        self._reader = Reader(
            self._transport,
            base_url=self._base_url,
            headers=self._headers,
            api_version=api_version,
            total_seconds=self._limits.total_seconds,
        )

    def list_servers(self, *, most_pages: int = MOST_PAGES) -> Listing[Server]:
        return servers.list_servers(self._reader, most_pages=most_pages)

    def show_server(self, server_id: str) -> Server:
        return servers.show_server(self._reader, server_id)

    def list_images(
        self,
        *,
        name: str | None = None,
        scp_image_type: str | None = "custom",
        sort: str = images.NEWEST_FIRST,
        most_pages: int = MOST_PAGES,
    ) -> Listing[Image]:
        return images.list_images(
            self._reader,
            name=name,
            scp_image_type=scp_image_type,
            sort=sort,
            most_pages=most_pages,
        )

    def show_image(self, image_id: str) -> Image:
        return images.show_image(self._reader, image_id)

    def list_versions(self) -> tuple[ApiVersion, ...]:
        """Return what the host itself lists at `GET /`, unsigned, newest first."""
        payload, answer = self._reader.fetch_unsigned("/")
        found = read_versions(payload)
        if found is None:
            raise lost(answer, Reason.NOT_JSON, is_write=False)
        return found

    def prepare_image(self, *, server_id: str, image_name: str) -> ImageCall:
        """Build the create call; nothing is sent. Record `planned`, then `create_image`."""
        return creating.prepare_image(
            self._transport,
            base_url=self._base_url,
            headers=self._headers,
            api_version=self._api_version,
            server_id=server_id,
            image_name=image_name,
        )

    def create_image(self, call: ImageCall) -> Created:
        """Send the prepared call, once and never again."""
        return creating.create_image(
            self._transport, call, total_seconds=self._limits.total_seconds
        )


def open_client(
    *,
    environment: str,
    region: str,
    credentials: Credentials,
    api_version: str,
    language: str = "en-US",
    total_seconds: float | None = None,
) -> Client:
    """Make a client for a configured place. Raises BadEndpoint for any other, and ValueError.

    `total_seconds` shortens what one call may take, for somebody who waits for it.
    """
    if region not in settings.SCP_ENVIRONMENTS.get(environment, ()):
        raise BadEndpoint("This environment or region is not configured.")
    address = base_url(
        settings.SCP_URL_TEMPLATE, environment, region, allow_loopback=settings.SCP_ALLOW_LOOPBACK
    )
    return Client(
        base_url=address,
        credentials=credentials,
        api_version=api_version,
        language=language,
        limits=Limits(
            connect_seconds=settings.SCP_CONNECT_SECONDS,
            read_seconds=settings.SCP_READ_SECONDS,
            total_seconds=total_seconds or settings.SCP_TOTAL_SECONDS,
        ),
        ca_bundle=settings.SCP_CA_BUNDLE,
        allow_private=settings.SCP_ALLOW_PRIVATE,
    )
