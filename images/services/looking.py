"""Ask SCP about an open request, with a key that may.

The request's own key comes first. Where SCP does not accept it any more, or it cannot be opened,
other keys of the same person for the same place may look: a replaced key must not leave its
images unwatched. Nobody else's key is ever used.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar

from images.models import AccessKey, ImageRequest
from images.scp.client import Client
from images.scp.endpoints import BadEndpoint
from images.scp.errors import Busy, Denied, Missing, Reason, ScpError
from images.services import hosts, keys
from images.vault import VaultError
from images.vocabulary import OwnReason

T = TypeVar("T")
_MOST_OTHER_KEYS = 3


class NotSeen(Exception):
    """SCP could not be asked or did not answer; of the image this tells nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def look(
    asked: ImageRequest,
    question: Callable[[Client], T],
    *,
    shows: Callable[[T], bool] = lambda answer: True,
) -> T:
    """Return what `question` brings. Raises NotSeen, or Missing when SCP says 404 of an image.

    Another key may belong to another account, where our image is not: only what it `shows`
    counts; that it shows nothing proves nothing.
    """
    trouble = ""
    for key in _keys(asked):
        try:
            client = keys.open_key(key, language=asked.language, api_version=asked.api_version)
            answer = question(client)
            if key.pk == asked.key_id or shows(answer):
                return answer
        except VaultError:
            trouble = trouble or OwnReason.KEY_UNREADABLE
        except Denied as error:
            trouble = trouble or error.reason
        except BadEndpoint as error:
            raise NotSeen(OwnReason.PLACE_UNKNOWN) from error
        except ScpError as error:
            if isinstance(error, Missing) and error.reason is Reason.NOT_FOUND:
                if key.pk == asked.key_id:
                    raise
                continue
            heed(asked, error)
            raise NotSeen(error.reason) from error
    raise NotSeen(trouble)


def _keys(asked: ImageRequest) -> Iterator[AccessKey]:
    yield asked.key
    others = AccessKey.objects.filter(
        owner_id=asked.actor_id,
        environment=asked.environment,
        region=asked.region,
        disabled_at=None,
    ).exclude(pk=asked.key_id)
    yield from others.order_by("-created_at")[:_MOST_OTHER_KEYS]


def heed(asked: ImageRequest, error: ScpError) -> None:
    """A look that was turned away quiets everybody, as a send does."""
    if isinstance(error, Busy) and error.reason in hosts.WANT_SILENCE:
        asked_for = timedelta(seconds=error.retry_after_seconds or 0)
        hosts.silence(
            environment=asked.environment,
            region=asked.region,
            wait=max(asked_for, hosts.EDGE_SILENCE),
        )
