from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The wiring, installed for its management commands alone."""

    name = "scpconsole"
    label = "scpconsole"
