"""The command line of the web server, the same for `make run` and `make serve`."""

import sys

from scpconsole.data_folder import ROOT

WEB_THREADS = 16


def web_server(*, listen: str, processes: int = 1, threads: int = WEB_THREADS) -> tuple[str, ...]:
    """Return gunicorn's command line; `listen` is a host and a port.

    Threads, so that a slow cloud blocks nobody. What is in flight may take 35 seconds to end.
    """
    return (
        *(sys.executable, "-m", "gunicorn", "scpconsole.wsgi"),
        *("--bind", listen, "--chdir", str(ROOT)),
        *("--worker-class", "gthread", "--workers", str(processes), "--threads", str(threads)),
        *("--preload", "--no-control-socket", "--log-level", "warning"),
        *("--graceful-timeout", "35", "--timeout", "120"),
    )
