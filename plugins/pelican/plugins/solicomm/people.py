"""The directory of people for Pelican: lists of cards, and one card."""

from __future__ import annotations

from pelican.plugins.solicomm.generator import PageGenerator

from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import HubFacts


def directory(lang: str, hub: HubFacts) -> dict[str, str]:
    """Where the directory is, and how a link to it says so."""
    shown = lang if lang in hub.languages else hub.languages[0]
    return {
        "url": "/people/" if shown == hub.languages[0] else f"/{shown}/people/",
        "label": gettext(lang, "People who take part here"),
    }


class PeopleGenerator(PageGenerator):
    """Pages of the section `people`."""

    kind = "people"
