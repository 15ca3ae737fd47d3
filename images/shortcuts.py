from django.http import HttpRequest

SHORTCUTS_COOKIE = "shortcuts"
CHOICES = ("on", "off")


def has_shortcuts(request: HttpRequest) -> bool:
    """Whether single keys act on pages. They do until somebody says otherwise (WCAG 2.2, 2.1.4)."""
    return request.COOKIES.get(SHORTCUTS_COOKIE) != "off"
