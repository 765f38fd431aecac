"""Sentences of the mails about the e-library; the catalogue is `librarian.po`."""

from __future__ import annotations

from solicomm_build.foundation import i18n

DOMAIN = "librarian"


def phrase(lang: str, message: str, **facts: str) -> str:
    """A sentence in `lang` with its facts put in."""
    return i18n.gettext(lang, message, domain=DOMAIN) % facts
