"""Every case of the matrix, in the order of the table."""

from collections.abc import Iterator

from tests.faults.case import Case
from tests.faults.cases import (
    answers,
    clocks,
    crashes,
    doubts,
    failover,
    network,
    people,
    reading,
    storage,
    upgrades,
    versions,
)


def every() -> Iterator[Case]:
    for module in (
        answers,
        network,
        crashes,
        storage,
        failover,
        clocks,
        people,
        doubts,
        reading,
        versions,
        upgrades,
    ):
        yield from module.cases()
