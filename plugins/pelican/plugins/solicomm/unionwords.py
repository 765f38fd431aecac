"""The words of union sites in the page's language; their catalogue is `union.po`."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from solicomm_build.foundation.i18n import gettext, pgettext


@lru_cache(maxsize=64)
def words(lang: str) -> dict[str, str]:
    """Every fixed word of a union's pages by the name that templates use."""
    return _of_joining(lang) | {
        "people": pgettext(lang, "about a union", "People"),
        "join": gettext(lang, "Join"),
        "documents": gettext(lang, "Documents"),
        "upcoming": gettext(lang, "Coming up"),
        "past": gettext(lang, "Past events"),
        "none_coming": gettext(lang, "Nothing is planned at the moment."),
        "years": gettext(lang, "All news by year"),
        "all_news": gettext(lang, "All news"),
        "all_events": gettext(lang, "All events"),
        "all_documents": gettext(lang, "All documents"),
        "calendar": gettext(lang, "All events for your calendar"),
        "one_event": gettext(lang, "Put it into your calendar"),
        "over": gettext(lang, "This is over."),
        "online": gettext(lang, "Online"),
        "take_part": gettext(lang, "Read and take part"),
        "stub": gettext(lang, "This page is being mended"),
        "stub_text": gettext(
            lang,
            "There is a mistake in its file. The people who look after this site can see which "
            "one.",
        ),
        "lost": gettext(lang, "There is nothing at this address"),
        "lost_text": gettext(lang, "The page may have moved. From here you can go on:"),
        "home": gettext(lang, "Front page"),
        "history": gettext(lang, "What changed on this site"),
        "history_text": gettext(
            lang,
            "The newest comes first. To make the site as it was, ask the people who run the hub, "
            "and name the change by its number.",
        ),
        "more_files": gettext(lang, "and more files"),
        "copied": gettext(lang, "This is a copy. The original:"),
        "draft": gettext(lang, "This is a draft. Only people who know this address see it."),
        "search": pgettext(lang, "button", "Search"),
        "edit": gettext(lang, "For the editors"),
        "search_site": gettext(lang, "Search this site"),
    }


def _of_joining(lang: str) -> dict[str, str]:
    return {
        "appeal": gettext(lang, "Alone you can ask. Together we can negotiate."),
        "appeal_text": gettext(
            lang, "Join us, or ask us something first. Whoever writes is answered by a person."
        ),
        "join_button": gettext(lang, "Join the union"),
        "join_mail": gettext(
            lang,
            "Write to us that you would like to join. The button opens your mail program with a "
            "letter that you only need to complete.",
        ),
        "join_address": gettext(lang, "If nothing opens, write to this address:"),
        "join_private": gettext(
            lang,
            "Only the people at the union's office read it. Nothing of it is ever shown on these "
            "pages, and nobody else learns of it.",
        ),
        "join_nowhere": gettext(lang, "The union has not said yet where to write to."),
        "join_form": gettext(
            lang, "Fill in as much as you like. It becomes a letter to the union's office."
        ),
        "name": gettext(lang, "Your name"),
        "reach": gettext(lang, "How we can reach you: e-mail or telephone"),
        "work": gettext(lang, "Where you work"),
        "say": gettext(lang, "What you would like to say or ask"),
        "trap": gettext(lang, "Leave this empty"),
        "send": gettext(lang, "Send"),
        "thanks": gettext(lang, "Thank you"),
        "thanks_text": gettext(
            lang,
            "Your letter is on its way to the union's office, and somebody will answer. If you "
            "hear nothing within a week, please write or ring up:",
        ),
    }


def join_letter(lang: str, address: str) -> str:
    """The mailto: link that opens a letter to the union (RFC 6068), only to be completed."""
    subject = gettext(lang, "I would like to join")
    body = gettext(
        lang,
        "Hello,\n\nI would like to join the union.\n\nMy name:\nWhere I work:\n"
        "How you can reach me:\n",
    ).replace("\n", "\r\n")
    return f"mailto:{quote(address, safe='@+')}?subject={quote(subject)}&body={quote(body)}"
