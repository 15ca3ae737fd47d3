"""The console under the role that docs/postgresql gives it: `python -m tests.project.runtime_role`.

Makes a private PostgreSQL with both roles by the very scripts of the docs, migrates as the owner,
works as the other one, and tries what that one must not do. Prints one JSON object.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.faults.installing import installed
from tests.postgres import find_binaries

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "postgresql"
DATABASE = "roles"
_FORBIDDEN = {
    "change an event": "UPDATE images_auditevent SET target = 'x'",
    "change an event's bytes": "UPDATE images_auditevent SET content = NULL",
    "delete events": "DELETE FROM images_auditevent",
    "empty the events": "TRUNCATE images_auditevent",
    "drop the events": "DROP TABLE images_auditevent",
    "disable a guard": "ALTER TABLE images_auditevent DISABLE TRIGGER guard_event_update",
    "drop a guard": "DROP TRIGGER guard_event_update ON images_auditevent",
    "add a trigger": (
        "CREATE TRIGGER swallow BEFORE INSERT ON images_auditevent"
        " FOR EACH ROW EXECUTE FUNCTION guard_event_delete()"
    ),
    "add a rule": "CREATE RULE swallow AS ON INSERT TO images_auditevent DO INSTEAD NOTHING",
    "replace a guard's function": (
        "CREATE OR REPLACE FUNCTION guard_event_update() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NEW; END'"
    ),
    "add a function": "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "play replica": "SET session_replication_role = replica",
    "become the owner": "SET ROLE console_owner",
    "change a checkpoint": "UPDATE images_checkpoint SET size = 1",
    "delete checkpoints": "DELETE FROM images_checkpoint",
    "change what was asked for": "UPDATE images_imagerequest SET reason = 'x'",
    "change who asked": "UPDATE images_imagerequest SET actor_id = actor_id",
    "delete requests": "DELETE FROM images_imagerequest",
    "change what was sent": "UPDATE images_exchangerecord SET request_body = 'x'",
    "delete calls": "DELETE FROM images_exchangerecord",
    "empty the calls": "TRUNCATE images_exchangerecord",
    "pretend a migration": "DELETE FROM django_migrations",
}


def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="roles-") as scratch,
        installed("postgresql", Path(scratch)),
    ):
        sys.stdout.write(json.dumps(_played()) + "\n")
    return 0


def _played() -> dict[str, Any]:
    administrator = os.environ["DATABASE_URL"]
    server, _, _database = administrator.rpartition("/")
    socket = server.removeprefix("postgres://console@/")
    passwords = {"owner_password": "of the owner", "app_password": "of the console"}
    _psql(socket, "console", "postgres", "roles.sql", database=DATABASE, **passwords)
    os.environ["DATABASE_URL"] = f"{server.replace('console@', 'console_owner@')}/{DATABASE}"
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from tests.project import runtime_acts  # Django has read the environment

    runtime_acts.migrate()
    _psql(socket, "console_owner", DATABASE, "grants.sql")
    return runtime_acts.act(_FORBIDDEN)


def _psql(socket: str, user: str, database_name: str, script: str, **variables: str) -> None:
    binaries = find_binaries()
    assert binaries
    named = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
    command = [str(binaries / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *named]
    where = f"host={socket} user={user} dbname={database_name}"
    subprocess.run([*command, "-f", str(DOCS / script), where], check=True)


if __name__ == "__main__":
    sys.exit(main())
