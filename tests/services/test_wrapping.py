"""Masters that HashiCorp Vault wraps: one clear sentence for each thing that can go wrong."""

import base64
import io
import os
from collections.abc import Iterator

import hvac
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from images import transit
from images.checks import check_keyring, check_wrapping
from images.services.starting import CannotStart, refuse_bad_start
from images.vault import (
    BadKeyring,
    Place,
    Vault,
    WrapperError,
    is_wrapped,
    open_vault,
    open_wrapper,
    wrap_keyring,
)
from tests.services.asking import closed_port
from tests.vault_double import KEY_NAME, TOKEN, VaultDouble

HERE = Place(owner_id="owner", row_id="row", field="field")
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def outside(settings: Settings) -> Iterator[VaultDouble]:
    """The service, with settings that reach it and a plain keyring."""
    with VaultDouble() as running:
        settings.KEY_WRAPPER_CLASS = "images.transit.TransitWrapper"
        settings.VAULT_URL = running.url
        settings.VAULT_TOKEN = TOKEN
        settings.VAULT_KEY_NAME = KEY_NAME
        settings.VAULT_MOUNT = "transit"
        settings.VAULT_CA = None
        settings.KEYRING = [new_master(), new_master()]
        yield running


def new_master() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def wrapped() -> list[str]:
    said = io.StringIO()
    call_command("wrap_master", stdout=said)
    return said.getvalue().split()


def refusal() -> str:
    with pytest.raises(BadKeyring) as bad:
        open_vault()
    assert isinstance(bad.value.__cause__, WrapperError)
    hidden = bad.value.__cause__
    assert hidden.__suppress_context__ or not hidden.__context__  # no answer in a traceback
    return str(bad.value)


class TestWrapping:
    def test_what_is_wrapped_opens_what_the_plain_one_sealed(
        self, outside: VaultDouble, settings: Settings
    ) -> None:
        sealed = open_vault().seal("secret", HERE)
        plain = settings.KEYRING
        settings.KEYRING = wrapped()
        assert all(entry.startswith("vault:v1:") for entry in settings.KEYRING)
        assert open_vault().open(sealed, HERE) == "secret"
        assert open_vault().sealing_id == Vault(plain).sealing_id

    def test_a_start_unwraps_each_once(self, outside: VaultDouble, settings: Settings) -> None:
        settings.KEYRING = wrapped()
        outside.calls.clear()
        for _ in range(5):
            open_vault().seal("secret", HERE)
        assert outside.calls == ["/v1/transit/decrypt/scp-console"] * 2

    def test_what_is_wrapped_already_stays(self, outside: VaultDouble, settings: Settings) -> None:
        first = wrapped()
        settings.KEYRING = [first[0], new_master()]
        assert wrapped()[0] == first[0]

    def test_plain_and_wrapped_may_stand_together(
        self, outside: VaultDouble, settings: Settings
    ) -> None:
        settings.KEYRING = [wrapped()[0], new_master()]
        assert open_vault().sealing_id
        assert [each.id for each in check_wrapping(None)] == ["images.W002"]
        settings.KEYRING = wrapped()
        assert check_wrapping(None) == []

    def test_a_check_calls_nobody(self, outside: VaultDouble, settings: Settings) -> None:
        settings.KEYRING = wrapped()
        outside.calls.clear()
        assert check_keyring(None) == []
        assert outside.calls == []
        settings.KEY_WRAPPER_CLASS = ""
        assert [each.msg for each in check_keyring(None)] == [
            "KEYRING holds a wrapped master key, and KEY_WRAPPER is not set."
        ]
        assert check_wrapping(None) == []

    def test_the_token_goes_to_no_proxy_of_the_environment(
        self, outside: VaultDouble, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
        settings.KEYRING = wrapped()
        assert open_vault().sealing_id

    def test_the_double_is_one_for_the_library_too(self, outside: VaultDouble) -> None:
        client = hvac.Client(url=outside.url, token=TOKEN)
        assert client.sys.read_health_status(method="GET") == {"sealed": False}
        outside.is_sealed = True
        assert client.sys.read_health_status(method="GET").status_code == 503


class TestTheCommandRefuses:
    def test_without_a_wrapper(self, settings: Settings) -> None:
        assert open_wrapper() is None
        with pytest.raises(CommandError, match=r"^KEY_WRAPPER is not set\.$"):
            wrapped()

    def test_what_is_no_master(self, outside: VaultDouble, settings: Settings) -> None:
        settings.KEYRING = ["c2hvcnQ="]
        with pytest.raises(CommandError, match="entry of 5 bytes"):
            wrapped()

    def test_a_service_that_says_no(self, outside: VaultDouble) -> None:
        outside.is_sealed = True
        with pytest.raises(CommandError, match="^KEYRING cannot be wrapped: Vault is sealed"):
            wrapped()

    def test_a_service_that_gives_back_something_else(self) -> None:
        class Forgetful:
            def wrap(self, plain: bytes) -> str:
                return "vault:v1:lost"

            def unwrap(self, wrapped: str) -> bytes:
                return bytes(32)

        with pytest.raises(BadKeyring, match="does not come back as it was"):
            wrap_keyring([new_master()], Forgetful())


class TestUnwrappingRefuses:
    @pytest.fixture(autouse=True)
    def wrapped_keyring(self, outside: VaultDouble, settings: Settings) -> None:
        settings.KEYRING = wrapped()
        assert all(is_wrapped(entry) for entry in settings.KEYRING)

    @pytest.mark.django_db(transaction=True)
    def test_the_console_does_not_start(self, outside: VaultDouble) -> None:
        outside.is_sealed = True
        with pytest.raises(CannotStart) as refused:
            refuse_bad_start()
        assert str(refused.value) == (
            "KEYRING cannot be unwrapped: Vault is sealed or in maintenance."
        )

    def test_a_token_that_is_refused(self, settings: Settings) -> None:
        settings.VAULT_TOKEN = "hvs.another"
        said = refusal()
        assert said.startswith("KEYRING cannot be unwrapped: Vault refuses VAULT_TOKEN")
        assert "hvs." not in said

    def test_another_key(self, settings: Settings) -> None:
        settings.VAULT_KEY_NAME = "another"
        assert "VAULT_KEY_NAME" in refusal()

    def test_another_engine(self, settings: Settings) -> None:
        settings.VAULT_MOUNT = "elsewhere"
        assert "Vault has no transit engine at VAULT_MOUNT" in refusal()

    def test_an_entry_that_was_changed(self, settings: Settings) -> None:
        settings.KEYRING = [settings.KEYRING[0][:-8] + "AAAAAAAA"]
        assert "does not take it for something of the key VAULT_KEY_NAME" in refusal()

    def test_nobody_there(self, settings: Settings) -> None:
        settings.VAULT_URL = f"http://127.0.0.1:{closed_port()}"
        assert refusal() == "KEYRING cannot be unwrapped: Vault does not answer at VAULT_URL."

    def test_an_answer_that_does_not_come(
        self, outside: VaultDouble, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transit, "_READ_SECONDS", 0.2)
        outside.answers_after_seconds = 1
        assert refusal() == "KEYRING cannot be unwrapped: Vault does not answer at VAULT_URL."

    @pytest.mark.parametrize(
        ("status", "body", "headers"),
        [
            (200, b"<html>Welcome to the proxy</html>", {"Content-Type": "text/html"}),
            (200, b"", JSON),
            (200, b"[]", JSON),
            (200, b'{"data": null}', JSON),
            (200, b'{"data": {}}', JSON),
            (200, b'{"data": {"plaintext": 7}}', JSON),
            (200, b'{"data": {"plaintext": "no base64!"}}', JSON),
            (204, b"", JSON),
            (302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
            (500, b"[]", JSON),
        ],
    )
    def test_nonsense(
        self, outside: VaultDouble, status: int, body: bytes, headers: dict[str, str]
    ) -> None:
        outside.answer_instead = (status, body, headers)
        assert refusal() == "KEYRING cannot be unwrapped: Vault's answer was not understood."

    def test_trouble_of_its_own(self, outside: VaultDouble) -> None:
        outside.answer_instead = (500, b'{"errors": ["internal"]}', JSON)
        assert refusal() == "KEYRING cannot be unwrapped: Vault has trouble of its own."

    def test_a_master_of_another_length(self, outside: VaultDouble) -> None:
        outside.answer_instead = (200, b'{"data": {"plaintext": "c2hvcnQ="}}', JSON)
        with pytest.raises(BadKeyring, match="entry of 5 bytes; a master key has 32"):
            open_vault()

    def test_a_failure_is_not_remembered(self, outside: VaultDouble) -> None:
        outside.is_sealed = True
        refusal()
        outside.is_sealed = False
        assert open_vault().sealing_id
