"""What the page about the chat shows, as its template gets it."""

from __future__ import annotations

from dataclasses import dataclass

from solicomm_build.post.pages import ConferenceFacts, Facts


@dataclass(frozen=True)
class ChatFacts(Facts):
    """The address to write to, a link that opens a chat with it, and the address of the QR code
    that says the same."""

    conference: ConferenceFacts
    mail: str
    mailto: str
    qr: str
