"""One's own access keys: list, add, see, change, test, disable."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images import access
from images.forms.keys import EditKeyForm, NewKeyForm
from images.forms.refusals import show_refusal
from images.http import ConsoleRequest, answer, scp_language
from images.key_age import Reminder, idle_sentence, reminder
from images.key_in_use import of_key
from images.models import AccessKey
from images.services import keys, versions
from images.services.key_trial import try_key
from images.services.refusal import NotAllowed
from images.services.versions import VersionTable
from images.trial_report import TrialReport, trial_report
from images.version_report import VersionReport, unlisted_report, version_report


@require_safe
@access.who_holds_keys
def index(request: ConsoleRequest) -> HttpResponse:
    own = AccessKey.objects.filter(owner=request.user)
    places = {(key.environment, key.region): key for key in own}
    tables = {place: _table(key) for place, key in places.items()}
    rows = [_row(key, tables[key.environment, key.region]) for key in own]
    return render(request, "keys/index.html", {"rows": rows})


@sensitive_post_parameters("secret_key", "access_key")
@sensitive_variables("form", "typed")
@require_http_methods(["GET", "HEAD", "POST"])
@access.who_holds_keys
@access.proven_again
def new(request: ConsoleRequest) -> HttpResponse:
    """Add a key. It is tested at once, so that a mistyped one shows before it is needed."""
    table = versions.known_versions(environment="", region="")
    choices = {"versions": _choices(table), "initial": {"api_version": table.default}}
    form = NewKeyForm(request.POST if request.method == "POST" else None, **choices)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            key = keys.add(
                actor=request.user,
                alias=typed["alias"],
                environment=typed["environment"],
                region=typed["region"],
                access_key=typed["access_key"],
                secret_key=typed["secret_key"],
                api_version=typed["api_version"],
                expires_on=typed["expires_on"],
                is_production=typed["is_production"],
            )
        except NotAllowed as refusal:
            show_refusal(form, refusal.sentence, field=refusal.field)
        else:
            messages.success(request, _("The access key is stored, encrypted."))
            if not try_key(actor=request.user, key=key, language=scp_language()):
                messages.warning(
                    request, _("The key did not work when it was tested. See the test below.")
                )
            return redirect(key)
    status = 422 if form.is_bound else 200
    context = {"form": form, **_version_context(table)}
    return answer(request, "keys/new.html", context, part="new.html", status=status)


@require_safe
@access.who_holds_keys
def detail(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    key = access.own_key(request, pk)
    table = _table(key)
    row = _row(key, table)
    context = {
        "row": row,
        "key": key,
        "key_in_use": of_key(key),
        "is_fresh": key.is_usable and not key.image_requests.exists(),
        **_version_context(table),
    }
    return render(request, "keys/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.who_holds_keys
def edit(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    key = access.own_key(request, pk)
    if key.is_disabled:
        messages.error(request, _("A disabled key is not changed any more."))
        return redirect(key)
    table = _table(key)
    initial = {
        "alias": key.alias,
        "api_version": key.api_version,
        "expires_on": key.expires_on,
        "is_production": key.is_production,
    }
    form = EditKeyForm(
        request.POST if request.method == "POST" else None,
        versions=_choices(table),
        initial=initial,
    )
    if form.is_valid():
        try:
            keys.change(
                actor=request.user,
                key=key,
                alias=form.cleaned_data["alias"],
                api_version=form.cleaned_data["api_version"],
            )
            keys.set_expiry(actor=request.user, key=key, expires_on=form.cleaned_data["expires_on"])
            is_production = form.cleaned_data["is_production"]
            keys.set_production(actor=request.user, key=key, is_production=is_production)
        except NotAllowed as refusal:
            show_refusal(form, refusal.sentence, field=refusal.field)
        else:
            messages.success(request, _("The access key was changed."))
            return redirect(key)
    context = {"key": key, "key_in_use": of_key(key), "form": form, **_version_context(table)}
    return render(request, "keys/edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@access.who_holds_keys
def test(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    key = access.own_key(request, pk)
    if not key.is_usable:
        messages.error(request, _("A disabled or expired key is not used, not even for a test."))
    else:
        try_key(actor=request.user, key=key, language=scp_language())
    return redirect(key)


@require_POST
@access.who_holds_keys
@access.proven_again
def disable(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    key = access.own_key(request, pk)
    keys.disable(actor=request.user, key=key)
    messages.success(request, _("The access key is disabled. Its history stays."))
    return redirect(key)


@dataclass(frozen=True)
class KeyRow:
    key: AccessKey
    version: VersionReport
    test: TrialReport | None
    reminder: Reminder | None
    idle: str


def _row(key: AccessKey, table: VersionTable) -> KeyRow:
    found = table.find(key.api_version)
    version = version_report(found) if found else unlisted_report(key.api_version)
    return KeyRow(key, version, trial_report(key.last_test), reminder(key), idle_sentence(key))


def _table(key: AccessKey) -> VersionTable:
    return versions.known_versions(environment=key.environment, region=key.region)


def _choices(table: VersionTable) -> list[tuple[str, str]]:
    rows = [version_report(version) for version in table.versions if version.is_choosable]
    return [(row.number, f"{row.number} · {row.sentence}") for row in rows]


def _version_context(table: VersionTable) -> dict[str, Any]:
    return {
        "versions": [version_report(version) for version in table.versions],
        "versions_source": "host" if table.read_at else "seed",
        "versions_read_at": table.read_at,
    }
