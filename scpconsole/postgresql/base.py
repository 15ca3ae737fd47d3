"""Django's PostgreSQL, with pooled connections that outlive a restart of the server."""

from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from psycopg import Error as PostgresError
from psycopg_pool import ConnectionPool


class DatabaseWrapper(PostgresWrapper):
    """Hands out only connections that work, at the cost of one small round trip each.

    The pool's own check tries idle connections one after the other and doubles its pause each
    time: five that a restart broke are ten seconds, and whoever asked gets an error. One that is
    broken tells of a restart, so here all that lie idle are made anew at once.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        pool = self.pool
        if not pool or _works(connection):
            return connection
        pool.putconn(connection)
        pool.drain()
        return super().get_new_connection(conn_params)


def _works(connection: Any) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except PostgresError:
        return False
    return True
