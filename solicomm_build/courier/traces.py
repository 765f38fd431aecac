"""Copies to members without what their files know of the author (`attachments: {clean: …}`)."""

from __future__ import annotations

from solicomm_build import i18n
from solicomm_build.cleaning import letter
from solicomm_build.model.conference import Conference


def without_traces(raw: bytes, settings: Conference) -> bytes:
    """The message with clean copies of its files, unless the list says that they stay. Where only
    pseudonyms are allowed, a text stands in for what cannot be cleaned. Blocking. Raises
    MessageError."""
    hidden = settings.pseudonyms == "required"
    if not (settings.attachments.clean or hidden):
        return raw
    instead = ""
    if hidden:
        instead = i18n.gettext(
            settings.languages[0],
            "A file was taken out of this mail: it may say who wrote it, and we cannot clean it.",
            domain="delivery",
        )
        instead += "\n"
    return letter.cleaned(raw, instead=instead)
