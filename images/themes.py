from django.conf import settings
from django.http import HttpRequest, HttpResponse

THEMES = ("system", "light", "dark")


def keep_theme(response: HttpResponse, theme: str, *, is_secure: bool) -> None:
    """Keep the theme for a year. No script reads the cookie: the server renders by it."""
    response.set_cookie(
        settings.THEME_COOKIE_NAME,
        theme,
        max_age=365 * 24 * 60 * 60,
        secure=is_secure,
        httponly=True,
        samesite="Lax",
    )


def theme_of(request: HttpRequest) -> str:
    """Return the theme that the person chose, "system" when none or an odd one."""
    chosen = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return chosen if chosen in THEMES else "system"
