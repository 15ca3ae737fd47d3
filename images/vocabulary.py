"""The words of the product: states, roles, and how each looks. Said here and nowhere else."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    NONE = "", _("No role")
    OPERATOR = "operator", _("Operator")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


# Administrators may add keys of their own and ask for images with them, like operators.
ASKING_ROLES = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
# They read everybody's requests; nobody ever reads or uses another person's key.
READING_ALL_ROLES = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


class FactorKind(models.TextChoices):
    """What somebody proves themself with beside a password, as events name it."""

    APP = "totp", _("Authenticator app")
    PASSKEY = "passkey", _("Passkey")
    RECOVERY = "recovery_codes", _("Recovery codes")


# allauth's word for a type of factor, and ours.
FACTOR_KINDS = {
    "totp": FactorKind.APP,
    "webauthn": FactorKind.PASSKEY,
    "recovery_codes": FactorKind.RECOVERY,
}


class State(models.TextChoices):
    """Our states of a request. SCP's own words for an image are an open list, kept beside."""

    RECORDED = "recorded", _("Recorded")
    SENDING = "sending", _("Sending · waiting for the answer")
    ACCEPTED = "accepted", _("Accepted · image id issued")
    UNKNOWN = "unknown", _("Outcome not known yet")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    GONE = "gone", _("No longer found in the cloud")
    REFUSED = "refused", _("Refused")
    NOT_MADE = "not_made", _("No image was made")
    CANCELLED = "cancelled", _("Withdrawn before sending")


OPEN = frozenset({State.RECORDED, State.SENDING, State.ACCEPTED, State.UNKNOWN})
# Certainly nothing is under way for these: the same wish may be made anew, linked to the old one.
ASKABLE_AGAIN = frozenset(
    {State.REFUSED, State.NOT_MADE, State.CANCELLED, State.FAILED, State.GONE}
)
SETTLED = frozenset(set(State) - OPEN)


class RequestGroup(models.TextChoices):
    """The chips over the list of requests; which request is in which is said in request_list."""

    IN_PROGRESS = "in_progress", _("In progress")
    NEEDS_LOOK = "needs_look", _("Needs a look")
    READY = "ready", _("Ready")
    ENDED_BADLY = "ended_badly", _("Refused or failed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ALL = "all", _("All")


class Acts(models.TextChoices):
    """Whose acts the history shows. A machine's has no actor and came by no page."""

    PEOPLE = "people", _("People's acts")
    MACHINE = "machine", _("The console's acts")
    ALL = "all", _("Both")


class Period(models.TextChoices):
    """The periods that the history offers, back from now."""

    HALF_HOUR = "30m", _("30 minutes")
    HOUR = "1h", _("1 hour")
    HALF_DAY = "12h", _("12 hours")
    WEEK = "7d", _("7 days")


class Column(models.TextChoices):
    """The columns of the history that one may choose; time and sentence always show."""

    WHO = "who", _("Who")
    SERVER = "server", _("Server")
    IMAGE = "image", _("Image")
    OUTCOME = "outcome", _("Outcome")
    REASON = "reason", _("Reason")
    KEY = "key", _("Access key")
    TICKET = "ticket", _("Ticket")
    PLACE = "place", _("Environment and region")
    ADDRESS = "address", _("Address")
    SEQUENCE = "sequence", _("Number")


USUAL_COLUMNS = (
    Column.WHO,
    Column.SERVER,
    Column.IMAGE,
    Column.OUTCOME,
    Column.REASON,
    Column.KEY,
)
PERIOD_MINUTES = {Period.HALF_HOUR: 30, Period.HOUR: 60, Period.HALF_DAY: 720, Period.WEEK: 10080}


class ExportKind(models.TextChoices):
    """What an export of the history is written as."""

    CSV = "csv", _("CSV for spreadsheets")
    JSON_LINES = "jsonl", _("JSON lines")
    PACK = "pack", _("Evidence pack")


class DownloadState(models.TextChoices):
    """How the newest download of an export stands."""

    NONE = "", _("Not downloaded yet")
    RUNNING = "running", _("Download in progress")
    DONE = "done", _("Downloaded")
    STOPPED = "stopped", _("Download broken off")


DOWNLOAD_LOOK = {
    DownloadState.NONE: ("quiet", "ring"),
    DownloadState.RUNNING: ("work", "turning"),
    DownloadState.DONE: ("quiet", "tick"),
    DownloadState.STOPPED: ("watch", "cross"),
}


TONE = {
    State.RECORDED: "quiet",
    State.SENDING: "work",
    State.ACCEPTED: "work",
    State.UNKNOWN: "watch",
    State.READY: "good",
    State.FAILED: "bad",
    State.GONE: "watch",
    State.REFUSED: "bad",
    State.NOT_MADE: "bad",
    State.CANCELLED: "quiet",
}
ICON = {
    State.RECORDED: "ring",
    State.SENDING: "arrow",
    State.ACCEPTED: "arrow",
    State.UNKNOWN: "question",
    State.READY: "tick",
    State.FAILED: "cross",
    State.GONE: "frame",
    State.REFUSED: "bar",
    State.NOT_MADE: "empty-ring",
    State.CANCELLED: "ring",
}

# SCP's image status, compared without case; any other word means "in progress".
# Source: SCP API reference, section 9.
IMAGE_READY = frozenset({"active"})
IMAGE_FAILED = frozenset({"killed", "error", "deactivated"})
IMAGE_GONE = frozenset({"deleted", "pending_delete"})

# SCP's server state; a running server is not green, for green means "ready" alone.
SERVER_TONE = {"ACTIVE": "work", "SHUTOFF": "quiet", "STOPPED": "quiet", "ERROR": "bad"}
# Source: SCP API reference, section 13, question 7.
SERVER_FIT = frozenset({"ACTIVE", "SHUTOFF", "STOPPED"})
SERVER_BROKEN = frozenset({"ERROR"})


# What the SCP user of an access key must be allowed to do. Source: SCP API reference, section 12.
IAM_ACTIONS = (
    "virtualserver:ListVirtualServers",
    "virtualserver:ShowVirtualServer",
    "virtualserver:CreateVirtualServerImage",
    "virtualserver:ListImages",
    "virtualserver:ShowImage",
)


class OwnReason(models.TextChoices):
    """Why the console itself ended a request or cannot tell its outcome; no label is shown."""

    KEY_DISABLED = "key_disabled"
    KEY_UNREADABLE = "key_unreadable"
    KEY_EXPIRED = "key_expired"
    ROLE_LOST = "role_lost"
    ACCOUNT_DISABLED = "account_disabled"
    PLACE_UNKNOWN = "place_unknown"
    WORKER_DIED = "worker_died"
    IMAGE_OF_ANOTHER = "image_of_another"
    OVERSLEPT = "overslept"
    SEVERAL_FIT = "several_fit"
    NO_LOOK = "no_look"
    LATE_IMAGE = "late_image"
