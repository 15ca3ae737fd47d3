"""The attacks, by what they reach for."""

from tests.tamper.attacks import events, outside, people, records, tail, tree

__all__ = ["events", "outside", "people", "records", "tail", "tree"]
