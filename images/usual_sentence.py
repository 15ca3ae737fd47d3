"""How long an image usually takes, in words. No percent: nobody knows how far SCP is."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.services.durations import Usual


def usual_sentence(usual: Usual | None) -> str:
    """Return the sentence for a waiting request; "" when too little is known."""
    if usual is None:
        return ""
    return _of_server(usual) if usual.is_of_server else _of_all(usual)


def _of_server(usual: Usual) -> str:
    if usual.high <= 1:
        return _("Usually less than a minute for this server")
    if usual.high - usual.low <= 1:
        return ngettext(
            "Usually about {count} minute for this server",
            "Usually about {count} minutes for this server",
            usual.high,
        ).format(count=usual.high)
    return _("Usually {low} to {high} minutes for this server").format(
        low=usual.low, high=usual.high
    )


def _of_all(usual: Usual) -> str:
    if usual.high <= 1:
        return _("Usually less than a minute in this region")
    if usual.high - usual.low <= 1:
        return ngettext(
            "Usually about {count} minute in this region",
            "Usually about {count} minutes in this region",
            usual.high,
        ).format(count=usual.high)
    return _("Usually {low} to {high} minutes in this region").format(
        low=usual.low, high=usual.high
    )
