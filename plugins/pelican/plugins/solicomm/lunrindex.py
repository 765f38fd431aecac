"""A stock index of lunr for sites that search with lunr.js: `search/lunr.json`.

Made when SOLICOMM says `"lunr": True`, of the pages of topics, documents and unions, up to 2,000 of
them: a browser loads it whole. `lunr.Index.load` takes it as it is; `titles` are beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lunr

if TYPE_CHECKING:
    from pelican.plugins.solicomm.stock import StockJob

URL = "/search/lunr.json"
MOST = 2_000
"""Documents."""
KINDS = ("topic", "card", "union_page", "union_event")
"""The pages that are documents."""
_TAG = re.compile(r"<[^<>]*>")


class LunrIndex:
    """Writes the index, as a generator of Pelican's does: the last one, when pages are there."""

    def __init__(self, *, settings: Mapping[str, Any], **_more: object) -> None:
        self._job: StockJob = settings["SOLICOMM_JOB"]

    def generate_output(self, _writer: object) -> None:
        """Reads the pages that were written."""
        pages = {page.url: page for page in self._job.shown if page.kind in KINDS and page.indexed}
        if len(pages) > MOST:
            reason = f"{len(pages)} pages are more than {MOST} documents: no index is written"
            self._job.faults.append((URL, reason))
        elif pages:
            documents = [
                {"url": url, "title": page.title, "body": self._text(url)}
                for url, page in pages.items()
            ]
            made = lunr.lunr(ref="url", fields=("title", "body"), documents=documents)  # type: ignore[no-untyped-call]
            titles = {url: page.title for url, page in pages.items()}
            text = json.dumps({**made.serialize(), "titles": titles}, ensure_ascii=False)
            self._job.publisher.put(URL, text.encode(), section="search", key="")

    def _text(self, url: str) -> str:
        html = Path(self._job.root, self._job.path(url)).read_text("utf-8")
        main = html.partition("<main")[2].partition("</main>")[0].partition(">")[2]
        return unescape(_TAG.sub(" ", main))
