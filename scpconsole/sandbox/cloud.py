"""Everything that exists in the stand-in at one moment, behind one lock."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from scpconsole.sandbox.bursts import Bursts
from scpconsole.sandbox.clock import Clock, iso
from scpconsole.sandbox.faults import Faults
from scpconsole.sandbox.images import Image
from scpconsole.sandbox.journal import Call, LedgerEntry
from scpconsole.sandbox.keys import ALL_RIGHTS, MAIN_ACCOUNT, Key, Keyring
from scpconsole.sandbox.life import planned
from scpconsole.sandbox.options import Options
from scpconsole.sandbox.seed import public_images, seeded_servers
from scpconsole.sandbox.servers import Server
from scpconsole.sandbox.state import load, save


class Cloud:
    """Keys, servers, images, switches and the two records. Safe for many threads."""

    def __init__(self, *, seed_servers: int = 60, state_file: Path | None = None) -> None:
        """`seed_servers` servers in the main account. Raises BadState for an odd state file."""
        self.lock = threading.RLock()
        self.clock = Clock()
        self.options = Options()
        self.faults = Faults()
        self.bursts = Bursts()
        self.keyring = Keyring()
        self.used_signatures: set[str] = set()
        self.servers: list[Server] = seeded_servers(seed_servers)
        self.public_images: list[Image] = public_images()
        self._state_file = state_file
        self._journal: list[Call] = []
        self._images, self._ledger = load(state_file)

    @property
    def images(self) -> list[Image]:
        """Every image made by a create call, oldest first; changing one changes its life."""
        with self.lock:
            return list(self._images)

    @property
    def ledger(self) -> list[LedgerEntry]:
        with self.lock:
            return list(self._ledger)

    @property
    def journal(self) -> list[Call]:
        with self.lock:
            return list(self._journal)

    @property
    def today(self) -> date:
        """The day that decides what has expired."""
        chosen = self.options.today
        return date.fromisoformat(chosen) if chosen else self.clock.now().date()

    def add_key(
        self,
        access_key: str,
        secret_key: str,
        *,
        rights: Iterable[str] = ALL_RIGHTS,
        account: str = MAIN_ACCOUNT,
    ) -> Key:
        """Let this key pair sign. `rights` are action names such as virtualserver:ListImages."""
        return self.keyring.add(access_key, secret_key, rights=rights, account=account)

    def add_server(self, server: Server) -> Server:
        self.servers.append(server)
        return server

    def server(self, id_or_name: str) -> Server:
        """The first server with that id or name. Raises KeyError."""
        for server in list(self.servers):
            if id_or_name in {server.id, server.name}:
                return server
        raise KeyError(id_or_name)

    def visible_servers(self, account: str) -> list[Server]:
        return [server for server in list(self.servers) if server.account == account]

    def visible_images(self, account: str) -> Iterator[Image]:
        """Public ones and the account's own, in whatever part of their life."""
        yield from self.public_images
        yield from (image for image in self.images if image.account == account)

    def note(self, call: Call) -> Call:
        with self.lock:
            self._journal.append(call)
        return call

    def may_be_imaged(self, server: Server) -> bool:
        """Whether the server's state allows an image now. Hold the lock until it is made."""
        if server.is_in_transition or server.refuses_images:
            return False
        if server.locked and self.options.locked_servers == "refuse":
            return False
        now_ms = self.clock.now_ms()
        mine = [image for image in self._images if image.server_id == server.id]
        return not any(image.is_under_way(now_ms) for image in mine)

    def make_image(self, server: Server, name: str, *, key: Key, version: str) -> Image:
        """Make an image and enter it in the ledger, and in the state file before returning."""
        now_ms = self.clock.now_ms()
        image = Image(
            name,
            now_ms,
            server_id=server.id,
            account=key.account,
            min_disk_gb=server.disk_gb,
            volume_ids=list(server.volume_ids),
            volumes_form=self.options.image_volumes,
            life=planned(self.options),
        )
        entry = LedgerEntry(
            image.id, server.id, server.name, name, iso(now_ms), key.access_key, version
        )
        with self.lock:
            self._images.append(image)
            self._ledger.append(entry)
            save(self._state_file, self._images, self._ledger)
        return image
