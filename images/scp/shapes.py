"""Servers and images as SCP lists them. Source: SCP API reference, sections 6 and 9.

The readers take what later versions may send: unknown fields are ignored, optional ones
may be missing, null or of another type. Only the id must be usable.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from images.scp.fields import is_uuid, members, number, objects, texts, truth
from images.scp.strict_json import NotJson, parse
from images.scp.times import read_time
from images.scp.words import clean


@dataclass(frozen=True)
class Server:
    """A virtual server. Text that SCP did not give is "", anything else None or ()."""

    id: str
    name: str
    state: str
    """SCP's own word; an open list. Compare without case."""
    locked: bool | None
    type_name: str
    vcpus: int | None
    ram_gb: int | None
    addresses: tuple[str, ...]
    volume_ids: tuple[str, ...]
    created_at: datetime | None
    """UTC."""
    image_id: str
    product_offering: str

    def as_json(self) -> dict[str, object]:
        """Return what `from_json` reads; every value fits JSON."""
        created_at = self.created_at.isoformat() if self.created_at else None
        return asdict(self) | {
            "addresses": list(self.addresses),
            "volume_ids": list(self.volume_ids),
            "created_at": created_at,
        }

    @classmethod
    def from_json(cls, stored: dict[str, object]) -> "Server":
        """Read what `as_json` gave, also by an older or newer release of ours."""
        return cls(
            id=clean(stored.get("id")),
            name=clean(stored.get("name")),
            state=clean(stored.get("state")),
            locked=truth(stored.get("locked")),
            type_name=clean(stored.get("type_name")),
            vcpus=number(stored.get("vcpus")),
            ram_gb=number(stored.get("ram_gb")),
            addresses=texts(stored.get("addresses")),
            volume_ids=texts(stored.get("volume_ids")),
            created_at=read_time(stored.get("created_at")),
            image_id=clean(stored.get("image_id")),
            product_offering=clean(stored.get("product_offering")),
        )


@dataclass(frozen=True)
class Image:
    """An image. `status` is SCP's own word, an open list; compare without case."""

    id: str
    name: str
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    size: int | None
    """Bytes; None or 0 until the image is done."""
    min_disk: int | None
    """GB."""
    visibility: str
    scp_image_type: str
    os_distro: str
    volumes: tuple[str, ...]
    """Ids of the volumes in the image, as far as SCP names them."""


def read_server(row: object) -> Server | None:
    """Read one server, bare or as {"server": ...}; None when it has no usable id."""
    fields = _unwrapped(row, "server")
    if not is_uuid(fields.get("id")):
        return None
    kind = members(fields.get("server_type"))
    return Server(
        id=clean(fields["id"]).lower(),
        name=clean(fields.get("name")),
        state=clean(fields.get("state")),
        locked=truth(fields.get("locked")),
        type_name=clean(kind.get("name")) or clean(kind.get("id")),
        vcpus=number(kind.get("vcpus")),
        ram_gb=number(kind.get("ram")),
        addresses=_addresses(fields.get("addresses")),
        volume_ids=texts([volume.get("id") for volume in objects(fields.get("volumes"))]),
        created_at=read_time(fields.get("created_at")),
        image_id=clean(fields.get("image_id")),
        product_offering=clean(fields.get("product_offering")),
    )


def read_image(row: object) -> Image | None:
    """Read one image, bare or as {"image": ...}; None when it has no usable id."""
    fields = _unwrapped(row, "image")
    if not is_uuid(fields.get("id")):
        return None
    return Image(
        id=clean(fields["id"]).lower(),
        name=clean(fields.get("name")),
        status=clean(fields.get("status")),
        created_at=read_time(fields.get("created_at")),
        updated_at=read_time(fields.get("updated_at")),
        size=number(fields.get("size")),
        min_disk=number(fields.get("min_disk")),
        visibility=clean(fields.get("visibility")),
        scp_image_type=clean(fields.get("scp_image_type")),
        os_distro=clean(fields.get("os_distro")),
        volumes=_mapped_volumes(fields.get("volumes")),
    )


def _unwrapped(row: object, wrapper: str) -> dict[str, object]:
    outer = members(row)
    return outer if "id" in outer else members(outer.get(wrapper))


def _addresses(value: object) -> tuple[str, ...]:
    entries = [ip for subnet in objects(value) for ip in objects(subnet.get("ip_addresses"))]
    return texts([ip.get("ip_address") for ip in entries])


def _mapped_volumes(value: object) -> tuple[str, ...]:
    """Read the ids out of `volumes`, a string that holds the JSON of a block-device mapping."""
    if not isinstance(value, str):
        return ()
    try:
        mapping = parse(value.encode("utf-8", "replace"))
    except NotJson:
        return ()
    return texts([entry.get("volume_id") for entry in objects(mapping)])
