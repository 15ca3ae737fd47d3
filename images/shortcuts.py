from django.http import HttpRequest, HttpResponse

CHOICES = ("on", "off")


def keep_shortcuts(response: HttpResponse, choice: str, *, is_secure: bool) -> None:
    """Keep the choice for a year. No script reads the cookie: the server renders by it."""
    response.set_cookie(
        _cookie(is_secure=is_secure),
        choice,
        max_age=365 * 24 * 60 * 60,
        secure=is_secure,
        httponly=True,
        samesite="Lax",
    )


def has_shortcuts(request: HttpRequest) -> bool:
    """Whether single keys act on pages. They do until somebody says otherwise (WCAG 2.2, 2.1.4)."""
    return request.COOKIES.get(_cookie(is_secure=request.is_secure())) != "off"


def _cookie(*, is_secure: bool) -> str:
    """With this beginning a browser takes it only from https, for this very host."""
    return "__Host-shortcuts" if is_secure else "shortcuts"
