"""Kill workers and web processes at random moments while people ask, then check the promise."""

import http.client
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.databases import Database
from tests.faults.house import Broken, House
from tests.faults.mixture import Mixture
from tests.faults.promises import broken_promises
from tests.faults.running import Row
from tests.faults.web import Visitor, WebServer, filled, form_url

PEOPLE = 6
_LOOK_FOR_SECONDS = 6.0
_GRACE_SECONDS = 120
_PAUSE_SECONDS = (0.02, 0.25)
_WEB_SHARE = 0.3
_MASTER_SHARE = 0.01


@dataclass
class Crowd:
    """People who ask for image after image and, when the page breaks, send the same form again."""

    web: WebServer
    urls: list[str]
    stopping: threading.Event = field(default_factory=threading.Event)
    promised: list[str] = field(default_factory=list)
    """Addresses of requests that a page said were recorded."""

    def run(self, seed: int) -> None:
        choice = random.Random(seed)
        visitor: Visitor | None = None
        while not self.stopping.is_set():
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
        form = filled(visitor.get(url))
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
            crowd = Crowd(web, urls)
            _while_they_ask(crowd, lambda: _kill(house, web, kills=kills, seed=seed), seed=seed)
            mixture.calm()
            faults = _settled(house)
            house.workers.end()
        faults += _broken_words(house, crowd) + broken_promises(house, may_be_slow=True)
        dead = f"{house.workers.kills} workers and {web.kills} web processes killed"
        seen = f"seed {seed}, {dead}, {len(house.requests)} requests, {len(faults)} violations"
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


def _kill(house: House, web: WebServer, *, kills: int, seed: int) -> None:
    choice = random.Random(seed)
    while house.workers.kills + web.kills < kills:
        time.sleep(choice.uniform(*_PAUSE_SECONDS))
        house.workers.revive()
        lot, one = choice.random(), choice.randrange(1000)
        if lot < _MASTER_SHARE:
            web.stop(signal.SIGKILL)
            web.start()
        elif lot < _WEB_SHARE:
            web.kill_one(one)
        else:
            house.workers.kill_one(one)


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
