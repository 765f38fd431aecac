"""What a conference that can be followed from elsewhere shows of that: a link on its front page."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import PartOf, Surroundings
from solicomm_build.builder.sources import Planned
from solicomm_build.features.fediverse.names import follow_page
from solicomm_build.features.fediverse.shown import may_be_followed
from solicomm_build.foundation.i18n import gettext


class FollowLink:
    """A part without pages of its own (builder/parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self._id = around.facts.id
        self._is_offered = may_be_followed(around.sources.config, around.settings)

    def links(self, lang: str) -> Iterator[tuple[str, str]]:
        """The page, which the web server makes."""
        if self._is_offered:
            yield gettext(lang, "Follow from Mastodon and the like"), follow_page(self._id)

    def everything(self) -> Iterator[Planned | str]:
        """Nothing."""
        return iter(())

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """Nothing."""
        return iter(())

    def period(self) -> str:
        """None."""
        return ""

    def renewed(self) -> Iterator[Planned | str]:
        """Nothing."""
        return iter(())


PARTS = (PartOf("fediverse", 95, FollowLink),)
