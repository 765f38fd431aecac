"""What a copy says in the place of a file that is not in it: name, size, where it is. Pure."""

from __future__ import annotations

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.message.listcopy import ListFacts
from solicomm_build.post.post import Attached


def note(one: Attached, facts: ListFacts, lang: str, tid: TopicId | None, mid: PostId) -> str:
    """A few lines about a file of a post, in a language; without a page they say how to get it."""
    name, size = one.name, i18n.format_size(lang, one.bytes)
    if facts.archived and tid is not None:
        words = gettext(
            lang,
            "This file was taken out of the mail: %(name)s (%(size)s). It is on the page of the "
            "message:",
        )
        where = f"{facts.url}/conferences/{facts.list_id}/t/{tid}/#{mid}"
        return f"{words % {'name': name, 'size': size}}\n{where}\n"
    words = gettext(
        lang,
        "This file was taken out of the mail: %(name)s (%(size)s). To get it, send the words "
        "“%(words)s” to %(address)s.",
    )
    address = f"{facts.list_id}-request@{facts.domain}"
    given = {"name": name, "size": size, "words": f"get {mid[:8]}", "address": address}
    return f"{words % given}\n"
