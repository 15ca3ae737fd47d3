"""What a program that asks for the figures is told in words, by whoever reads its log."""

from django.http import HttpResponse


def over_https() -> HttpResponse:
    return _text("Use https.", 403)


def send_the_token() -> HttpResponse:
    answer = _text("Send the token.", 401)
    answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
    return answer


def no_database() -> HttpResponse:
    return _text("The database cannot be asked.", 503)


def _text(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain")
