"""A believable account: the same servers and public images at every start.

Names keep SCP's rule (1 to 63 of A-Z a-z 0-9 space - _); Korean and HTML stand only in text
that SCP leaves free. Source: SCP API reference, sections 6, 9 and 14 (point 14).
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any
from uuid import UUID

from scpconsole.sandbox.images import Image
from scpconsole.sandbox.servers import Server

_SEED = 20261123
_OLDEST_DAYS = 1500
_ROLES = (
    "web", "was", "api", "batch", "db", "cache", "queue", "search", "bastion", "monitor",
    "gitlab", "erp", "mail-relay", "report", "auth",
)  # fmt: skip
_STAGES = ("prod", "prod", "stg", "dev")
_SIZES = ("s1v1m2", "s1v2m4", "s1v2m8", "s1v4m8", "s1v4m16", "s1v8m32", "s2v16m64", "h2v32m128")
_STATES = ("ACTIVE",) * 7 + ("SHUTOFF",) * 2 + ("ACTIVE",)
_SUBNETS = ("운영 서브넷 A", "운영 서브넷 B", "개발-subnet-01", "prod-subnet-db", "관리망")
_GROUPS = ("웹 보안그룹", "DB 접근 제한", "default", "sg-prod-was", "사내망 허용")
_NOTES: tuple[dict[str, str], ...] = (
    {},
    {"담당자": "김서연", "용도": "결제 서비스"},
    {"owner": "platform-team"},
    {"비고": "<b>이관 예정</b> & 확인 필요"},
    {"note": "<script>alert('x')</script>"},
)
_SYSTEMS = (
    ("ubuntu", "22.04"), ("ubuntu", "24.04"), ("rocky", "8.10"), ("rocky", "9.4"),
    ("rhel", "8.10"), ("rhel", "9.4"), ("windows", "2019"), ("windows", "2022"),
)  # fmt: skip


def seeded_servers(wanted: int) -> list[Server]:
    """`wanted` servers of the main account, newest first (the oldest in any order)."""
    dice = random.Random(_SEED)  # noqa: S311 - variety, not secrecy
    servers = [_server(dice, position) for position in range(wanted)]
    for position, change in _ODD_ONES.items():
        if position < wanted:
            for name, value in change.items():
                setattr(servers[position], name, value)
    return servers


def public_images() -> list[Image]:
    """25 images of the provider, visible to every account."""
    dice = random.Random(_SEED + 1)  # noqa: S311 - variety, not secrecy
    builds = ((system, build) for build in count(1) for system in _SYSTEMS)
    return [
        Image(
            f"{distro.capitalize()} {version} standard b{build}".replace(".", "_"),
            _moment(dice, position * 9, base=datetime(2026, 3, 1, tzinfo=UTC)),
            id=_uuid(dice),
            account="0000000000000000000000000000scp0",
            visibility="public",
            scp_image_type="standard",
            os_distro=distro,
            os_version=version,
            min_disk_gb=100 if distro == "windows" else 16,
            volumes_form="null",
        )
        for position, ((distro, version), build) in enumerate(islice(builds, 25))
    ]


def _server(dice: random.Random, position: int) -> Server:
    """One ordinary server; `position` 0 is the newest."""
    role, stage = dice.choice(_ROLES), dice.choice(_STAGES)
    made = _moment(dice, min(position * 5, _OLDEST_DAYS))
    stamp = datetime.fromtimestamp(made / 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    subnet = dice.choice(_SUBNETS)
    return Server(
        f"{role}-{stage}-{position + 1:02d}",
        id=_uuid(dice),
        state=dice.choice(_STATES),
        locked=position % 17 == 11,
        created_at=stamp if position % 7 == 3 else f"{stamp}Z",  # some come without a zone
        modified_at=f"{stamp}Z",
        type_name=dice.choice(_SIZES),
        disk_gb=dice.choice((50, 100, 100, 200)),
        volume_ids=[_uuid(dice) for _ in range(dice.choice((1, 1, 2, 3)))],
        addresses=[_address(subnet, position)],
        security_groups=dice.sample(_GROUPS, k=dice.choice((1, 2))),
        metadata=dict(dice.choice(_NOTES)),
        image_id=_uuid(dice),
        vpc_id=_uuid(dice),
        keypair_name=dice.choice(("운영-키", "ops-key", "dev key", None)),
        planned_compute_os_type=dice.choice(("open_source", "open_source", "windows", "rhel")),
    )


def _address(subnet: str, position: int) -> dict[str, Any]:
    ip = f"10.{20 + position // 40_000}.{position // 200 % 200}.{10 + position % 200}"
    return {"subnet_name": subnet, "ip_addresses": [{"ip_address": ip, "version": 4}]}


def _moment(
    dice: random.Random, days_back: int, *, base: datetime = datetime(2026, 11, 20, tzinfo=UTC)
) -> int:
    moment = base - timedelta(days=days_back, seconds=dice.randrange(86_400))
    return int(moment.timestamp()) * 1000


def _uuid(dice: random.Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))


def _node(number: int) -> dict[str, Any]:
    return {
        "name": f"k8s-prod-node-{number:02d}",
        "state": "ACTIVE",
        "product_category": "container",
        "product_offering": "k8s_vm",
    }


# What every list should be able to show, by position; the first five fit on any page.
_ODD_ONES: dict[int, dict[str, Any]] = {
    0: {"name": "web-prod-01", "state": "ACTIVE", "locked": False},
    1: {"name": "db-prod-01", "state": "SHUTOFF", "locked": False},
    2: {"name": "batch worker 03", "state": "ERROR"},
    3: {"name": "was-prod-04", "state": "ACTIVE", "locked": True},
    4: {"name": "report_dev_05", "state": "SHELVED_OFFLOADED"},
    5: _node(1),
    6: _node(2),
    8: {
        "name": "legacy-none",
        "addresses": None,
        "security_groups": None,
        "image_id": None,
        "vpc_id": None,
        "keypair_name": None,
        "is_marketplace": None,
    },
    9: {"name": "customer-portal-frontend-production-seoul-availability-zone-a-1"},
    10: {"name": "erp-stg-11", "state": "RESIZE"},
    12: {"name": "gpu-train-13", "product_offering": "gpu_server", "type_name": "g1v16m240"},
    13: {"name": "search-stg-14", "volume_ids": [], "metadata": {"메모": '<img src=x> "따옴표"'}},
}
