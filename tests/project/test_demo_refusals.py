"""`python -m scpconsole.demo` refuses in one sentence, and never with a traceback."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from scpconsole.demo_plan import Demo
from tests.project.starting import ROOT
from tests.project.test_demo import END_SECONDS, demo, descendants, greeting, is_alive
from tests.services.asking import closed_port


def refusal(folder: Path | str, *arguments: str, **settings: str) -> str:
    """Return the one line that a refused start prints."""
    process = demo(Path(), *arguments, **{"CONSOLE_DATA_DIR": str(folder), **settings})
    text, _ = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 1, text
    assert len(text.splitlines()) == 1, text
    return text.strip()


@pytest.mark.parametrize("port", ["99999", "65536", "0", "-1", "abc", "80 80", "1e3", "８０００"])
def test_a_port_that_is_none(tmp_path: Path, port: str) -> None:
    said = refusal(tmp_path, "--port", port)
    assert said == f"PORT must be a whole number from 1 to 65535, not “{port}”."


def test_the_stand_ins_port_too(tmp_path: Path) -> None:
    said = refusal(tmp_path, "--scp-port", "65536")
    assert said == "SCP_PORT must be a whole number from 0 to 65535, not “65536”."


class TestDataFolder:
    def test_one_that_is_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_text("")
        said = refusal(path)
        assert said == f"CONSOLE_DATA_DIR must name a folder, and “{path}” cannot be one: " + (
            "it is a file."
        )

    def test_one_below_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        assert refusal(tmp_path / "file" / "data").startswith("CONSOLE_DATA_DIR must name a folder")

    @pytest.mark.parametrize("value", ["", "  "])
    def test_one_without_a_name_writes_nothing_into_the_sources(self, value: str) -> None:
        assert refusal(value).startswith("CONSOLE_DATA_DIR is empty. Name a folder")
        for name in ("running.lock", "secret_key.txt", "accounts.json", "console.sqlite3"):
            assert not (ROOT / name).exists()

    def test_one_that_another_console_runs_with(self, tmp_path: Path) -> None:
        with demo(tmp_path, "--port", str(closed_port())) as first:
            greeting(first)
            said = refusal(tmp_path, "--port", str(closed_port()))
            first.send_signal(signal.SIGTERM)
            first.communicate(timeout=END_SECONDS)
        assert said.startswith(f"Another console runs with the data folder “{tmp_path}”.")
        assert first.returncode == 0


@pytest.mark.parametrize("name", ["accounts.json", "standin_key.json"])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"null", b'{"operator": 1}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_file_of_an_earlier_start_that_is_damaged(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    said = refusal(tmp_path, "--port", str(closed_port()))
    assert said == (
        f"“{path}” is damaged. Put it back as it was, or delete its folder to start afresh."
    )
    assert path.read_bytes() == content


class TestEndings:
    def test_ctrl_c_during_the_preparation_is_silent(self, tmp_path: Path) -> None:
        process = demo(tmp_path, "--port", str(closed_port()))
        everybody = _until_a_child_runs(process)
        process.send_signal(signal.SIGINT)
        text, _ = process.communicate(timeout=END_SECONDS)
        assert (process.returncode, text) == (0, "")
        assert not any(is_alive(pid) for pid in everybody)

    @pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
    def test_nobody_outlives_the_supervisor(self, tmp_path: Path, number: signal.Signals) -> None:
        with demo(tmp_path, "--port", str(closed_port())) as process:
            greeting(process)
            everybody = descendants(process.pid)
            process.send_signal(number)
            process.communicate(timeout=END_SECONDS)
        assert len(everybody) >= 3
        _until_all_have_ended(everybody)


def test_a_setting_that_is_given_by_a_file_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = ("SECRET_KEY", "KEYRING", "LEDGER_KEY")
    names = (*secrets, "SCP_URL_TEMPLATE", "CONSOLE_URL", "CONSOLE_DATA_DIR")
    others = ("LOG_FORMAT", "LOG_LEVEL", "DJANGO_SETTINGS_MODULE")
    for name in (*names, *others, "SCP_ENVIRONMENTS", "SCP_ALLOW_LOOPBACK"):
        monkeypatch.delenv(name, raising=False)
    made = Demo(tmp_path, 8000, 9009)
    by_itself = made.settings()
    assert made.uses_standin
    assert {"SCP_URL_TEMPLATE", "SECRET_KEY_FILE", "KEYRING_FILE"} <= set(by_itself)
    for name in names:
        monkeypatch.setenv(f"{name}_FILE", "/run/secrets/given")
    assert not made.uses_standin
    assert made.settings() == {
        "DJANGO_SETTINGS_MODULE": "scpconsole.settings",
        "LOG_FORMAT": "line",
        "LOG_LEVEL": "WARNING",
    }
    assert [each.name for each in made.programs()] == ["worker", "web server"]


def test_each_file_alone_is_heeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCP_URL_TEMPLATE", raising=False)
    monkeypatch.delenv("SCP_ENVIRONMENTS", raising=False)
    monkeypatch.setenv("SCP_ENVIRONMENTS_FILE", "/run/secrets/given")
    settings = Demo(tmp_path, 8000, 9009).settings()
    assert "SCP_ENVIRONMENTS" not in settings
    assert settings["SCP_URL_TEMPLATE"] == "http://127.0.0.1:9009"


def _until_a_child_runs(process: subprocess.Popen[str]) -> list[int]:
    deadline = time.monotonic() + END_SECONDS
    while not (found := descendants(process.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.3)  # well into its work
    return [*found, *descendants(process.pid)]


def _until_all_have_ended(everybody: list[int]) -> None:
    deadline = time.monotonic() + END_SECONDS
    while any(is_alive(pid) for pid in everybody):
        assert time.monotonic() < deadline
        time.sleep(0.05)
