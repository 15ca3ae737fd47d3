"""The signing key: what cannot be used is named in one sentence, and a check says so at start."""

import pytest
from pytest_django import Settings

from images.checks import check_ledger_key
from images.ledger_key import BadLedgerKey, signing_key


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LEDGER_KEY", "not base64 at all!", "LEDGER_KEY is not base64."),
        ("LEDGER_KEY", "비밀", "LEDGER_KEY is not base64."),
        ("LEDGER_KEY", "c2hvcnQ=", "A signing key has 32 bytes, not 5."),
        ("LEDGER_ORIGIN", "a name", "The origin of a log has no white space and no plus sign."),
        ("LEDGER_ORIGIN", "a+b", "The origin of a log has no white space and no plus sign."),
    ],
)
def test_a_bad_one_is_named(settings: Settings, name: str, value: str, sentence: str) -> None:
    setattr(settings, name, value)
    with pytest.raises(BadLedgerKey, match=sentence):
        signing_key()
    [found] = check_ledger_key(None)
    assert found.id == "images.E002"
    assert sentence in found.msg


def test_a_good_one_passes() -> None:
    assert check_ledger_key(None) == []
    assert str(signing_key().verifier).startswith("testserver/history+")
