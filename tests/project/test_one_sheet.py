"""The style sheet as it is collected: one file that holds what its source imports."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import override_settings

from scpconsole.one_sheet import joined

CSS = Path(settings.BASE_DIR) / "static" / "css"
STORAGE = {"staticfiles": {"BACKEND": "scpconsole.one_sheet.OneSheetStorage"}}


def test_everything_imported_is_inside_in_its_layer() -> None:
    source = (CSS / "console.css").read_text()
    with (CSS / "console.css").open("rb") as sheet:
        made = joined(ContentFile(sheet.read()))
    assert "@import" not in made
    assert "/*" not in made
    assert made.startswith("@layer tokens, base, layout, components, utilities;")
    layers = re.findall(r"^@layer (\w+) \{$", made, re.MULTILINE)
    assert layers == re.findall(r"layer\((\w+)\);", source)
    assert made.index("--ground:") < made.index(".badge {")
    assert made.count("{") == made.count("}")


def test_an_import_of_nothing_is_not_passed_over() -> None:
    sheet = ContentFile(b'@import url("components/nothing.css") layer(components);')
    with pytest.raises(FileNotFoundError, match="components/nothing.css"):
        joined(sheet)


def test_only_the_hashed_file_is_changed(tmp_path: Path) -> None:
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=STORAGE):
        call_command("collectstatic", "--noinput", "--verbosity", "0")
    plain = (tmp_path / "css" / "console.css").read_text()
    assert plain == (CSS / "console.css").read_text()  # error pages name it without a hash
    hashed = list(tmp_path.glob("css/console.*.css"))
    assert len(hashed) == 1
    assert "@import" not in hashed[0].read_text()
    assert (tmp_path / "css" / f"{hashed[0].name}.gz").exists()
