"""An SCP access key pair."""

import re
from dataclasses import dataclass

FITS_A_HEADER = re.compile(r"[\x21-\x7e]{1,256}")


@dataclass(frozen=True, repr=False)
class Credentials:
    """What signs a call. Neither value shows in `repr` or `str`."""

    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        return "Credentials(hidden)"

    @property
    def fits_a_header(self) -> bool:
        """Whether the access key can be sent at all: printable ASCII without spaces."""
        return FITS_A_HEADER.fullmatch(self.access_key) is not None
