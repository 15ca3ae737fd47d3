"""Browsers of the page tests look into every answer for secrets."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from pytest_django import Settings

from images.models import AccessKey, ImageRequest, User
from tests.pages.asking import typed, url_of
from tests.pages.reading import Answer
from tests.people import ACCESS_KEY, PASSWORD, SECRET_KEY, Browse, Work

# Every access key and secret of these tests begins like the ones in tests/people.py.
_SECRETS = re.compile(f"{ACCESS_KEY[:-4]}[0-9]|{SECRET_KEY[:16]}", re.IGNORECASE)


class WatchfulBrowser(Client):
    """Fails on any answer, page, fragment or redirect, that holds a key or a secret."""

    def request(self, **request: Any) -> Answer:
        answer = super().request(**request)
        for part in _parts(answer):
            assert not _SECRETS.search(part), f"a secret in the answer to {request}"
        return answer


def _parts(answer: Answer) -> Iterable[str]:
    if isinstance(answer, StreamingHttpResponse):
        answer.streaming_content = [whole := b"".join(answer)]
        yield whole.decode(errors="replace")
    else:
        yield answer.content.decode()
    yield str(answer.headers)
    yield answer.cookies.output()


@pytest.fixture
def browse() -> Browse:
    """Return a signed-in, watchful browser of a person."""

    def signed_in(person: User) -> Client:
        browser = WatchfulBrowser()
        assert browser.login(username=person.username, password=PASSWORD)
        return browser

    return signed_in


@pytest.fixture
def deaf_scp(settings: Settings) -> None:
    """Nothing listens where SCP should be; reads give up after the first try."""
    settings.SCP_URL_TEMPLATE = "http://127.0.0.1:9"
    settings.SCP_TOTAL_SECONDS = 0.1


@pytest.fixture
def accepted(alice: User, alices_key: AccessKey, browse: Browse, work: Work) -> ImageRequest:
    """A request of Alice's that SCP accepted."""
    browse(alice).post(url_of(alices_key), typed())
    work()
    return ImageRequest.objects.get()
