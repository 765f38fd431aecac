"""What was found, as HTML: for the page itself, and for its script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote, urlsplit

from solicomm_build.features.search.asked import Asked
from solicomm_build.features.search.engine.document import Row
from solicomm_build.features.search.engine.finding import Found, Reach
from solicomm_build.features.search.engine.marking import marked
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext

Titles = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Of places, as manifests have them."""

_TOPIC = re.compile(r"(page/[0-9]+/)?#.*|files/[^/]*$")
_LEAF = re.compile(r"#page=([0-9]{1,9})$")
_ELSEWHERE = re.compile(r"https?://")
_SAFE = "/#?=&%;,+:@~!$'()*-._"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked and found, for a page in `lang` whose way to the hub's root is `up`; `save` is
    the HTML by which it is saved. Not `is_whole` where what members may read was left out, since
    nobody could say who asks."""

    asked: Asked
    found: Found
    lang: str
    up: str
    places: Titles
    save: str = ""
    is_whole: bool = True

    def topics(self, rows: Sequence[Row]) -> Iterator[str]:
        """A list item a topic, where its best post stands, with its posts below; anything else
        stands alone."""
        topics: dict[str, list[Row]] = {}
        for row in rows:
            topics.setdefault(_topic(row.address), []).append(row)
        for first, *others in topics.values():
            title = f"<a{self._link(first)}>{self._marked(first.title or '–')}</a>"
            where = (self.place(first.place), _host(first))
            head = [f"<bdi>{escape(one)}</bdi>" for one in where if one]
            hits = [self._hit(first, " · ".join([*head, *self._who_and_when(first)]))]
            for row in others:
                said = " · ".join(self._who_and_when(row)) or "–"
                hits.append(self._hit(row, f"<a{self._link(row)}>{said}</a>"))
            spoken = _spoken(first)
            yield f'<li><h2{spoken}>{title}</h2><ol class="hits">{"".join(hits)}</ol></li>'

    def place(self, key: str) -> str:
        """What a place is called."""
        names = self.places.get(key, {}).get("title", {})
        return names.get(self.lang) or next(iter(names.values()), key.rpartition("/")[2])

    def sentences(self) -> Iterator[str]:
        """What must be known of the answer, as HTML."""
        found, lang = self.found, self.lang
        if found.state != "done":
            yield escape(gettext(lang, _STATES[found.state]))
            return
        if not found.hits:
            yield escape(gettext(lang, "Nothing was found. Try other words, or fewer."))
        else:
            count = i18n.format_number(lang, found.whole or found.total)
            yield escape(gettext(lang, "Results:")) + f" {escape(count)}"
            if not found.every:
                yield escape(
                    gettext(lang, "No text has all of these words. These have some of them.")
                )
            elif found.whole < found.total:
                yield escape(gettext(lang, "After them come texts that have most of the words."))
        if found.reach:
            yield self._reached(found.reach)
            if self.onward():
                words = escape(gettext(lang, "Search older posts"))
                yield f'<a href="{escape(self.onward())}" data-older>{words}</a>'
        if found.suggestions:
            yield self._meant(" ".join(likely for _, likely in found.suggestions))
        if found.incomplete:
            yield escape(
                gettext(lang, "Part of the index could not be loaded, so something may be missing.")
            )
        if not self.is_whole:
            yield escape(
                gettext(
                    lang,
                    "Only what everybody may read was searched: who you are could not be looked up "
                    "just now. Please try again in a minute.",
                )
            )

    def onward(self) -> str:
        """The address of what is older than what was searched; nothing when there is none."""
        reach = self.found.reach
        return self.asked.link(older=reach.onward) if reach and reach.onward else ""

    def _reached(self, reach: Reach) -> str:
        """What of a large index was searched."""
        said = (
            gettext(self.lang, "Only the newest {last} of {total} texts were searched.")
            if reach.first == 1
            else gettext(
                self.lang,
                "Older texts were searched: {first} to {last} of {total}, counted from the newest.",
            )
        )
        for name in ("first", "last", "total"):
            number = i18n.format_number(self.lang, getattr(reach, name))
            said = said.replace(f"{{{name}}}", number)
        return escape(said)

    def _meant(self, text: str) -> str:
        link = f'<a href="{escape(self.asked.link(text=text))}"><bdi>{escape(text)}</bdi></a>'
        return escape(gettext(self.lang, "Did you mean {words}?")).replace("{words}", link)

    def _hit(self, row: Row, meta: str) -> str:
        text = f'<p{_spoken(row)} dir="auto">{self._marked(row.snippet)}</p>'
        return f'<li><p class="meta">{meta}</p>{text if row.snippet else ""}</li>'

    def _marked(self, text: str) -> str:
        parts = marked(text, self.found.terms, self.found.languages)
        shown = (f"<mark>{escape(p)}</mark>" if is_wanted else escape(p) for p, is_wanted in parts)
        return f"<bdi>{''.join(shown)}</bdi>"

    def _who_and_when(self, row: Row) -> Iterator[str]:
        if leaf := _LEAF.search(row.url):
            number = i18n.format_number(self.lang, int(leaf[1]))
            yield escape(gettext(self.lang, "Page %(number)s", number=number))
        if row.author:
            yield f"<bdi>{escape(row.author)}</bdi>"
        if row.time:
            moment = datetime.fromtimestamp(row.time, UTC)
            shown = i18n.format_date(self.lang, moment)
            yield f'<time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{shown}</time>'

    def _link(self, row: Row) -> str:
        up = "" if _host(row) else self.up
        return f' href="{escape(up + quote(row.address, safe=_SAFE))}"'


def _host(row: Row) -> str:
    """The host of a text of another hub, whose index is kept here; nothing for our own."""
    return urlsplit(row.place).netloc if _ELSEWHERE.match(row.place) else ""


def _topic(address: str) -> str:
    """What a document belongs to: a post to its topic, a page of a text to its card."""
    return _TOPIC.sub("", address.partition("#page=")[0])


def _spoken(row: Row) -> str:
    return f' lang="{escape(row.lang)}"' if row.lang else ""


_STATES = {
    "empty": N_("Type one or more words."),
    "stopwords": N_("Words as frequent as these are not searched for. Add another."),
    "negated": N_("Say also which words the texts should have."),
    "failed": N_("The search does not work just now. You can also ask by mail."),
}
