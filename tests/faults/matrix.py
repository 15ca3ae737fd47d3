"""Fill a database, play the cases on copies of it, print a row for each."""

import itertools
import logging
import os
import sys
from collections.abc import Iterator

import django

django.setup()
# The stand-in explains each refusal; here refusals are what is wanted.
logging.getLogger("scpconsole.sandbox").setLevel(logging.ERROR)
# Read by the processes of the cases: they give a locked database up soon, this one waits.
os.environ["DATABASE_LOCK_SECONDS"] = "1"

from django.core.management import call_command  # noqa: E402

from images.services import keys  # noqa: E402
from images.vocabulary import Role  # noqa: E402
from tests.faults import cases, sweeps  # noqa: E402
from tests.faults.databases import Database, leave_database  # noqa: E402
from tests.faults.killing import kill_at_random  # noqa: E402
from tests.faults.plan import Plan, Tally  # noqa: E402
from tests.faults.running import Row, play  # noqa: E402
from tests.people import ACCESS_KEY, SECRET_KEY, make_person  # noqa: E402


def run(plan: Plan, database: Database) -> None:
    """Play this process's part of the plan."""
    _fill()
    tally = Tally()
    for row in _killed(plan, database) if plan.kills else _played(plan, database):
        say(str(row))
        tally.add(row.tally)
    say(str(tally))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _fill() -> None:
    """Bring the database up to date, with two people who may ask and a key for each."""
    call_command("migrate", interactive=False, verbosity=0)
    for name in ("alice", "carol"):
        keys.add(
            actor=make_person(name, Role.OPERATOR),
            alias=f"{name}'s key",
            environment="e",
            region="kr-west1",
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            api_version="1.3",
        )
    leave_database()


def _killed(plan: Plan, database: Database) -> Iterator[Row]:
    for workers in plan.workers:
        yield kill_at_random(database, workers=workers, kills=plan.kills, seed=plan.seed)


def _played(plan: Plan, database: Database) -> Iterator[Row]:
    kind = database.name if database.name == "sqlite" else "postgresql"
    wanted = [case for case in cases.every() if plan.names(case.name) and kind in case.databases]
    number = 0
    for number, (case, workers) in enumerate(itertools.product(wanted, plan.workers)):
        if plan.is_mine(number):
            yield play(case, database, workers)
    chosen = [sweep for sweep in sweeps.every() if plan.names(sweep.name)]
    for further, (sweep, workers) in enumerate(itertools.product(chosen, plan.workers)):
        if plan.is_mine(number + 1 + further):
            yield from _swept(sweep, database, workers)


def _swept(sweep: sweeps.Sweep, database: Database, workers: int) -> Iterator[Row]:
    """One row for each boundary, until a run no longer comes to one."""
    for nth in itertools.count(1):
        row = play(sweep.case(nth), database, workers)
        if not row.has_struck:
            return
        yield row
