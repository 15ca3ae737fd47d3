"""The promise, checked by laying our rows beside the stand-in's own ledger and journal.

G1 one confirmed intent never makes two images, and at most one call of it may have arrived.
G2 no image without an earlier, durable row. G3 no answer lost. G4 never a false word.
G5 nothing stuck. And: the database is whole, every change of state has its event, and the ledger
and all that it tells of verify.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from images.models import ExchangeRecord, ImageRequest
from images.services.verifying import Means, verify
from images.vocabulary import State
from scpconsole.sandbox.journal import LedgerEntry
from tests.faults.house import House, unsettled
from tests.faults.leaks import told_secrets
from tests.faults.stopwatch import ALLOWED, slow_looks
from tests.faults.timelines import timeline_faults
from tests.people import ACCESS_KEY

_EDGE = frozenset({417, 429})
_NOTHING_MADE = frozenset({State.RECORDED, State.REFUSED, State.NOT_MADE, State.CANCELLED})


def broken_promises(house: House, *, may_be_slow: bool = False) -> list[str]:
    """Return what does not hold; nothing is stirring any more when this is called."""
    mine = [entry for entry in house.scp.ledger if entry.access_key == ACCESS_KEY]
    return [
        *_more_than_one(house, mine),
        *_without_row(house, mine),
        *_lost_or_false(house, mine),
        *(f"G5 {each} is {each.state}" for each in unsettled()),
        *house.database.faults(),
        *(fault for each in house.requests for fault in timeline_faults(each, house.path(each))),
        *(_too_slow(house) if not may_be_slow else ()),
        *told_secrets(house.folder, house.log),
        *(finding.sentence for finding in verify(Means()).findings.listed()),
    ]


def _more_than_one(house: House, mine: list[LedgerEntry]) -> Iterator[str]:
    made = Counter((entry.server_id, entry.image_name) for entry in mine)
    yield from (f"G1 {count} images {name[1]}" for name, count in made.items() if count > 1)
    arrived = Counter(
        record.request_id for record in ExchangeRecord.objects.all() if _may_have_arrived(record)
    )
    yield from (f"G1 {count} calls of {pk}" for pk, count in arrived.items() if count > 1)
    planned = Counter(
        server_id.lower()
        for server_id in ExchangeRecord.objects.values_list("request__server_id", flat=True)
    )
    for server_id, count in _posts_by_server(house).items():
        if count > planned[server_id]:
            yield f"G1 {count} calls for server {server_id}, {planned[server_id]} recorded"


def _may_have_arrived(record: ExchangeRecord) -> bool:
    return not record.is_finished or (record.left_us and record.status not in _EDGE)


def _posts_by_server(house: House) -> Counter[str]:
    posts = [call for call in house.scp.journal if call.method == "POST"]
    return Counter(call.target.split("/")[3].lower() for call in posts)


def _without_row(house: House, mine: list[LedgerEntry]) -> Iterator[str]:
    for entry in mine:
        asked = _asked(entry)
        first = ExchangeRecord.objects.filter(request=asked).order_by("attempt").first()
        if asked is None or first is None:
            yield f"G2 image {entry.image_name} has no row"
        elif float(house.clock.read_text()) == 0 and first.prepared_at > _latest(entry):
            yield f"G2 image {entry.image_name} is older than its row"


def _latest(entry: LedgerEntry) -> datetime:
    """The ledger keeps whole seconds, cut off."""
    return datetime.fromisoformat(entry.made_at) + timedelta(seconds=1)


def _lost_or_false(house: House, mine: list[LedgerEntry]) -> Iterator[str]:
    for entry in mine:
        asked = _asked(entry)
        if asked is None or asked.needs_person:
            continue
        if asked.state in _NOTHING_MADE:
            yield f"G4 {asked} is {asked.state}, but there is image {entry.image_id}"
        elif asked.image_id != entry.image_id:
            yield f"G3 {asked} has image id {asked.image_id!r}, not {entry.image_id}"
    ids = {entry.image_id for entry in house.scp.ledger}
    for asked in house.requests:
        if asked.image_id and asked.image_id not in ids:
            yield f"G4 {asked} names image {asked.image_id}, which was never made"


def _asked(entry: LedgerEntry) -> ImageRequest | None:
    return ImageRequest.objects.filter(
        server_id=entry.server_id, image_name=entry.image_name
    ).first()


def _too_slow(house: House) -> Iterator[str]:
    most_ms = settings.SCP_TOTAL_SECONDS * ALLOWED * 1000
    for record in ExchangeRecord.objects.filter(duration_ms__gt=most_ms):
        yield f"a call took {record.duration_ms} ms"
    yield from slow_looks(house.slow)
