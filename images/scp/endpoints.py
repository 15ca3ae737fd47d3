"""The one host that calls may go to. Source: SCP API reference, section 1."""

import ipaddress
import re

NAME = re.compile(r"[a-z0-9-]{1,20}")
URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]{1,253}|\[::1\])(?::(?P<port>[0-9]{1,5}))?/?",
    re.ASCII,
)
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
DEFAULT_PORTS = {"https": 443, "http": 80}


class BadEndpoint(ValueError):
    """No call can be made to this place. The text is a plain sentence."""


def base_url(template: str, environment: str, region: str, *, allow_loopback: bool) -> str:
    """Fill the places {environment} and {region} of `template`, if it has them.

    Returns scheme://host[:port] without a final slash. Raises BadEndpoint.
    """
    for name in (environment, region):
        if not NAME.fullmatch(name):
            raise BadEndpoint("An environment or region has other characters than a-z, 0-9 and -.")
    filled = template.replace("{environment}", environment).replace("{region}", region)
    return checked_base(filled, allow_loopback=allow_loopback)


def checked_base(url: str, *, allow_loopback: bool) -> str:
    """Return `url` in the one spelling that we sign and send. Raises BadEndpoint."""
    found = URL.fullmatch(url.lower()) if url.isascii() else None
    if found is None:
        raise BadEndpoint("The address of SCP must be https://host or https://host:port.")
    scheme, host = found["scheme"], found["host"]
    if _is_loopback(host):
        if not allow_loopback:
            raise BadEndpoint("The address of SCP must not be this machine.")
    else:
        _check_public(scheme, host)
    return f"{scheme}://{host}{_port(scheme, found['port'])}"


def _is_loopback(host: str) -> bool:
    if host in {"localhost", "[::1]"}:
        return True
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False


def _check_public(scheme: str, host: str) -> None:
    if scheme != "https":
        raise BadEndpoint("The address of SCP must begin with https.")
    labels = host.split(".")
    # a last label in digits is an IP address, also in the spellings 127.1, 2130706433, 0x7f.1
    if NUMBER.fullmatch(labels[-1]) or labels[-1] == "localhost":
        raise BadEndpoint("The address of SCP must have a public host name.")
    if len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        raise BadEndpoint("The address of SCP has a host name that cannot be.")


def _port(scheme: str, port: str | None) -> str:
    if port is None or int(port) == DEFAULT_PORTS[scheme]:
        return ""
    if not 1 <= int(port) <= 65535:
        raise BadEndpoint("The address of SCP has a port that cannot be.")
    return f":{int(port)}"
