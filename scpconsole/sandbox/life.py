"""How an image grows up: unseen, queued, being processed, and its end.

Source: SCP API reference, sections 8 and 9; section 14, point 20.
"""

from __future__ import annotations

from dataclasses import dataclass

from scpconsole.sandbox.options import Options


@dataclass
class Life:
    """The plan of one image's life, fixed when it is made. Seconds count from the 202."""

    grace_seconds: float = 2
    list_lag_seconds: float = 0
    queued_until_seconds: float = 6
    done_seconds: float = 25
    word: str = "importing"
    end: str = "active"

    def status(self, age_seconds: float) -> str | None:
        """SCP's word at that age; None when show says 404."""
        if age_seconds < self.grace_seconds:
            return None
        if self.is_over(age_seconds):
            return None if self.end == "vanish" else self.end
        return "queued" if age_seconds < self.queued_until_seconds else self.word

    def is_over(self, age_seconds: float) -> bool:
        """True once the server is free for another image."""
        return age_seconds >= self.done_seconds

    def is_listed(self, age_seconds: float) -> bool:
        return age_seconds >= self.grace_seconds + self.list_lag_seconds


def planned(options: Options) -> Life:
    """The life that the switches ask for at this moment, with `speed` applied."""
    factor = 1 / options.speed
    return Life(
        grace_seconds=options.image_grace_seconds * factor,
        list_lag_seconds=options.list_lag_seconds * factor,
        queued_until_seconds=options.image_queued_until_seconds * factor,
        done_seconds=options.image_done_seconds * factor,
        word=options.image_word,
        end=options.image_end,
    )
