"""Style sheet and script as they are collected: one file each, that holds what it imports."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from scpconsole.one_file import one_script, one_sheet

STATIC = Path(settings.BASE_DIR) / "static"
STORAGE = {"staticfiles": {"BACKEND": "scpconsole.one_file.OneFileStorage"}}
SHEET = (STATIC / "css" / "console.css").read_text()
SCRIPT = (STATIC / "js" / "console.js").read_text()


def test_every_rule_is_inside_in_its_layer() -> None:
    made = one_sheet(SHEET)
    assert "@import" not in made
    assert "/*" not in made
    assert made.startswith("@layer tokens, base, layout, components, utilities;")
    layers = re.findall(r"^@layer (\w+) \{$", made, re.MULTILINE)
    assert layers == re.findall(r"layer\((\w+)\);", SHEET)
    assert made.index("--ground:") < made.index(".badge {")
    assert made.count("{") == made.count("}")


def test_every_script_is_inside_in_its_order() -> None:
    made = one_script(SCRIPT)
    assert "import " not in made
    assert not re.search("^//", made, re.MULTILINE)
    assert made.count('"use strict";') == SCRIPT.count("import ")
    assert made.index("notice-${name}") < made.index("showModal")


def test_no_file_is_forgotten() -> None:
    ours = {path.name for path in (STATIC / "js").glob("*.js")} - {"console.js"}
    # What only some pages need they name themselves.
    assert set(re.findall(r'import "\./([\w.-]+)";', SCRIPT)) == ours - {"passkey.js", "toast.js"}
    sheets = {str(path.relative_to(STATIC / "css")) for path in (STATIC / "css").rglob("*.css")}
    imported = set(re.findall(r'url\("([^"]+)"\)', SHEET))
    assert imported == sheets - {"console.css", "styleguide.css"}


def test_an_import_of_nothing_is_not_passed_over() -> None:
    with pytest.raises(FileNotFoundError, match="css/components/nothing.css"):
        one_sheet('@import url("components/nothing.css") layer(components);')
    with pytest.raises(FileNotFoundError, match="js/nothing.js"):
        one_script('import "./nothing.js";')


def test_only_the_hashed_files_are_changed(tmp_path: Path) -> None:
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=STORAGE):
        call_command("collectstatic", "--noinput", "--verbosity", "0")
    for name, source in (("css/console.css", SHEET), ("js/console.js", SCRIPT)):
        assert (tmp_path / name).read_text() == source  # error pages name it without a hash
        stem, ending = name.split(".")
        hashed = list(tmp_path.glob(f"{stem}.*.{ending}"))
        assert len(hashed) == 1
        assert "import " not in hashed[0].read_text()
        assert Path(f"{hashed[0]}.gz").exists()
