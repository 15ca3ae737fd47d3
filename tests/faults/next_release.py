"""Settings of a next release, whose migrations a case writes into its own folder."""

from tests.faults.settings import *  # noqa: F403

MIGRATION_MODULES = {"images": "next_migrations"}
