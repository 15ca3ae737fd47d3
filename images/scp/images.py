"""List and show images. Source: SCP API reference, section 9."""

from dataclasses import replace

from images.scp.paging import MOST_PAGES, ListCall, Listing, read_all
from images.scp.reading import Reader
from images.scp.shapes import Image, read_image

PATH = "/v1/images"
PAGE_ROWS = 1000  # the most that SCP allows; without a limit it answers 20 rows
NEWEST_FIRST = "created_at:desc"


def list_images(
    reader: Reader,
    *,
    name: str | None = None,
    scp_image_type: str | None = "custom",
    sort: str = NEWEST_FIRST,
    most_pages: int = MOST_PAGES,
) -> Listing[Image]:
    """Return the images, `name` matched exactly. Raises ScpError.

    Whether SCP's own filter is exact is not known, so we filter once more. Without a type
    the list is mostly Samsung's public images.
    """
    wished = {"name": name, "scp_image_type": scp_image_type, "sort": sort}
    params = {key: value for key, value in wished.items() if value is not None}
    wanted = ListCall(PATH, "images", read_image, PAGE_ROWS, params)
    listing = read_all(reader, wanted, most_pages=most_pages)
    if name is None:
        return listing
    return replace(listing, rows=tuple(row for row in listing.rows if row.name == name))


def show_image(reader: Reader, image_id: str) -> Image:
    """Return one image. Raises ScpError; Missing when there is none, or none yet."""
    return reader.one(PATH, image_id, read_image)
