"""Put the verifier's modules into its one-file page: `python -m tests.ledger.page`.

A page opened from a disk may load no modules, so index.html has them inside, as they are.
"""

from tests.ledger.verifiers import FOLDER

PAGE = FOLDER / "index.html"
MODULES = ("verify.mjs", "zip.mjs", "sentences.mjs")


def renewed() -> str:
    """Return the page as it has to be."""
    begin, end = "// <modules>", "// </modules>\n"
    before, _, rest = PAGE.read_text().partition(begin)
    title, _, inside = rest.partition("\n")
    after = inside.partition(end)[2]
    modules = "\n".join((FOLDER / name).read_text() for name in MODULES)
    return f"{before}{begin}{title}\n{modules}{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed())
