"""The tables whose rows are the record, by their names in the database."""

from images.models import AuditEvent, Checkpoint, ExchangeRecord, ImageRequest

EVENTS = AuditEvent._meta.db_table
CALLS = ExchangeRecord._meta.db_table
REQUESTS = ImageRequest._meta.db_table
CHECKPOINTS = Checkpoint._meta.db_table
