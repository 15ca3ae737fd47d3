"""Settings: an odd value stops the start with one sentence that names the variable."""

import base64
import re
import sys
from pathlib import Path

import pytest

from scpconsole import env
from tests.project.starting import MASTER, SECRET_KEY, environment, manage, run

ODD: list[tuple[str, str | None]] = [
    ("SECRET_KEY", None),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "   "),
    ("KEYRING", None),
    ("KEYRING", ""),
    ("LEDGER_KEY", None),
    ("LEDGER_KEY", ""),
    ("LEDGER_ANCHOR_URL", "archive.example.com"),
    ("LEDGER_ANCHOR_URL", "https://[archive"),
    ("LEDGER_ANCHOR_URL", "https://user:password@archive.example.com/heads"),
    ("LEDGER_ANCHOR_URL", "file:///etc/passwd"),
    ("RETENTION_YEARS", "1"),
    ("EMAIL_PORT", "0"),
    ("SESSION_IDLE_MINUTES", "4"),
    ("SESSION_HOURS", "25"),
    ("CONSOLE_DATA_DIR", ""),
    ("CONSOLE_DATA_DIR", "  "),
    ("DEBUG", "maybe"),
    ("CONSOLE_URL", "console.example.com"),
    ("CONSOLE_URL", "https://console.example.com/path"),
    ("CONSOLE_URL", "https://someone@console.example.com"),
    ("CONSOLE_URL", "https://console.example.com:port"),
    ("CONSOLE_URL", "ftp://console.example.com"),
    ("SCP_URL_TEMPLATE", "http://virtualserver.{region}.{environment}.samsungsdscloud.com"),
    ("SCP_URL_TEMPLATE", "http://127.0.0.1:9009"),
    ("SCP_URL_TEMPLATE", "https://localhost"),
    ("SCP_URL_TEMPLATE", "https://10.0.0.1"),
    ("SCP_URL_TEMPLATE", "https://{region}.example.com/v1"),
    ("SCP_URL_TEMPLATE", "https://{zone}.example.com"),
    ("SCP_URL_TEMPLATE", ""),
    ("SCP_ENVIRONMENTS", ""),
    ("SCP_ENVIRONMENTS", "e"),
    ("SCP_ENVIRONMENTS", "e=kr-west1,"),
    ("SCP_ENVIRONMENTS", "e=kr-west1 e=kr-east1"),
    ("SCP_ENVIRONMENTS", "e=kr.west1"),
    ("SCP_ENVIRONMENTS", "E=kr-west1"),
    ("SCP_ALLOW_LOOPBACK", "2"),
    ("SCP_CA_BUNDLE", "/nowhere/ca.pem"),
    ("SCP_TOTAL_SECONDS", "abc"),
    ("SCP_TOTAL_SECONDS", "0"),
    ("SCP_TOTAL_SECONDS", "1.5"),
    ("SCP_TOTAL_SECONDS", "9999999999999999999999"),
    ("SCP_LIST_FRESH_SECONDS", "-1"),
    ("CONSOLE_TIME_ZONE", "Mars/Olympus"),
    ("CONSOLE_LANGUAGE", "de"),
    ("LOG_LEVEL", "LOUD"),
    ("DATABASE_URL", "console.sqlite3"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "mysql://user:password@db.example.com/console"),
    ("DATABASE_URL", "postgres://user:password@db.example.com"),
    ("DATABASE_URL", "postgres://user:password@db.example.com/"),
    ("DATABASE_URL", "postgres://user:password@db.example.com:port/console"),
    ("DATABASE_URL", "postgres://user:password@[db.example.com/console"),
    ("DATABASE_CONNECTIONS", "0"),
    ("DATABASE_LOCK_SECONDS", "soon"),
    ("DATABASE_STATEMENT_SECONDS", "-1"),
    ("TASK_QUEUE", "redis"),
    ("KEY_WRAPPER", "aws"),
    ("METRICS_TOKEN", "too-short"),
    ("METRICS_TOKEN", "with a space 0123456789 0123456789"),
    ("PROOF_MINUTES", "0"),
    ("TRUSTED_PROXIES", "-1"),
    ("OIDC_ISSUER", "http://id.example.com"),
    ("OIDC_ISSUER", "https://id.example.com/?realm=1"),
    ("OIDC_CA", "/nowhere/ca.pem"),
    ("SECOND_FACTOR_ROLES", "operator boss"),
]
TRANSIT = {
    "KEY_WRAPPER": "transit",
    "VAULT_URL": "https://vault.example.com:8200",
    "VAULT_TOKEN": "hvs.password",
}


@pytest.mark.parametrize(("name", "value"), ODD)
def test_an_odd_value_is_named_in_one_sentence(
    tmp_path: Path, name: str, value: str | None
) -> None:
    ended = manage("check", env=environment(tmp_path, **{name: value}))
    assert ended.code == 1
    assert re.fullmatch(rf"The console cannot start\. [^\n]*\b{name}\b[^\n]*\.\n", ended.text)
    assert SECRET_KEY not in ended.text
    assert MASTER not in ended.text
    assert "password" not in ended.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VAULT_URL", None),
        ("VAULT_URL", "http://vault.example.com:8200"),
        ("VAULT_URL", "https://user:password@vault.example.com"),
        ("VAULT_TOKEN", None),
        ("VAULT_KEY_NAME", "../sys/seal"),
        ("VAULT_MOUNT", ""),
        ("VAULT_CA", "/nowhere/ca.pem"),
    ],
)
def test_an_odd_value_of_the_wrapper_is_named(tmp_path: Path, name: str, value: str | None) -> None:
    ended = manage("check", env=environment(tmp_path, **{**TRANSIT, name: value}))
    assert ended.code == 1
    assert re.fullmatch(rf"The console cannot start\. [^\n]*\b{name}\b[^\n]*\.\n", ended.text)
    assert "password" not in ended.text


@pytest.mark.parametrize("name", ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"])
def test_single_sign_on_needs_what_it_is_known_by(tmp_path: Path, name: str) -> None:
    service = {
        "OIDC_ISSUER": "https://id.example.com",
        "OIDC_CLIENT_ID": "console",
        "OIDC_CLIENT_SECRET": "made up",
    }
    assert manage("check", env=environment(tmp_path, **service)).code == 0
    ended = manage("check", env=environment(tmp_path, **{**service, name: None}))
    assert ended.code == 1
    assert re.fullmatch(rf"The console cannot start\. [^\n]*\b{name}\b[^\n]*\.\n", ended.text)


def test_the_wrapper_asks_for_what_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hvac", None)
    with pytest.raises(env.SettingError, match=r"-r requirements-vault\.txt”\.$"):
        env.require_installed("hvac", named_by="It is set", file="requirements-vault.txt")


@pytest.mark.parametrize("entry", ["no base64!", base64.b64encode(b"only this").decode()])
def test_a_keyring_that_holds_no_key_is_named_and_not_shown(tmp_path: Path, entry: str) -> None:
    ended = manage("check", env=environment(tmp_path, KEYRING=f"{MASTER} {entry}"))
    assert ended.code == 1
    assert "KEYRING holds an entry" in ended.text
    assert "Traceback" not in ended.text
    assert entry not in ended.text
    assert MASTER not in ended.text


def test_what_is_right_starts(tmp_path: Path) -> None:
    ended = manage("check", env=environment(tmp_path))
    assert ended.code == 0
    assert ended.text.startswith("System check identified no issues")


def test_loopback_is_served_only_when_allowed(tmp_path: Path) -> None:
    wanted = {"SCP_URL_TEMPLATE": "http://127.0.0.1:9009", "SCP_ALLOW_LOOPBACK": "on"}
    assert manage("check", env=environment(tmp_path, **wanted)).code == 0


class TestFiles:
    def test_a_secret_may_stand_in_a_file_that_ends_with_a_line(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text(f"{SECRET_KEY}\n")
        (tmp_path / "keyring").write_text(f"{MASTER}\n")
        ended = run(
            "-c",
            "from scpconsole import settings; print([settings.SECRET_KEY, settings.KEYRING])",
            env=environment(
                tmp_path,
                SECRET_KEY=None,
                KEYRING=None,
                SECRET_KEY_FILE=str(tmp_path / "secret"),
                KEYRING_FILE=str(tmp_path / "keyring"),
            ),
        )
        assert (ended.code, ended.text) == (0, f"{[SECRET_KEY, [MASTER]]}\n")

    @pytest.mark.parametrize("place", ["nowhere", "."])
    def test_a_file_that_cannot_be_read_is_named(self, tmp_path: Path, place: str) -> None:
        path = str(tmp_path / place)
        ended = manage("check", env=environment(tmp_path, SECRET_KEY=None, SECRET_KEY_FILE=path))
        assert ended.code == 1
        assert re.fullmatch(
            r"The console cannot start\. SECRET_KEY_FILE names a file that cannot be read[^\n]*\n",
            ended.text,
        )

    def test_a_file_of_raw_bytes_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "keyring").write_bytes(b"\xe2\x00" * 16)
        wanted = {"KEYRING": None, "KEYRING_FILE": str(tmp_path / "keyring")}
        ended = manage("check", env=environment(tmp_path, **wanted))
        assert re.fullmatch(r"The console cannot start\. KEYRING_FILE [^\n]*\.\n", ended.text)

    def test_an_empty_file_is_an_empty_secret(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("\n")
        wanted = {"SECRET_KEY": None, "SECRET_KEY_FILE": str(tmp_path / "secret")}
        ended = manage("check", env=environment(tmp_path, **wanted))
        assert (ended.code, ended.text[:46]) == (
            1,
            "The console cannot start. SECRET_KEY is empty.",
        )


class TestPostgres:
    URL = "postgres://console:p%40ss@db.example.com:5433/images?sslmode=require"

    def test_the_address_is_taken_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", self.URL)
        found = env.env_database("DATABASE_URL", default="")
        assert found["ENGINE"] == "scpconsole.postgresql"
        assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.com", 5433, "images")
        assert (found["USER"], found["PASSWORD"]) == ("console", "p@ss")
        assert found["OPTIONS"] == {"sslmode": "require"}

    @pytest.mark.parametrize("part", ["psycopg", "psycopg_pool", "procrastinate"])
    def test_a_missing_driver_is_named_with_its_requirements(
        self, monkeypatch: pytest.MonkeyPatch, part: str
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", self.URL)
        monkeypatch.setitem(sys.modules, part, None)
        with pytest.raises(env.SettingError, match=r"^DATABASE_URL .*requirements-postgres\.txt"):
            env.env_database("DATABASE_URL", default="")

    def test_pool_timeouts_and_the_queue(self, tmp_path: Path) -> None:
        wanted = {
            "DATABASE_URL": self.URL,
            "DATABASE_CONNECTIONS": "9",
            "DATABASE_LOCK_SECONDS": "3",
            "DATABASE_STATEMENT_SECONDS": "0",
            "TASK_QUEUE": "procrastinate",
        }
        show = "from scpconsole.settings import *; print(DATABASES['default'], TASKS, WORKER_HANDS)"
        ended = run("-c", show, env=environment(tmp_path, **wanted))
        assert ended.code == 0, ended.text
        assert "'max_size': 9" in ended.text
        assert "lock_timeout=3s -c statement_timeout=0s" in ended.text
        assert "'sslmode': 'require'" in ended.text
        assert "PRAGMA" not in ended.text
        assert "ProcrastinateBackend" in ended.text
        assert "ProcrastinateHands" in ended.text

    def test_procrastinate_without_postgresql_is_refused(self, tmp_path: Path) -> None:
        wanted = {"TASK_QUEUE": "procrastinate", "DATABASE_URL": f"sqlite:///{tmp_path / 'db'}"}
        ended = manage("check", env=environment(tmp_path, **wanted))
        assert ended.lines == [
            "The console cannot start. "
            "TASK_QUEUE=procrastinate needs PostgreSQL: set DATABASE_URL, too."
        ]

    def test_more_threads_than_connections_are_refused(self, tmp_path: Path) -> None:
        wanted = {"DATABASE_URL": self.URL, "DATABASE_CONNECTIONS": "8"}
        ended = manage("worker", "--threads", "8", env=environment(tmp_path, **wanted))
        assert ended.lines == ["CommandError: --threads must be less than DATABASE_CONNECTIONS."]


class TestValues:
    """The readers themselves, with values that are right."""

    @pytest.mark.parametrize(
        ("text", "value"),
        [("on", True), ("YES", True), (" 1 ", True), ("off", False), ("0", False)],
    )
    def test_switches(self, monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
        monkeypatch.setenv("A_SWITCH", text)
        assert env.env_bool("A_SWITCH", default=not value) is value

    def test_numbers_at_their_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for text in ("2", "600"):
            monkeypatch.setenv("A_NUMBER", text)
            assert env.env_int("A_NUMBER", default=5, low=2, high=600) == int(text)

    def test_a_secret_may_begin_with_a_dollar(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("A_SECRET", "$HOME")
        assert env.env_secret("A_SECRET") == "$HOME"

    @pytest.mark.parametrize("origin", ["https://console.example.com", "http://127.0.0.1:8000"])
    def test_origins(self, monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
        monkeypatch.setenv("AN_ORIGIN", origin)
        assert env.env_origin("AN_ORIGIN", default="") == origin

    def test_places(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PLACES", " e=kr-west1,kr-east1  g=kr-south1 ")
        assert env.env_places("PLACES", default="") == {
            "e": ("kr-west1", "kr-east1"),
            "g": ("kr-south1",),
        }
