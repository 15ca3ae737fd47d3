"""Exports of the history: say what would be exported, make it, watch it, download it."""

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from images import access
from images.forms.exports import ExportForm, filter_query, filter_words
from images.forms.history import HistoryForm
from images.forms.refusals import show_refusal
from images.http import ConsoleRequest
from images.models import Export
from images.services.exports.downloading import TooMany, begin
from images.services.exports.making import Made, NotRecorded, count_events, make
from images.services.refusal import NotAllowed
from images.streaming import file_answer
from images.vocabulary import ExportKind

PAGE_ROWS = 50
_BUSY_SECONDS = 60
_TYPES = {
    ExportKind.CSV: "text/csv; charset=utf-8",
    ExportKind.JSON_LINES: "application/x-ndjson",
    ExportKind.PACK: "application/zip",
}


@require_safe
@access.with_role
def new(request: ConsoleRequest) -> HttpResponse:
    """Say what the filter of the address would export, and offer the formats."""
    narrowed = _narrowed(request, request.GET)
    wanted = request.GET.get("kind")
    kind = wanted if wanted in ExportKind.values else ExportKind.CSV
    initial = {"kind": kind, "form_token": uuid.uuid4()}
    if narrowed.is_valid():
        initial["filter"] = filter_query(narrowed)
    return _offer(request, ExportForm(initial=initial), narrowed)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_role
def collection(request: ConsoleRequest) -> HttpResponseBase:
    """List one's own exports, or make one."""
    return _create(request) if request.method == "POST" else _list(request)


def _list(request: ConsoleRequest) -> HttpResponse:
    found = Export.objects.downloadable_by(request.user).defer("selection", "checkpoint")
    page: Page[Any] = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [(export, _words(request, export)) for export in page]
    return render(request, "exports/index.html", {"page": page, "rows": rows})


def _create(request: ConsoleRequest) -> HttpResponseBase:
    form = ExportForm(request.POST)
    is_understood = form.is_valid()
    narrowed = _narrowed(request, QueryDict(form.cleaned_data.get("filter", "")))
    if not (is_understood and narrowed.is_valid()):
        return _offer(request, form, narrowed)
    if access.needs_proof(request, form.cleaned_data["kind"]):
        query = f"{filter_query(narrowed)}&kind={form.cleaned_data['kind']}"
        return access.to_proof(request, back=f"{reverse('export-new')}?{query}")
    try:
        made = _make(request, form, narrowed)
    except NotAllowed as refusal:
        show_refusal(form, refusal.sentence)
        return _offer(request, form, narrowed)
    except NotRecorded as failure:
        messages.error(request, failure.sentence)
        return _offer(request, form, narrowed, status=503)
    if not made.is_first:
        messages.info(request, _("This export was already made. Here is the first one."))
    return redirect(made.export)


@require_safe
@access.with_role
def detail(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    return _show(request, access.own_export(request, pk))


@require_safe
@access.with_role
def progress(request: ConsoleRequest, pk: UUID) -> HttpResponse:
    return render(request, "exports/_progress.html", {"export": access.own_export(request, pk)})


@require_GET
@access.with_role
def file(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    """Send the file. That it was downloaded is on record before its first byte leaves."""
    export = access.own_export(request, pk)
    if access.needs_proof(request, export.kind):
        return access.to_proof(request, back=export.get_absolute_url())
    try:
        download = begin(actor=request.user, export=export)
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
        return _show(request, export, status=410)
    except (TooMany, NotRecorded) as failure:
        messages.error(request, failure.sentence)
        response = _show(request, export, status=503)
        response["Retry-After"] = str(_BUSY_SECONDS)
        return response
    kind = ExportKind(export.kind)
    return file_answer(request, download, name=export.file_name, content_type=_TYPES[kind])


def _narrowed(request: ConsoleRequest, query: QueryDict) -> HistoryForm:
    return HistoryForm(query, person=request.user)


def _make(request: ConsoleRequest, form: ExportForm, narrowed: HistoryForm) -> Made:
    return make(
        actor=request.user,
        filters=narrowed.filters(),
        query=filter_query(narrowed),
        kind=ExportKind(form.cleaned_data["kind"]),
        language=get_language() or "en",
        token=form.cleaned_data["form_token"],
    )


def _offer(
    request: ConsoleRequest, form: ExportForm, narrowed: HistoryForm, *, status: int = 200
) -> HttpResponse:
    """Show the form; where the filter was not understood only what is wrong with it, for nobody
    is to export more than was meant."""
    context: dict[str, Any] = {"form": form, "narrowed": narrowed}
    if narrowed.is_valid():
        context["words"] = filter_words(narrowed)
        context["total"] = count_events(request.user, narrowed.filters())
        context["history_query"] = filter_query(narrowed)
    is_refused = form.is_bound and bool(form.errors)
    if status == 200 and (is_refused or not narrowed.is_valid()):
        status = 422
    return render(request, "exports/new.html", context, status=status)


def _show(request: ConsoleRequest, export: Export, *, status: int = 200) -> HttpResponse:
    context = {"export": export, "words": _words(request, export)}
    return render(request, "exports/detail.html", context, status=status)


def _words(request: ConsoleRequest, export: Export) -> list[tuple[str, str]]:
    form = _narrowed(request, QueryDict(export.filter))
    return filter_words(form) if form.is_valid() else [(_("Narrowed to"), export.filter)]
