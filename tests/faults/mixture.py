"""Faults at random, by a seed: three calls in ten go wrong, each in one of many ways."""

import random
import threading
from typing import Any

from scpconsole.sandbox.faults import Faults, Rule, make_rule

SHARE = 0.3
_SAME: list[dict[str, Any]] = [
    {"action": "status", "status": 500},
    {"action": "status", "status": 502},
    {"action": "status", "status": 503},
    {"action": "status", "status": 504},
    {"action": "drop_before"},
    {"action": "reset"},
    {"action": "cut", "size": 9},
    {"action": "half_json"},
    {"action": "html200"},
    {"action": "slow", "seconds": 0.4},
    {"action": "hang"},
    {"action": "drip", "seconds": 0.05, "part": "body"},
]
_CREATING: list[dict[str, Any]] = [
    *_SAME,
    {"action": "status", "status": 500, "acts": True},
    {"action": "status", "status": 504, "acts": True},
    {"action": "status", "status": 400},
    {"action": "status", "status": 403},
    {"action": "status", "status": 409},
    {"action": "status", "status": 417},
    {"action": "status", "status": 429, "headers": {"Retry-After": "1"}},
    {"action": "redirect", "status": 307, "location": "http://localhost:9/"},
    {"action": "drop_after"},
    {"action": "hang", "acts": False},
    {"action": "no_image_id"},
    {"action": "bad_image_id"},
    {"action": "status200"},
    {"action": "empty"},
]


class Mixture(Faults):
    """Draws for each call by itself; `calm` ends the trouble."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self._one_at_a_time = threading.Lock()
        self._is_calm = False

    def calm(self) -> None:
        self._is_calm = True

    def draw(self, *, method: str, kind: str, server_id: str) -> Rule | None:
        with self._one_at_a_time:
            if self._is_calm or kind == "list_servers" or self._random.random() >= SHARE:
                return None
            return make_rule(self._random.choice(_CREATING if method == "POST" else _SAME))
