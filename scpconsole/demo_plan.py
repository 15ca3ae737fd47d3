"""What `make run` runs, with which settings. Standard library only: settings come after secrets."""

import base64
import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scpconsole.processes import Program

ROOT = Path(__file__).resolve().parent.parent
MANAGE = (sys.executable, str(ROOT / "manage.py"))
ROLES = ("operator", "auditor", "administrator")
STANDIN_PLACE = ("demo", "kr-west1")


@dataclass(frozen=True)
class Demo:
    """One start of the demo: where its data are and on which ports it listens."""

    data: Path
    port: int
    scp_port: int

    @property
    def uses_standin(self) -> bool:
        """Whether the caller left the choice of SCP to us."""
        return "SCP_URL_TEMPLATE" not in os.environ

    def settings(self) -> dict[str, str]:
        """Return what is added to the environment; what the caller set already stays."""
        wanted = {
            "CONSOLE_DATA_DIR": str(self.data),
            "CONSOLE_URL": f"http://127.0.0.1:{self.port}",
            "DJANGO_SETTINGS_MODULE": "scpconsole.settings",
        }
        if "SECRET_KEY" not in os.environ:
            path = _kept(self.data / "secret_key.txt", secrets.token_urlsafe(64))
            wanted["SECRET_KEY_FILE"] = str(path)
        if "KEYRING" not in os.environ:
            master = base64.b64encode(secrets.token_bytes(32)).decode()
            wanted["KEYRING_FILE"] = str(_kept(self.data / "keyring.txt", master))
        if self.uses_standin:
            wanted["SCP_URL_TEMPLATE"] = f"http://127.0.0.1:{self.scp_port}"
            wanted["SCP_ALLOW_LOOPBACK"] = "on"
            wanted["SCP_ENVIRONMENTS"] = "=".join(STANDIN_PLACE)
        return {name: value for name, value in wanted.items() if name not in os.environ}

    def prepare(self) -> bool:
        """Bring the database, static files and accounts up to date; False when a step failed."""
        steps = (
            ((*MANAGE, "migrate", "--noinput", "--verbosity", "0"), ""),
            ((*MANAGE, "collectstatic", "--noinput", "--verbosity", "0"), ""),
            ((*MANAGE, "prepare_demo"), json.dumps(self._seed())),
        )
        environment = {**os.environ, **self.settings()}
        for command, given in steps:
            done = subprocess.run(  # noqa: S603  (our own commands, no shell)
                command, input=given.encode(), env=environment, check=False
            )
            if done.returncode:
                return False
        return True

    def programs(self) -> list[Program]:
        """Return the processes in the order of their start."""
        settings = self.settings()
        programs = [
            Program("worker", (*MANAGE, "worker"), settings, is_quiet=True),
            Program("web server", self._web_server(), settings),
        ]
        return [self._standin(), *programs] if self.uses_standin else programs

    def greeting(self) -> str:
        """Return what is printed once all is up: one address and the demo accounts."""
        lines = [f"SCP image console: http://127.0.0.1:{self.port}/", ""]
        if self.uses_standin:
            lines.append("It talks to a stand-in SCP on this machine; nothing touches the cloud.")
        lines.append("Demo accounts (made at the first start, passwords kept in the data folder):")
        accounts = self._accounts()
        lines += [f"  {name:<14} {accounts[name]}" for name in ROLES]
        return "\n".join([*lines, "", "Ctrl-C stops everything; the data stay."])

    def _seed(self) -> dict[str, Any]:
        key = self._standin_key() if self.uses_standin else None
        place = {"environment": STANDIN_PLACE[0], "region": STANDIN_PLACE[1]}
        return {"accounts": self._accounts(), "key": {**key, **place} if key else None}

    def _accounts(self) -> dict[str, str]:
        made = json.dumps({role: secrets.token_urlsafe(12) for role in ROLES})
        found: dict[str, str] = json.loads(_kept(self.data / "accounts.json", made).read_text())
        return found

    def _standin_key(self) -> dict[str, str]:
        made = {
            "access_key": f"STANDIN{secrets.token_hex(8).upper()}",
            "secret_key": secrets.token_urlsafe(30),
        }
        path = _kept(self.data / "standin_key.json", json.dumps(made))
        found: dict[str, str] = json.loads(path.read_text())
        return found

    def _standin(self) -> Program:
        key = self._standin_key()
        command = (
            *(sys.executable, "-m", "scpconsole.sandbox"),
            *("--port", str(self.scp_port), "--seed-servers", "60"),
            *("--state", str(self.data / "standin.json")),
        )
        # Not on the command line, which everybody on the machine can read.
        secret = {
            "SANDBOX_ACCESS_KEY": key["access_key"],
            "SANDBOX_SECRET_KEY": key["secret_key"],
            "PYTHONPATH": str(ROOT),
        }
        return Program("stand-in SCP", command, secret, is_quiet=True)

    def _web_server(self) -> tuple[str, ...]:
        return (
            *(sys.executable, "-m", "gunicorn", "scpconsole.wsgi"),
            *("--bind", f"127.0.0.1:{self.port}", "--chdir", str(ROOT)),
            # Threads, so that a slow cloud blocks nobody; one process, for this is a demo.
            *("--worker-class", "gthread", "--workers", "1", "--threads", "16"),
            *("--preload", "--no-control-socket", "--log-level", "warning"),
            *("--graceful-timeout", "35", "--timeout", "120"),
        )


def _kept(path: Path, fresh: str) -> Path:
    """Return the file, made with `fresh` for this account's eyes alone if it is not there."""
    if not path.exists():
        # Written aside and moved, so that a start that is cut short leaves no half secret.
        aside = path.with_suffix(".new")
        aside.touch(mode=0o600)
        aside.write_text(fresh)
        aside.rename(path)
    return path
