"""Images of the stand-in, and how they look on the wire.

Source: SCP API reference, section 9; section 14, points 20 and 21.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from scpconsole.sandbox.clock import iso
from scpconsole.sandbox.keys import MAIN_ACCOUNT
from scpconsole.sandbox.life import Life

_ALWAYS = Life(grace_seconds=0, queued_until_seconds=0, done_seconds=0)


@dataclass
class Image:
    """One image. `server_id` is for our ledger and the 409; it never goes on the wire."""

    name: str
    made_at_ms: int
    id: str = field(default_factory=lambda: str(uuid4()))
    server_id: str = ""
    account: str = MAIN_ACCOUNT
    visibility: str = "private"
    scp_image_type: str = "custom"
    os_distro: str | None = "ubuntu"
    os_version: str | None = "22.04"
    min_disk_gb: int = 100
    volume_ids: list[str] = field(default_factory=list)
    volumes_form: str = "json"
    life: Life = field(default_factory=lambda: Life(**asdict(_ALWAYS)))

    def age_seconds(self, now_ms: int) -> float:
        return (now_ms - self.made_at_ms) / 1000

    def status(self, now_ms: int) -> str | None:
        """SCP's word in lower case; None while or once the image cannot be found."""
        return self.life.status(self.age_seconds(now_ms))

    def is_under_way(self, now_ms: int) -> bool:
        return not self.life.is_over(self.age_seconds(now_ms))

    def is_listed(self, now_ms: int) -> bool:
        age = self.age_seconds(now_ms)
        return self.life.status(age) is not None and self.life.is_listed(age)

    def as_json(
        self, *, status: str, version: tuple[int, ...], is_in_list: bool = False
    ) -> dict[str, Any]:
        """The object of list and show, as `version` shapes it."""
        shape = self._identity(status) | self._content(is_done=status.lower() == "active")
        if version >= (1, 2):
            shape["scp_gpu_driver"] = None
        if version >= (1, 3) and is_in_list:
            shape["scp_supported_class_types"] = "s1,s2,h2"
        return shape

    def _identity(self, status: str) -> dict[str, Any]:
        stamp = iso(self.made_at_ms)
        return {
            "id": self.id,
            "name": self.name,
            "status": status,
            "visibility": self.visibility,
            "protected": False,
            "os_hidden": False,
            "created_at": stamp,
            "updated_at": stamp,
            "owner": self.account,
            "owner_account_name": None,
            "owner_user_name": None,
            "container_format": "bare",
            "disk_format": "qcow2",
            "file": f"/v2/images/{self.id}/file",
            "min_ram": 0,
            "min_disk": self.min_disk_gb,
            "os_distro": self.os_distro,
            "scp_os_version": self.os_version,
            "scp_os_build_version": None,
            "scp_k8s_version": None,
            "scp_image_type": self.scp_image_type,
            "scp_original_image_type": "standard",
            "url": None,
            "x_not_in_the_documents": "readers ignore what they do not know",
        }

    def _content(self, *, is_done: bool) -> dict[str, Any]:
        digest = hashlib.sha512(self.id.encode()).hexdigest()
        size_bytes = 1_500_000_000 + int(digest[:7], 16) * 8
        return {
            "size": size_bytes if is_done else None,
            "virtual_size": self.min_disk_gb * 2**30 if is_done else None,
            "checksum": digest[:32] if is_done else None,
            "os_hash_algo": "sha512" if is_done else None,
            "os_hash_value": digest if is_done else None,
            "root_device_name": "/dev/vda",
            "volumes": self._volumes(),
        }

    def _volumes(self) -> str | None:
        if self.volumes_form != "json":
            return {"null": None, "empty": "", "junk": "[{'tag': None,"}[self.volumes_form]
        rows = [
            {
                "tag": None,
                "volume_id": None,
                "snapshot_id": one,
                "device_name": f"/dev/vd{chr(ord('a') + position % 26)}",
                "boot_index": 0 if position == 0 else None,
                "delete_on_termination": False,
            }
            for position, one in enumerate(self.volume_ids)
        ]
        return json.dumps(rows)
