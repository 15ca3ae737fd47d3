from django.apps import AppConfig


class ImagesConfig(AppConfig):
    """The one app: keys, servers, requests, history."""

    name = "images"

    def ready(self) -> None:
        from images import checks  # noqa: F401  (registers the system checks)
