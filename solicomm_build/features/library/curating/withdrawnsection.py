"""Documents that were withdrawn lately, in My hub, for who looks after their library: each leads to
its history, where it is put back. Their cards are in no list of the library any more."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row, datetime_of
from solicomm_build.features.library.catalogue import title_of
from solicomm_build.features.library.deposits import curators
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.web.mine.forms import link, text
from solicomm_build.web.mine.section import Section, Visit

_LATELY = timedelta(weeks=4)


class WithdrawnDocuments(Section):
    """What can be put back."""

    name, rank = "withdrawn", 36

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Withdrawn documents")

    def short(self, visit: Visit) -> str:
        """How many."""
        count = len(self._found(visit))
        if not count:
            return ""
        said = ngettext(
            visit.lang,
            "%(num)s document was withdrawn in the last four weeks. It can be put back.",
            "%(num)s documents were withdrawn in the last four weeks. They can be put back.",
            count,
        )
        return text(said)

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Each with the way to its history; no page for whom there is nothing."""
        found = [] if rest else self._found(visit)
        if not found:
            return None
        rows = "".join(self._row(visit, one) for one in found)
        return self.title(visit), f"<ul>{rows}</ul>"

    def _row(self, visit: Visit, one: Row) -> str:
        lang, said = visit.lang, curators.rules(self.config, one.library)
        place, at = said.title.get(lang) or title_of(said), datetime_of(one.stamp)
        when = escape(i18n.format_datetime(lang, at))
        way = link(f"/libraries/{one.library}/{one.key}/history/", one.title)
        return f"<li>{way}<br><small><bdi>{escape(place)}</bdi> · {when}</small></li>"

    def _found(self, visit: Visit) -> list[Row]:
        """The last one first. Rules are asked of libraries from which something was withdrawn
        alone, so that it costs others one look at the index."""
        folder = self.config.libraries
        names = [path.stem for path in folder.glob("*.git")] if folder.is_dir() else []
        if not names:
            return []
        since = int((clock.now() - _LATELY).timestamp())
        with CardIndex(self.config) as index:
            changed = index.changed(names, since=since)
            gone = [one for one in changed if one.status == "withdrawn"]
        said = {name: curators.rules(self.config, name) for name in {one.library for one in gone}}
        with self.readers.looking() as roster:
            mine = {
                name
                for name, rules in said.items()
                if curators.is_one(self.config, rules, name, roster, visit.session.member)
            }
        own = (one for one in gone if one.library in mine)
        return sorted(own, key=lambda one: (one.stamp, one.key), reverse=True)
