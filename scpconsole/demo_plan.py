"""What `make run` runs, with which settings. Django's own are not read here: secrets come first."""

import base64
import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scpconsole.data_folder import ROOT
from scpconsole.processes import Processes, Program
from scpconsole.web_server import web_server

MANAGE = (sys.executable, str(ROOT / "manage.py"))
ROLES = ("operator", "auditor", "administrator")
STANDIN_PLACE = ("demo", "kr-west1")


class Damaged(Exception):
    """A file that an earlier start made cannot be used. Its text is one sentence."""


@dataclass(frozen=True)
class Demo:
    """One start of the demo: where its data are and on which ports it listens."""

    data: Path
    port: int
    scp_port: int

    @property
    def uses_standin(self) -> bool:
        """Whether the caller left the choice of SCP to us."""
        return not _is_given("SCP_URL_TEMPLATE")

    @property
    def address(self) -> str:
        """Where people reach the console: what the caller said, or this machine and port."""
        return os.environ.get("CONSOLE_URL") or f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """Return what is added to the environment; what the caller set already stays.

        Raises Damaged when a secret cannot be kept.
        """
        wanted = {
            "CONSOLE_DATA_DIR": str(self.data),
            "CONSOLE_URL": self.address,
            "DJANGO_SETTINGS_MODULE": "scpconsole.settings",
            "LOG_FORMAT": "line",
            "LOG_LEVEL": "WARNING",
        }
        if self.uses_standin:
            wanted["SCP_URL_TEMPLATE"] = f"http://127.0.0.1:{self.scp_port}"
            wanted["SCP_ALLOW_LOOPBACK"] = "on"
            wanted["SCP_ENVIRONMENTS"] = "=".join(STANDIN_PLACE)
        added = {name: value for name, value in wanted.items() if not _is_given(name)}
        if not _is_given("SECRET_KEY"):
            path = _kept(self.data / "secret_key.txt", secrets.token_urlsafe(64))
            added["SECRET_KEY_FILE"] = str(path)
        if not _is_given("KEYRING"):
            master = base64.b64encode(secrets.token_bytes(32)).decode()
            added["KEYRING_FILE"] = str(_kept(self.data / "keyring.txt", master))
        if not _is_given("LEDGER_KEY"):
            seed = base64.b64encode(secrets.token_bytes(32)).decode()
            added["LEDGER_KEY_FILE"] = str(_kept(self.data / "ledger_key.txt", seed))
        return added

    def prepare(self, processes: Processes) -> bool:
        """Bring the database, static files and accounts up to date.

        False when a step failed or somebody asked to stop. Raises Damaged.
        """
        steps = (
            ((*MANAGE, "migrate", "--noinput", "--verbosity", "0"), ""),
            ((*MANAGE, "collectstatic", "--noinput", "--verbosity", "0"), ""),
            ((*MANAGE, "prepare_demo"), json.dumps(self._seed())),
        )
        settings = self.settings()
        return all(
            processes.finish(Program("preparation", command, settings), given=given)
            for command, given in steps
        )

    def programs(self) -> list[Program]:
        """Return the processes in the order of their start."""
        settings = self.settings()
        programs = [
            Program("worker", (*MANAGE, "worker"), settings, is_quiet=True),
            Program("web server", web_server(listen=f"127.0.0.1:{self.port}"), settings),
        ]
        return [self._standin(), *programs] if self.uses_standin else programs

    def greeting(self) -> str:
        """Return what is printed once all is up: one address and the demo accounts."""
        lines = [f"SCP image console: {self.address}/", ""]
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
        fresh = {role: secrets.token_urlsafe(12) for role in ROLES}
        return _kept_texts(self.data / "accounts.json", fresh)

    def _standin_key(self) -> dict[str, str]:
        fresh = {
            "access_key": f"STANDIN{secrets.token_hex(8).upper()}",
            "secret_key": secrets.token_urlsafe(30),
        }
        return _kept_texts(self.data / "standin_key.json", fresh)

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


def _is_given(name: str) -> bool:
    """Whether the caller set it, by itself or by a file, as every setting may be."""
    return name in os.environ or f"{name}_FILE" in os.environ


def _kept_texts(path: Path, fresh: dict[str, str]) -> dict[str, str]:
    """Return the texts of the file, made if it is not there. Raises Damaged when one is missing."""
    try:
        found = json.loads(_kept(path, json.dumps(fresh)).read_bytes())
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(_is_text(found.get(name)) for name in fresh):
        raise Damaged(
            f"“{path}” is damaged. Put it back as it was, or delete its folder to start afresh."
        )
    return {name: found[name] for name in fresh}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _kept(path: Path, fresh: str) -> Path:
    """Return the file, made with `fresh` for this account's eyes alone if it is not there."""
    if path.exists():
        return path
    # Written aside and moved, so that a start that is cut short leaves no half secret.
    aside = path.with_suffix(".new")
    try:
        aside.touch(mode=0o600)
        aside.write_text(fresh)
        aside.rename(path)
    except OSError as error:
        raise Damaged(f"“{path}” cannot be written: {error.strerror}.") from error
    return path
