"""A new release whose migration fails half way, while the old one works. Number 42."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from django.apps import apps
from django.db import connection

from images import migrations
from tests.faults.case import Case
from tests.faults.house import House, require
from tests.faults.web import ROOT

ACCEPTED = "recorded sending accepted"
_FAILS = """from django.db import migrations, models


def rewrite(apps, schema_editor):
    rows = apps.get_model("images", "ImageRequest").objects.all()
    assert rows.update(scp_status="half-way", note="half-way")


class Migration(migrations.Migration):
    dependencies = [("images", "{last}")]
    operations = [
        migrations.AddField("imagerequest", "note", models.TextField(default="")),
        migrations.RunPython(rewrite),
        migrations.RunSQL("INSERT INTO a_table_that_is_not_there VALUES (1)"),
    ]
"""


def cases() -> Iterator[Case]:
    yield Case("migration fails half way", ACCEPTED, 2, _migration_fails)


def _migration_fails(house: House) -> None:
    house.ask(0)
    house.settle()
    before = _columns(), _applied()
    done = _migrate(house)
    require(done.returncode != 0, "the migration did not fail")
    require("a_table_that_is_not_there" in done.stderr, f"it failed early: {done.stderr[-200:]}")
    is_rewritten = any(asked.scp_status == "half-way" for asked in house.requests)
    require(
        not is_rewritten and before == (_columns(), _applied()),
        "something of the migration is left",
    )
    house.ask(1)  # and the old release, which never stopped, still works
    house.settle()


def _migrate(house: House) -> "subprocess.CompletedProcess[str]":
    """Run the new release's migrations as an installation does, in a process of its own."""
    package = house.folder / "next_migrations"
    shutil.copytree(migrations.__path__[0], package)
    last = sorted(path.stem for path in package.glob("0*.py"))[-1]
    (package / "9999_fails.py").write_text(_FAILS.format(last=last))
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--no-input"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.next_release",
            "PYTHONPATH": str(house.folder),
            "DATABASE_URL": house.database.url(house.name),
            "DATABASE_LOCK_SECONDS": "20",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def _columns() -> dict[str, list[str]]:
    """Return the columns of every table of ours."""
    with connection.cursor() as cursor:
        return {
            model._meta.db_table: [
                column.name
                for column in connection.introspection.get_table_description(
                    cursor, model._meta.db_table
                )
            ]
            for model in apps.get_app_config("images").get_models()
        }


def _applied() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        return int(cursor.fetchone()[0])
