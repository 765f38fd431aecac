"""The page that says to people how to follow a conference from where they are."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.fediverse import names
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.conference import Conference
from solicomm_build.web import plainpage


def follow_page(config: Config, one: Conference, request: Request) -> Response:
    """The page, in the language of who asks."""
    lang = plainpage.wanted_language(request)
    name = one.title_in(lang)
    title = gettext(lang, "Follow %(name)s from elsewhere", name=name)
    how = gettext(
        lang, "On Mastodon, Lemmy, NodeBB and the like, search for this name and follow it:"
    )
    then = gettext(
        lang,
        "What is posted here then arrives there, with the names that are shown here. Who follows is"
        " shown to nobody.",
    )
    answers = gettext(
        lang, "What you answer there stays there. To take part, write by mail or on the page."
    )
    if config.activitypub.replies == "held":
        answers = gettext(
            lang, "Moderators see what you answer there in public, and may post it here."
        )
    back = f'<p><a href="/conferences/{one.id}/"><bdi>{escape(name)}</bdi></a></p>'
    handle = f'<p dir="ltr"><strong>@{escape(names.handle(config, one.id))}</strong></p>'
    inside = f"<p>{escape(how)}</p>{handle}<p>{escape(then)}</p><p>{escape(answers)}</p>{back}"
    return plainpage.page(lang, title, inside)
