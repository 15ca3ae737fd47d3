"""Source: signing-vectors.json, and SCP API reference, section 3."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.scp.signing import sign

VECTORS: list[dict[str, str]] = json.loads(
    (Path(__file__).parent.parent / "data" / "signing-vectors.json").read_text("utf-8")
)["vectors"]


def signed(vector: dict[str, str]) -> str:
    names = ("method", "url", "timestamp_ms", "access_key", "secret_key", "client_type")
    return sign(**{name: vector[name] for name in names})


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_each_vector(vector: dict[str, str]) -> None:
    matches = vector["expect"].startswith("match")
    assert (signed(vector) == vector["signature"]) is matches


def test_all_seven_vectors_are_here() -> None:
    assert [vector["name"][:2] for vector in VECTORS] == ["V1", "V2", "V3", "N1", "N2", "N3", "N4"]


@given(st.text(st.characters()), st.text(st.characters()))
def test_no_text_makes_it_raise(url: str, secret_key: str) -> None:
    """An encoder's error would carry the secret in its arguments; half characters included."""
    signature = sign(
        method="GET", url=url + "\ud800", timestamp_ms="1", access_key="a", secret_key=secret_key
    )
    assert len(signature) == 44
