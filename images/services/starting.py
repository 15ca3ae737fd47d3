"""What must be right before a web or worker process serves anybody."""

from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from images.models import AccessKey
from images.vault import BadKeyring, Vault, VaultError, open_vault


class CannotStart(Exception):
    """The console must not run like this. Its text is one sentence that names the setting."""


def refuse_bad_start() -> None:
    """Raise CannotStart when the database is not migrated or stored keys cannot be opened.

    A wrong master key would otherwise show only when somebody needs an access key.
    """
    try:
        vault = open_vault()
        _require_migrated()
        _require_masters(vault)
    except BadKeyring as error:
        raise CannotStart(str(error)) from error
    except OperationalError as error:
        raise CannotStart(
            f"The database cannot be opened ({error}). Check DATABASE_URL and CONSOLE_DATA_DIR."
        ) from error
    finally:
        connection.close()  # a forked server process must not share this connection


def _require_migrated() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CannotStart("The database is not up to date: run “manage.py migrate”.")


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
