"""Kill workers and web processes at random moments while people ask, then check the promise."""

import http.client
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from images.models import AuditEvent
from images.vocabulary import OwnReason
from tests.faults.databases import Database
from tests.faults.house import Broken, House
from tests.faults.mixture import Mixture
from tests.faults.promises import broken_promises
from tests.faults.running import Row
from tests.faults.web import Visitor, WebServer, filled, form_url

PEOPLE = 6
_LOOK_FOR_SECONDS = 6.0
_GRACE_SECONDS = 120
_PAUSE_SECONDS = 0.25
_WEB_SHARE = 0.3
_MASTER_SHARE = 0.01
# So many are killed whatever they do, most of them at their start; the others at work.
_BLIND_SHARE = 0.2
_LULL_SECONDS = 2.0
_AHEAD = 20  # as many requests more than kills, and no more


@dataclass
class Crowd:
    """People who ask for image after image and, when the page breaks, send the same form again.

    They ask about as often as somebody is killed, so that there is work until the end.
    """

    web: WebServer
    urls: list[str]
    kills: Callable[[], int]
    stopping: threading.Event = field(default_factory=threading.Event)
    promised: list[str] = field(default_factory=list)
    """Addresses of requests that a page said were recorded."""

    def promises(self) -> int:
        return len(self.promised)

    def run(self, seed: int) -> None:
        choice = random.Random(seed)
        visitor: Visitor | None = None
        while not self.stopping.is_set():
            if len(self.promised) > self.kills() + _AHEAD:
                self.stopping.wait(0.05)
                continue
            try:
                visitor = visitor or self.web.visitor("alice")
                url = self.urls.pop()
                self._ask(visitor, url)
            except IndexError:
                return
            except (OSError, http.client.HTTPException, Broken):
                visitor = None  # the page broke: open it afresh
            self.stopping.wait(choice.uniform(0, 0.1))

    def _ask(self, visitor: Visitor, url: str) -> None:
        try:
            form = filled(visitor.get(url))
        except (OSError, http.client.HTTPException, Broken):
            self.urls.insert(0, url)  # nothing was asked for yet; somebody will
            raise
        while not self.stopping.is_set():
            try:
                page = visitor.post(url, form)
            except (OSError, http.client.HTTPException):
                self.stopping.wait(0.05)
                continue
            if page.status == 302 and page.location.startswith("/requests/"):
                self.promised.append(page.location)
                return
            if page.status < 500:
                raise Broken(f"a form was answered {page.status}")


def kill_at_random(database: Database, *, workers: int, kills: int, seed: int) -> Row:
    """Return one row of the table; its faults are the violations."""
    began = time.monotonic()
    with House(database, workers=workers) as house:
        house.scp.faults = mixture = Mixture(seed)
        house.server(kills + 50)
        house.workers.set({}, look_for_seconds=_LOOK_FOR_SECONDS)
        house.start_workers()
        with WebServer(house) as web:
            urls = [form_url(house, number) for number in range(kills + 50)]
            crowd = Crowd(web, urls, lambda: house.workers.kills + web.kills)
            _while_they_ask(crowd, lambda: _kill(house, crowd, kills=kills, seed=seed), seed=seed)
            mixture.calm()
            faults = _settled(house)
            house.workers.end()
        faults += _broken_words(house, crowd) + broken_promises(house, may_be_slow=True)
        faults += _idle(house, kills=kills)
        dead = f"{house.workers.kills} workers and {web.kills} web processes killed"
        met = f"{len(house.requests)} requests, {_calls(house)} calls, {_cut_off()} cut off"
        seen = f"seed {seed}, {dead}, {met}, {len(faults)} violations"
        seconds = time.monotonic() - began
        most = tuple(faults[:20])
        return Row("random kills", database.name, workers, seen, house.images, seconds, most)


def _while_they_ask(crowd: Crowd, act: Callable[[], None], *, seed: int) -> None:
    people = [threading.Thread(target=crowd.run, args=(seed + number,)) for number in range(PEOPLE)]
    for person in people:
        person.start()
    try:
        act()
    finally:
        crowd.stopping.set()
        for person in people:
            person.join()


def _kill(house: House, crowd: Crowd, *, kills: int, seed: int) -> None:
    choice, web = random.Random(seed), crowd.web
    while crowd.kills() < kills:
        lot, one, is_blind = choice.random(), choice.randrange(1000), choice.random() < _BLIND_SHARE
        house.workers.revive()
        if not is_blind:
            _let_work(crowd.promises if lot < _WEB_SHARE else lambda: _calls(house))
        time.sleep(_PAUSE_SECONDS * choice.random() ** 3)  # mostly short: into that very act
        if lot < _MASTER_SHARE:
            web.stop(signal.SIGKILL)
            web.start()
        elif lot < _WEB_SHARE:
            web.kill_one(one)
        else:
            house.workers.kill_one(one)


def _let_work(done: Callable[[], int]) -> None:
    """Until there is more of what is done, or nothing to do: on a busy machine a process that is
    killed before it ever gets to work would prove nothing."""
    before, deadline = done(), time.monotonic() + _LULL_SECONDS
    while done() == before and time.monotonic() < deadline:
        time.sleep(0.01)


def _calls(house: House) -> int:
    """How often a worker has called; pages ask for servers only."""
    return sum(1 for call in house.scp.journal if "image" in call.kind)


def _cut_off() -> int:
    """How many sends were under way when their worker was killed."""
    lost = AuditEvent.objects.filter(action="request.unknown")
    return sum(1 for event in lost if event.facts.get("reason") == OwnReason.WORKER_DIED)


def _idle(house: House, *, kills: int) -> list[str]:
    """A run in which next to nothing was asked for keeps every promise."""
    count = len(house.requests)
    return [f"only {count} requests, so nobody was at work"] if 4 * count < kills else []


def _settled(house: House) -> list[str]:
    try:
        house.settle(within=_GRACE_SECONDS)
    except Broken as broken:
        return [f"G5 {broken}"]
    return []


def _broken_words(house: House, crowd: Crowd) -> list[str]:
    """A page that said "recorded" must have a row, whoever was killed afterwards."""
    kept = {asked.get_absolute_url() for asked in house.requests}
    return [f"G2 {url} was promised and is not there" for url in crowd.promised if url not in kept]
