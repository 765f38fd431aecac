"""What the header fields of a list's copies are made from, out of its settings. Pure."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.listcopy import ListFacts, ReplyTo
from solicomm_build.post.conference import Conference

_REPLIES: dict[str, ReplyTo] = {
    "author": "author",
    "list": "list",
    "both": "both",
    "conversation": "conversation",
}


def list_facts(config: Config, settings: Conference) -> ListFacts:
    """The facts of a list of this hub, titled in its first language."""
    return ListFacts(
        list_id=settings.id,
        domain=config.domain,
        title=settings.title_in(settings.languages[0]),
        url=config.url,
        archived=settings.has_pages,
        posting=settings.posting != "announce",
        reply_to=_REPLIES[settings.reply_to],
        redact_origin=settings.redact_origin,
    )
