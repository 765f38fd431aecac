"""What other pages say of the network: the hub's front page, and conferences of other hubs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.front.offered import Around, Block, Offered, Row
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.network.directory import book, placing
from solicomm_build.features.network.directory.planned import SECTION, URL
from solicomm_build.features.network.heirs.silence import SILENCE
from solicomm_build.features.network.sealed import closed, sharedwith
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.repo import MAIN
from solicomm_build.post.pages import Place

_SHOWN = 4


def front(around: Around) -> Offered:
    """The hubs next to this one; nothing where no other is known."""
    commit = around.found.ones.get(SECTION)
    if commit is None:
        return Offered()
    found = around.sources.remember(
        "hubs", around.config.hubs_repo, commit, lambda reader: book.read(reader, commit)
    )
    others = [one.card for one in found.entries if one.standing == placing.KNOWN]
    place = front_url(URL, around.lang, around.config.languages[0])
    names = tuple(one.name for one in others[:_SHOWN])
    row = Row(gettext(around.lang, "All hubs"), place, words=names)
    title = gettext(around.lang, "Hubs that work together")
    return Offered((Block("hubs", 90, title, (row,) if names else ()),))


class HomeNotice:
    """What a conference that has its home at another hub says of that, on top of its front page,
    and posts that were written at other hubs of these; and one for members, which hubs have it. No
    pages of its own."""

    def __init__(self, around: Surroundings) -> None:
        self._home, self._former = around.settings.home, around.settings.former_home
        self._today = around.today
        self._config, self._sources, self._repo = around.sources.config, around.sources, around.repo
        self._is_closed = around.settings.visibility == closed.MEMBERS
        self._rows = around.rows

    def everything(self) -> Iterator[Planned | str]:
        """None; but topics are begun next, so what hubs are called is asked with them."""
        _ = self._named
        return iter(())

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """As little."""
        del touched
        _ = self._named
        return iter(())

    def period(self) -> str:
        """It depends on what the hubs are called, where any is named."""
        return self._named

    @cached_property
    def _named(self) -> str:
        if not (self._home or self._former or self._rows.is_brought() or self._hubs()):
            return ""
        return digest(self._names, self._silent)

    def renewed(self) -> Iterator[Planned | str]:
        """None."""
        return iter(())

    def notices(self, lang: str) -> Iterable[tuple[str, str]]:
        """Where the conference's home is, and who else can read what members write."""
        if self._home:
            home = self._names.get(self._home, self._home)
            said = gettext(lang, "This conference has its home at %(hub)s", hub=home)
            yield said, self.place(self._home, lang).url
        if self._silent:
            when = i18n.format_date(lang, self._silent)
            said = gettext(lang, "Its home was last heard of on %(day)s", day=when)
            yield said, self.place(self._home, lang).url
        if self._former:
            was = self._names.get(self._former, self._former)
            said = gettext(lang, "%(hub)s was its home before, and has gone silent", hub=was)
            yield said, self.place(self._former, lang).url
        if hubs := self._hubs():
            all_ = ", ".join(self._names.get(one, one) for one in sorted(hubs))
            said = gettext(
                lang, "Hubs whose operators can read what is written here: %(hubs)s", hubs=all_
            )
            yield said, front_url(URL, lang, self._config.languages[0])

    def place(self, hub: str, lang: str) -> Place:
        """What a hub is called, and its line in the directory."""
        url = front_url(URL, lang, self._config.languages[0])
        return Place(self._names.get(hub, hub), f"{url}#{hub}" if hub in self._names else url)

    @cached_property
    def _silent(self) -> date | None:
        """The day of the last sign of a home that is gone, as its card says."""
        cards = (one.card for one in book.of(self._config).entries if one.card.id == self._home)
        last = next((card.at.date() for card in cards if card.at), None)
        return last if last and self._today - last > SILENCE else None

    @cached_property
    def _names(self) -> dict[str, str]:
        return {one.card.id: one.card.name for one in book.of(self._config).entries}

    def _hubs(self) -> frozenset[str]:
        """The hubs that have, or had, a conference for members."""
        if not self._is_closed:
            return frozenset()
        return sharedwith.of(self._sources.reader(self._repo), MAIN).ever
