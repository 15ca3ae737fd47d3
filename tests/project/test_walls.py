"""The walls between the rooms: who may import what. The table stands in docs/style.md."""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Import:
    """One import: the file it stands in, and the full name of what is imported."""

    file: str
    name: str

    def is_of(self, *modules: str) -> bool:
        return any(self.name == each or self.name.startswith(f"{each}.") for each in modules)


def imports_of(file: str, source: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(file, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import(file, f"{node.module}.{each.name}") for each in node.names)


def tree() -> dict[str, str]:
    files = [*ROOT.glob("images/**/*.py"), *ROOT.glob("scpconsole/**/*.py"), ROOT / "manage.py"]
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in files}


Rule = Callable[[Import], bool]  # True: this import breaks the rule


def one_file_speaks_http(found: Import) -> bool:
    return found.is_of("requests") and found.file != "images/scp/transport.py"


def one_file_speaks_to_vault(found: Import) -> bool:
    return found.is_of("hvac") and found.file != "images/transit.py"


def urllib3_stays_with_scp(found: Import) -> bool:
    return found.is_of("urllib3") and not found.file.startswith("images/scp/")


def scp_knows_no_records_and_of_django_the_settings(found: Import) -> bool:
    if not found.file.startswith("images/scp/"):
        return False
    if found.is_of("django"):
        return (found.file, found.name) != ("images/scp/client.py", "django.conf.settings")
    return found.is_of("images") and not found.is_of("images.scp")


def models_know_no_services_and_no_scp(found: Import) -> bool:
    return found.file.startswith("images/models/") and found.is_of(
        "images.services", "images.scp", "images.views", "images.forms", "images.jobs"
    )


def views_know_of_scp_errors_and_shapes_alone(found: Import) -> bool:
    if not found.file.startswith("images/views/"):
        return False
    if found.is_of("images.scp"):
        return not found.is_of("images.scp.errors", "images.scp.shapes")
    return found.is_of("django.conf", "images.vault")


def services_know_no_pages(found: Import) -> bool:
    return found.file.startswith("images/services/") and found.is_of(
        "requests",
        "django.forms",
        "django.http",
        "django.shortcuts",
        "django.template",
        "django.contrib.messages",
        "images.forms",
        "images.views",
        "images.http",
    )


def forms_know_no_services_and_no_scp(found: Import) -> bool:
    return found.file.startswith("images/forms/") and found.is_of(
        "images.services", "images.scp.client", "images.scp.transport", "images.views"
    )


def vault_and_ledger_alone_hold_the_ciphers(found: Import) -> bool:
    homes = ("images/vault.py", "images/ledger/notes.py")
    return found.is_of("cryptography") and found.file not in homes


def the_ledger_knows_itself_alone(found: Import) -> bool:
    if not found.file.startswith("images/ledger/"):
        return False
    is_ours = found.is_of("images") and not found.is_of("images.ledger")
    return is_ours or found.is_of("django", "scpconsole")


def the_vault_knows_no_scp(found: Import) -> bool:
    return found.file == "images/vault.py" and found.is_of("images")


def jobs_know_services_alone(found: Import) -> bool:
    return (
        found.file == "images/jobs.py"
        and found.is_of("images")
        and not found.is_of("images.services")
    )


def the_stand_in_knows_the_standard_library_alone(found: Import) -> bool:
    if not found.file.startswith("scpconsole/sandbox/"):
        return False
    top = found.name.partition(".")[0]
    return top not in sys.stdlib_module_names and not found.is_of("scpconsole.sandbox")


def nothing_imports_the_project_back(found: Import) -> bool:
    return found.file.startswith("images/") and found.is_of("scpconsole")


def the_product_never_imports_the_stand_in(found: Import) -> bool:
    is_outside = not found.file.startswith("scpconsole/sandbox/")
    return is_outside and found.is_of("scpconsole.sandbox")


def the_product_never_imports_tests(found: Import) -> bool:
    return found.is_of("tests", "pytest")


# Each rule with a place and a line that break it, so that it is seen to see.
RULES: list[tuple[Rule, str, str]] = [
    (one_file_speaks_http, "images/scp/client.py", "import requests"),
    (one_file_speaks_http, "images/services/sending.py", "from requests.auth import AuthBase"),
    (one_file_speaks_to_vault, "images/vault.py", "import hvac"),
    (urllib3_stays_with_scp, "images/http.py", "import urllib3.util"),
    (
        scp_knows_no_records_and_of_django_the_settings,
        "images/scp/images.py",
        "from images.models import User",
    ),
    (
        scp_knows_no_records_and_of_django_the_settings,
        "images/scp/images.py",
        "from images import services",
    ),
    (
        scp_knows_no_records_and_of_django_the_settings,
        "images/scp/client.py",
        "from django.utils import timezone",
    ),
    (
        scp_knows_no_records_and_of_django_the_settings,
        "images/scp/images.py",
        "from django.conf import settings",
    ),
    (models_know_no_services_and_no_scp, "images/models/user.py", "from images import services"),
    (
        models_know_no_services_and_no_scp,
        "images/models/user.py",
        "def act() -> None:\n    from images.scp import client",
    ),
    (
        views_know_of_scp_errors_and_shapes_alone,
        "images/views/keys.py",
        "from images.scp.client import open_client",
    ),
    (
        views_know_of_scp_errors_and_shapes_alone,
        "images/views/keys.py",
        "from django.conf import settings",
    ),
    (
        services_know_no_pages,
        "images/services/keys.py",
        "from django.shortcuts import render",
    ),
    (services_know_no_pages, "images/services/keys.py", "from images.forms.keys import KeyForm"),
    (
        forms_know_no_services_and_no_scp,
        "images/forms/keys.py",
        "from images.services.keys import add",
    ),
    (
        vault_and_ledger_alone_hold_the_ciphers,
        "images/models/user.py",
        "import cryptography.fernet",
    ),
    (the_ledger_knows_itself_alone, "images/ledger/notes.py", "from images.models import User"),
    (the_vault_knows_no_scp, "images/vault.py", "from images.scp import client"),
    (jobs_know_services_alone, "images/jobs.py", "from images.models import ImageRequest"),
    (
        the_stand_in_knows_the_standard_library_alone,
        "scpconsole/sandbox/keys.py",
        "from images.scp.signing import sign",
    ),
    (
        the_stand_in_knows_the_standard_library_alone,
        "scpconsole/sandbox/keys.py",
        "import django",
    ),
    (nothing_imports_the_project_back, "images/apps.py", "from scpconsole import settings"),
    (
        the_product_never_imports_the_stand_in,
        "scpconsole/demo.py",
        "from scpconsole.sandbox import Sandbox",
    ),
    (the_product_never_imports_tests, "images/apps.py", "from tests.people import make_key"),
]


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, *_ in RULES))
def test_the_wall_stands(rule: Rule) -> None:
    every = [each for file, source in tree().items() for each in imports_of(file, source)]
    assert len(every) > 300
    assert [each for each in every if rule(each)] == []


@pytest.mark.parametrize(("rule", "file", "line"), RULES)
def test_a_hole_in_the_wall_is_seen(rule: Rule, file: str, line: str) -> None:
    assert [each for each in imports_of(file, line) if rule(each)]


def test_no_import_is_relative() -> None:
    relative = [
        file
        for file, source in tree().items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []
