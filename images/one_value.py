"""Refuse a form that says one thing twice: no page of ours sends a field more than once."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from images.views import errors


class OneValueMiddleware:
    """Answer with 400 before a view reads one of two values that a field came with.

    Django takes the last and a proxy in front, which checks what passes, may take the first. In an
    address a second value does no harm: it only says what is shown. Stands behind
    CsrfViewMiddleware, which has read the body by then and answers for one that breaks off.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        is_repeated = any(len(values) > 1 for _name, values in request.POST.lists())
        return errors.bad_request(request) if is_repeated else None
