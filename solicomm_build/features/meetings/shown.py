"""The list of a conference's meetings, and the page of one: what their templates get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solicomm_build.features.meetings import meetingterms as terms
from solicomm_build.features.meetings.bymail import meetingwords
from solicomm_build.features.meetings.meeting import MAYBE, NO, YES, Meeting
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import ConferenceFacts, HubFacts, Page
from solicomm_build.post.presenters import conference

_MOST_NAMED = 2000  # names that the page lists; of more, the files are the list


def listed(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """All meetings, the last one first."""
    lang = page.lang
    found = sorted(page.facts["meetings"], key=lambda one: one[1].meeting.starts, reverse=True)
    return {
        "conference": conference(page.facts["conference"]),
        "meetings": [
            {
                "url": url,
                "title": files.meeting.title,
                "when": terms.when(files.meeting, lang, files.meeting.local),
                "place": files.meeting.place,
                "state": _state(files, lang),
            }
            for url, files in found
        ],
        "words": {"title": gettext(lang, "Meetings")},
    }


def _state(files: MeetingFiles, lang: str) -> str:
    if files.meeting.is_cancelled:
        return gettext(lang, "Cancelled")
    if files.minutes is not None:
        return gettext(lang, "Closed with its minutes")
    return ""


def one(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """One meeting."""
    about: ConferenceFacts = page.facts["conference"]
    files: MeetingFiles | None = page.facts["files"]
    lang, identifier = page.lang, page.facts["id"]
    base = {
        "conference": conference(about),
        "list": page.facts["list"],
        "id": identifier,
        "words": _words(lang),
        "clone": f"{hub.url}/conferences/{about.id}.git",
        "recount": f"solicomm meeting count {about.id} {identifier}",
    }
    if files is None:
        return base | {"meeting": None}
    return base | {"meeting": _facts(files, page, lang)}


def _facts(files: MeetingFiles, page: Page, lang: str) -> dict[str, Any]:
    meeting = files.meeting
    return {
        "title": meeting.title,
        "when": terms.when(meeting, lang, meeting.local),
        "starts": meeting.starts,
        "place": meeting.place,
        "is_link": meeting.place.startswith(("https://", "http://")) and " " not in meeting.place,
        "state": _state(files, lang),
        "cancelled": meeting.is_cancelled,
        "ics": page.facts["ics"],
        "minutes": page.facts["minutes"],
        "counts": _counts(files, lang),
        "names": _names(files, lang) if meeting.names else [],
        "seen": _seen(meeting, lang),
        "faults": [fault.public for fault in files.faults],
    }


def _counts(files: MeetingFiles, lang: str) -> list[tuple[str, int]]:
    found = [(terms.label(choice, lang), files.count(choice)) for choice in (YES, MAYBE, NO)]
    return [*found, (gettext(lang, "No answer"), files.silent)]


def _names(files: MeetingFiles, lang: str) -> list[tuple[str, list[str]]]:
    found = [(terms.label(one, lang), files.names(one)) for one in (YES, MAYBE)]
    return [(label, names) for label, names in found if names and len(names) <= _MOST_NAMED]


def _seen(meeting: Meeting, lang: str) -> str:
    if meeting.names:
        return gettext(lang, "The page shows who comes, by name.")
    return gettext(lang, "The page shows numbers, and no names.")


def _words(lang: str) -> dict[str, str]:
    yes, maybe, no = (meetingwords.first(one, lang) for one in (YES, MAYBE, NO))
    return {
        "meetings": gettext(lang, "Meetings"),
        "who": gettext(lang, "Who is coming"),
        "answer": gettext(lang, "Answer"),
        "people": gettext(lang, "People"),
        "calendar": gettext(lang, "Add to a calendar"),
        "minutes": gettext(lang, "Read the minutes"),
        "how": gettext(lang, "How to answer"),
        "by_mail": gettext(
            lang,
            "Every member has got an invitation by mail, with an address of their own. Press the "
            "button that your mail program shows, or answer with one word: %(yes)s, %(maybe)s or "
            "%(no)s.",
            yes=yes,
            maybe=maybe,
            no=no,
        ),
        "again": gettext(lang, "Count it again"),
        "files": gettext(
            lang,
            "The answers are files that anybody can copy, under codes that mean nothing elsewhere. "
            "Where SoliComm is installed, these commands print the same numbers:",
        ),
        "faults": gettext(lang, "Files that do not count"),
        "broken": gettext(lang, "The file of this meeting is damaged. Its people have to mend it."),
    }
