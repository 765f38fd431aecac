"""Sentences of the mails about forms; the catalogue is `forms.po`."""

from __future__ import annotations

from solicomm_build.foundation import i18n

DOMAIN = "forms"


def form_text(lang: str, message: str, **facts: str) -> str:
    """A sentence in `lang` with its facts put in."""
    return i18n.gettext(lang, message, domain=DOMAIN) % facts


def form_texts(lang: str, one: str, many: str, count: int) -> str:
    """A sentence with a number, in the form that `lang` wants for it; `%(num)s` is the number."""
    text = i18n.ngettext(lang, one, many, count, domain=DOMAIN)
    return text % {"num": i18n.format_number(lang, count)}
