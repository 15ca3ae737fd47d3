"""Cases about the way between us and SCP: names, connections, certificates, silence, floods."""

import socket
from collections.abc import Iterator
from typing import Any

from images.models import ExchangeRecord
from tests.faults.case import Case, Play, ask_and_settle
from tests.faults.door import Door, Slam, Trap
from tests.faults.house import House, require
from tests.faults.workers import forget_peak, peak_kib
from tests.scp.certificates import make_certificate
from tests.scp.wire import Peer, hang_up

ACCEPTED = "recorded sending accepted"
ADOPTED = "recorded sending unknown adopted"
NOT_MADE = "recorded sending unknown not_made"
NEVER_SENT = "recorded " + "sending postponed " * 4 + "sending refused"
_MOST_GROWTH_KIB = 16 * 1024
_KEPT_BYTES = 64 * 1024


def cases() -> Iterator[Case]:
    yield from _nothing_leaves()
    yield from _certificates()
    yield from _broken_off()
    yield from _slow()
    yield from _floods()
    for status in (301, 302, 307, 308):  # 30
        yield Case(f"status {status} to another host", NOT_MADE, 0, _redirected(status))


def _nothing_leaves() -> Iterator[Case]:
    nowhere = {"SCP_URL_TEMPLATE": "https://virtualserver.kr-west1.e.invalid"}
    yield Case("DNS failure", NEVER_SENT, 0, settings=nowhere, check=_no_call)  # 14
    yield Case("refused connection", NEVER_SENT, 0, _closed_for_ever, starts_workers=False)
    yield Case(
        "refused connection, then SCP is back",
        "recorded sending postponed sending accepted",
        1,
        _closed_at_first,
        starts_workers=False,
    )


def _closed_for_ever(house: House) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        house.workers.set({"SCP_URL_TEMPLATE": f"http://127.0.0.1:{closed.getsockname()[1]}"})
        house.start_workers()
        ask_and_settle(house)
    _no_call(house)


def _closed_at_first(house: House) -> None:
    with Door(house.scp_port, is_open=False) as door:
        house.workers.set({"SCP_URL_TEMPLATE": door.url})
        house.start_workers()
        house.ask()
        house.wait(lambda: "postponed" in house.path(house.request))
        door.open()
        house.settle()


def _no_call(house: House) -> None:
    require(house.posts == 0, f"{house.posts} calls reached SCP")
    left = [record.attempt for record in ExchangeRecord.objects.filter(left_us=True)]
    require(not left, f"the attempts {left} are said to have left us")


def _certificates() -> Iterator[Case]:
    plays = {  # 15
        "self-signed": _untrusted(is_trusted=False),
        "expired": _untrusted(valid_days=(-3, -2)),
        "for another name": _untrusted(host="scp.example.com"),
    }
    for name, play in plays.items():
        yield Case(f"certificate {name}", "recorded sending refused", 0, play, starts_workers=False)


def _untrusted(
    *, is_trusted: bool = True, host: str = "127.0.0.1", valid_days: tuple[int, int] = (-1, 1)
) -> Play:
    def play(house: House) -> None:
        shown = make_certificate(house.folder, host=host, valid_days=valid_days)
        with Peer(hang_up, tls=shown.server_context()) as peer:
            bundle = str(shown.cert_file) if is_trusted else None
            house.workers.set({"SCP_URL_TEMPLATE": peer.base_url, "SCP_CA_BUNDLE": bundle})
            house.start_workers()
            ask_and_settle(house)
            require(not peer.requests, "a request reached a host that is not trusted")
        _no_call(house)

    return play


def _broken_off() -> Iterator[Case]:
    for action, says, images in (  # 16
        ("reset", ADOPTED, 1),
        ("drop_after", ADOPTED, 1),
        ("drop_before", NOT_MADE, 0),
    ):
        rule = {"kind": "create_image", "action": action}
        yield Case(f"{action} instead of an answer", says, images, rules=[rule])
    slams = {  # 16 to 18
        Slam.AT_ONCE: (NOT_MADE, 0),
        Slam.AT_ONCE_HARD: (NOT_MADE, 0),
        Slam.BEFORE_ANSWER: (ADOPTED, 1),
        Slam.IN_BODY: (ADOPTED, 1),
    }
    for slam, (says, images) in slams.items():
        yield Case(
            f"connection {slam.value}",
            says,
            images,
            _slammed(slam),
            check=_keeps_part if slam is Slam.IN_BODY else None,
            starts_workers=False,
        )


def _slammed(slam: Slam) -> Play:
    def play(house: House) -> None:
        with Door(house.scp_port) as door:
            door.slams.append(slam)
            house.workers.set({"SCP_URL_TEMPLATE": door.url})
            house.start_workers()
            ask_and_settle(house)

    return play


def _keeps_part(house: House) -> None:
    record = ExchangeRecord.objects.get()
    require(record.status == 202 and record.is_truncated, "not kept as an answer cut off")
    require(bytes(record.body).startswith(b'{"image_id"'), "the part that came was not kept")


def _slow() -> Iterator[Case]:
    slow: dict[str, tuple[dict[str, Any], str, int]] = {  # 19, 20
        "silence to the deadline, image made": ({"action": "hang"}, ADOPTED, 1),
        "silence to the deadline, image not made": (
            {"action": "hang", "acts": False},
            NOT_MADE,
            0,
        ),
        "one byte of the head every 0.2 s": (
            {"action": "drip", "seconds": 0.2, "part": "headers"},
            ADOPTED,
            1,
        ),
        "one byte of the body every 0.2 s": (
            {"action": "drip", "seconds": 0.2, "part": "body"},
            ADOPTED,
            1,
        ),
        "an answer after 1 s": ({"action": "slow", "seconds": 1}, ACCEPTED, 1),
    }
    for name, (rule, says, images) in slow.items():
        yield Case(name, says, images, rules=[{"kind": "create_image", **rule}])


def _floods() -> Iterator[Case]:
    floods: dict[str, dict[str, Any]] = {  # 21
        "gzip bomb of 512 MiB": {"action": "gzip_bomb", "size": 512 * 2**20},
        "endless body": {"action": "endless"},
        "answer of 8 MiB": {"action": "oversized", "size": 8 * 2**20},
    }
    for name, rule in floods.items():
        says = f"{ACCEPTED} | {ADOPTED}"
        yield Case(name, says, range(2, 30), _flooded({"kind": "create_image", **rule}))


def _flooded(rule: dict[str, Any]) -> Play:
    """Warm the workers up with plain requests, then measure by how much a flood makes them grow."""

    def play(house: House) -> None:
        for number in range(4 * house.worker_count):
            house.ask(number)
        house.settle()
        for pid in house.workers.pids:
            forget_peak(pid)
        before = {pid: peak_kib(pid) for pid in house.workers.pids}
        house.scp.faults.add(**{**rule, "times": 2})
        for number in range(20, 22):
            house.ask(number)
        house.settle()
        growth = max(peak_kib(pid) - before[pid] for pid in house.workers.pids)
        require(growth <= _MOST_GROWTH_KIB, f"a worker grew by {growth // 1024} MiB")
        for record in ExchangeRecord.objects.all():
            require(len(bytes(record.body)) <= _KEPT_BYTES, "more than 64 KiB were kept")

    return play


def _redirected(status: int) -> Play:
    def play(house: House) -> None:
        trap = Trap()
        house.scp.faults.add(
            "redirect", kind="create_image", status=status, location=trap.url, acts=False
        )
        ask_and_settle(house)
        calls = trap.close()
        require(calls == 0, f"{calls} connections to the other host")
        record = ExchangeRecord.objects.get()
        kept = {name.lower(): value for name, value in record.headers.items()}
        require(kept.get("location") == trap.url, "Location was not kept")

    return play
