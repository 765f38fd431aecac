"""The desk's mails about polls: one function a mail, sentences of `polls.po`.

Whoever votes is told before what will be seen by whom, and that a vote by mail cannot be both
secret and verifiable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from solicomm_build.desk import letters
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter
from solicomm_build.desk.words import line
from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.values import pollterms, pollwords
from solicomm_build.features.polls.values.poll import Ballot, Poll, Voter
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.message.address import mask
from solicomm_build.people import token
from solicomm_build.people.roster import Member

_HOW = {
    "proposal": N_(
        "To vote, answer this mail. Write the number of your choice into the first line; "
        "the word does as well."
    ),
    "choice": N_(
        "To vote, answer this mail. Write the number of your choice into the first line; "
        "the word does as well."
    ),
    "approval": N_(
        "To vote, answer this mail. Write the numbers of all that you agree to into the "
        "first line, such as: 1 3"
    ),
    "ranked": N_(
        "To vote, answer this mail. Write the numbers into the first line, the best one "
        "first, such as: 2 1 3. You need not name all."
    ),
}
_WHY = {
    "empty": N_("Your mail has no line of your own."),
    "ambiguous": N_(
        "This word can mean several things, depending on the language. Please answer with a number."
    ),
    "too-many": N_("This vote takes one choice only."),
    "twice": N_("You named the same option twice."),
    "no-such": N_("There is no option of this number."),
    "text": N_("The first line of your mail is no vote that we understand."),
}


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
        made = token.vote_token(self.office.key, self.conference, self.poll.id, self.member.number)
        return voteaddress.local_part(self.poll.id, made)

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

    def letter(self, subject: str, *parts: str, kind: str = "", notice: bool = False) -> Letter:
        """A letter whose answer is a vote."""
        made = letters.letter(
            self.office,
            self.conference,
            self.member.address,
            self.lang,
            subject,
            *parts,
            kind=kind,
            reply_to=self.reply_to,
            notice=notice,
        )
        return replace(made, sender=self.reply_to)


def ask(about: Asked, *, again: bool = False) -> Letter:
    """The question, how to vote, until when, and what is seen by whom."""
    lang, poll = about.lang, about.poll
    title = about.office.title(about.conference, lang)
    subject = gettext(lang, "Vote: %(question)s", question=about.question)
    first = gettext(lang, "“%(list)s” asks you to vote:", list=title)
    if again:
        subject = gettext(lang, "Reminder to vote: %(question)s", question=about.question)
        first = gettext(lang, "You have not voted yet. “%(list)s” asks you:", list=title)
    return about.letter(
        subject,
        f"{first}\n{line(about.question)}",
        options(poll, lang),
        *_block(poll, lang),
        gettext(lang, _HOW[poll.type]),
        _until(poll.closes, lang),
        *_weight(about),
        pollterms.quorum(poll, lang),
        *_seen(about),
        *honest(lang),
        gettext(
            lang,
            "The address that you answer to is yours alone: anybody who has this mail can"
            " vote in your name. Do not pass it on.",
        ),
        _where(about),
        notice=True,
    )


def options(poll: Poll, lang: str) -> str:
    """The numbered options."""
    return "\n".join(line(one) for one in pollterms.chosen(poll, poll.keys, lang))


def _block(poll: Poll, lang: str) -> tuple[str, ...]:
    if poll.type != "proposal":
        return ()
    return (
        gettext(
            lang, "To block means: it must not be done as it is. Please say why in the conference."
        ),
    )


def _until(closes: datetime, lang: str) -> str:
    return gettext(
        lang,
        "The vote ends on %(when)s. Until then you may answer again as often as you "
        "like; your last answer counts.",
        when=i18n.format_datetime(lang, closes),
    )


def _weight(about: Asked) -> tuple[str, ...]:
    if not about.voter.union:
        return ()
    votes = pollterms.weight(about.voter.weight, about.lang)
    return (
        gettext(
            about.lang,
            "You vote for the union “%(union)s”, with %(votes)s votes.",
            union=about.voter.union,
            votes=votes,
        ),
    )


def _seen(about: Asked) -> tuple[str, ...]:
    """What will be visible to whom."""
    lang, poll = about.lang, about.poll
    if poll.ballot == "pseudonymous":
        return (
            gettext(
                lang,
                "When the vote has ended, all votes are published without names, yours "
                "under this code. With it you can check that it was counted. Keep it to "
                "yourself: anybody who knows your code then knows your vote.",
            )
            + "\n"
            + line(about.voter.id),
            gettext(
                lang,
                "Until the end, the people who run this server can find out who voted how. Then "
                "the list that says whose code is whose is destroyed.",
            ),
        )
    if not about.name:
        return (gettext(lang, "Votes are published. We know no name of yours, so yours has none."),)
    if poll.live:
        told = gettext(
            lang,
            "Votes are public at once: everybody reads there how “%(name)s” voted.",
            name=about.name,
        )
    else:
        told = gettext(
            lang,
            "When the vote has ended, votes are published: everybody reads there how “%(name)s” "
            "voted.",
            name=about.name,
        )
    return (told,)


def honest(lang: str) -> tuple[str, ...]:
    """What a vote by mail cannot be."""
    return (
        gettext(
            lang,
            "A vote by mail cannot be both secret and verifiable. It must not be used where law or "
            "statutes demand a secret ballot.",
        ),
    )


def _where(about: Asked) -> str:
    return gettext(about.lang, "The vote on the web:") + "\n" + line(about.page)


# -- answers to votes -------------------------------------------------------------------------


def counted(about: Asked, ballot: Ballot, *, undone: bool, foreign: bool) -> Letter:
    """Your vote as it was understood; how to change it, and to take it back."""
    lang = about.lang
    word = pollwords.UNDO.get(lang, pollwords.UNDO["en"])[0]
    rows = pollterms.chosen(about.poll, ballot.choice, lang)
    if rows:
        what = gettext(lang, "Your vote on “%(question)s” is now:", question=about.question)
        what += "\n" + "\n".join(map(line, rows))
    else:
        what = gettext(
            lang, "You have no vote on “%(question)s” any more.", question=about.question
        )
    parts = [what]
    if undone:
        parts.insert(0, gettext(lang, "Your last vote has been taken back."))
    if foreign:
        parts.append(
            gettext(
                lang,
                "It came from another address than yours. Was it not you, then take it "
                "back, and tell us.",
            )
        )
    parts += [
        gettext(
            lang,
            "To change it, answer this mail with another number. To take your last vote "
            "back, answer with the word “%(word)s”.",
            word=word,
        ),
        _until(about.poll.closes, lang),
        *(_seen(about)[:1]),
        gettext(lang, "Only the first line of your mail was read; nothing else of it is kept."),
        _where(about),
    ]
    return about.letter(gettext(lang, "Your vote: %(question)s", question=about.question), *parts)


def unclear(about: Asked, why: str, read: str, now: Ballot | None, *, kind: str) -> Letter:
    """We did not understand; your vote is unchanged."""
    lang, poll = about.lang, about.poll
    what = gettext(lang, _WHY[why])
    rows = pollterms.chosen(poll, now.choice, lang) if now is not None else []
    vote = gettext(lang, "Your vote is as it was:") + "\n" + "\n".join(map(line, rows))
    comment = gettext(
        lang, "Nothing was done with the rest. To say something to everybody, write to:"
    )
    comment += "\n" + line(about.office.address(about.conference))
    return about.letter(
        gettext(lang, "No vote yet: %(question)s", question=about.question),
        what + (f"\n{line(read)}" if read else ""),
        vote if rows else gettext(lang, "You have not voted."),
        gettext(lang, _HOW[poll.type]) + f"\n{options(poll, lang)}",
        comment,
        kind=kind,
    )


def nothing_to_undo(about: Asked, *, kind: str) -> Letter:
    """There is no vote to take back."""
    lang = about.lang
    return about.letter(
        gettext(lang, "No vote yet: %(question)s", question=about.question),
        gettext(lang, "You have not voted, so there is nothing to take back."),
        gettext(lang, _HOW[about.poll.type]) + f"\n{options(about.poll, lang)}",
        kind=kind,
    )


def closed(about: Asked, at: datetime, received: datetime, *, kind: str) -> Letter:
    """Too late: your vote is unchanged."""
    lang = about.lang
    return about.letter(
        gettext(lang, "The vote has ended: %(question)s", question=about.question),
        gettext(
            lang,
            "This vote ended on %(end)s. Your mail came on %(when)s, so it does not count.",
            end=i18n.format_datetime(lang, at),
            when=i18n.format_datetime(lang, received),
        ),
        gettext(lang, "What you sent before the end counts."),
        _where(about),
        kind=kind,
    )


def too_often(about: Asked, *, kind: str) -> Letter:
    """No more changes."""
    subject = gettext(about.lang, "Your vote: %(question)s", question=about.question)
    return about.letter(
        subject,
        gettext(
            about.lang, "You have changed your vote so often that we take no more changes by mail."
        ),
        kind=kind,
    )


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
    question, _ = poll.asked(lang)
    many = i18n.format_number(lang, count)
    rows = [gettext(lang, "This is the vote as we understood it:") + "\n" + line(question)]
    others = [f"{tag}: {words}" for tag, words in poll.question.items() if words != question]
    rows[0] += "".join("\n" + line(one) for one in others)
    unknown = gettext(
        lang,
        "Nobody casts the votes of these unions; say who, with “solicomm poll delegate”:",
    )
    return letters.letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Open this vote? %(question)s", question=question),
        *rows,
        options(poll, lang),
        pollterms.rule(poll, lang),
        pollterms.quorum(poll, lang),
        _until(poll.closes, lang),
        _kind_of_ballot(poll, lang),
        gettext(lang, "So many get a mail and may vote: %(num)s", num=many),
        unknown + "\n" + "\n".join(map(line, missing)) if missing else "",
        *honest(lang),
        gettext(lang, "To open it, answer this mail. You need not write anything."),
        gettext(
            lang, "To change something, send your text again. If you do nothing, nothing happens."
        ),
        kind=kind,
        reply_to=f"{conference}-confirm+{text}",
    )


def _kind_of_ballot(poll: Poll, lang: str) -> str:
    if poll.ballot == "pseudonymous":
        return gettext(lang, "Votes are published at the end, under codes instead of names.")
    if poll.live:
        return gettext(lang, "Votes are public at once, with the voters’ names.")
    return gettext(lang, "Votes are published at the end, with the voters’ names.")


def faulty(
    office: Office, conference: str, to: str, lang: str, faults: Sequence[str], *, kind: str
) -> Letter:
    """What is wrong with a poll, and how one is written."""
    what = gettext(lang, "We could not make a vote of your mail:")
    return letters.letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Your vote was not opened"),
        what + "\n" + "\n".join(map(line, faults)),
        how(office, conference, lang),
        kind=kind,
    )


def how(office: Office, conference: str, lang: str) -> str:
    """How moderators write polls and ask about them."""
    example = [
        "Shall we join the day of action?",
        "1. Yes",
        "2. No",
        "3. Later",
        "closes: 2026-12-01 18:00",
    ]
    orders = ["list", "who has not voted q-…", "remind q-…", "close q-…"]
    return "\n".join(
        [
            gettext(lang, "Write the question, the numbered options and the end (UTC), such as:"),
            *map(line, example),
            gettext(
                lang,
                "Without options it is a proposal: agree, abstain, disagree or block. More lines "
                "may "
                "say “type: ranked” or “approval”, “quorum: 0.4”, “ballot: pseudonymous”, “show: "
                "live”, and “question (fr): …” or “1 (fr): …” in other languages.",
            ),
            gettext(lang, "Or one of these words as the first line:"),
            *map(line, orders),
            gettext(lang, "Send it to:"),
            line(office.address(f"{conference}-poll")),
        ]
    )


def told(
    office: Office, conference: str, to: str, lang: str, parts: Sequence[str], *, kind: str
) -> Letter:
    """What a moderator asked about polls."""
    title = office.title(conference, lang)
    subject = gettext(lang, "Votes of %(list)s", list=title)
    return letters.letter(office, conference, to, lang, subject, *parts, kind=kind)


def not_moderator(office: Office, conference: str, to: str, lang: str, *, kind: str) -> Letter:
    """Only moderators open votes."""
    title = office.title(conference, lang)
    return letters.letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Your vote was not opened"),
        gettext(lang, "Votes are opened by the people who look after “%(list)s”.", list=title),
        kind=kind,
    )
