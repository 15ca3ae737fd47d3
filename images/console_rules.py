"""The settings that rule the console, in words, for a page that only shows them. No secret, and
no address that may be as good as one, is among them."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.stamps import duration_text, zone_text
from images.vocabulary import Role


@dataclass(frozen=True)
class Rule:
    """One setting: what it rules, its value in words, the variable that sets it."""

    label: str
    value: str
    variable: str


@dataclass(frozen=True)
class Group:
    """Settings that belong together."""

    key: str
    title: str
    rules: list[Rule]


def console_rules() -> list[Group]:
    return [
        Group("keeping", _("What is kept"), _keeping()),
        Group("people", _("People and sessions"), _people()),
        Group("places", _("Environments and regions"), _places()),
        Group("calls", _("Calls to SCP"), _calls()),
        Group("running", _("How the console runs"), _running()),
    ]


def _keeping() -> list[Rule]:
    years = settings.RETENTION_YEARS
    kept = ngettext("{count} year", "{count} years", years).format(count=years)
    mailed = len(settings.LEDGER_ANCHOR_MAIL)
    return [
        Rule(_("Events and the bytes of calls"), kept, "RETENTION_YEARS"),
        Rule(_("Requests"), _("For good"), ""),
        Rule(
            _("Checkpoints go to an archive"), _yes(settings.LEDGER_ANCHOR_URL), "LEDGER_ANCHOR_URL"
        ),
        Rule(_("Mail addresses that get checkpoints"), str(mailed), "LEDGER_ANCHOR_MAIL"),
    ]


def _people() -> list[Rule]:
    days = settings.PASSWORD_RESET_TIMEOUT // 86_400
    lasts = ngettext("{count} day", "{count} days", days).format(count=days)
    minutes = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT // 60
    proof = ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    idle = settings.SESSION_IDLE_MINUTES
    hours = settings.SESSION_HOURS
    roles = [str(Role(role).label) for role in sorted(settings.SECOND_FACTOR_ROLES)]
    return [
        Rule(
            _("A session without its person ends after"),
            ngettext("{count} minute", "{count} minutes", idle).format(count=idle),
            "SESSION_IDLE_MINUTES",
        ),
        Rule(
            _("A session ends in any case after"),
            ngettext("{count} hour", "{count} hours", hours).format(count=hours),
            "SESSION_HOURS",
        ),
        Rule(
            _("Roles that need a second factor"),
            ", ".join(roles) or _("No role"),
            "SECOND_FACTOR_ROLES",
        ),
        Rule(_("A proof of who one is holds for"), proof, "PROOF_MINUTES"),
        Rule(_("A link to set a password works for"), lasts, "PASSWORD_LINK_DAYS"),
        Rule(
            _("Such a link may go by mail"), _yes(settings.PASSWORD_LINK_MAIL), "PASSWORD_LINK_MAIL"
        ),
    ]


def _places() -> list[Rule]:
    return [
        Rule(environment, ", ".join(regions), "SCP_ENVIRONMENTS")
        for environment, regions in settings.SCP_ENVIRONMENTS.items()
    ]


def _calls() -> list[Rule]:
    fresh = duration_text(settings.SCP_LIST_FRESH_SECONDS)
    return [
        Rule(_("Address of SCP"), settings.SCP_URL_TEMPLATE, "SCP_URL_TEMPLATE"),
        Rule(_("Longest call of the worker"), _seconds("SCP_TOTAL_SECONDS"), "SCP_TOTAL_SECONDS"),
        Rule(_("Longest call of a page"), _seconds("SCP_PAGE_SECONDS"), "SCP_PAGE_SECONDS"),
        Rule(_("A server list is shown again for"), fresh, "SCP_LIST_FRESH_SECONDS"),
        Rule(
            _("Private addresses are allowed"),
            _yes(settings.SCP_ALLOW_PRIVATE),
            "SCP_ALLOW_PRIVATE",
        ),
    ]


def _running() -> list[Rule]:
    return [
        Rule(_("Address of the console"), settings.CONSOLE_URL, "CONSOLE_URL"),
        Rule(_("Time zone of all pages"), zone_text(), "CONSOLE_TIME_ZONE"),
        Rule(
            _("Language when the browser asks for neither"),
            settings.LANGUAGE_CODE,
            "CONSOLE_LANGUAGE",
        ),
        Rule(_("Queue of the background work"), settings.TASK_QUEUE, "TASK_QUEUE"),
        Rule(_("Master keys are wrapped by"), settings.KEY_WRAPPER, "KEY_WRAPPER"),
    ]


def _seconds(name: str) -> str:
    return duration_text(getattr(settings, name))


def _yes(value: object) -> str:
    return _("Yes") if value else _("No")
