"""What `make serve` refuses, a sentence for each; and what it runs with."""

import socket
from pathlib import Path

import pytest
from django.conf import settings as current
from pytest_django import Settings

from scpconsole.env import SettingError
from scpconsole.serve_plan import Service
from scpconsole.serve_rules import SECRETS, dangers
from tests.project.served import serve_environment
from tests.project.starting import manage, run
from tests.services.asking import closed_port

SERVICE = Service("all", "127.0.0.1:8000", web_processes=1, web_threads=16, worker_threads=4)
OPEN_TO_THE_NETWORK = Service("all", "0.0.0.0:8000", 1, 16, 4)  # noqa: S104  (of a container)


@pytest.fixture(autouse=True)
def sound(settings: Settings, tmp_path: Path) -> None:
    """Settings that nothing is wrong with; each test spoils one."""
    tmp_path.chmod(0o700)
    settings.DEBUG = False
    settings.CONSOLE_URL = "https://console.example.com"
    settings.ALLOWED_HOSTS = ["console.example.com"]
    settings.TRUSTED_PROXIES = 1
    settings.SCP_ALLOW_LOOPBACK = False
    settings.DATA_DIR = tmp_path
    settings.IS_POSTGRES = False
    settings.DATABASE_FILE = tmp_path / "console.sqlite3"


def the_one_danger(service: Service = SERVICE) -> str:
    found = dangers(service)
    assert len(found) == 1, found
    return found[0]


def test_nothing_is_wrong() -> None:
    assert dangers(SERVICE) == []
    assert dangers(OPEN_TO_THE_NETWORK) == []


def test_debug(settings: Settings) -> None:
    settings.DEBUG = True
    assert the_one_danger().startswith("DEBUG is on")


class TestPlainHttp:
    def test_over_the_network(self, settings: Settings) -> None:
        settings.CONSOLE_URL = "http://console.example.com"
        assert the_one_danger().startswith("CONSOLE_URL is “http://console.example.com”")

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
    def test_on_this_machine_it_is_let_be(self, settings: Settings, host: str) -> None:
        settings.CONSOLE_URL = f"http://{host}:8000"
        settings.ALLOWED_HOSTS = [host]
        assert dangers(SERVICE) == []

    def test_but_not_while_the_network_can_reach_it(self, settings: Settings) -> None:
        settings.CONSOLE_URL, settings.ALLOWED_HOSTS = "http://localhost:8000", ["localhost"]
        assert the_one_danger(OPEN_TO_THE_NETWORK).startswith("LISTEN is “0.0.0.0:8000”, open")


class TestTheProxyInFront:
    def test_it_is_counted(self, settings: Settings) -> None:
        settings.TRUSTED_PROXIES = 0
        assert the_one_danger().startswith("TRUSTED_PROXIES is 0, while CONSOLE_URL is https")

    def test_several_are_fine(self, settings: Settings) -> None:
        settings.TRUSTED_PROXIES = 3
        assert dangers(SERVICE) == []

    def test_on_this_machine_there_is_none(self, settings: Settings) -> None:
        settings.CONSOLE_URL, settings.ALLOWED_HOSTS = "http://localhost:8000", ["localhost"]
        settings.TRUSTED_PROXIES = 0
        assert dangers(SERVICE) == []

    def test_a_worker_alone_needs_none(self, settings: Settings) -> None:
        settings.TRUSTED_PROXIES = 0
        assert dangers(Service("worker", "127.0.0.1:80", 1, 16, 4)) == []


def test_the_stand_ins_permission(settings: Settings) -> None:
    settings.SCP_ALLOW_LOOPBACK = True
    assert the_one_danger().startswith("SCP_ALLOW_LOOPBACK is on")


@pytest.mark.parametrize("key", ["brief-key", "ab" * 30, "django-insecure-" + "0123456789" * 5])
def test_a_weak_secret_key(settings: Settings, key: str) -> None:
    settings.SECRET_KEY = key
    said = the_one_danger()
    assert said.startswith("SECRET_KEY is too short or too plain")
    assert key not in said


def test_one_key_for_two_ends(settings: Settings) -> None:
    settings.KEYRING = [*current.KEYRING, current.LEDGER_KEY]
    assert the_one_danger().startswith("LEDGER_KEY is one of the masters in KEYRING")


class TestFiles:
    @pytest.mark.parametrize("name", SECRETS)
    @pytest.mark.parametrize(("mode", "is_refused"), [
        (0o644, True), (0o604, True), (0o660, True), (0o602, True), (0o600, False), (0o400, False),
        (0o640, False),  # of a group that only the console is in, as systemd's and Debian's are
    ])  # fmt: skip
    def test_of_secrets(
        self,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        name: str,
        mode: int,
        is_refused: bool,  # noqa: FBT001  (a parameter of the table)
    ) -> None:
        path = tmp_path / "secret"
        path.write_text("kept")
        path.chmod(mode)
        monkeypatch.setenv(f"{name}_FILE", str(path))
        found = dangers(SERVICE)
        assert bool(found) == is_refused, found
        assert all(said.startswith(f"{name}_FILE names “{path}”") for said in found)

    def test_a_data_folder_that_others_may_open(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o750)
        assert the_one_danger().startswith(f"CONSOLE_DATA_DIR names “{tmp_path}”, which other")

    @pytest.mark.parametrize("name", ["accounts.json", "standin_key.json"])
    def test_the_folder_of_the_demo(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("{}")
        assert "which holds the demo of “make run”" in the_one_danger()

    def test_a_database_elsewhere_that_others_may_read(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        path = tmp_path / "elsewhere.sqlite3"
        path.write_text("")
        path.chmod(0o644)
        settings.DATA_DIR = tmp_path / "data"
        settings.DATABASE_FILE = path
        assert the_one_danger().startswith(f"The database “{path}” may be read")
        path.chmod(0o640)
        assert dangers(SERVICE) == []


class TestNumbers:
    def test_several_processes_on_sqlite(self) -> None:
        assert the_one_danger(Service("web", "127.0.0.1:80", 2, 16, 4)).startswith("WEB_PROCESSES")

    def test_more_threads_than_connections(self, settings: Settings) -> None:
        settings.IS_POSTGRES, settings.DATABASE_CONNECTIONS = True, 16
        assert the_one_danger().startswith("WEB_THREADS must be less")

    def test_a_worker_alone_serves_no_page(self, settings: Settings) -> None:
        settings.IS_POSTGRES, settings.DATABASE_CONNECTIONS = True, 16
        assert dangers(Service("worker", "127.0.0.1:80", 2, 16, 4)) == []

    @pytest.mark.parametrize(("name", "value"), [
        ("LISTEN", "8000"), ("LISTEN", "127.0.0.1:0"), ("LISTEN", "127.0.0.1:65536"),
        ("LISTEN", "127.0.0.1:8000 --reload"), ("LISTEN", "unix:/run/it"), ("LISTEN", ""),
        ("WEB_THREADS", "15"), ("WEB_PROCESSES", "0"), ("WORKER_THREADS", "65"),
    ])  # fmt: skip
    def test_odd_ones_are_named(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(SettingError, match=f"^{name} must"):
            Service.of_environment("all")


class TestForReal:
    def test_every_danger_gets_its_line_and_nothing_else_happens(self, tmp_path: Path) -> None:
        env = serve_environment(
            tmp_path,
            DEBUG="on",
            CONSOLE_URL="http://console.example.com",
            TRUSTED_PROXIES="0",
            SCP_ALLOW_LOOPBACK="on",
            SCP_URL_TEMPLATE="http://127.0.0.1:9009",
            SECRET_KEY="0123456789",
        )
        before = sorted(tmp_path.iterdir())
        ended = manage("prepare_serve", env=env)
        assert ended.code == 1
        begins = ["DEBUG is on", "CONSOLE_URL is", "SCP_ALLOW_LOOPBACK is on", "SECRET_KEY is too"]
        assert len(ended.lines) == len(begins), ended.text
        for line, begin in zip(ended.lines, begins, strict=True):
            assert line.startswith(f"The console cannot start. {begin}")
        assert sorted(tmp_path.iterdir()) == before

    @pytest.mark.parametrize(("name", "value"), [
        ("SECRET_KEY", None), ("KEYRING", None), ("LEDGER_KEY", None),
        ("SCP_URL_TEMPLATE", "http://127.0.0.1:9009"), ("CONSOLE_DATA_DIR", ""), ("LISTEN", "80"),
    ])  # fmt: skip
    def test_what_is_missing_or_odd_is_one_line(
        self, tmp_path: Path, name: str, value: str | None
    ) -> None:
        ended = run("-m", "scpconsole.serve", env=serve_environment(tmp_path, **{name: value}))
        assert ended.code == 1
        assert len(ended.lines) == 1, ended.text
        assert ended.text.startswith("The console cannot start. ")
        assert name in ended.text

    def test_a_warning_of_djangos_own_checks_stops_it(self, tmp_path: Path) -> None:
        """KEY_WRAPPER with a plain master is one: nothing but `check --deploy` speaks of it."""
        env = serve_environment(
            tmp_path,
            KEY_WRAPPER="transit",
            VAULT_URL=f"http://127.0.0.1:{closed_port()}",
            VAULT_TOKEN="made-up",
        )
        ended = manage("prepare_serve", env=env)
        assert ended.code != 0
        assert "KEYRING holds a plain master key, although KEY_WRAPPER is set." in ended.text
        assert "Traceback" not in ended.text

    def test_an_address_that_somebody_has(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            listen = f"127.0.0.1:{taken.getsockname()[1]}"
            env = serve_environment(tmp_path, LISTEN=listen)
            ended = run("-m", "scpconsole.serve", env=env)
        assert ended.code == 1
        assert ended.lines == [
            f"The console cannot start. LISTEN is “{listen}”: address already in use."
        ]


@pytest.mark.parametrize("url", ["https://console.example.com", "http://127.0.0.1:8000"])
def test_djangos_checks_for_a_deployment_find_nothing(tmp_path: Path, url: str) -> None:
    env = serve_environment(tmp_path, CONSOLE_URL=url)
    ended = manage("check", "--deploy", "--fail-level", "WARNING", env=env)
    assert ended.code == 0, ended.text


def test_over_the_network_in_the_clear_they_warn(tmp_path: Path) -> None:
    """What is silenced for this machine is said of any other host."""
    env = serve_environment(tmp_path, CONSOLE_URL="http://console.example.com")
    ended = manage("check", "--deploy", "--fail-level", "WARNING", env=env)
    assert ended.code == 1
    for number in ("W004", "W008", "W012", "W016"):
        assert f"security.{number}" in ended.text
