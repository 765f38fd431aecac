"""The sentences of a digest in the reader's language. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from solicomm_build.features.digests import digest as rules
from solicomm_build.features.digests.issue import Issue
from solicomm_build.features.digests.values import Digest, Entry, Words
from solicomm_build.foundation.i18n import format_date, format_datetime, gettext, ngettext
from solicomm_build.message.listcopy import ListFacts
from solicomm_build.post.conference import Conference


def composed(
    facts: ListFacts,
    settings: Conference,
    key: str,
    lang: str,
    issue: Issue,
    at: datetime,
    entries: Sequence[tuple[datetime, Entry]],
) -> Digest:
    """A digest of these posts, with their times, made at `at`."""
    said = words(lang, settings.title_in(lang), issue, at, [moment for moment, _ in entries])
    own = rules.message_id(key, facts.domain)
    return Digest(facts, key, own, at, lang, said, tuple(one for _, one in entries), issue.place)


def words(lang: str, title: str, issue: Issue, now: datetime, moments: Sequence[datetime]) -> Words:
    """Everything a digest says; `moments` are the posts' times."""
    count = len(moments)
    day = format_date(lang, now, "medium")
    posts = ngettext(lang, "%(num)s post", "%(num)s posts", count)
    facts = {"list": title, "date": f"{now:%Y-%m-%d}", "posts": posts}
    return Words(
        subject=gettext(lang, "[%(list)s] digest %(date)s (%(posts)s)", **facts),
        about=gettext(lang, "Digest of %(list)s, %(date)s", list=title, date=day),
        issue=gettext(
            lang, "Volume %(volume)s, issue %(issue)s", volume=issue.volume, issue=issue.number
        ),
        contents=gettext(lang, "In this digest:"),
        on_the_web=gettext(lang, "To read on the web:"),
        answering=gettext(
            lang,
            "To answer a message, write to the address below it: so your answer finds its topic.",
        ),
        options=gettext(
            lang,
            "To get every message by itself, or none, send the word “help” to:",
        ),
        choose=gettext(lang, "Or choose on a page: each, daily, weekly, answers only, or none."),
        leaving=gettext(lang, "To leave, send an empty mail to:"),
        attached=gettext(lang, "Attachments:"),
        pictures=gettext(lang, "Pictures:"),
        read=gettext(lang, "Read on the page"),
        reply=gettext(lang, "Reply by mail"),
        reason=gettext(
            lang, "You get this because the messages of %(list)s come to you together.", list=title
        ),
        end=gettext(lang, "End of the digest of %(list)s", list=title),
        no_subject=gettext(lang, "(no subject)"),
        whens=tuple(format_datetime(lang, moment) for moment in moments),
    )
