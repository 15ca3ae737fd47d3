"""Every page in every state, one line each: who opens which address, and does what there.

A new page is one line more; pictures and accessibility tests then look at it, too.
"""

from collections.abc import Callable
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import Page

from tests.gallery import acts
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
    return _form_of(world, world.server_id)


def _form_of(world: World, server_id: str) -> str:
    return reverse("request-new", args=[world.keys["working"].pk, server_id])


def _body(world: World) -> str:
    return reverse("request-body", args=[world.requests["sent"].pk, 1, "response"])


def _removal(world: World) -> str:
    factor = Authenticator.objects.get(user=world.people["frank"], type="totp")
    return reverse("mfa_remove", args=[factor.pk])


def _person(name: str) -> Callable[[World], str]:
    return lambda world: reverse("person-detail", args=[world.people[name].pk])


SCENES = (
    Scene("sign-in", "", _at("account_login")),
    Scene("sign-in refused", "", _at("account_login"), acts.send),
    Scene("sign-in out of date", "", _at("account_login"), acts.lose_form_token),
    Scene("sign-in with single sign-on", "", lambda world: "/with-single-sign-on/"),
    Scene("sign-in not let in", "", lambda world: "/fails/not-let-in/"),
    Scene("sign-in busy", "", lambda world: "/fails/busy/"),
    Scene("sign-in second step", "", _at("account_login"), acts.sign_in),
    Scene("sign-in second step refused", "", _at("account_login"), acts.sign_in_and_fail),
    Scene("no role", "charlie", _at("home")),
    Scene("servers", "alice", _at("server-list")),
    Scene("servers slide-over", "alice", _at("server-list"), acts.open_panel),
    Scene("servers slide-over refused", "alice", _at("server-list"), acts.refuse_in_panel),
    Scene("in progress drawer", "alice", _at("key-list"), acts.open_drawer),
    Scene("shortcuts help", "alice", _at("history"), acts.ask_for_help),
    Scene("toasts", "alice", _at("key-list"), acts.tell_news),
    Scene("session ends", "alice", _at("account"), acts.end_soon),
    Scene("session over", "alice", _at("account"), acts.end),
    Scene("session over in slide-over", "alice", _at("server-list"), acts.end_in_panel),
    Scene("worker silent", "alice", _at("server-list"), acts.silence_worker),
    Scene("servers nothing matches", "alice", _at("server-list", q="nothing-is-called-so")),
    Scene("servers stale", "alice", _servers_of("stale")),
    Scene("servers failed", "alice", _servers_of("failed")),
    Scene("servers forbidden", "alice", _servers_of("forbidden")),
    Scene("servers empty", "alice", _servers_of("empty")),
    Scene("servers key expires", "alice", _servers_of("expiring")),
    Scene("servers without a key", "erin", _at("server-list")),
    Scene("create image", "alice", _form),
    Scene("create image goes on", "alice", lambda world: _form_of(world, world.draft.server_id)),
    Scene("create image refused", "alice", _form, acts.refuse_form),
    Scene("create image carried over", "alice", _form, acts.send_signed_out),
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
    Scene(
        "request tab integrity broken", "alice", _request("changed by hand", "request-integrity")
    ),
    Scene("request body", "alice", _body),
    Scene("request settlement", "alice", _request("several fit", "request-settle")),
    Scene("history", "alice", _at("history")),
    Scene("history of all people", "bob", _at("history", show="all")),
    Scene("history with alarm", "bob", _at("history"), acts.raise_alarm),
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
    Scene("access key new refused", "erin", _at("key-new"), acts.send),
    Scene("access key edit", "alice", _key("working", "key-edit")),
    Scene("settings", "alice", _at("account")),
    Scene("settings password", "alice", _at("account_change_password")),
    Scene("settings password refused", "alice", _at("account_change_password"), acts.send),
    Scene("settings sessions", "alice", _at("session-list")),
    Scene("settings shortcuts", "alice", _at("account-shortcuts")),
    Scene("settings second factor", "alice", _at("mfa_index")),
    Scene("settings second factor held", "frank", _at("mfa_index")),
    Scene("settings second factor removal", "frank", _removal),
    Scene("settings second factor app", "alice", _at("mfa_activate_totp")),
    Scene("settings second factor app refused", "alice", _at("mfa_activate_totp"), acts.send),
    Scene("settings passkey", "frank", _at("mfa_add_webauthn")),
    Scene("settings passkey refused", "frank", _at("mfa_add_webauthn"), acts.break_passkey),
    Scene("settings new codes", "frank", _at("mfa_new_codes")),
    Scene("settings codes", "frank", _at("mfa_new_codes"), acts.go_on),
    Scene("settings people", "dora", _at("person-list")),
    Scene("settings people nothing matches", "dora", _at("person-list", q="nobody-at-all")),
    Scene("settings people new", "dora", _at("person-new")),
    Scene("settings people new refused", "dora", _at("person-new"), acts.send),
    Scene("settings person", "dora", _person("alice")),
    Scene("settings own person", "dora", _person("dora")),
    Scene("settings person disabled", "dora", _person("ida")),
    Scene("settings person link", "dora", _person("grace"), acts.make_link),
    Scene("settings console", "dora", _at("console-settings")),
    Scene("proof", "alice", _at("account_reauthenticate")),
    Scene("proof by second factor", "frank", _at("mfa_reauthenticate")),
    Scene("password link", "", lambda world: world.password_link),
    Scene("password link refused", "", lambda world: world.password_link, acts.choose_weak),
    Scene("password link dead", "", _at("password-link", token="used")),
    Scene("style guide", "alice", _at("styleguide")),
    Scene("error 400", "alice", lambda world: "/fails/400/"),
    Scene("error 403", "bob", _at("key-list")),
    Scene("error 404", "alice", lambda world: "/nothing-is-here/"),
    Scene("error 405", "alice", _at("server-refresh")),
    Scene("error 413", "alice", lambda world: "/fails/413/"),
    Scene("error 429", "alice", lambda world: "/fails/429/"),
    Scene("error 500", "alice", lambda world: "/fails/500/"),
    Scene("error 503", "alice", lambda world: "/fails/503/"),
)
