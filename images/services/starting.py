"""What must be right before a web or worker process serves anybody."""

from typing import TYPE_CHECKING, cast

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from images import guards
from images.ledger_key import BadLedgerKey, signing_key
from images.models import AccessKey, User
from images.services import checkpoints, factor_rotation
from images.vault import BadKeyring, Vault, VaultError, open_vault
from images.vocabulary import Role

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper


class CannotStart(Exception):
    """The console must not run like this. Its text is one sentence that names the setting."""


def refuse_bad_start() -> None:
    """Raise CannotStart when the database is not migrated or stored keys cannot be opened.

    A wrong master key would otherwise show only when somebody needs an access key.
    """
    try:
        vault = open_vault()
        _require_reachable()
        _require_migrated()
        _require_masters(vault)
        _require_factor_masters()
        signing_key()
        _require_guards()
        _require_signed_past()
    except (BadKeyring, BadLedgerKey) as error:
        raise CannotStart(str(error)) from error
    except OperationalError as error:
        words = " ".join(str(error).split())  # PostgreSQL's own fill several lines
        raise CannotStart(
            f"The database cannot be opened ({words}). Check DATABASE_URL and CONSOLE_DATA_DIR."
        ) from error
    finally:
        _let_go()


def _postgres() -> "PostgresWrapper | None":
    """Return the connection when it is PostgreSQL's, whose module only imports with its driver."""
    found = connections[DEFAULT_DB_ALIAS]
    return cast("PostgresWrapper", found) if found.vendor == "postgresql" else None


def _let_go() -> None:
    """A forked server process must share neither a connection nor the threads of a pool."""
    connection.close()
    postgres = _postgres()
    if postgres:
        postgres.close_pool()


def _require_reachable() -> None:
    """Ask PostgreSQL itself, once: the pool would try for long, and then not say why not."""
    postgres = _postgres()
    if postgres:
        with postgres.wrap_database_errors:
            postgres.Database.connect(**postgres.get_connection_params()).close()


def is_migrated() -> bool:
    """Whether every migration was applied. Raises django.db.Error."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def has_administrator() -> bool:
    """Whether anybody may come in who can let others in. Raises django.db.Error."""
    return User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists()


def _require_migrated() -> None:
    if not is_migrated():
        raise CannotStart("The database is not up to date: run “manage.py migrate”.")


def _require_guards() -> None:
    """A table that was altered by hand may have lost its triggers; a migrate puts them back."""
    absent = guards.missing(DEFAULT_DB_ALIAS)
    if absent:
        raise CannotStart(
            f"The database does not guard its records ({', '.join(absent)}): run “manage.py "
            "migrate”, and find out who took the guards off."
        )


def _require_signed_past() -> None:
    trouble = checkpoints.trouble()
    if trouble:
        raise CannotStart(
            f"{trouble} If an older backup was restored on purpose, say so with “manage.py "
            "acknowledge_ledger --reason …”."
        )


def _require_masters(vault: Vault) -> None:
    for master_id in AccessKey.objects.order_by().values_list("sealed_with", flat=True).distinct():
        key = AccessKey.objects.filter(sealed_with=master_id).first()
        if key is None:
            continue
        try:
            vault.open(key.sealed_access_key, key.place("access_key"))
        except VaultError as error:
            raise CannotStart(
                "KEYRING does not hold the master key that stored access keys were encrypted "
                f"with (its id is {master_id}). Set KEYRING to the keys used before."
            ) from error


def _require_factor_masters() -> None:
    missing = factor_rotation.missing_masters()
    if missing:
        raise CannotStart(
            "KEYRING does not hold the master key that second factors were encrypted with (its id "
            f"is {', '.join(sorted(missing))}). Set KEYRING to the keys used before."
        )
