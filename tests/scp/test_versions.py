"""API versions. Source: SCP API reference, section 2."""

from datetime import date

import pytest

from images.scp.versions import DEFAULT, SEED, ApiVersion, is_number, offered, read_versions


def row(number: str, status: str = "SUPPORTED", not_before: object = None) -> dict[str, object]:
    return {
        "id": number,
        "status": status,
        "not_before": not_before,
        "links": [{"href": "http://"}],
    }


def test_the_seed_table() -> None:
    assert [(v.number, v.status, v.not_before) for v in SEED] == [
        ("1.3", "CURRENT", None),
        ("1.2", "SUPPORTED", date(2026, 8, 31)),
        ("1.1", "DEPRECATED", date(2026, 5, 31)),
        ("1.0", "DEPRECATED", date(2025, 12, 31)),
    ]
    assert SEED[0].number == DEFAULT


def test_they_sort_by_number() -> None:
    versions = [ApiVersion(number, "", None) for number in ("1.9", "1.10", "1.100", "1.0")]
    assert [v.number for v in sorted(versions)] == ["1.0", "1.9", "1.10", "1.100"]


def test_the_end_date_has_passed_on_the_day_itself() -> None:
    version = ApiVersion("1.2", "SUPPORTED", date(2026, 8, 31))
    assert [version.has_passed(date(2026, 8, day)) for day in (30, 31)] == [False, True]
    assert not ApiVersion("1.3", "CURRENT", None).has_passed(date.max)


@pytest.mark.parametrize(
    ("text", "expected"),
    [(n, True) for n in ("1.0", "1.3", "1.10", "1.999")]
    + [
        (n, False)
        for n in ("", "1", "1.", "2.0", "v1.3", "1.03", "1.1000", "1.3\n", " 1.3", "1.٣", "1.3 x")
    ],
)
def test_what_is_a_number(text: str, expected: bool) -> None:
    assert is_number(text) is expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-08-31", date(2026, 8, 31)),
        ("20260831", date(2026, 8, 31)),
        (" 2026-08-31T00:00:00Z ", date(2026, 8, 31)),
        ("-", None),
        ("", None),
        (None, None),
        (20260831, None),
        ("2026-02-30", None),
    ],
)
def test_each_form_of_date(text: object, day: date | None) -> None:
    found = read_versions({"versions": [row("v1.3", "current", text)]})
    assert found == (ApiVersion("1.3", "CURRENT", day),)


def test_junk_rows_are_skipped_and_the_rest_sorted() -> None:
    rows = [None, 7, {}, row("v2.0"), row("1.x"), row("V1.9"), row("1.10"), {"id": 1.3}]
    found = read_versions({"versions": rows})
    assert found is not None
    assert [v.number for v in found] == ["1.10", "1.9"]


@pytest.mark.parametrize("payload", [None, [], {}, {"versions": "v1.3"}])
def test_another_shape_is_none(payload: object) -> None:
    assert read_versions(payload) is None


def test_the_host_is_laid_over_the_seed() -> None:
    host = [
        ApiVersion("1.5", "CURRENT", None),
        ApiVersion("1.3", "SUPPORTED", None),
        ApiVersion("1.6", "PLANNED", None),
    ]
    found = offered(host)
    assert [(v.number, v.status, v.is_choosable) for v in found] == [
        ("1.6", "PLANNED", False),
        ("1.5", "CURRENT", True),
        ("1.3", "SUPPORTED", True),
        ("1.2", "SUPPORTED", True),
        ("1.1", "DEPRECATED", True),
        ("1.0", "DEPRECATED", True),
    ]
    assert offered([]) == SEED
