"""Sentences of the mails about moderators' acts on topics; the catalogue is `topicwork.po`."""

from __future__ import annotations

from solicomm_build.foundation import i18n

DOMAIN = "topicwork"


def utter(lang: str, message: str, **facts: str) -> str:
    """A sentence in `lang` with its facts put in."""
    return i18n.gettext(lang, message, domain=DOMAIN) % facts
