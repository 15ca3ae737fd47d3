"""What web and worker refuse to start on: an old database, a keyring that opens nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from images.models import AccessKey, User
from images.services.starting import CannotStart, refuse_bad_start
from images.vault import open_vault
from tests.people import make_key
from tests.project.starting import MASTER, OTHER_MASTER, environment, manage, run
from tests.services.asking import closed_port
from tests.vault_double import TOKEN, VaultDouble

WEB = ("-c", "import scpconsole.wsgi")
ADD_A_KEY = """
from images.models import AccessKey, User
key = AccessKey(owner=User.objects.create_user("alice"), alias="a", environment="e",
                region="kr-west1", api_version="1.3")
key.seal(access_key="AKEY", secret_key="secret")
key.save()
"""


TAKE_GUARDS_OFF = """
from images import guards
guards.remove("default")
"""
START = """
from images.services.starting import refuse_bad_start
refuse_bad_start()
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a migrated database that holds one access key."""
    folder = tmp_path_factory.mktemp("prepared")
    migrated = manage("migrate", "--verbosity", "0", env=environment(folder))
    assert migrated.code == 0, migrated.text
    added = manage("shell", env=environment(folder), given=ADD_A_KEY)
    assert added.code == 0, added.text
    yield folder


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ((*WEB,), "The console cannot start. "),
        (("manage.py", "worker"), "CommandError: The worker cannot start. "),
    ],
    ids=["web", "worker"],
)
class TestRefusing:
    def test_a_database_that_is_not_up_to_date(
        self, tmp_path: Path, program: tuple[str, ...], words: str
    ) -> None:
        ended = run(*program, env=environment(tmp_path))
        assert ended.code == 1
        assert ended.lines == [f"{words}The database is not up to date: run “manage.py migrate”."]

    def test_a_keyring_that_opens_none_of_the_stored_keys(
        self, prepared: Path, program: tuple[str, ...], words: str
    ) -> None:
        ended = run(*program, env=environment(prepared, KEYRING=OTHER_MASTER))
        assert ended.code == 1
        assert len(ended.lines) == 1
        assert ended.text.startswith(f"{words}KEYRING does not hold the master key")
        assert MASTER not in ended.text
        assert OTHER_MASTER not in ended.text

    def test_data_that_are_older_than_what_was_signed(
        self, prepared: Path, program: tuple[str, ...], words: str
    ) -> None:
        """As after the restore of yesterday's backup."""
        memory = prepared / "ahead.json"
        memory.write_text(json.dumps({"size": 1_000, "root": "00" * 32}))
        ended = run(*program, env=environment(prepared, LEDGER_STATE_FILE=str(memory)))
        assert ended.code == 1
        assert len(ended.lines) == 1, ended.text
        assert ended.text.startswith(f"{words}The signed checkpoint is ahead of the data: 1000")
        assert "acknowledge_ledger" in ended.text

    def test_a_ledger_key_that_is_none(
        self, prepared: Path, program: tuple[str, ...], words: str
    ) -> None:
        ended = run(*program, env=environment(prepared, LEDGER_KEY="c2hvcnQ="))
        assert ended.code == 1
        assert "A signing key has 32 bytes, not 5." in ended.text
        assert "c2hvcnQ=" not in ended.text

    def test_a_database_without_its_guards(
        self, prepared: Path, program: tuple[str, ...], words: str
    ) -> None:
        taken = manage("shell", env=environment(prepared), given=TAKE_GUARDS_OFF)
        assert taken.code == 0, taken.text
        ended = run(*program, env=environment(prepared))
        assert ended.code == 1
        assert ended.text.startswith(f"{words}The database does not guard its records (")
        back = manage("migrate", "--verbosity", "0", env=environment(prepared))
        assert back.code == 0, back.text
        assert manage("shell", env=environment(prepared), given=START).code == 0

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="the database is no file")
    def test_a_data_folder_that_is_not_there(
        self, tmp_path: Path, program: tuple[str, ...], words: str
    ) -> None:
        gone = str(tmp_path / "gone")
        ended = run(*program, env=environment(tmp_path, CONSOLE_DATA_DIR=gone))
        assert ended.code == 1
        assert "Traceback" not in ended.text
        assert words in ended.text

    @pytest.mark.parametrize(
        ("address", "says"),
        [
            ("postgres://console:password@127.0.0.1:{port}/console", "refused"),
            ("postgres://console:password@/{nowhere}/console", "No such file"),
        ],
    )
    def test_a_postgresql_that_is_not_there(
        self, tmp_path: Path, program: tuple[str, ...], words: str, address: str, says: str
    ) -> None:
        pytest.importorskip("psycopg_pool")
        url = address.format(port=closed_port(), nowhere=tmp_path)
        ended = run(*program, env=environment(tmp_path, DATABASE_URL=url))
        assert ended.code == 1
        assert len(ended.lines) == 1, ended.text
        assert ended.text.startswith(f"{words}The database cannot be opened (")
        assert says in ended.text
        assert "DATABASE_URL" in ended.text
        assert "password" not in ended.text

    def test_a_setting_that_is_odd(
        self, prepared: Path, program: tuple[str, ...], words: str
    ) -> None:
        ended = run(*program, env=environment(prepared, LOG_LEVEL="LOUD"))
        assert ended.code == 1
        assert len(ended.lines) == 1
        assert "LOG_LEVEL" in ended.text


def test_a_master_is_unwrapped_at_the_start_or_there_is_none(tmp_path: Path) -> None:
    with VaultDouble() as outside:
        where = {"KEY_WRAPPER": "transit", "VAULT_URL": outside.url, "VAULT_TOKEN": TOKEN}
        made = manage("wrap_master", env=environment(tmp_path, **where))
        assert made.code == 0, made.text
        assert made.text.startswith("vault:v1:")
        env = environment(tmp_path, KEYRING=made.text.strip(), **where)
        for program in (WEB, ("manage.py", "worker")):
            assert run(*program, env=env).lines[-1].endswith("run “manage.py migrate”.")
            outside.is_sealed = True
            ended = run(*program, env=env)
            assert (ended.code, len(ended.lines)) == (1, 1)
            assert ended.text.endswith(
                " KEYRING cannot be unwrapped: Vault is sealed or in maintenance.\n"
            )
            outside.is_sealed = False


@pytest.mark.parametrize("keyring", [MASTER, f"{OTHER_MASTER} {MASTER}"])
def test_the_web_starts_on_what_is_right(prepared: Path, keyring: str) -> None:
    ended = run(*WEB, env=environment(prepared, KEYRING=keyring))
    assert (ended.code, ended.text) == (0, "")


@pytest.mark.django_db(transaction=True)
class TestRefuseBadStart:
    """The same in this process; it closes the connection, so no open transaction may stand."""

    def test_what_is_right(self, alice: User) -> None:
        make_key(alice)
        refuse_bad_start()
        assert AccessKey.objects.count() == 1  # a new connection opens by itself

    def test_without_any_key_any_keyring_will_do(self, settings: Settings) -> None:
        settings.KEYRING = [OTHER_MASTER]
        refuse_bad_start()
        assert open_vault().sealing_id

    def test_a_master_that_is_missing(self, alice: User, settings: Settings) -> None:
        key = make_key(alice)
        settings.KEYRING = [OTHER_MASTER]
        with pytest.raises(CannotStart, match=f"KEYRING .*its id is {key.sealed_with}"):
            refuse_bad_start()

    def test_one_of_two_masters_that_is_missing(self, alice: User, settings: Settings) -> None:
        make_key(alice)
        settings.KEYRING = [OTHER_MASTER]
        newer = make_key(alice)
        with pytest.raises(CannotStart):
            refuse_bad_start()
        AccessKey.objects.exclude(pk=newer.pk).delete()
        refuse_bad_start()

    def test_a_keyring_that_is_none(self, settings: Settings) -> None:
        settings.KEYRING = ["no base64!"]
        with pytest.raises(CannotStart, match="KEYRING holds an entry that is not base64"):
            refuse_bad_start()
