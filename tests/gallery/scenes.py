"""Every page in every state, one line each: who opens which address, and does what there.

A new page is one line more; pictures and accessibility tests then look at it, too.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from playwright.sync_api import Page

from tests.gallery.world import World


@dataclass(frozen=True)
class Scene:
    """One page in one state. `person` is "" for somebody who is not signed in."""

    name: str
    person: str
    address: Callable[[World], str]
    act: Callable[[Page], None] | None = None


def _at(name: str, **query: str) -> Callable[[World], str]:
    tail = "&".join(f"{key}={value}" for key, value in query.items())
    return lambda world: f"{reverse(name)}?{tail}" if tail else reverse(name)


def _servers_of(key: str) -> Callable[[World], str]:
    return lambda world: f"{reverse('server-list')}?key={world.keys[key].pk}"


def _request(state: str, name: str = "request-detail") -> Callable[[World], str]:
    return lambda world: reverse(name, args=[world.requests[state].pk])


def _key(situation: str, name: str = "key-detail") -> Callable[[World], str]:
    return lambda world: reverse(name, args=[world.keys[situation].pk])


def _form(world: World) -> str:
    return reverse("request-new", args=[world.keys["working"].pk, world.server_id])


def _open_panel(page: Page) -> None:
    """Open the slide-over; on a narrow screen the same link leads to the page."""
    page.locator("main [data-panel-link]").first.click()
    page.locator("[data-name-check]").wait_for()


def _open_drawer(page: Page) -> None:
    """Open what is under way; on a narrow screen the same link leads to the list."""
    page.locator("#activity-chip").click()
    page.locator("#activity-list, #request-rows").first.wait_for()


def _person(name: str) -> Callable[[World], str]:
    return lambda world: reverse("person-detail", args=[world.people[name].pk])


def _refuse_form(page: Page) -> None:
    page.locator("[name=image_name]").fill("웹서버.01")
    _send(page)


def _send(page: Page) -> None:
    page.locator("main form button:not([type=button])").first.click()
    page.locator("[data-error-summary]").wait_for()


def _lose_cookies(page: Page) -> None:
    """Send a form whose token is not the browser's any more."""
    page.locator("[name=username]").fill("alice")
    page.context.clear_cookies(name="csrf")
    page.locator("main form[data-guard] button").click()
    page.locator("main:not(:has(form))").wait_for()


SCENES = (
    Scene("sign-in", "", _at("account_login")),
    Scene("sign-in refused", "", _at("account_login"), _send),
    Scene("sign-in out of date", "", _at("account_login"), _lose_cookies),
    Scene("no role", "charlie", _at("home")),
    Scene("servers", "alice", _at("server-list")),
    Scene("servers slide-over", "alice", _at("server-list"), _open_panel),
    Scene("in progress drawer", "alice", _at("key-list"), _open_drawer),
    Scene("servers nothing matches", "alice", _at("server-list", q="nothing-is-called-so")),
    Scene("servers stale", "alice", _servers_of("stale")),
    Scene("servers failed", "alice", _servers_of("failed")),
    Scene("servers forbidden", "alice", _servers_of("forbidden")),
    Scene("servers empty", "alice", _servers_of("empty")),
    Scene("servers key expires", "alice", _servers_of("expiring")),
    Scene("servers without a key", "erin", _at("server-list")),
    Scene("create image", "alice", _form),
    Scene("create image refused", "alice", _form, _refuse_form),
    Scene("requests", "alice", _at("request-list")),
    Scene("requests of all people", "bob", _at("request-list")),
    Scene("requests none", "erin", _at("request-list")),
    *(
        Scene(f"request {state}", "alice", _request(state))
        for state in (
            *("recorded", "waits until", "sending", "accepted", "not visible yet"),
            *("in progress", "unknown word", "overdue", "unknown", "several fit", "gone"),
            *("ready", "refused", "not sent", "failed", "not made", "made after all"),
            *("cancelled", "long names", "sent"),
        )
    ),
    Scene("request tab sent", "alice", _request("sent", "request-sent")),
    Scene("request tab response", "alice", _request("sent", "request-received")),
    Scene("request tab cloud", "alice", _request("sent", "request-cloud")),
    Scene("request tab cloud not asked", "bob", _request("sent", "request-cloud")),
    Scene("request tab integrity", "alice", _request("sent", "request-integrity")),
    Scene("request settlement", "alice", _request("several fit", "request-settle")),
    Scene("history", "alice", _at("history")),
    Scene("history of all people", "bob", _at("history", show="all")),
    Scene("history nothing matches", "bob", _at("history", q="nothing-is-called-so")),
    Scene("event", "bob", lambda world: reverse("event-detail", args=[world.event.sequence])),
    Scene("checkpoints", "bob", _at("checkpoint-list")),
    Scene("exports", "alice", _at("export-list")),
    Scene("exports none", "erin", _at("export-list")),
    Scene("export new", "alice", _at("export-new")),
    Scene("export", "alice", lambda world: world.export.get_absolute_url()),
    Scene("reviews", "bob", _at("review-list")),
    Scene("review", "bob", lambda world: reverse("review-detail", args=[str(world.month)])),
    Scene("access keys", "alice", _at("key-list")),
    Scene("access keys none", "erin", _at("key-list")),
    Scene("access key", "alice", _key("working")),
    Scene("access key expires", "alice", _key("expiring")),
    Scene("access key disabled", "alice", _key("disabled")),
    Scene("access key new", "erin", _at("key-new")),
    Scene("access key new refused", "erin", _at("key-new"), _send),
    Scene("access key edit", "alice", _key("working", "key-edit")),
    Scene("settings", "alice", _at("account")),
    Scene("settings password", "alice", _at("account_change_password")),
    Scene("settings password refused", "alice", _at("account_change_password"), _send),
    Scene("settings sessions", "alice", _at("session-list")),
    Scene("settings shortcuts", "alice", _at("account-shortcuts")),
    Scene("settings second factor", "alice", _at("mfa_index")),
    Scene("settings second factor app", "alice", _at("mfa_activate_totp")),
    Scene("settings second factor app refused", "alice", _at("mfa_activate_totp"), _send),
    Scene("settings people", "dora", _at("person-list")),
    Scene("settings people nothing matches", "dora", _at("person-list", q="nobody-at-all")),
    Scene("settings people new", "dora", _at("person-new")),
    Scene("settings people new refused", "dora", _at("person-new"), _send),
    Scene("settings person", "dora", _person("alice")),
    Scene("settings own person", "dora", _person("dora")),
    Scene("settings console", "dora", _at("console-settings")),
    Scene("proof", "alice", _at("account_reauthenticate")),
    Scene("password link dead", "", _at("password-link")),
    Scene("style guide", "alice", _at("styleguide")),
    Scene("error 400", "alice", lambda world: "/fails/400/"),
    Scene("error 403", "bob", _at("key-list")),
    Scene("error 404", "alice", lambda world: "/nothing-is-here/"),
    Scene("error 405", "alice", _at("server-refresh")),
    Scene("error 413", "alice", lambda world: "/fails/413/"),
    Scene("error 500", "alice", lambda world: "/fails/500/"),
    Scene("error 503", "alice", lambda world: "/fails/503/"),
)
