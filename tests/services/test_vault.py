"""The vault: a sealed text opens in its own place, with its own master, unchanged."""

import base64
import os

import pytest
from pytest_django import Settings

from images.checks import check_keyring, check_loopback
from images.models import AccessKey, User
from images.services import keys
from images.vault import BadKeyring, Place, Vault, VaultError, open_vault
from tests.people import make_key

HERE = Place(owner_id="alice", row_id="row-1", field="secret_key")


def new_master() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def master() -> str:
    return new_master()


@pytest.fixture
def vault(master: str) -> Vault:
    return Vault([master])


class TestSealing:
    @pytest.mark.parametrize("text", ["a secret", "", "비밀 🙂", "x" * 10_000, "v1.abcd.AAAA"])
    def test_what_is_sealed_opens(self, vault: Vault, text: str) -> None:
        sealed = vault.seal(text, HERE)
        assert vault.open(sealed, HERE) == text
        assert not text or text not in sealed

    def test_equal_texts_seal_differently(self, vault: Vault) -> None:
        assert vault.seal("a secret", HERE) != vault.seal("a secret", HERE)

    def test_what_looks_sealed_already_is_sealed_all_the_same(self, vault: Vault) -> None:
        typed = vault.seal("a secret", HERE)
        assert vault.open(vault.seal(typed, HERE), HERE) == typed

    def test_a_key_typed_as_a_ciphertext_is_encrypted(self, alice: User) -> None:
        first = make_key(alice, secret_key="the first secret")
        second = make_key(alice, secret_key=first.sealed_secret_key)
        assert second.sealed_secret_key != first.sealed_secret_key
        opened = open_vault().open(second.sealed_secret_key, second.place("secret_key"))
        assert opened == first.sealed_secret_key

    def test_it_names_its_master_and_format(self, vault: Vault) -> None:
        form, master_id, _ = vault.seal("a secret", HERE).split(".")
        assert (form, master_id) == ("v1", vault.sealing_id)
        assert vault.knows(master_id)
        assert not vault.knows("00000000")


class TestNotOpening:
    @pytest.mark.parametrize(
        "elsewhere",
        [
            Place("bob", "row-1", "secret_key"),
            Place("alice", "row-2", "secret_key"),
            Place("alice", "row-1", "access_key"),
        ],
    )
    def test_in_another_place(self, vault: Vault, elsewhere: Place) -> None:
        with pytest.raises(VaultError):
            vault.open(vault.seal("a secret", HERE), elsewhere)

    def test_with_another_master(self, vault: Vault) -> None:
        with pytest.raises(VaultError, match="does not hold"):
            Vault([new_master()]).open(vault.seal("a secret", HERE), HERE)

    def test_under_the_name_of_another_master(self, master: str) -> None:
        both = Vault([master, new_master()])
        other_id = Vault([new_master()]).sealing_id
        sealed = both.seal("a secret", HERE)
        renamed = sealed.replace(both.sealing_id, other_id)
        with pytest.raises(VaultError):
            both.open(renamed, HERE)

    def test_with_any_byte_changed(self, vault: Vault) -> None:
        head, _, encoded = vault.seal("a secret", HERE).rpartition(".")
        raw = base64.b64decode(encoded)
        for position in range(len(raw)):
            spoilt = bytearray(raw)
            spoilt[position] ^= 1
            with pytest.raises(VaultError, match="changed or belongs elsewhere"):
                vault.open(f"{head}.{base64.b64encode(spoilt).decode()}", HERE)

    @pytest.mark.parametrize("rest", ["", "AAAA", "!!!!", "비밀", "A" * 16, "AAAAA"])
    def test_what_was_never_sealed(self, vault: Vault, rest: str) -> None:
        with pytest.raises(VaultError):
            vault.open(f"v1.{vault.sealing_id}.{rest}", HERE)

    @pytest.mark.parametrize("text", ["", "v1", "v2.00000000.AAAA", "plain text"])
    def test_another_format(self, vault: Vault, text: str) -> None:
        with pytest.raises(VaultError):
            vault.open(text, HERE)

    def test_a_row_that_was_given_another_rows_text(self, alice: User, dora: User) -> None:
        alices, doras = make_key(alice), make_key(dora)
        AccessKey.objects.filter(pk=doras.pk).update(
            sealed_access_key=alices.sealed_access_key, sealed_secret_key=alices.sealed_secret_key
        )
        doras.refresh_from_db()
        with pytest.raises(VaultError):
            keys.open_key(doras)


class TestTheKeyring:
    def test_the_first_seals_and_all_open(self, vault: Vault, master: str) -> None:
        older = vault.seal("sealed before", HERE)
        rotated = Vault([new_master(), master])
        newer = rotated.seal("sealed after", HERE)
        assert rotated.open(older, HERE) == "sealed before"
        assert rotated.open(newer, HERE) == "sealed after"
        with pytest.raises(VaultError):
            vault.open(newer, HERE)

    @pytest.mark.parametrize(
        ("entry", "sentence"),
        [
            ("not base64 at all!", "KEYRING holds an entry that is not base64."),
            ("비밀", "KEYRING holds an entry that is not base64."),
            (
                base64.b64encode(b"too short").decode(),
                "KEYRING holds an entry of 9 bytes; a master key has 32.",
            ),
        ],
    )
    def test_a_bad_one_is_named_without_showing_it(self, entry: str, sentence: str) -> None:
        with pytest.raises(BadKeyring) as odd:
            Vault([new_master(), entry])
        assert str(odd.value) == sentence
        assert entry not in str(odd.value)

    def test_an_empty_one(self) -> None:
        with pytest.raises(BadKeyring, match="holds no master key"):
            Vault([])

    def test_a_master_shows_in_no_repr(self, master: str, vault: Vault) -> None:
        shown = repr(vault.__dict__)
        assert master not in shown
        assert repr(base64.b64decode(master)) not in shown

    def test_the_check_at_start_says_it(self, settings: Settings) -> None:
        assert check_keyring(None) == []
        settings.KEYRING = ["x"]
        found = check_keyring(None)
        assert [(each.id, each.msg) for each in found] == [
            ("images.E001", "KEYRING holds an entry that is not base64.")
        ]

    def test_the_check_warns_of_loopback(self, settings: Settings) -> None:
        assert [each.id for each in check_loopback(None)] == ["images.W001"]
        settings.SCP_ALLOW_LOOPBACK = False
        assert check_loopback(None) == []


class TestFingerprints:
    def test_equal_for_equal_texts_under_one_master(self, vault: Vault) -> None:
        assert vault.fingerprint("AKEY") == vault.fingerprint("AKEY")
        assert vault.fingerprint("AKEY") != vault.fingerprint("AKEZ")
        assert vault.fingerprint("AKEY") != Vault([new_master()]).fingerprint("AKEY")
        assert len(vault.fingerprint("AKEY")) == 64


def test_a_key_is_never_pickled(alice: User) -> None:
    with pytest.raises(TypeError, match="never pickled"):
        make_key(alice).__reduce_ex__(4)
