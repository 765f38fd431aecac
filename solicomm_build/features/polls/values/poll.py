"""Polls of a conference: the files below `polls/<pollid>/`. Pure, but for `mint` and examples.

    poll.yaml                   the question, its options and its rules; written by a moderator
    voters.yaml, open.yaml      who may vote, by ids of this poll alone, and when that was settled
    electorates/, reports/      of other hubs, in a poll of a network (networkvotes.py)
    turnout/<ts>.yaml           how many had voted by then, where choices are shown at the end only
    ballots/<ts>-<bid>.yaml     one vote; of each voter the last one that is valid counts
    close.yaml                  when it ended, and why

Here the first is read and written; votefiles.py has the others. Files are added and never changed;
all but the first are written by the hub alone. Which voter id is whose is in `private/`
(features/polls/pollbook.py). The format is docs/formats/poll.md.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from solicomm_build.features.polls.voteaddress import POLL_ID
from solicomm_build.foundation import clock, schema, yamlsafe
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.oneline import one_line
from solicomm_build.foundation.types import HUB_ID
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.message.address import mask

SCHEMA = "solicomm/poll@1"

TYPES = ("proposal", "choice", "approval", "ranked")
POSITIONS = ("agree", "abstain", "disagree", "block")
"""The options of a proposal, in the order of their numbers."""
BALLOTS = ("open", "pseudonymous")
MOST_OPTIONS = 30
MOST_VOTERS = (
    30_000  # voters.yaml has 20 to 35 octets a voter, and no text may have more than 1 MiB
)

MOST_WAITING = timedelta(days=90)
"""How long after its end reports of other hubs may be waited for."""

VOTER_ID = re.compile(r"v_[a-z2-7]{10}")
_UNION = re.compile(r"[a-z0-9][a-z0-9-]{0,27}")
_PATH = re.compile(
    r"polls/(q-[a-z0-9]{4,12})/(?:(poll|voters|open|close)\.yaml"
    r"|(turnout)/[0-9]{8}T[0-9]{6}Z\.yaml|(ballot)s/[0-9]{8}T[0-9]{6}Z-([a-z2-7]{16})\.yaml"
    rf"|(electorate|report)s/({HUB_ID.pattern})\.yaml)"
)
_SHARE = re.compile(r"(?:0?\.[0-9]{1,4}|1(?:\.0+)?|0)|(?:100|[0-9]{1,2})(?:\.[0-9]{1,2})?%")
_TOPIC = re.compile(r"(?:^|/t/|\+t-)([a-z2-7]{32})(?![a-z2-7])")


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen: `key` is what its number, counted from 1, or its position is called."""

    key: str
    label: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Poll:
    """A question with its rules. `quorum` is the share of all votes that must be cast, `unions` the
    votes of each union; without any, each person has one. `live` shows choices while it is open.
    `topic` is the stored thread on whose page it is told of, or "". Of a poll of a network other
    hubs ask their own members, and what they report is counted until `reports`.
    """

    id: str
    question: Mapping[str, str]
    type: str
    options: tuple[Option, ...]
    closes: datetime
    ballot: str = "open"
    quorum: Fraction = Fraction(0)
    unions: Mapping[str, int] = field(default_factory=dict)
    live: bool = False
    topic: str = ""
    reports: datetime | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The options' keys in their order."""
        return tuple(option.key for option in self.options)

    def asked(self, lang: str) -> tuple[str, str]:
        """The question and its language: the one wanted, else the first there is."""
        found = lang if lang in self.question else next(iter(self.question))
        return self.question[found], found


@dataclass(frozen=True, slots=True)
class Voter:
    """Who may vote, and with how much; `union` is whose votes these are."""

    id: str
    weight: Fraction = Fraction(1)
    union: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """When the list of voters was settled, with the SHA-256 of `poll.yaml` and `voters.yaml`."""

    at: datetime
    poll: str
    voters: str


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote: keys of options in the voter's order; none takes the vote back. `at` is when the mail
    came, `name` the voter's where ballots are open."""

    voter: str
    at: datetime
    choice: tuple[str, ...]
    name: str = ""

    @property
    def bid(self) -> str:
        """What the file is called by: made of the vote, but not of the name, which the law may
        have taken out."""
        facts = f"{self.voter}\n{stamp(self.at)}\n{' '.join(self.choice)}"
        octets = hashlib.sha256(facts.encode("utf-8", "replace")).digest()
        return base64.b32encode(octets).decode("ascii").lower()[:16]


@dataclass(frozen=True, slots=True)
class Closing:
    """When the poll ended: `why` is deadline, moderator, operator or everybody (all had voted)."""

    at: datetime
    why: str


# -- where ------------------------------------------------------------------------------------


def folder(poll: str) -> str:
    """Where a poll's files lie, with the last slash."""
    return f"polls/{poll}/"


def parse_path(path: str) -> tuple[str, str, str] | None:
    """(poll id, kind, bid, hub or "") of a path: kind is poll, voters, open, close, turnout,
    ballot, electorate, report."""
    match = _PATH.fullmatch(path)
    if not match:
        return None
    return match[1], match[2] or match[3] or match[4] or match[6], match[5] or match[7] or ""


def ballot_path(poll: str, ballot: Ballot) -> str:
    """The path of a ballot's file."""
    return f"{folder(poll)}ballots/{ballot.at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{ballot.bid}.yaml"


def turnout_path(poll: str, at: datetime) -> str:
    """The path of a note on how many have voted."""
    return f"{folder(poll)}turnout/{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.yaml"


def mint(prefix: str) -> str:
    """A new random id: `q-` a poll's, `v_` a voter's."""
    letters = base64.b32encode(secrets.token_bytes(7)).decode("ascii").lower()
    return prefix + (letters[:8] if prefix == "q-" else letters[:10])


def stamp(at: datetime) -> str:
    """A moment as files have it, to the microsecond."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


# -- poll.yaml --------------------------------------------------------------------------------


def encode(poll: Poll) -> bytes:
    """The file of a poll; `decode` reads it back."""
    top: dict[str, Node] = {
        "schema": SCHEMA,
        "id": poll.id,
        "question": dict(poll.question),
        "type": poll.type,
    }
    if poll.type != "proposal":
        top["options"] = [{"key": one.key, "label": dict(one.label)} for one in poll.options]
    top |= {"closes": stamp(poll.closes), "ballot": poll.ballot}
    if poll.quorum:
        top["quorum"] = {"share": f"{float(poll.quorum):.4f}".rstrip("0").rstrip(".")}
    if poll.unions:
        top["weights"] = {"by-union": {name: str(votes) for name, votes in poll.unions.items()}}
    top["show"] = "live" if poll.live else "closed"
    if poll.topic:
        top["topic"] = poll.topic
    if poll.reports:
        top["network"] = {"reports": stamp(poll.reports)}
    return yamlsafe.dump(top).encode("utf-8", "replace")


def decode(blob: bytes | str, file: str = "poll.yaml") -> Poll:
    """The poll in a file. Raises ContentErrors with every fault found."""
    try:
        top = schema.open_file(blob, file=file, max_bytes=65_536)
    except ContentError as error:
        raise ContentErrors([error]) from error
    top.schema(SCHEMA)
    poll = _read(top)
    top.close()
    top.raise_faults()
    return poll


def _read(top: schema.Section) -> Poll:
    known = top.text("id", required=True, example="q-5f3a")
    if known and not POLL_ID.fullmatch(known):
        top.fault("id", f"{known!r} is no poll's id", "Write `q-` and 4 to 12 of a-z and 0-9")
    question = {
        lang: one_line(text, 500)
        for lang, text in top.by_language("question", "en", longest=5000, lines=True).items()
    }
    if not question:
        top.value("question", required=True, example="{en: Shall we strike?}")
    _no_address(top, "question", question)
    kind = top.choice("type", TYPES, "proposal")
    unions = _unions(top)
    ballot = _ballot(top, bool(unions))
    live = top.choice("show", ("closed", "live"), "closed") == "live"
    if live and ballot == "pseudonymous":
        remedy = "Write `show: closed`: who sees a vote come in would know whose it is"
        top.fault("show", "a pseudonymous poll shows nothing before its end", remedy)
    for key, only in (("voters", "members"), ("change", "until-close")):
        top.choice(key, (only,), only)
    example = clock.coming("2026-12-01T18:00:00Z")
    remedy = f"Write a moment in UTC, as `closes: {example}`"
    closes = top.parsed("closes", moment, datetime.max.replace(tzinfo=UTC), remedy)
    if not top.has("closes"):
        top.value("closes", required=True, example=example)
    quorum = top.section("quorum")
    share = quorum.parsed("share", share_of, Fraction(0), "Write `quorum: {share: 0.4}`")
    quorum.close()
    remedy = "Write the link of the topic's page, or the 32 letters at its end"
    topic = top.parsed("topic", topic_of, "", remedy)
    reports = _reports(top, closes, is_plain=not (unions or live))
    return Poll(
        known,
        question or {"en": "?"},
        kind,
        _options(top, kind),
        closes,
        ballot,
        share,
        unions,
        live,
        topic,
        reports,
    )


def _reports(top: schema.Section, closes: datetime, *, is_plain: bool) -> datetime | None:
    """Until when other hubs may report; None for a poll of this hub alone."""
    if not top.has("network"):
        return None
    section = top.section("network")
    example = clock.coming("2026-12-01T18:00:00Z")
    remedy = f"Write a moment in UTC, as `network: {{reports: {example}}}`"
    at = section.parsed("reports", moment, closes, remedy)
    if not section.has("reports"):
        section.value("reports", required=True, example=example)
    elif not closes <= at <= closes + MOST_WAITING:
        days = f"at most {MOST_WAITING.days} days after `closes`, and not before it"
        section.fault("reports", "hubs could not report in time", f"Write a moment {days}")
    section.close()
    if not is_plain:
        remedy = "Leave `weights` and `show: live` out: hubs report once, one vote a person"
        top.fault("network", "other hubs cannot report such votes", remedy)
    return at


def _options(top: schema.Section, kind: str) -> tuple[Option, ...]:
    if kind == "proposal":
        if top.has("options"):
            fault = "a proposal has no options of its own"
            top.fault("options", fault, "Take them out, or write `type: choice`")
        return tuple(map(Option, POSITIONS))
    found = []
    for number, section in enumerate(top.sections("options"), 1):
        key = section.text("key", str(number))
        if key != str(number):
            section.fault("key", f"the option's key is {key!r}", f"Number them: `key: {number}`")
        label = {
            lang: one_line(text, 200)
            for lang, text in section.by_language("label", "en", longest=5000, lines=True).items()
        }
        if not label:
            section.value("label", required=True, example="{en: Join, fr: Participer}")
        _no_address(section, "label", label)
        section.close()
        found.append(Option(str(number), label))
    if not 2 <= len(found) <= MOST_OPTIONS:
        fault = f"there are {len(found)} options"
        top.fault("options", fault, f"Give 2 to {MOST_OPTIONS}, each `- {{key, label}}`")
    return tuple(found)


def _no_address(section: schema.Section, key: str, texts: Mapping[str, str]) -> None:
    """Nobody's address stands in a conference (docs/mail-rules.md#privacy)."""
    if any("@" in text and mask(text) != text for text in texts.values()):
        fault = "there is an e-mail address here, which everybody could read"
        section.fault(key, fault, "Write only the part before the @")


def _unions(top: schema.Section) -> dict[str, int]:
    value = top.value("weights")
    if value is None or value == "one-person":
        return {}
    if isinstance(value, str):
        remedy = "Write `weights: one-person`, or `weights: {by-union: {metal: 1200}}`"
        top.fault("weights", f"`weights` cannot be {value!r}", remedy)
        return {}
    section = top.section("weights")
    votes = section.section("by-union")
    for name in votes.values:
        if not _UNION.fullmatch(name):
            votes.fault(name, f"{name!r} is no union's id", "Use the id of the union's site")
    found = {name: votes.integer(name, 1, low=1, high=10**9) for name in votes.values}
    section.close()
    return found


def _ballot(top: schema.Section, by_union: bool) -> str:
    if top.text("ballot") == "sealed":
        fault = "sealed ballots cannot be held here"
        remedy = (
            "Write `ballot: open` or `pseudonymous`: a vote by mail is read by the hub, so nothing "
            "could be kept from its operator; use another system for a secret ballot"
        )
        top.fault("ballot", fault, remedy)
        return "open"
    ballot = top.choice("ballot", BALLOTS, "open")
    if ballot == "pseudonymous" and by_union:
        fault = "votes of unions cannot be pseudonymous: their weight says whose they are"
        top.fault("ballot", fault, "Write `ballot: open`")
    return ballot


def moment(text: str) -> datetime:
    """A moment with its offset from UTC. Raises ValueError."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{text!r} is no moment with a time zone")


def topic_of(text: str) -> str:
    """The stored thread that a topic's link ends with, or that its address has. Raises
    ValueError."""
    match = _TOPIC.search(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no topic's link")
    return match[1]


def share_of(text: str) -> Fraction:
    """`0.4`, or `40%`. Raises ValueError."""
    if not _SHARE.fullmatch(text):
        raise ValueError(f"{text!r} is no share")
    share = Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    if share > 1:
        raise ValueError(f"{text!r} is more than all")
    return share
