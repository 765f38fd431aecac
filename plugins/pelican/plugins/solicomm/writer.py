"""Pelican's writer, replaced: pages go to the publisher, which writes only bytes that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Template
from pelican.plugins import signals
from pelican.plugins.solicomm.compiling import lending
from pelican.writers import Writer


class PageWriter(Writer):
    """Hands finished bytes to the job in the settings (SOLICOMM_JOB)."""

    def write_file(
        self, name: str, template: Template, context: Mapping[str, Any], *_: Any, **_more: Any
    ) -> None:
        """Renders the page that is being made, publishes it, and tells whoever listens, as Pelican
        does."""
        job = self.settings["SOLICOMM_JOB"]
        with lending():
            html = template.render(context)
        job.put(job.now, html.encode("utf-8", "replace"))
        signals.content_written.send(name, context=context)

    def write_feed(self, *args: Any, **kwargs: Any) -> None:
        """Feeds are pages of ours (feeds.py)."""
