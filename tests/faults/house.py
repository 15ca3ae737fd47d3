"""One installation for one case: a database, a stand-in SCP, worker processes, and people."""

import contextlib
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db.models import QuerySet

from images.models import AccessKey, AuditEvent, ImageRequest, WorkerPulse
from images.scp.shapes import read_server
from images.services.requests import ask
from images.vocabulary import SETTLED, State
from scpconsole.sandbox import Sandbox
from scpconsole.sandbox.servers import Server
from tests.faults.boundaries import Trouble
from tests.faults.databases import Database, leave_database, use_database
from tests.faults.hurry import LOOK_FOR_SECONDS
from tests.faults.worker_main import Orders
from tests.faults.workers import Workers
from tests.people import ACCESS_KEY, SECRET_KEY

GRACE_SECONDS = 20
"""By then every request is settled or waits for a person; far more than the shortened waits."""


class Broken(Exception):
    """What was promised did not happen."""


class House:
    """Everything of one case. Use it as a context manager; it leaves nothing behind."""

    def __init__(self, database: Database, *, workers: int, disk: Path | None = None) -> None:
        """`disk` is where its files are to lie; without it they lie in a folder of their own."""
        self.database = database
        self.worker_count = workers
        self.folder = Path(tempfile.mkdtemp(prefix="faults-", dir=disk))
        self.name = database.fresh(self.folder, disk)
        self.scp = Sandbox(seed_servers=0)
        self.fuse = self.folder / "fuse"
        self.log = self.folder / "worker.log"
        self.clock = self.folder / "clock"
        self.clock.write_text("0")
        self.slow = self.folder / "slow"
        self.workers = Workers(
            Orders(
                database=self.name,
                log=str(self.log),
                clock=str(self.clock),
                slow=str(self.slow),
                look_for_seconds=LOOK_FOR_SECONDS,
                settings={
                    "DATA_DIR": self.folder,
                    "LEDGER_STATE_FILE": self.folder / "ledger" / "head.json",
                    "LEDGER_ANCHOR_DIR": self.folder / "ledger" / "checkpoints",
                    "SCP_URL_TEMPLATE": self.scp.url,
                },
            )
        )

    def __enter__(self) -> Self:
        use_database(self.name)
        settings.SCP_URL_TEMPLATE = self.scp.url
        self.scp.options.update(
            {
                "burst_calls": None,
                "image_grace_seconds": 0.2,
                "image_queued_until_seconds": 0.4,
                "image_done_seconds": 0.8,
            }
        )
        self.scp.add_key(ACCESS_KEY, SECRET_KEY)
        self.scp.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.workers.end()
        self.scp.stop()
        leave_database()
        self.database.drop(self.name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def key_of(self, person: str = "alice") -> AccessKey:
        return AccessKey.objects.get(alias=f"{person}'s key")

    @property
    def requests(self) -> list[ImageRequest]:
        return list(ImageRequest.objects.order_by("recorded_at", "id"))

    @property
    def request(self) -> ImageRequest:
        """The only request of the case, or the first."""
        return self.requests[0]

    @property
    def has_struck(self) -> bool:
        return self.fuse.exists()

    def server(self, number: int = 0) -> Server:
        """Return the stand-in's server of that number, made when it is first asked for."""
        while len(self.scp.servers) <= number:
            self.scp.add_server(Server(name=f"host-{len(self.scp.servers):03}"))
        return self.scp.servers[number]

    def ask(self, number: int = 0, **changes: Any) -> ImageRequest:
        """Record the wish for an image of a server, as the page does."""
        server = read_server(self.server(number).as_json((1, 3)))
        assert server is not None
        key = changes.pop("key", None) or self.key_of()
        values: dict[str, Any] = {
            "actor": key.owner,
            "key": key,
            "server": server,
            "image_name": f"image-{uuid.uuid4().hex[:12]}",
            "reason": "before the kernel update",
            "ticket": "CHG-1",
            "token": uuid.uuid4(),
            "language": "en-US",
        }
        return ask(**{**values, **changes}).request

    def start_workers(self, trouble: Trouble | None = None) -> None:
        self.workers.start(self.worker_count, trouble)

    def settle(self, *, within: float = GRACE_SECONDS) -> None:
        """Let the workers work, and bring back those that die, until nothing is left open."""
        self.wait(lambda: not unsettled().exists(), within=within)

    def wait(self, is_so: Callable[[], bool], *, within: float = GRACE_SECONDS) -> None:
        """Raises Broken when it does not become so in time."""
        deadline = time.monotonic() + within
        while not is_so():
            self.workers.revive()
            if time.monotonic() > deadline:
                states = ", ".join(sorted({each.state for each in self.requests}))
                raise Broken(f"still {states or 'nothing'} after {within:.0f} s")
            time.sleep(0.04)

    def wait_for_image(self) -> None:
        """Until the first request has its image: a person who is called meanwhile may be late."""
        self.wait(lambda: bool(self.request.image_id))

    def wait_for(self, state: State) -> None:
        self.wait(lambda: self.request.state == state)

    def wait_for_workers(self) -> None:
        """Until every one of them has said that it lives."""
        self.wait(lambda: WorkerPulse.objects.count() >= self.worker_count)

    def reconnect(self) -> None:
        """After the database's server was away, and our own connections with it."""
        use_database(self.name)

    @contextlib.contextmanager
    def asleep(self) -> Iterator[None]:
        """Let all workers sleep until the block ends, none of them inside a transaction."""
        with self.database.locked(self.name):
            self.workers.signal(signal.SIGSTOP)
            self.wait(lambda: len(self.workers.stopped()) == self.worker_count)
        try:
            yield
        finally:
            self.workers.signal(signal.SIGCONT)

    def path(self, asked: ImageRequest) -> list[str]:
        """Return the request's events in their order, without the prefix they share."""
        found = AuditEvent.objects.filter(request=asked).order_by("sequence")
        return [each.removeprefix("request.") for each in found.values_list("action", flat=True)]

    @property
    def scp_port(self) -> int:
        return int(self.scp.url.rpartition(":")[2])

    @property
    def posts(self) -> int:
        return sum(1 for call in self.scp.journal if call.method == "POST")

    @property
    def images(self) -> int:
        """Images that were made with the console's key."""
        return sum(1 for entry in self.scp.ledger if entry.access_key == ACCESS_KEY)


def unsettled() -> QuerySet[ImageRequest]:
    """What is not settled for the matrix: neither certain nor in a person's list."""
    certain = [*SETTLED, State.ACCEPTED]
    return ImageRequest.objects.filter(needs_person=False).exclude(state__in=certain)


def require(holds: bool, why: str) -> None:
    if not holds:
        raise Broken(why)
