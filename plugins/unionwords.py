"""The words of union sites in the page's language; their catalogue is `union.po`."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from solicomm_build.foundation import i18n


@lru_cache(maxsize=64)
def words(lang: str) -> dict[str, str]:
    """Every fixed word of a union's pages by the name that templates use."""
    return {
        "people": _tell(lang, "People"),
        "join": _tell(lang, "Join"),
        "documents": _tell(lang, "Documents"),
        "upcoming": _tell(lang, "Coming up"),
        "past": _tell(lang, "Past events"),
        "none_coming": _tell(lang, "Nothing is planned at the moment."),
        "years": _tell(lang, "All news by year"),
        "all_news": _tell(lang, "All news"),
        "all_events": _tell(lang, "All events"),
        "all_documents": _tell(lang, "All documents"),
        "calendar": _tell(lang, "All events for your calendar"),
        "one_event": _tell(lang, "Put it into your calendar"),
        "over": _tell(lang, "This is over."),
        "online": _tell(lang, "Online"),
        "take_part": _tell(lang, "Read and take part"),
        "appeal": _tell(lang, "Alone you can ask. Together we can negotiate."),
        "appeal_text": _tell(
            lang, "Join us, or ask us something first. Whoever writes is answered by a person."
        ),
        "join_button": _tell(lang, "Join the union"),
        "join_mail": _tell(
            lang,
            "Write to us that you would like to join. The button opens your mail program with a "
            "letter that you only need to complete.",
        ),
        "join_address": _tell(lang, "If nothing opens, write to this address:"),
        "join_private": _tell(
            lang,
            "Only the people at the union's office read it. Nothing of it is ever shown on these "
            "pages, and nobody else learns of it.",
        ),
        "join_nowhere": _tell(lang, "The union has not said yet where to write to."),
        "join_form": _tell(
            lang, "Fill in as much as you like. It becomes a letter to the union's office."
        ),
        "name": _tell(lang, "Your name"),
        "reach": _tell(lang, "How we can reach you: e-mail or telephone"),
        "work": _tell(lang, "Where you work"),
        "say": _tell(lang, "What you would like to say or ask"),
        "trap": _tell(lang, "Leave this empty"),
        "send": _tell(lang, "Send"),
        "thanks": _tell(lang, "Thank you"),
        "thanks_text": _tell(
            lang,
            "Your letter is on its way to the union's office, and somebody will answer. If you "
            "hear nothing within a week, please write or ring up:",
        ),
        "stub": _tell(lang, "This page is being mended"),
        "stub_text": _tell(
            lang,
            "There is a mistake in its file. The people who look after this site can see which "
            "one.",
        ),
        "lost": _tell(lang, "There is nothing at this address"),
        "lost_text": _tell(lang, "The page may have moved. From here you can go on:"),
        "home": _tell(lang, "Front page"),
        "history": _tell(lang, "What changed on this site"),
        "history_text": _tell(
            lang,
            "The newest comes first. To make the site as it was, ask the people who run the hub, "
            "and name the change by its number.",
        ),
        "more_files": _tell(lang, "and more files"),
        "draft": _tell(lang, "This is a draft. Only who knows this address sees it."),
        "search": _tell(lang, "Search"),
        "search_site": _tell(lang, "Search this site"),
    }


def join_letter(lang: str, address: str) -> str:
    """The mailto: link that opens a letter to the union (RFC 6068), only to be completed."""
    subject = _tell(lang, "I would like to join")
    body = _tell(
        lang,
        "Hello,\n\nI would like to join the union.\n\nMy name:\nWhere I work:\n"
        "How you can reach me:\n",
    ).replace("\n", "\r\n")
    return f"mailto:{quote(address, safe='@+')}?subject={quote(subject)}&body={quote(body)}"


def _tell(lang: str, message: str) -> str:
    return i18n.gettext(lang, message, domain="union")
