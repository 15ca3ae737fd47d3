"""The records. Rules of the data live here; no network, no services."""

from images.models.access_key import AccessKey
from images.models.api_host import ApiHost
from images.models.audit_event import AuditEvent
from images.models.checkpoint import Checkpoint
from images.models.exchange_record import ExchangeRecord
from images.models.export import Export
from images.models.image_request import ImageRequest
from images.models.request_draft import RequestDraft
from images.models.server_listing import ServerListing
from images.models.user import User
from images.models.worker_pulse import WorkerPulse

__all__ = [
    "AccessKey",
    "ApiHost",
    "AuditEvent",
    "Checkpoint",
    "ExchangeRecord",
    "Export",
    "ImageRequest",
    "RequestDraft",
    "ServerListing",
    "User",
    "WorkerPulse",
]
