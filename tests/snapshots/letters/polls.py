"""Letters about votes: the question, what came of a vote, what moderators hear; and the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import cast

from solicomm_build.desk.lettering import letter
from solicomm_build.features.polls import pollstore as polls
from solicomm_build.features.polls.bymail import pollletters as letters
from solicomm_build.features.polls.bymail.pollletters import Asked
from solicomm_build.features.polls.bymail.pollresult import post
from solicomm_build.features.polls.values.networkvotes import Electorate, Report, Row
from solicomm_build.features.polls.values.poll import Ballot, Closing, Opening, Option, Poll, Voter
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.git.reader import Reader
from solicomm_build.message.values import Message
from solicomm_build.testing.deskhub import NOW
from tests.snapshots.kept import Mail
from tests.snapshots.stage import MOD, Stage

QUESTION = {
    "en": "Shall we join?",
    "fr": "Participons-nous ?",
    "es": "¿Participamos?",
    "pt": "Participamos?",
    "ar": "هل نشارك؟",
    "ru": "Участвуем?",
}
ENDS = NOW + timedelta(days=7)
PROPOSAL = Poll(
    "q-abcd2345",
    QUESTION,
    "proposal",
    tuple(Option(key) for key in ("agree", "abstain", "disagree", "block")),
    ENDS,
)
TOWNS = tuple(Option(str(n), {"en": name}) for n, name in enumerate(("Oran", "Recife", "Lyon"), 1))
KINDS = {
    "proposal": PROPOSAL,
    "live": replace(PROPOSAL, live=True, quorum=Fraction(2, 5)),
    "choice": replace(PROPOSAL, type="choice", options=TOWNS),
    "approval": replace(PROPOSAL, type="approval", options=TOWNS, ballot="pseudonymous"),
    "ranked": replace(PROPOSAL, type="ranked", options=TOWNS),
    "by union": replace(PROPOSAL, unions={"docks": 1200, "rail": 7}),
}
WHYS = ("empty", "ambiguous", "too-many", "twice", "no-such", "text")
_FAULTY = (
    "Shall we?",
    "closes: 2026-13-41",
    "Shall we?\ncloses: 2020-01-01",
    "closes: 2027-01-01",
    "Shall we?\ncloses: 2027-01-01\nfoo: bar",
    "Shall we?\n1. Yes\n3. No\ncloses: 2027-01-01",
    "Shall we?\n1. Yes\n2. No\ntype: guess\ncloses: 2027-01-01",
    "Shall we?\nballot: loud\ncloses: 2027-01-01",
    "Shall we?\nballot: secret\ncloses: 2027-01-01",
    "schema: solicomm/poll@1\nid: x",
)


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each letter under its name."""
    yield from _to_voters(stage)
    yield from _to_moderators(stage)
    yield from _results(stage)
    yield from _spoken(stage)


def _about(stage: Stage, poll: Poll, *, number: int = 1) -> Asked:
    voter = Voter("v_abcde23456")
    if poll.unions:
        voter = replace(voter, weight=Fraction(1200, 7), union="docks")
    return Asked(stage.office, "water", poll, voter, stage.office.roster().members[number])


def _to_voters(stage: Stage) -> Iterator[tuple[str, Mail]]:
    for name, poll in KINDS.items():
        for again in (False, True)[: 1 + (poll is PROPOSAL)]:
            yield f"asked: {name}, again: {again}", letters.ask(_about(stage, poll), again=again)
    nameless = replace(
        _about(stage, PROPOSAL), member=replace(_about(stage, PROPOSAL).member, name="")
    )
    yield "asked: without a name", letters.ask(nameless)
    about = _about(stage, PROPOSAL)
    vote, none = Ballot("v_abcde23456", NOW, ("agree",), "Ana Paz"), Ballot("v_abcde23456", NOW, ())
    for ballot, undone, foreign in ((vote, False, False), (vote, True, True), (none, True, False)):
        made = letters.counted(about, ballot, undone=undone, foreign=foreign, web=undone)
        yield f"counted: {ballot.choice}, undone: {undone}, foreign: {foreign}", made
    for why in WHYS:
        now = vote if why in ("empty", "text") else None
        yield f"unclear: {why}", letters.unclear(about, why, "hm" * (why != "empty"), now, kind="x")
    yield "nothing to undo", letters.nothing_to_undo(about, kind="x")
    yield "closed", letters.closed(about, ENDS, ENDS + timedelta(hours=1), kind="x")
    yield "too often", letters.too_often(about, kind="x")


def _to_moderators(stage: Stage) -> Iterator[tuple[str, Mail]]:
    office, lang = stage.office, stage.lang
    for name, poll in KINDS.items():
        if name == "ranked":
            continue
        missing = ["rail"] if poll.unions else []
        made = letters.preview(office, "water", MOD, lang, poll, 1204, missing, "a" * 26, kind="x")
        yield f"preview: {name}", made
    about = {"conference": "water", "kind": "x"}
    wrong = ["This is wrong."]
    yield "faulty", letters.telling_how(office, "polls/faulty", MOD, lang, **about, faults=wrong)
    yield "told", letters.telling_how(office, "polls/help", MOD, lang, **about)
    yield "no moderator", letter(office, "polls/not-moderator", MOD, lang, **about)


def _results(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """What the conference reads when a poll has ended, however it ended."""
    voters = {f"v_abcde2345{n}": Voter(f"v_abcde2345{n}") for n in range(2, 7)}
    ended, opened = Closing(ENDS, "deadline"), Opening(NOW, "0" * 64, "0" * 64)
    for name, poll in KINDS.items():
        ways = ((), ("1",), ("2", "1"), ("4", "1", "1"), ("3", "3", "1"))
        for votes in ways if poll is PROPOSAL else ways[2:3]:
            keys = [poll.keys[min(int(one), len(poll.keys)) - 1] for one in votes]
            ballots = tuple(
                Ballot(voter, NOW + timedelta(hours=1), (key,))
                for voter, key in zip(voters, keys, strict=False)
            )
            files = PollFiles(poll, opened, voters, ballots, closing=ended)
            made = post(stage.office, "talk", files)
            if made is not None:
                yield f"result: {name}, {len(votes)} votes", made
    hub = "rail-aaaaaaaa"
    poll = replace(KINDS["choice"], reports=ENDS + timedelta(days=7))
    said = {hub: Electorate(hub, "Rail", NOW, 12)}, {hub: Report(hub, ENDS, (Row(("2",), 7),))}
    ballot = Ballot("v_abcde23452", NOW + timedelta(hours=1), ("1",))
    files = PollFiles(poll, opened, voters, (ballot,), None, ended, (), *said)
    if (made := post(stage.office, "talk", files, hubs=1)) is not None:
        yield "result: of all hubs", made


def _spoken(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """A poll opened by mail, orders about it, and texts that cannot be one."""

    def ask(*named: tuple[str, str]) -> Iterator[tuple[str, Mail]]:
        how: dict[str, object] = {"sender": MOD, "name": "Mo"}
        mails = stage.ask_all(*((f"order: {name}", "talk-poll", text, how) for name, text in named))
        yield from ((name, mail) for name, mail in mails if not _is_to_voter(mail))

    yield from ask(*((f"fault {at}", text) for at, text in enumerate(_FAULTY, 1)))
    yield from ask(("list, nothing there", "list"), ("remind, nothing there", "remind"))
    ends = stage.hub.now + timedelta(days=60)
    text = f"closes: {ends:%Y-%m-%d %H:%M}"
    for _, preview in list(ask(("a", f"Shall we?\n{text}"), ("b", f"Shall they?\n{text}"))):
        told = stage.reply(cast("Message", preview))
        yield from (("order: opened", mail) for mail in told if not _is_to_voter(mail))
    yield from ask(("list", "list"), ("which", "remind"))
    identifier = _first(stage)
    missing, remind = f"who has not voted {identifier}", f"remind {identifier}"
    yield from ask(("who is missing", missing), ("remind", remind), ("too early", remind + "\n"))
    yield from ask(("close", f"close {identifier}"))


def _is_to_voter(mail: Message) -> bool:
    return "vote+" in (mail.field("Reply-To") or "")


def _first(stage: Stage) -> str:
    with Reader(stage.office.repo("talk")) as reader:
        return sorted(polls.identifiers(reader))[0]
