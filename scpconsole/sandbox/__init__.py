"""A stand-in for SCP's Virtual Server API, written from SCP's documents alone.

Standard library only. Tests use `Sandbox` in the same process; the demo runs
`python -m scpconsole.sandbox`. Source: SCP API reference, section 14.
"""

from scpconsole.sandbox.faults import Rule
from scpconsole.sandbox.images import Image
from scpconsole.sandbox.journal import Call, LedgerEntry
from scpconsole.sandbox.keys import ALL_RIGHTS, MAIN_ACCOUNT, OTHER_ACCOUNT, Key
from scpconsole.sandbox.server import Sandbox
from scpconsole.sandbox.servers import Server

__all__ = [
    "ALL_RIGHTS",
    "MAIN_ACCOUNT",
    "OTHER_ACCOUNT",
    "Call",
    "Image",
    "Key",
    "LedgerEntry",
    "Rule",
    "Sandbox",
    "Server",
]
