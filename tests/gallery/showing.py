"""Opens scenes in a real browser, in a language and a width, signed in as their person."""

from types import TracebackType
from typing import Self

from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from tests.gallery.scenes import Scene
from tests.gallery.world import World
from tests.people import PASSWORD

LANGUAGES = {"en": "en-US", "ko": "ko-KR"}
# By how many pixels the page is wider than the window.
OVERHANG = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PHONE = 500  # narrower ones are touched, and show the page as a phone does
HEIGHTS = {1280: 800, 768: 1024, 360: 740, 320: 256}


class Gallery:
    """Keeps one browser profile for each person, language and kind of screen."""

    def __init__(self, chromium: Browser, url: str, world: World) -> None:
        self._chromium, self._url, self._world = chromium, url, world
        self._pages: dict[tuple[str, str, bool], Page] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for page in self._pages.values():
            page.context.close()

    def show(self, scene: Scene, *, language: str, width: int = 1280) -> Page:
        """Return a page that shows the scene; the next call with this person reuses it."""
        page = self._page_of(scene.person, language, is_phone=width < PHONE)
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.goto(scene.address(self._world))
        cache.clear()  # no limit on tries holds, however often a scene is opened
        if scene.act:
            scene.act(page)
            page.wait_for_load_state()
        return page

    def _page_of(self, person: str, language: str, *, is_phone: bool) -> Page:
        known = self._pages.get((person, language, is_phone))
        if known:
            return known
        context = self._chromium.new_context(
            base_url=self._url,
            locale=LANGUAGES[language],
            reduced_motion="reduce",
            has_touch=is_phone,
            is_mobile=is_phone,
        )
        context.set_default_timeout(10_000)
        if person:
            self._sign_in(context, person)
        self._pages[person, language, is_phone] = page = context.new_page()
        return page

    def _sign_in(self, context: BrowserContext, person: str) -> None:
        browser = Client()
        assert browser.login(username=self._world.people[person].username, password=PASSWORD)
        session = browser.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self._url}
        context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict in its own words
