"""Answers that are files of any size, sent while they are written."""

from collections.abc import Iterator
from typing import Protocol

from django.http import StreamingHttpResponse

from images.http import ConsoleRequest

# A reader that takes no byte for so long is gone, or means to keep the thread from others.
MOST_SILENT_SECONDS = 60


class Parts(Protocol):
    """The bytes of a file; closed when they were sent, or when the reader went away."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


def file_answer(
    request: ConsoleRequest, parts: Parts, *, name: str, content_type: str
) -> StreamingHttpResponse:
    """Answer a file to be kept under `name`, which is plain ASCII. The parts are closed with it."""
    # gunicorn waits for ever for a reader; its name for the connection is in the environment.
    connection = request.META.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(MOST_SILENT_SECONDS)
    response = StreamingHttpResponse(parts, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
