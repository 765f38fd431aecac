"""What the values of facets are called, and the facets themselves. Pure."""

from __future__ import annotations

from solicomm_build.features.library.cards import sectors
from solicomm_build.features.library.cards.kinds import kind_label
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.post import subjects

_KINDS = {
    "subject": N_("Subject"),
    "country": N_("Country"),
    "language": N_("Language"),
    "sector": N_("Sector"),
    "year": N_("Year"),
    "organisation": N_("Organisation"),
    "type": N_("Kind of document"),
}


def kind_name(kind: str, lang: str) -> str:
    """What a facet is called where one value of it is chosen."""
    return gettext(lang, _KINDS[kind])


def value_name(kind: str, value: str, lang: str) -> str:
    """A value in the words of a language."""
    if kind == "subject":
        return subjects.label(value, lang)
    if kind == "country":
        return i18n.country_name(value, lang)
    if kind == "language":
        return i18n.language_name(value, lang)
    if kind == "sector":
        return sectors.name(value, lang)
    return kind_label(value, lang) if kind == "type" else value
