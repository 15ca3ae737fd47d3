"""From a host name to an open wire. Whatever fails in here, no byte of a request has left."""

import contextlib
import functools
import ipaddress
import queue
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Any

from images.scp.deadlines import Deadline
from images.scp.errors import Reason
from images.scp.wire import Wire

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Address = tuple[socket.AddressFamily, tuple[Any, ...]]  # as getaddrinfo gives them


class NeverLeft(Exception):
    """No connection came about. `reason` is DNS, CONNECT, TLS or BAD_URL."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Target:
    """Where to connect to. `tls` is None for plain http on loopback."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    allow_private: bool = False
    """Whether a name may lead into a private network. Never to this machine or its own link."""


def open_wire(
    target: Target, *, deadline: Deadline, connect_seconds: float, read_seconds: float
) -> Wire:
    """Connect, and finish the TLS handshake. Raises NeverLeft.

    Each address of the name gets `connect_seconds`, the handshake as much again, and
    all together no more than the deadline leaves.
    """
    addresses = _look_up(target.host, target.port, deadline=deadline, seconds=read_seconds)
    if not all(_may_reach(target, address) for address in addresses):
        # A name of SCP that leads elsewhere is an attack on the name service. What is connected
        # to are these very addresses, so a second answer of the name service changes nothing.
        raise NeverLeft(Reason.BAD_URL)
    sock = _connect(target, addresses, deadline=deadline, seconds=connect_seconds)
    if isinstance(sock, ssl.SSLSocket):
        _shake_hands(sock, deadline=deadline, seconds=connect_seconds)
    return Wire(sock, deadline=deadline, read_seconds=read_seconds)


@functools.lru_cache(maxsize=8)
def tls_context(ca_file: str) -> ssl.SSLContext:
    """Verify certificate and name, TLS 1.2 or newer. Raises OSError for a bad `ca_file`.

    Not `create_default_context`: that one heeds SSLKEYLOGFILE of the environment.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=ca_file)
    return context


def _look_up(host: str, port: int, *, deadline: Deadline, seconds: float) -> list[Address]:
    """Ask the resolver in a thread of its own, because it heeds no timeout."""
    answers: queue.SimpleQueue[list[Address] | None] = queue.SimpleQueue()

    def ask() -> None:
        found: list[Address] | None = None
        with contextlib.suppress(OSError, UnicodeError):
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = [(row[0], row[4]) for row in rows]
        answers.put(found)

    try:
        threading.Thread(target=ask, daemon=True).start()
        addresses = answers.get(timeout=deadline.at_most(seconds))
    except (RuntimeError, TimeoutError, queue.Empty):
        # RuntimeError: no thread to be had, as when the process is shutting down
        raise NeverLeft(Reason.DNS) from None
    if not addresses:
        raise NeverLeft(Reason.DNS)
    return addresses


def _may_reach(target: Target, address: Address) -> bool:
    ip = _meant(ipaddress.ip_address(str(address[1][0]).partition("%")[0]))
    if is_loopback(target.host):
        return ip.is_loopback
    is_local = ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast
    if is_local or ip.is_reserved or (ip.version == 6 and ip.is_site_local):
        return False
    return ip.is_global or target.allow_private


def _meant(ip: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 one stands for, if it stands for one.

    Sources: RFC 4291 (mapped), RFC 3056 (6to4), RFC 6052 (NAT64).
    """
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def is_loopback(host: str) -> bool:
    """Whether the name itself says loopback: localhost, 127.x.y.z or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _connect(
    target: Target, addresses: list[Address], *, deadline: Deadline, seconds: float
) -> socket.socket:
    for family, address in addresses:
        with contextlib.suppress(OSError):
            return _connect_to(target, family, address, deadline.at_most(seconds))
    raise NeverLeft(Reason.CONNECT)


def _connect_to(
    target: Target, family: socket.AddressFamily, address: tuple[Any, ...], seconds: float
) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    if target.tls is not None:
        # wrapped before it connects: wrapping a connection that the peer has just reset
        # gives a socket that looks ready and never shook hands, or loses the socket
        sock = target.tls.wrap_socket(
            sock, server_hostname=target.host, do_handshake_on_connect=False
        )
    try:
        sock.settimeout(seconds)
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        sock.close()
        raise
    return sock


def _shake_hands(sock: ssl.SSLSocket, *, deadline: Deadline, seconds: float) -> None:
    try:
        sock.settimeout(deadline.at_most(seconds))
        sock.do_handshake()
    except OSError as failure:
        sock.close()
        has_hung_up = isinstance(failure, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        is_about_tls = isinstance(failure, ssl.SSLError) and not has_hung_up
        raise NeverLeft(Reason.TLS if is_about_tls else Reason.CONNECT) from None
