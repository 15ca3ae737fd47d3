"""What the product's own formatter makes of everything that is logged meanwhile."""

import contextlib
import io
import json
import logging
from collections.abc import Collection, Iterator
from typing import Any

from structlog.stdlib import ProcessorFormatter

from scpconsole.logs import logging_settings


class Lines:
    """The lines of the log so far, as a terminal or a file gets them."""

    def __init__(self) -> None:
        self._stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        self.handler = logging.StreamHandler(self._stream)

    @property
    def text(self) -> str:
        self._stream.seek(0)
        return self._stream.read()

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every line as JSON. Fails when one is none."""
        return [json.loads(line) for line in self.text.splitlines()]

    def clear(self) -> None:
        self._stream.seek(0)
        self._stream.truncate()


@contextlib.contextmanager
def captured(
    form: str = "json", *, level: int = logging.INFO, secrets: Collection[str] = ()
) -> Iterator[Lines]:
    """Listen at the root with the formatter of the setting LOGGING."""
    lines = Lines()
    made = logging_settings(form=form, level="INFO", secrets=secrets)["formatters"]["event"]
    lines.handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=made["foreign_pre_chain"], processors=made["processors"]
        )
    )
    root = logging.getLogger()
    before = root.level
    root.addHandler(lines.handler)
    root.setLevel(level)
    try:
        yield lines
    finally:
        root.removeHandler(lines.handler)
        root.setLevel(before)
