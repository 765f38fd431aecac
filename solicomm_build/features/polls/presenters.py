"""What pages of polls show: the list of a conference's, and the page of one with its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from solicomm_build.features.polls.values import pollterms
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.features.polls.values.tally import Tally
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext, pgettext
from solicomm_build.post.pages import ConferenceFacts, HubFacts, Page
from solicomm_build.post.presenters import Presenter, conference

_MOST_SHOWN = 2000
"""Votes that the page lists one by one; of more, the files are the list."""


def listed(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """What is open, the first to end first; and what has ended, the newest first."""
    lang = page.lang
    rows = [
        _row(url, files, lang)
        for url, files in sorted(page.facts["polls"], key=lambda one: one[1].poll.closes)
    ]
    return {
        "conference": conference(page.facts["conference"]),
        "open": [row for row in rows if not row["ended"]],
        "ended": [row for row in reversed(rows) if row["ended"]],
        "words": {
            "title": gettext(lang, "Votes"),
            "open": gettext(lang, "Open now"),
            "ended": gettext(lang, "Ended"),
            "none": gettext(lang, "No vote is open here."),
        },
    }


def _row(url: str, files: PollFiles, lang: str) -> dict[str, Any]:
    question, tongue = files.poll.asked(lang)
    ended = files.closing is not None
    return {
        "url": url,
        "question": question,
        "lang": tongue,
        "ended": ended,
        "state": _state(files, lang),
        "outcome": pollterms.outcome(files.poll, files.tally, lang)
        if ended and files.tally
        else "",
    }


def _state(files: PollFiles, lang: str) -> str:
    closing, poll = files.closing, files.poll
    if closing is not None:
        return gettext(lang, "Ended on %(when)s.", when=i18n.format_datetime(lang, closing.at))
    if files.opening is None:
        return gettext(lang, "Not open yet.")
    return gettext(lang, "Open until %(when)s.", when=i18n.format_datetime(lang, poll.closes))


def shown(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """One poll."""
    about: ConferenceFacts = page.facts["conference"]
    files: PollFiles | None = page.facts["files"]
    lang, identifier = page.lang, page.facts["id"]
    base = {
        "conference": conference(about),
        "list": page.facts["list"],
        "id": identifier,
        "vote": f"/members/vote/{identifier}",
        "words": _words(lang),
        "clone": f"{hub.url}/conferences/{about.id}.git",
        "recount": f"solicomm poll recount {about.id} {identifier}",
    }
    if files is None:
        return base | {"poll": None}
    poll, found = files.poll, files.tally
    question, tongue = poll.asked(lang)
    table = pollterms.lines(poll, found, lang) if found and files.is_shown else []
    return base | {
        "poll": {
            "question": question,
            "lang": tongue,
            "others": [(tag, text) for tag, text in poll.question.items() if tag != tongue],
            "state": _state(files, lang),
            "ended": files.closing is not None,
            "outcome": pollterms.outcome(poll, found, lang) if found and files.closing else "",
            "options": [
                (n, *pollterms.label(poll, key, lang)) for n, key in enumerate(poll.keys, 1)
            ],
            "table": [asdict(line) for line in table],
            "weighted": bool(poll.unions),
            "turnout": pollterms.turnout(poll, found, lang) if found and files.is_shown else "",
            "so_far": _so_far(files, files.own_tally, lang),
            "rules": [text for text in _rules(poll, lang) if text],
            "unions": [
                (name, i18n.format_number(lang, votes)) for name, votes in poll.unions.items()
            ],
            "hubs": _hubs(files, lang),
            "hubs_note": _hubs_note(files, lang),
            "faults": [fault.public for fault in files.faults],
        }
        | _details(poll, found if files.is_shown else None, lang)
    }


def _hubs(files: PollFiles, lang: str) -> list[tuple[str, str, str, list[str]]]:
    """Of each hub of a poll of a network: its name, how many may vote and have voted there, and
    the votes for each option; this hub first. A hub that has not reported has no votes yet."""
    if files.poll.reports is None or not files.is_shown or files.own_tally is None:
        return []

    def number(count: int) -> str:
        return i18n.format_number(lang, count)

    own, keys = files.own_tally, files.poll.keys
    rows = {row.key: number(row.ballots) for row in own.rows}
    home = gettext(lang, "The hub where it was opened")
    found = [(home, number(own.voters), number(len(own.votes)), [rows.get(k, "0") for k in keys])]
    for hub, said in sorted(files.electorates.items(), key=lambda one: one[1].name.casefold()):
        report = files.reports.get(hub)
        name = f"{said.name} ({hub})"
        if report is None:
            waits = gettext(lang, "not reported yet")
            found.append((name, number(said.voters), waits, ["" for _ in keys]))
            continue
        first = [
            sum(row.votes for row in report.rows if _counts(files.poll, row.choice, key))
            for key in keys
        ]
        found.append((name, number(said.voters), number(report.votes), [*map(number, first)]))
    return found


def _counts(poll: Poll, choice: tuple[str, ...], key: str) -> bool:
    """Whether a choice is for an option; of a ranking its first alone."""
    return choice[:1] == (key,) if poll.type == "ranked" else key in choice


def _hubs_note(files: PollFiles, lang: str) -> list[str]:
    """What has to be known of a poll of a network."""
    reports = files.poll.reports
    if reports is None:
        return []
    when = i18n.format_datetime(lang, reports)
    return [
        gettext(lang, "Other hubs ask their own members. Reports count until %(when)s.", when=when),
        gettext(
            lang,
            "A hub says beforehand how many may vote there, and reports no more votes than that. "
            "Whoever is a member at two hubs can vote at both; nobody can tell.",
        ),
    ]


def _so_far(files: PollFiles, found: Tally | None, lang: str) -> str:
    """How many have voted, while choices are not shown."""
    if found is None or files.is_shown:
        return ""
    at, votes = files.turnout or (None, 0)
    when = at if isinstance(at, datetime) else files.opening.at if files.opening else None
    if when is None:
        return ""
    return gettext(
        lang,
        "Choices are shown when the vote has ended. Votes so far: %(votes)s of %(voters)s "
        "(%(when)s).",
        votes=i18n.format_number(lang, votes),
        voters=i18n.format_number(lang, found.voters),
        when=i18n.format_datetime(lang, when),
    )


def _rules(poll: Poll, lang: str) -> list[str]:
    if poll.ballot == "pseudonymous":
        ballot = gettext(lang, "Votes are published at the end, under codes instead of names.")
    elif poll.live:
        ballot = gettext(lang, "Votes are public at once, with the voters’ names.")
    else:
        ballot = gettext(lang, "Votes are published at the end, with the voters’ names.")
    each = "" if poll.unions else gettext(lang, "Each member has one vote.")
    return [pollterms.rule(poll, lang), pollterms.quorum(poll, lang), each, ballot]


def _details(poll: Poll, found: Tally | None, lang: str) -> dict[str, Any]:
    """The rounds and pairs of a ranking, and who voted what."""
    if found is None:
        return {
            "rounds": [],
            "round_names": [],
            "pairs": [],
            "pair_names": [],
            "votes": [],
            "left_out": [],
        }
    single = [one for one in found.votes if one.name or "#" not in one.voter]
    votes = sorted(single, key=lambda one: (pollterms.by_whom(poll, one).casefold(), one.voter))
    rows = pollterms.rounds(poll, found, lang)
    return {
        "rounds": rows,
        "round_names": [
            gettext(lang, "Round %(num)s", num=i18n.format_number(lang, number))
            for number in range(1, len(found.rounds) + 1)
        ],
        "pairs": pollterms.pairs(poll, found, lang),
        "pair_names": [pollterms.label(poll, key, lang)[0] for key in poll.keys],
        "votes": [
            (pollterms.by_whom(poll, one), ", ".join(pollterms.chosen(poll, one.choice, lang)))
            for one in (votes if len(votes) <= _MOST_SHOWN else ())
        ],
        "left_out": [
            gettext(lang, _IGNORED[why], num=i18n.format_number(lang, number))
            for why, number in (found.ignored or {}).items()
        ],
    }


_IGNORED = {
    "no voter": N_("Ballots of nobody who may vote, not counted: %(num)s"),
    "not in time": N_("Ballots that came too late, not counted: %(num)s"),
    "no such choice": N_("Ballots that say nothing valid, not counted: %(num)s"),
}


def _words(lang: str) -> dict[str, str]:
    return {
        "votes": gettext(lang, "Votes"),
        "option": gettext(lang, "Option"),
        "options": gettext(lang, "Options"),
        "cast": gettext(lang, "Votes cast"),
        "ballots": gettext(lang, "Ballots"),
        "share": gettext(lang, "Share"),
        "result": gettext(lang, "Result"),
        "rules": gettext(lang, "Rules"),
        "unions": gettext(lang, "Votes of each union"),
        "rounds": gettext(lang, "Rounds of the count"),
        "pairs": gettext(lang, "Compared in pairs: how many put the row before the column"),
        "who": gettext(lang, "Who voted what"),
        "voter": gettext(lang, "Voter"),
        "vote": gettext(lang, "Vote"),
        "nameless": gettext(lang, "without a name"),
        "how": gettext(lang, "How to vote"),
        "press": pgettext(lang, "do it now", "Vote"),
        "own": gettext(
            lang,
            "Everybody who may vote has got a mail with a button that opens their own page. This "
            "link leads there, too, once you have signed in with your address.",
        ),
        "by_mail": gettext(
            lang,
            "Answering that mail with the number of an option does as well. You may vote again "
            "until the end; your last vote counts.",
        ),
        "lost": gettext(
            lang, "Did no mail come, or is it lost? Ask the people who look after this place:"
        ),
        "cannot": gettext(lang, "What a vote by mail cannot promise"),
        "honest": gettext(
            lang,
            "A vote by mail cannot be both secret and verifiable. It must not be used where law or "
            "statutes demand a secret ballot.",
        ),
        "operator": gettext(
            lang,
            "The people who run this server can find out who voted how, at least until the end; "
            "whoever reads a voter’s mail can vote in their place, and the voter is told of it.",
        ),
        "again": gettext(lang, "Count it again"),
        "files": gettext(
            lang,
            "The question, the voters’ codes and all ballots are files that anybody can copy. "
            "Where SoliComm is installed, these commands print the same table:",
        ),
        "hubs": gettext(lang, "Votes at each hub"),
        "hub": gettext(lang, "Hub"),
        "may": gettext(lang, "May vote"),
        "faults": gettext(lang, "Files that do not count"),
        "broken": gettext(lang, "The file of this vote is damaged. Its people have to mend it."),
    }


PRESENTERS: Mapping[str, Presenter] = {"polls": listed, "poll": shown}
