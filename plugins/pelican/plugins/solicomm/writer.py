"""Pelican's writer, replaced: pages go to the publisher, which writes only bytes that changed."""

from __future__ import annotations

from typing import Any

from pelican.writers import Writer

from solicomm_build.post.pages import Page


class PageWriter(Writer):
    """Hands finished bytes to the job in the settings (SOLICOMM)."""

    def write_page(self, page: Page, data: bytes) -> None:
        """Publishes the page."""
        self.settings["SOLICOMM"].put(page, data)

    def write_beside(self, page: Page, url: str, data: bytes) -> None:
        """Publishes a file that a page shows, e.g. an attachment."""
        self.settings["SOLICOMM"].put(page, data, url=url)

    def write_file(self, *args: Any, **kwargs: Any) -> None:
        """Pelican's own pages are not used here; nothing may be written past the publisher."""

    def write_feed(self, *args: Any, **kwargs: Any) -> None:
        """Feeds are pages of ours (plugins/feeds.py)."""
