"""Servers of the stand-in, and how they look on the wire.

Source: SCP API reference, sections 6 and 7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from scpconsole.sandbox.keys import MAIN_ACCOUNT

SIZE_NAME = re.compile(r"[a-z]+[0-9]+v(?P<vcpus>[0-9]+)m(?P<ram_gb>[0-9]+)")

# OpenStack's words for a server that is changing: no image can be made of it now.
IN_TRANSITION = frozenset(
    (
        "BUILD", "REBOOT", "HARD_REBOOT", "RESIZE", "VERIFY_RESIZE", "REVERT_RESIZE",
        "MIGRATING", "REBUILD", "PASSWORD", "SHELVING", "UNSHELVING", "POWERING_ON",
        "POWERING_OFF",
    )
)  # fmt: skip


@dataclass
class Server:
    """One server. Every field may be changed while the stand-in runs."""

    name: str
    id: str = field(default_factory=lambda: str(uuid4()))
    state: str = "ACTIVE"
    locked: bool = False
    account: str = MAIN_ACCOUNT
    created_at: str = "2025-07-22T09:00:00Z"
    modified_at: str = "2025-07-22T09:00:00Z"
    created_by: str = "97e6b22c9a4143789ca522df7457a32f"
    type_name: str = "s1v1m2"
    disk_gb: int = 100
    volume_ids: list[str] = field(default_factory=lambda: [str(uuid4())])
    addresses: list[dict[str, Any]] | None = None
    security_groups: list[str] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    image_id: str | None = "70a599e0-31e7-49b7-b260-868f441e862b"
    vpc_id: str | None = None
    keypair_name: str | None = None
    server_group_id: str | None = None
    auto_scaling_group_id: str | None = None
    is_marketplace: bool | None = False
    product_category: str = "compute"
    product_offering: str = "virtual_server"
    planned_compute_os_type: str = "open_source"
    zone: str = "kr-west1-a"
    refuses_images: bool = False  # test switch: create image answers 409

    @property
    def is_in_transition(self) -> bool:
        return self.state.upper() in IN_TRANSITION

    @property
    def ip_addresses(self) -> list[str]:
        rows = [row for subnet in self.addresses or [] for row in subnet["ip_addresses"]]
        return [row["ip_address"] for row in rows]

    def as_json(self, version: tuple[int, ...]) -> dict[str, Any]:
        """The flat object of list and show, as `version` (such as (1, 3)) shapes it."""
        shape = self._identity() | self._hardware() | self._placement()
        if version >= (1, 1):
            shape["partition_number"] = None
        if version >= (1, 5):
            shape["zone"] = self.zone
        return shape

    def _identity(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "locked": self.locked,
            "account_id": self.account,
            "created_at": self.created_at,
            "created_by": self.created_by,
            "modified_at": self.modified_at,
            "metadata": self.metadata,
            "image_id": self.image_id,
            "is_marketplace": self.is_marketplace,
            "keypair_name": self.keypair_name,
            "x_not_in_the_documents": "readers ignore what they do not know",
        }

    def _hardware(self) -> dict[str, Any]:
        size = SIZE_NAME.fullmatch(self.type_name)
        return {
            "disk_config": "MANUAL",
            "server_type": {
                "id": self.type_name,
                "name": self.type_name,
                "vcpus": int(size["vcpus"]) if size else 1,
                "ram": int(size["ram_gb"]) if size else 1,
                "disk": self.disk_gb,
                "ephemeral": 0,
                "swap": 0,
                "extra_specs": {},
            },
            "volumes": [{"id": one, "delete_on_termination": False} for one in self.volume_ids],
        }

    def _placement(self) -> dict[str, Any]:
        groups = self.security_groups
        return {
            "addresses": self.addresses,
            "security_groups": None if groups is None else [{"name": one} for one in groups],
            "vpc_id": self.vpc_id,
            "server_group_id": self.server_group_id,
            "launch_configuration_id": None,
            "auto_scaling_group_id": self.auto_scaling_group_id,
            "product_category": self.product_category,
            "product_offering": self.product_offering,
            "planned_compute_os_type": self.planned_compute_os_type,
        }
