"""`/settings/console/`: the rules in words, without a secret."""

import pytest
from django.conf import settings as these
from django.urls import reverse
from pytest_django import Settings

from images.models import User
from tests.pages.reading import actions, text, words
from tests.people import Browse

pytestmark = pytest.mark.django_db

PAGE = reverse("console-settings")


def test_tells_the_rules_and_which_variable_sets_each(
    dora: User, browse: Browse, settings: Settings
) -> None:
    settings.RETENTION_YEARS = 7
    settings.SCP_ENVIRONMENTS = {"e": ("kr-west1", "kr-east1")}
    settings.LEDGER_ANCHOR_MAIL = ["one@example.com", "two@example.com"]
    settings.SECOND_FACTOR_ROLES = frozenset({"operator", "auditor"})
    told = words(browse(dora).get(PAGE))
    assert "A session without its person ends after 30 minutes SESSION_IDLE_MINUTES" in told
    assert "A session ends in any case after 12 hours SESSION_HOURS" in told
    assert "Roles that need a second factor Auditor, Operator SECOND_FACTOR_ROLES" in told
    assert "Events and the bytes of calls 7 years RETENTION_YEARS" in told
    assert "A link to set a password works for 3 days PASSWORD_LINK_DAYS" in told
    assert "A proof of who one is holds for 15 minutes PROOF_MINUTES" in told
    assert "e kr-west1, kr-east1 SCP_ENVIRONMENTS" in told
    assert "Mail addresses that get checkpoints 2 LEDGER_ANCHOR_MAIL" in told


def test_tells_no_secret(dora: User, browse: Browse, settings: Settings) -> None:
    settings.LEDGER_ANCHOR_URL = "https://archive.example/as-good-as-a-password"
    settings.LEDGER_ANCHOR_MAIL = ["one@example.com"]
    page = text(browse(dora).get(PAGE))
    secrets = (these.SECRET_KEY, *these.KEYRING, these.LEDGER_KEY, "as-good-as", "one@example")
    assert not [each for each in secrets if each in page]
    assert "LEDGER_ANCHOR_URL" in page


def test_offers_nothing_to_change(dora: User, browse: Browse) -> None:
    page = browse(dora).get(PAGE)
    assert actions(page) == actions(browse(dora).get(reverse("person-list"))) - {
        reverse("person-list")
    }
