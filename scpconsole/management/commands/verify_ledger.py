import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as AnyDatabaseError

from images.ledger.notes import BadNote, VerifierKey, short_root
from images.ledger_key import BadLedgerKey
from images.services.verifying import By, Means, Report, verify
from scpconsole.progress import ProgressBar

CANNOT_RUN = 2


class Command(BaseCommand):
    help = (
        "Verify the whole history: its events, the tree, every checkpoint, the requests and calls. "
        "Ends with 0 when all is good, with 1 when something is not, with 2 when it cannot tell."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchors",
            type=Path,
            metavar="DIR",
            help="The folder of anchored checkpoints; LEDGER_ANCHOR_DIR unless given.",
        )
        parser.add_argument(
            "--key",
            type=_key,
            action="append",
            default=[],
            metavar="VKEY",
            help="Trust this verifier key alone, not the console's own; may be given again.",
        )
        parser.add_argument(
            "--checkpoint",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="Checkpoints that you kept yourself; may be given again.",
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")
        parser.add_argument("--quiet", action="store_true", help="Show no progress.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            means = _means(options)
            with ProgressBar(sys.stderr, is_quiet=options["quiet"]) as bar:
                report = verify(means, bar.show)
        except (BadLedgerKey, OSError, AnyDatabaseError) as error:
            words = " ".join(str(error).split())
            raise CommandError(
                f"The history cannot be verified. {words}", returncode=CANNOT_RUN
            ) from error
        lines = [json.dumps(report.as_json())] if options["json"] else _told(report)
        self.stdout.write("\n".join(lines))
        if not report.is_good:
            sys.exit(1)


def _key(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except BadNote as error:
        raise ArgumentTypeError(str(error)) from error


def _means(options: dict[str, Any]) -> Means:
    given: Path | None = options["anchors"]
    if given and not given.is_dir():
        raise NotADirectoryError(f"{given} is no folder.")
    return Means(
        anchors=given or settings.LEDGER_ANCHOR_DIR,
        memory=settings.LEDGER_STATE_FILE,
        keys=tuple(options["key"]),
        earlier=tuple(options["checkpoint"]),
    )


def _told(report: Report) -> list[str]:
    notes = [f"Note: {note}" for note in report.notes]
    if report.is_good:
        return [_good(report), *notes]
    listed = report.findings.listed()
    faults = [f"  {finding.kind.value}: {finding.sentence}" for finding in listed]
    if report.findings.total > len(listed):
        faults.append(f"  and {report.findings.total - len(listed):,} more.")
    first = f" The first bad event is {report.first_bad}." if report.first_bad else ""
    seen = ", ".join(by.value for by in By if by in report.findings.by)
    return [f"BAD.{first} Found by {seen}:", *faults, *notes]


def _good(report: Report) -> str:
    database, anchored, yours = (report.heads.get(by, 0) for by in (By.HEAD, By.ANCHOR, By.AUDITOR))
    return (
        f"Good. Events: {report.size:,}, of them expired: {report.expired:,}. Requests: "
        f"{report.requests:,}. Checkpoints: {database:,} in the database, {anchored:,} anchored, "
        f"{yours:,} of yours. Root {short_root(report.root)} ({report.root.hex()})."
    )
