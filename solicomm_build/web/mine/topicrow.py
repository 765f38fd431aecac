"""A topic, or a post of one, as every section of My hub shows it: its title as the link, and below
it where it is, who wrote last, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.mine.forms import link


@dataclass(frozen=True, slots=True)
class TopicRow:
    """What a row tells. `at` is in seconds since 1970 and 0 where nobody knows, `post` the one that
    is opened ("": the topic from its beginning), `said` further words."""

    conference: str
    tid: str
    title: str
    place: str = ""
    """What the conference is called; "" where the row does not say it."""
    name: str = ""
    at: int = 0
    post: str = ""
    said: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The post's place on the topic's page."""
        post = f"#{self.post}" if self.post not in ("", self.tid) else ""
        return f"/conferences/{self.conference}/t/{self.tid}/{post}"

    def html(self, lang: str) -> str:
        """The inside of the row."""
        title = self.title.strip() or gettext(lang, "(no subject)")
        about = [f"<bdi>{escape(one)}</bdi>" for one in (self.place, self.name) if one]
        if self.at:
            at = datetime.fromtimestamp(self.at, UTC)
            when = escape(i18n.format_datetime(lang, at))
            about.append(f'<time datetime="{i18n.isodate(at)}">{when}</time>')
        about += [escape(one) for one in self.said]
        return f"{link(self.url, title)}<br><small>{' · '.join(about)}</small>"


def listed(lang: str, rows: Iterable[TopicRow]) -> str:
    """A list of rows; "" for none."""
    inside = "".join(f"<li>{row.html(lang)}</li>" for row in rows)
    return f"<ul>{inside}</ul>" if inside else ""
