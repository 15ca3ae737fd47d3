"""The list of all parts from elsewhere, as CycloneDX 1.6: `make sbom`.

It is made from the lock files and the checksums of what is kept in static/vendor, so it tells what
is installed, and two runs over the same sources write the same bytes.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from images.version import VERSION
from scpconsole.data_folder import ROOT

# What an installation may have; requirements-dev.txt is of tests and checks.
LOCKS = (
    "requirements.txt",
    "requirements-postgres.txt",
    "requirements-vault.txt",
    "requirements-metrics.txt",
)
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,-]+\])?==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VENDOR = ROOT / "static" / "vendor"
_SCRIPT_VERSION = re.compile(r'version:"([0-9.]+)"')


def bill_of_materials() -> dict[str, Any]:
    """Return the document. Source: CycloneDX 1.6, JSON format."""
    components = {each["purl"]: each for each in (*_packages(), *_scripts())}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "scp-image-console", "version": VERSION}
        },
        "components": [components[purl] for purl in sorted(components)],
    }


def pins(lock: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, version and SHA-256 hashes of each package that a lock file's text holds."""
    found = list(_PIN.finditer(lock))
    ends = [*(each.start() for each in found[1:]), len(lock)]
    for pin, end in zip(found, ends, strict=True):
        yield pin[1], pin[2], _HASH.findall(lock[pin.end() : end])


def _packages() -> Iterator[dict[str, Any]]:
    for name in LOCKS:
        for package, version, hashes in pins((ROOT / name).read_text()):
            yield _component(package, version, f"pkg:pypi/{package}@{version}", hashes)


def _scripts() -> Iterator[dict[str, Any]]:
    for line in (_VENDOR / "SHA256SUMS").read_text().splitlines():
        digest, path = line.split()
        if path.endswith(".js"):
            name = Path(path).parts[0]
            found = _SCRIPT_VERSION.search((_VENDOR / path).read_text())
            version = found[1] if found else ""
            yield _component(name, version, f"pkg:npm/{name}.org@{version}", [digest])


def _component(name: str, version: str, purl: str, hashes: list[str]) -> dict[str, Any]:
    """Several hashes are of several files, one of which is installed: wheels for each system."""
    files = [
        {"type": "distribution", "url": purl, "hashes": [{"alg": "SHA-256", "content": each}]}
        for each in hashes
    ]
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": purl,
        "externalReferences": files,
    }


if __name__ == "__main__":
    json.dump(bill_of_materials(), sys.stdout, indent=1)
    sys.stdout.write("\n")
