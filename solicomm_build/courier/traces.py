"""Copies to members without what their files know of the author (`attachments: {clean: …}`)."""

from __future__ import annotations

from solicomm_build.cleaning import letter
from solicomm_build.post.conference import Conference


def without_traces(raw: bytes, settings: Conference) -> bytes:
    """The message with clean copies of its files, unless the list says that they stay. Blocking.
    Raises MessageError."""
    return letter.cleaned(raw) if settings.attachments.clean else raw
