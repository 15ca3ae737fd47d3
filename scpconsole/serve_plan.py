"""What `make serve` runs, and on which address. The worker and the web server read the rest."""

import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from scpconsole.data_folder import ROOT
from scpconsole.env import env_int, env_listen
from scpconsole.processes import Program
from scpconsole.web_server import WEB_THREADS, web_server

MANAGE = (sys.executable, str(ROOT / "manage.py"))
PARTS = ("all", "web", "worker")
_SETTINGS = {"DJANGO_SETTINGS_MODULE": "scpconsole.settings"}


@dataclass(frozen=True)
class Service:
    """One start: which part of the console runs here, and how much at once."""

    part: str
    listen: str
    web_processes: int
    web_threads: int
    worker_threads: int

    @classmethod
    def of_environment(cls, part: str) -> "Service":
        """Raises SettingError."""
        return cls(
            part=part,
            listen=env_listen("LISTEN", default="127.0.0.1:8000"),
            web_processes=env_int("WEB_PROCESSES", default=1, low=1, high=16),
            web_threads=env_int("WEB_THREADS", default=WEB_THREADS, low=WEB_THREADS, high=200),
            worker_threads=env_int("WORKER_THREADS", default=4, low=1, high=64),
        )

    @property
    def serves_pages(self) -> bool:
        return self.part != "worker"

    @property
    def host(self) -> str:
        return urlsplit(f"//{self.listen}").hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(f"//{self.listen}").port or 0

    def preparation(self) -> Program:
        """Return the one step that comes first, and refuses what is unsafe."""
        return Program("preparation", (*MANAGE, "prepare_serve", "--part", self.part), _SETTINGS)

    def programs(self) -> list[Program]:
        """Return the processes in the order of their start."""
        work = (*MANAGE, "worker", "--threads", str(self.worker_threads))
        worker = Program("worker", work, _SETTINGS, is_quiet=True)
        page = web_server(
            listen=self.listen, processes=self.web_processes, threads=self.web_threads
        )
        web = Program("web server", page, _SETTINGS)
        return {"all": [worker, web], "web": [web], "worker": [worker]}[self.part]
