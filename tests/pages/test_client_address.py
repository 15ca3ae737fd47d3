"""Whose address counts and is recorded: with no proxy, with one, with two."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from images.client_address import client_address

CONNECTED = "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "", CONNECTED),
        (0, "198.51.100.1", CONNECTED),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (1, "made up, 2001:db8::7", "2001:db8::7"),
        (2, "203.0.113.9, 198.51.100.1, 192.0.2.2", "198.51.100.1"),
        (1, "", CONNECTED),  # past the proxy, such as a probe
        (2, "198.51.100.1", CONNECTED),
        (1, "<b>somewhere</b>", ""),
        (1, "fe80::1%eth0", ""),
        (1, "198.51.100.1:8080", ""),
    ],
)
def test_so_many_entries_from_the_end_are_believed(
    settings: Settings, proxies: int, told: str, address: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": told} if told else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=CONNECTED)
    assert client_address(request) == address
