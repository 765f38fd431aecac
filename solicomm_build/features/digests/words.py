"""The sentences of a digest in the reader's language. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from solicomm_build.features.digests.issue import Issue
from solicomm_build.features.digests.octets import Words
from solicomm_build.foundation.i18n import format_date, format_datetime, gettext, ngettext


def words(lang: str, title: str, issue: Issue, now: datetime, moments: Sequence[datetime]) -> Words:
    """Everything a digest says; `moments` are the posts' times."""
    count = len(moments)
    day = format_date(lang, now, "medium")
    posts = ngettext(lang, "%(num)s post", "%(num)s posts", count)
    facts = {"list": title, "date": f"{now:%Y-%m-%d}", "posts": posts}
    return Words(
        subject=gettext(lang, "[%(list)s] digest %(date)s (%(posts)s)", **facts),
        about=gettext(lang, "Digest of the list %(list)s, %(date)s", list=title, date=day),
        issue=gettext(
            lang, "Volume %(volume)s, issue %(issue)s", volume=issue.volume, issue=issue.number
        ),
        contents=gettext(lang, "In this digest:"),
        on_the_web=gettext(lang, "To read on the web:"),
        answering=gettext(
            lang,
            "To answer a message, use the link below it: then everybody sees what you answer to.",
        ),
        options=gettext(
            lang,
            "To get every message by itself, or none, send the word “help” to:",
        ),
        attached=gettext(lang, "Attachments:"),
        end=gettext(lang, "End of the digest of %(list)s", list=title),
        no_subject=gettext(lang, "(no subject)"),
        whens=tuple(format_datetime(lang, moment) for moment in moments),
    )
