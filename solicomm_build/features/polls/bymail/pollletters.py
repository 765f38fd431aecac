"""The desk's mails about polls: the facts of each; the words are in `letters/`.

Whoever votes is told before what will be seen by whom, and that a vote by mail cannot be both
secret and verifiable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter
from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.values import pollterms, polltext, pollwords
from solicomm_build.features.polls.values.poll import Ballot, Poll, Voter
from solicomm_build.message.address import mask
from solicomm_build.people import token
from solicomm_build.people.membership import Member


def telling_how(
    office: Office, name: str, to: str, lang: str, *, conference: str, **facts: Any
) -> Letter:
    """A letter to who looks after a conference, with how polls are opened and asked about: each
    word as it is called in the language of the letter."""
    orders = [polltext.first("list", lang)]
    orders += [f"{polltext.first(order, lang)} q-…" for order in ("missing", "remind", "close")]
    example = polltext.example(lang)
    return letter(
        office, name, to, lang, conference=conference, example=example, orders=orders, **facts
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A poll and one of its voters."""

    office: Office
    conference: str
    poll: Poll
    voter: Voter
    member: Member

    @property
    def lang(self) -> str:
        """The voter's language."""
        return self.office.language_of(self.member.address, self.conference)

    @property
    def reply_to(self) -> str:
        """Where this voter's votes go."""
        return voteaddress.local_part(self.poll.id, self._token)

    @property
    def vote(self) -> str:
        """The page where this voter votes."""
        return self.office.config.url + voteaddress.page(self.poll.id, self._token)

    @property
    def _token(self) -> str:
        key, number = self.office.key, self.member.number
        return token.vote_token(key, self.conference, self.poll.id, number)

    @property
    def name(self) -> str:
        """The name that everybody will read beside an open vote, without any address in it; none
        where the conference wants pseudonyms."""
        settings = self.office.conference(self.conference)
        if settings is not None and settings.pseudonyms == "required":
            return ""
        return mask(self.member.name)

    @property
    def question(self) -> str:
        """The question as this voter reads it."""
        return self.poll.asked(self.lang)[0]

    @property
    def page(self) -> str:
        """Where the poll is read."""
        return f"{self.office.config.url}/conferences/{self.conference}/polls/{self.poll.id}/"

    def letter(self, name: str, *, kind: str = "", notice: bool = False, **facts: Any) -> Letter:
        """A letter whose answer is a vote."""
        made = letter(
            self.office,
            name,
            self.member.address,
            self.lang,
            conference=self.conference,
            kind=kind,
            reply_to=self.reply_to,
            notice=notice,
            **_said(self.poll, self.lang),
            name=self.name,
            code=self.voter.id,
            page=self.page,
            vote=self.vote,
            **facts,
        )
        return replace(made, sender=self.reply_to)


def _said(poll: Poll, lang: str) -> dict[str, Any]:
    """A poll as letters tell it."""
    return {
        "question": poll.asked(lang)[0],
        "options": pollterms.chosen(poll, poll.keys, lang),
        "type": poll.type,
        "ballot": poll.ballot,
        "live": poll.live,
        "closes": poll.closes,
        "quorum": pollterms.quorum(poll, lang),
    }


def ask(about: Asked, *, again: bool = False) -> Letter:
    """The question, how to vote, until when, and what is seen by whom."""
    voter = about.voter
    weight = pollterms.weight(voter.weight, about.lang)
    return about.letter("polls/ask", notice=True, again=again, union=voter.union, weight=weight)


# -- answers to votes -------------------------------------------------------------------------


def counted(about: Asked, ballot: Ballot, *, undone: bool, foreign: bool, web: bool) -> Letter:
    """Your vote as it was understood; how to change it, and to take it back. `web`: it came from
    the voter's page."""
    undo = pollwords.UNDO.get(about.lang, pollwords.UNDO["en"])[0]
    chosen = pollterms.chosen(about.poll, ballot.choice, about.lang)
    return about.letter(
        "polls/counted", chosen=chosen, undone=undone, foreign=foreign, undo=undo, web=web
    )


def unclear(about: Asked, why: str, read: str, now: Ballot | None, *, kind: str) -> Letter:
    """We did not understand; your vote is unchanged."""
    chosen = pollterms.chosen(about.poll, now.choice, about.lang) if now is not None else []
    return about.letter("polls/unclear", kind=kind, why=why, read=read, chosen=chosen)


def nothing_to_undo(about: Asked, *, kind: str) -> Letter:
    """There is no vote to take back."""
    return about.letter("polls/nothing-to-undo", kind=kind)


def closed(about: Asked, at: datetime, received: datetime, *, kind: str) -> Letter:
    """Too late: your vote is unchanged."""
    return about.letter("polls/closed", kind=kind, end=at, received=received)


def too_often(about: Asked, *, kind: str) -> Letter:
    """No more changes."""
    return about.letter("polls/too-often", kind=kind)


# -- to moderators ----------------------------------------------------------------------------


def preview(
    office: Office,
    conference: str,
    to: str,
    lang: str,
    poll: Poll,
    count: int,
    missing: Sequence[str],
    text: str,
    *,
    kind: str,
) -> Letter:
    """What would be asked of how many, and a token that opens it."""
    said = _said(poll, lang)
    asked = poll.question.items()
    return letter(
        office,
        "polls/preview",
        to,
        lang,
        conference=conference,
        kind=kind,
        reply_to=f"{conference}-confirm+{text}",
        **said,
        others=[f"{tag}: {words}" for tag, words in asked if words != said["question"]],
        rule=pollterms.rule(poll, lang),
        count=count,
        missing=missing,
    )
