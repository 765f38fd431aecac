"""Sentences of the mails about people and their cards; the catalogue is `people.po`."""

from __future__ import annotations

from solicomm_build.foundation import i18n

DOMAIN = "people"


def speak(lang: str, message: str, **facts: str) -> str:
    """A sentence in `lang` with its facts put in."""
    return i18n.gettext(lang, message, domain=DOMAIN) % facts
