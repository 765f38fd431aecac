"""How many unions have a site, for the hub's front page."""

from __future__ import annotations

from solicomm_build.builder.front.offered import Around, Offered
from solicomm_build.features.sites.rendering.section import places
from solicomm_build.foundation.i18n import format_number, gettext, ngettext


def front(around: Around) -> Offered:
    """Their number, or how the first gets one."""
    lang, count = around.lang, len(places(around.found))
    if not count:
        return Offered(steps=(gettext(lang, "Give a union a site: solicomm new union dockers"),))
    words = ngettext(lang, "%(num)s union", "%(num)s unions", count, num=format_number(lang, count))
    return Offered(counts=((words, "#unions"),))
