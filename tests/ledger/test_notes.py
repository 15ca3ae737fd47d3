"""Signed notes: what we sign opens, and nothing else does."""

import base64
import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.ledger.notes import (
    BadNote,
    Checkpoint,
    SigningKey,
    VerifierKey,
    open_checkpoint,
    short_root,
)

ORIGIN = "console.example.com/history"
KEY = SigningKey(ORIGIN, bytes(range(32)))
OTHER = SigningKey(ORIGIN, bytes(32))
AT = datetime(2026, 11, 23, 7, 50, 12, tzinfo=UTC)
ROOT = bytes(range(32))
moments = st.integers(0, 4 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC))
NOTE = KEY.sign(size=10482, root=ROOT, at=AT)


def refusal(note: str, key: VerifierKey = KEY.verifier) -> str:
    with pytest.raises(BadNote) as refused:
        open_checkpoint(note, key)
    return str(refused.value)


def signed(body: str, key: SigningKey = KEY) -> str:
    """Sign any text at all."""
    raw = key.verifier.key_id + key._key.sign(body.encode())
    return f"{body}\n— {key.verifier.name} {base64.b64encode(raw).decode()}\n"


class TestCheckpoints:
    def test_its_lines_are_those_of_the_document(self) -> None:
        origin, size, root, at, empty, signature, end = NOTE.split("\n")
        assert (origin, size, at, empty, end) == (
            ORIGIN,
            "10482",
            "signed-at 2026-11-23T07:50:12Z",
            "",
            "",
        )
        assert base64.b64decode(root) == ROOT
        assert signature.startswith(f"— {ORIGIN} ")
        assert base64.b64decode(signature.split(" ")[2])[:4] == KEY.verifier.key_id

    @given(st.integers(0, 10**16 - 1), st.binary(min_size=32, max_size=32), moments)
    def test_what_is_signed_opens(self, size: int, root: bytes, at: datetime) -> None:
        head = open_checkpoint(KEY.sign(size=size, root=root, at=at), KEY.verifier)
        assert head == Checkpoint(ORIGIN, size, root, at)

    @given(st.integers(0, len(NOTE) - 1), st.characters(exclude_categories=["Cs"]))
    def test_no_letter_may_be_another(self, place: int, letter: str) -> None:
        changed = NOTE[:place] + letter + NOTE[place + 1 :]
        if changed != NOTE:
            refusal(changed)

    def test_the_bits_that_padding_leaves_unused_are_zero(self) -> None:
        """Else one signature could be written in four ways."""
        assert NOTE.endswith("=\n")
        alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
        last = alphabet.index(NOTE[-3])
        refusal(f"{NOTE[:-3]}{alphabet[last ^ 1]}=\n")

    def test_another_key_is_not_ours(self) -> None:
        assert refusal(NOTE, OTHER.verifier) == "The note is not signed by this key."

    def test_other_signatures_are_passed_over(self) -> None:
        body, _, ours = NOTE.rpartition("\n\n")
        theirs = "— example.com/witness AAAAAGFueXRoaW5n\n"
        both = [f"{body}\n\n{theirs}{ours}", f"{body}\n\n{ours}{theirs}"]
        assert {open_checkpoint(note, KEY.verifier).size for note in both} == {10482}

    @pytest.mark.parametrize(
        "note", ["", "\n", "\n\n", "text", NOTE[:-1], NOTE.partition("\n\n")[0]]
    )
    def test_what_is_no_note(self, note: str) -> None:
        refusal(note)

    @pytest.mark.parametrize(
        "body",
        [
            "",
            f"{ORIGIN}\n",
            f"{ORIGIN}\n5\n",
            f"another.example.com/log\n5\n{base64.b64encode(ROOT).decode()}\n",
            f"{ORIGIN}\n05\n{base64.b64encode(ROOT).decode()}\n",
            f"{ORIGIN}\n-5\n{base64.b64encode(ROOT).decode()}\n",
            f"{ORIGIN}\n5\n{base64.b64encode(ROOT[:31]).decode()}\n",
            f"{ORIGIN}\n5\nnot base64\n",
            f"{ORIGIN}\n5\n{base64.b64encode(ROOT).decode()}\nsigned-at yesterday\n",
        ],
    )
    def test_what_is_signed_and_no_checkpoint(self, body: str) -> None:
        refusal(signed(body))

    def test_an_extension_line_that_we_do_not_know_may_stand(self) -> None:
        body = f"{ORIGIN}\n5\n{base64.b64encode(ROOT).decode()}\nsomething else\n"
        assert open_checkpoint(signed(body), KEY.verifier).signed_at is None


class TestKeys:
    def test_a_verifier_key_is_read_as_it_is_written(self) -> None:
        assert VerifierKey.parse(str(KEY.verifier)) == KEY.verifier
        assert VerifierKey.parse(f"{KEY.verifier}\n") == KEY.verifier

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "name",
            "name+00000000+",
            "+00000000+AQ==",
            str(KEY.verifier).replace(KEY.verifier.key_id.hex(), "00000000"),
            str(KEY.verifier).replace(ORIGIN, "another"),
            str(KEY.verifier)[:-4],
            str(KEY.verifier).upper(),
        ],
    )
    def test_what_is_no_verifier_key(self, text: str) -> None:
        with pytest.raises(BadNote):
            VerifierKey.parse(text)

    @pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\u3000b"])
    def test_names_that_the_format_does_not_allow(self, origin: str) -> None:
        with pytest.raises(BadNote):
            SigningKey(origin, bytes(32))

    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_a_seed_has_32_bytes(self, length: int) -> None:
        with pytest.raises(BadNote):
            SigningKey(ORIGIN, bytes(length))


def test_the_short_root_is_for_the_eye() -> None:
    assert short_root(bytes.fromhex("7f3a91c2") + bytes(28)) == "7f3a-91c2"
