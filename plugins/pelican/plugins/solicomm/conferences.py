"""Conferences and lists for Pelican: lists, months, front page, feed, attachments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import unquote

from pelican.plugins.solicomm.feeds import conference_feed, topic_feed
from pelican.plugins.solicomm.forms import PRESENTERS as FORMS
from pelican.plugins.solicomm.generator import PageGenerator, Presenter
from pelican.plugins.solicomm.reading import PRESENTERS as READING
from pelican.plugins.solicomm.topics import PRESENTERS as TOPICS
from pelican.plugins.solicomm.topics import row
from pelican.writers import Writer

from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import ConferenceFacts, HubFacts, Page
from solicomm_build.post.presenters import conference, presenters


def front(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The conference's front page: what is talked about now."""
    facts = page.facts
    about: ConferenceFacts = facts["conference"]
    return {
        "conference": conference(about),
        "called_in": facts["called_in"],
        "topics": [
            {
                **row(about, topic, page.lang),
                "last": topic.last,
                "last_name": topic.last_name,
                "posts": topic.posts,
                "last_url": facts["last_urls"][topic.tid],
            }
            for topic in facts["topics"]
        ],
        "months": facts["months"],
        "archive": facts["archive"],
        "total": facts["total"],
        "links": facts["links"],
        "notices": facts["notices"],
    }


def numbered(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """Fifty topics in the order they started."""
    about: ConferenceFacts = page.facts["conference"]
    return {
        "conference": conference(about),
        "rows": [row(about, topic, page.lang) for topic in page.facts["rows"]],
        "pager": page.facts["pager"],
    }


def month(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The posts of a month."""
    nothing = gettext(page.lang, "(no subject)")
    rows = [
        {"url": row.url, "title": row.title or nothing, "name": row.name, "date": row.date}
        for row in page.facts["rows"]
    ]
    return {
        "conference": conference(page.facts["conference"]),
        "month": page.facts["month"],
        "rows": rows,
        "pager": page.facts["pager"],
        "goes_on": page.facts["goes_on"],
    }


def download(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The months that can be taken home."""
    return {
        "conference": conference(page.facts["conference"]),
        "months": [
            {**item, "month": datetime.fromisoformat(f"{item['month']}-01T00:00:00+00:00")}
            for item in page.facts["months"]
        ],
    }


class ConferenceGenerator(PageGenerator):
    """Pages of the sections `conference:…`."""

    kind = "conference"
    presenters: ClassVar[Mapping[str, Presenter]] = {
        "conference": front,
        "conference_page": numbered,
        "month": month,
        "download": download,
        **READING,
        **TOPICS,
        **FORMS,
    }

    def presenter(self, kind: str) -> Presenter:
        """Also those of features."""
        return presenters().get(kind) or super().presenter(kind)

    def write_feed(self, page: Page, writer: Writer) -> None:
        """The Atom feed of the newest posts."""
        self.job.put(page, conference_feed(page, self.job.hub))

    def write_topic_feed(self, page: Page, writer: Writer) -> None:
        """The Atom feed of one topic."""
        self.job.put(page, topic_feed(page, self.job.hub))

    def write_octets(self, page: Page, writer: Writer) -> None:
        """A file the pipeline made."""
        self.job.put(page, page.facts["octets"])

    def write(self, page: Page, writer: Writer) -> None:
        """A topic brings its attachments with it, and before it: a page that is there leads to
        nothing that is not."""
        if page.kind == "topic":
            self._files(page)
        super().write(page, writer)

    def _files(self, page: Page) -> None:
        for post in page.facts["posts"]:
            for file in post.attachments:
                if file.url is not None and file.oid is not None:
                    data = self.job.read(page.section, file.oid)
                    self.job.put(page, data, url=unquote(file.url))
                    if file.small is not None and file.small.url != file.url:
                        small = self.job.read(page.section, file.small.oid)
                        self.job.put(page, small, url=file.small.url)
                    if file.sound is not None and file.sound.small and file.sound.oid:
                        played = self.job.read(page.section, file.sound.oid)
                        self.job.put(page, played, url=file.sound.small)
