"""What whoever runs a command types."""

import getpass
import sys


def typed_password() -> str:
    """Ask for a password at a terminal, without showing it; else read a line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
