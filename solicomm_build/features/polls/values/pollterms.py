"""How a poll is told to people: labels, the table and the outcome, in the reader's language. Pure.

The page, the mail to the conference and `solicomm poll recount` all say what stands here, so that
whoever counts again gets the same table, line by line. The catalogue is `polls.po`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solicomm_build.features.polls.values import tally
from solicomm_build.features.polls.values.poll import Ballot, Poll
from solicomm_build.features.polls.values.tally import Tally
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext

_POSITIONS = {
    "agree": N_("Agree"),
    "abstain": N_("Abstain"),
    "disagree": N_("Disagree"),
    "block": N_("Block"),
}
_OUTCOMES = {
    tally.NO_QUORUM: N_("Not valid: too few votes were cast."),
    tally.AGREED: N_("Agreed."),
    tally.NOT_AGREED: N_("Not agreed."),
    tally.BLOCKED: N_("Blocked: at least one vote says that it must not be done as it is."),
    tally.NOTHING: N_("Nobody voted for any of the options."),
}
_TYPES = {
    "proposal": N_("A proposal: it is agreed when more agree than disagree and nobody blocks it."),
    "choice": N_("One choice each: the option with most votes wins, equal ones are a tie."),
    "approval": N_(
        "As many choices as you like: the option with most votes wins, equal ones are a tie."
    ),
    "ranked": N_(
        "Options in order: the weakest goes and its votes move on to their next option, "
        "until one has more than half."
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An option in the table: `number` as voters write it, `lang` of the label, and the figures as
    they are shown; `percent` is of the votes cast, from 0 to 100, for a bar."""

    number: int
    label: str
    lang: str
    ballots: str
    weight: str
    share: str
    percent: float


def label(poll: Poll, key: str, lang: str) -> tuple[str, str]:
    """What an option is called, and the language of that: the one wanted, else that of the
    question, else the first there is."""
    if poll.type == "proposal":
        return gettext(lang, _POSITIONS[key]), lang if lang in i18n.LANGUAGES else "en"
    texts = next(option.label for option in poll.options if option.key == key)
    for tag in (lang, poll.asked(lang)[1], *texts):
        if tag in texts:
            return texts[tag], tag
    return key, ""


def chosen(poll: Poll, choice: tuple[str, ...], lang: str) -> list[str]:
    """A choice in words, `2. Later`, in the voter's order."""
    return [f"{poll.keys.index(key) + 1}. {label(poll, key, lang)[0]}" for key in choice]


def lines(poll: Poll, found: Tally, lang: str) -> list[Line]:
    """The table."""
    return [
        Line(
            number,
            *label(poll, row.key, lang),
            i18n.format_number(lang, row.ballots),
            weight(row.weight, lang),
            share(row.share, lang),
            round(float(row.share) * 100, 2),
        )
        for number, row in enumerate(found.rows, 1)
    ]


def rounds(poll: Poll, found: Tally, lang: str) -> list[list[str]]:
    """A run-off: for each option its label and what it had in each round, empty when it was out."""
    if len(found.rounds) < 2:
        return []
    return [
        [
            label(poll, key, lang)[0],
            *(weight(r.weights[key], lang) if key in r.weights else "" for r in found.rounds),
        ]
        for key in poll.keys
    ]


def pairs(poll: Poll, found: Tally, lang: str) -> list[list[str]]:
    """How many put the option of the row before that of the column."""
    if found.pairs is None:
        return []
    return [
        [
            label(poll, a, lang)[0],
            *("" if a == b else weight(found.pairs[a, b], lang) for b in poll.keys),
        ]
        for a in poll.keys
    ]


def outcome(poll: Poll, found: Tally, lang: str) -> str:
    """What came of it, as a sentence."""
    names = ", ".join(label(poll, key, lang)[0] for key in found.winners)
    if found.outcome == tally.WON:
        return gettext(lang, "Chosen: %(options)s.", options=names)
    if found.outcome == tally.TIE:
        return gettext(lang, "A tie between %(options)s.", options=names)
    return gettext(lang, _OUTCOMES[found.outcome])


def kind_rule(kind: str, lang: str) -> str:
    """How a kind of poll is decided."""
    return gettext(lang, _TYPES[kind])


def rule(poll: Poll, lang: str) -> str:
    """How this kind of poll is decided."""
    return kind_rule(poll.type, lang)


def turnout(poll: Poll, found: Tally, lang: str) -> str:
    """How many took part."""
    facts = {
        "votes": i18n.format_number(lang, len(found.votes) if poll.unions else int(found.cast)),
        "voters": i18n.format_number(lang, found.voters),
        "share": share(found.turnout, lang),
    }
    if poll.unions:
        facts |= {"weight": weight(found.cast, lang), "all": weight(found.entitled, lang)}
        return gettext(
            lang,
            "Ballots: %(votes)s of %(voters)s. They cast %(weight)s of %(all)s votes (%(share)s).",
            **facts,
        )
    return gettext(lang, "Votes: %(votes)s of %(voters)s (%(share)s).", **facts)


def quorum(poll: Poll, lang: str) -> str:
    """The quorum as a sentence; empty without one."""
    if not poll.quorum:
        return ""
    return gettext(
        lang,
        "It is valid only if at least %(share)s of all votes are cast.",
        share=share(poll.quorum, lang),
    )


def weight(value: Fraction, lang: str) -> str:
    """A weight as people read it: whole, or with two places."""
    whole = value.denominator == 1
    return i18n.format_number(lang, int(value) if whole else round(float(value), 2))


def share(value: Fraction, lang: str) -> str:
    """A share in percent with one place."""
    return i18n.format_number(lang, round(float(value) * 100, 1)) + "\u00a0%"


def by_whom(poll: Poll, ballot: Ballot) -> str:
    """Whose vote it is, as everybody may know it: the name, or the code of a pseudonymous vote."""
    return ballot.name if poll.ballot == "open" else ballot.voter
