"""List and show servers. Source: SCP API reference, sections 6 and 7."""

from images.scp.paging import MOST_PAGES, ListCall, Listing, read_all
from images.scp.reading import Reader
from images.scp.shapes import Server, read_server

PATH = "/v1/servers"
PAGE_ROWS = 100  # without a limit SCP answers 20 rows and does not say that there are more


def list_servers(reader: Reader, *, most_pages: int = MOST_PAGES) -> Listing[Server]:
    """Return all servers, Kubernetes nodes included. Raises ScpError."""
    return read_all(
        reader, ListCall(PATH, "servers", read_server, PAGE_ROWS), most_pages=most_pages
    )


def show_server(reader: Reader, server_id: str) -> Server:
    """Return one server. Raises ScpError; Missing when there is none."""
    return reader.one(PATH, server_id, read_server)
