"""Who may vote in a poll if it were opened now. Pure, but for new ids."""

from __future__ import annotations

from fractions import Fraction

from solicomm_build.features.polls.pollwork import PollWork
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.poll import Poll, Voter
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.membership import Member
from solicomm_build.people.roster import Roster


def electorate(roster: Roster, conference: str, poll: Poll) -> list[tuple[Member, Voter]]:
    """The active subscribers, each with one vote; or those who cast the votes of the poll's unions,
    which several share equally. Ids are made anew."""
    people = [member for member, _ in roster.subscribers(conference)]
    if not poll.unions:
        return [(member, Voter(polls.mint("v_"))) for member in people]
    own = roster.ledger(PollWork).unions(conference)
    cast = [
        (member, own[member.number]) for member in people if own.get(member.number) in poll.unions
    ]
    share = {name: sum(union == name for _, union in cast) for name in poll.unions}
    return [
        (member, Voter(polls.mint("v_"), Fraction(poll.unions[union], share[union]), union))
        for member, union in cast
    ]


def impossible(voters: int, lang: str, home: str = "") -> list[str]:
    """Why a poll with so many voters cannot be opened, in a conference that has its home at this
    hub, or at another."""
    if home:
        return [
            gettext(
                lang,
                "This conference has its home at another hub (%(hub)s). Votes are opened there.",
                hub=home,
            )
        ]
    if not voters:
        return [gettext(lang, "Nobody may vote in it.")]
    if voters > polls.MOST_VOTERS:
        most = i18n.format_number(lang, polls.MOST_VOTERS)
        return [gettext(lang, "More people may vote than one poll can hold (%(most)s).", most=most)]
    return []
