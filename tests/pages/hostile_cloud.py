"""An SCP that says hostile texts wherever it says anything, and what the console keeps of them."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

from django.test import Client as Browser
from django.urls import reverse

from images.models import AccessKey, ImageRequest
from images.scp.words import clean
from images.services.following import follow
from images.vocabulary import State
from scpconsole.sandbox import Sandbox, Server
from tests.hostile import PAYLOADS, packed
from tests.people import ACCESS_KEY, Work, make_request
from tests.services.asking import ask_for, end_silence, make_due
from tests.services.test_reconciling import search

# What fits into a column for a word, a sentence and a page.
SENTENCES, TEXTS = packed(200), packed(3_900)
_IN_A_HEADER = re.compile(r"[^\t -~\xa0-\xff]")


class HostileCloud:
    """Lets SCP say the payloads, and records what comes of it, as an operator works."""

    def __init__(self, key: AccessKey, scp: Sandbox, work: Work, browser: Browser) -> None:
        self.key, self.scp, self.work, self.browser = key, scp, work, browser
        scp.options.image_grace_seconds = scp.options.image_queued_until_seconds = 0

    def speak(self) -> None:
        """Say all of it once."""
        self.servers()
        self.refusals()
        self.statuses()
        self.choices()
        self.versions()
        self.failures()

    def servers(self) -> None:
        """A server for each payload, and some that say very many at once."""
        self.scp.servers[:] = [_server(said) for said in [*TEXTS, *PAYLOADS]]
        self.browser.post(reverse("server-refresh"), {"key": str(self.key.pk)})

    def refusals(self) -> None:
        """Errors in each of SCP's shapes, in words that it has chosen."""
        bodies = [_service(group) for group in _groups(SENTENCES, 3)]
        bodies += [shape(text) for shape in (_gateway, _spring, _fields, _page) for text in TEXTS]
        for position, body in enumerate(bodies):
            header = _IN_A_HEADER.sub("", SENTENCES[position])
            self._refuse(position, body, {"X-Odd": header})

    def _refuse(self, position: int, body: Any, headers: dict[str, str]) -> None:
        kind = "text/html" if isinstance(body, str) else None
        parts = {"status": 400, "headers": headers, "body": body, "content_type": kind}
        self.scp.faults.add("status", kind="create_image", **parts)
        asked = ask_for(
            self.key,
            self.scp,
            position=position,
            image_name=f"refused-{position}",
            reason=SENTENCES[position],
            ticket=SENTENCES[position][:100],
        )
        end_silence()
        self.work()
        asked.refresh_from_db()
        assert asked.state in {State.REFUSED, State.UNKNOWN}, asked.state

    def statuses(self) -> None:
        """Images whose status is any word at all, and requests that saw one last."""
        for position, word in enumerate(TEXTS):
            asked = ask_for(self.key, self.scp, position=position, image_name=f"made-{position}")
            self.work()
            image = self.scp.images[-1]
            image.life.word = image.os_distro = image.visibility = word
            make_due(asked)
            follow(request_id=asked.pk)
        for word in PAYLOADS:
            said = {"scp_status": clean(word, longest=60), "server_name": clean(word, longest=255)}
            make_request(self.key, state=State.FAILED, outcome_code=said["scp_status"], **said)

    def choices(self) -> None:
        """Several images fit, and a person has to choose by their statuses."""
        key = self.scp.keyring.get(ACCESS_KEY)
        assert key is not None
        for word in TEXTS:
            image = self.scp.make_image(self.scp.servers[0], "several", key=key, version="1.3")
            image.life.word, image.os_distro = word, word
        asked = make_request(self.key, state=State.UNKNOWN, image_name="several")
        ImageRequest.objects.filter(pk=asked.pk).update(lost_at=asked.recorded_at)
        asked.refresh_from_db()
        assert search(asked).needs_person

    def versions(self) -> None:
        """A test of the key asks for the versions; SCP's words on them stand beside it."""
        rows = [
            {"id": f"v1.{number}", "status": word, "not_before": word}
            for number, word in enumerate(packed(40))
        ]
        self.scp.faults.add("status", kind="versions", status=200, body={"versions": rows})
        self.browser.post(reverse("key-test", args=[self.key.pk]))

    def failures(self) -> None:
        """A list that fails, and a test of the key that does."""
        body = _service([TEXTS[0], SENTENCES[0], SENTENCES[1]])
        for act, told in (("server-refresh", {"key": str(self.key.pk)}), ("key-test", {})):
            self.scp.faults.clear()
            self.scp.faults.add("status", kind="list_servers", status=400, body=body)
            where = reverse(act, args=[self.key.pk] if act == "key-test" else [])
            self.browser.post(where, told)
        self.scp.faults.clear()
        end_silence()


def _server(said: str) -> Server:
    networks = [{"ip_addresses": [{"ip_address": said}, {"ip_address": "10.0.0.7"}]}]
    return Server(
        name=said,
        state=said,
        type_name=said,
        addresses=networks,
        volume_ids=[said],
        product_offering=said,
        metadata={said: said},
    )


def _groups(texts: list[str], size: int) -> Iterator[list[str]]:
    whole = itertools.chain(texts, texts[:size])
    for _ in range(0, len(texts), size):
        yield list(itertools.islice(whole, size))


def _service(said: list[str]) -> Any:
    ids = {"request_id": said[1], "global_request_id": said[2]}
    return {"errors": [{"code": said[0], "detail": said[0], "title": said[1], **ids}]}


def _gateway(said: str) -> Any:
    return {"name": said, "message": said, "status": said}


def _spring(said: str) -> Any:
    return {"requestId": said, "error": said, "path": said, "message": said}


def _fields(said: str) -> Any:
    return {"detail": [{"loc": [said], "msg": said, "type": said, "ctx": said}]}


def _page(said: str) -> str:
    title = said.encode("utf-8", "replace").decode()
    return f"<html><head><title>{title}</title></head>Support ID: 4711-{title}</html>"
