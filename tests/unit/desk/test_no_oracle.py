"""Nobody learns by a mail whether an address is on a list: member and stranger are treated alike.

Pairs of mails that differ in From alone, one a member of every list and the other of none, go
the whole way: spool → ingest → desk. Whatever a stranger could see or cause must be the same: what
becomes of the mail, how many letters go to whom, what they say, and how many more there may be.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.desk import limits
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, CONSENT, DeskHub

STATUS = {
    "nothing": "",
    "anothers pass": "spf=pass smtp.mailfrom=evil.example; dkim=none; dmarc=none",
    "fail without policy": "spf=pass smtp.mailfrom=evil.example; dmarc=fail (p=none)",
    "fail": "spf=fail smtp.mailfrom=evil.example; dkim=none; dmarc=none",
    "enforced": "dmarc=fail (p=reject) header.from=union.example",
}
LISTS = ("open", "members", "moderated", "announce", "secret")
POSTS = (("", "Hello"), ("unsubscribe", ""), ("[summary] Week", "x"), ("Re: x", "close\n"))
PURPOSES = ("join", "leave", "digest", "nomail", "poll", "form", "confirm", "login")
COMMANDS = ("help", "which", "who", "lists", "set digest daily", "mydata", "emergency on", "leave")
ATTACKER = "me@evil.example"


def _mails() -> Iterator[tuple[str, str, str]]:
    """(local part, subject, text) of every kind of mail."""
    for name in LISTS:
        yield from ((name, subject, text) for subject, text in POSTS)
        yield from ((f"{name}-{purpose}", "x", "1. Yes\n2. No\n") for purpose in PURPOSES)
        yield from ((f"{name}-request", "", text) for text in COMMANDS)
        yield (f"{name}+t-{'a' * 32}", "x", "follow\n")
        yield (
            f"{name}-request",
            "",
            f"mute https://hub.example/conferences/{name}/t/{'a' * 32}/\n",
        )
    yield from (("solicomm", "", text) for text in COMMANDS)
    yield from (("forms", "", ""), ("solicomm-login", "", ""))


CASES = [(status, *mail) for status, mail in itertools.product(STATUS, _mails())]


def _hub(root: Path) -> DeskHub:
    hub = DeskHub(root)
    for name in LISTS:
        posting = name if name != "secret" else "members"
        seen = "members" if name == "secret" else "public"
        title = {"en": f"Title of {name}"}
        one = Conference(name, title, kind="list", posting=posting, visibility=seen)
        smallhub.add_conference(hub.config, one)
    return hub


def _join(hub: DeskHub, count: int) -> None:
    """Members number 1 to `count` on every list, and a host of each whom letters can go to."""
    events = []
    for number in range(1, count + 1):
        who = f"m{number}@union.example"
        events.append(rosterevents.member(number, who, at=hub.now, consent=CONSENT))
        events += [
            rosterevents.subscribe(name, number, at=hub.now, consent=CONSENT) for name in LISTS
        ]
    host = rosterevents.member(count + 1, "host@union.example", at=hub.now, consent=CONSENT)
    roles = [rosterevents.role(n, count + 1, "host", at=hub.now, by="test") for n in LISTS]
    hub.note(*events, host, *roles)


def _raw(number: int, author: str, status: str, to: str, subject: str, text: str) -> bytes:
    lines = [f"From: Ana Paz <{author}>", f"To: {to}@hub.example", f"Subject: {subject}"]
    if STATUS[status]:
        lines.insert(0, f"Authentication-Results: {AUTHSERV}; {STATUS[status]}")
    lines.append(f"Message-ID: <{author[0]}{number}@union.example>")
    return "\r\n".join([*lines, "", text.replace("\n", "\r\n"), ""]).encode()


def _run(hub: DeskHub, who: str) -> dict[int, list[str]]:
    """All mails in the name of `m…` or `s…`; what each led to, without the address itself."""
    items = []
    for number, (status, to, subject, text) in enumerate(CASES, 1):
        author = f"{who}{number}@union.example"
        envelope = Envelope(ATTACKER, (f"{to}@hub.example",), hub.now)
        items.append(Item(envelope, _raw(number, author, status, to, subject, text)))
    hub.now += timedelta(hours=1)
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put(items)
        ingest(hub.config, once=True, log=maillog.to_nobody())
    found: dict[int, list[str]] = defaultdict(list)
    for one in hub.work():
        _letter(found, one, who)
    for held in moderation.list_held(hub.config):
        raw = smallhub.files(hub.config.mail_repo)[f"held/{held.conference}/{held.mid}.eml"]
        author = parse(raw).from_[0].addr_spec
        if author.startswith(who):
            found[int(author[1:].partition("@")[0])].append(f"held {held.rule}")
    return {number: sorted(said) for number, said in found.items()}


def _counted(hub: DeskHub) -> Counter[str]:
    """The letters that count now against each budget of an hour."""
    base = sqlite3.connect(hub.config.root / "state/answers.sqlite")
    try:
        at = hub.now.timestamp()
        return Counter(
            name for (name,) in base.execute("SELECT name FROM asked WHERE at = ?", (at,))
        )
    finally:
        base.close()


Outcomes = tuple[dict[int, list[str]], dict[int, list[str]]]
Counts = tuple[Counter[str], Counter[str]]


def _letter(found: dict[int, list[str]], one: Item, who: str) -> None:
    """Notes a letter under the mail that led to it; those to hosts tell of held mail."""
    to, letter = one.envelope.rcpt_tos[0], parse(one.raw)
    if to.startswith(who) and to.endswith("@union.example"):
        number = int(to[1:].partition("@")[0])
        found[number].append(f"to the author: {letter.subject}")
    elif to != "host@union.example":
        found[0].append(f"to {to}: {letter.subject}")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcomes, Counts]:
    """Under bounds of an hour that are never reached: they would leave most mails unanswered."""
    hub = _hub(tmp_path_factory.mktemp("oracle"))
    _join(hub, len(CASES))
    with pytest.MonkeyPatch.context() as patch:
        for bound in ("BY_PEER", "BY_DOMAIN", "BY_LARGE", "LEAST_IN_ALL", "MOST_IN_ALL"):
            patch.setattr(limits, bound, 10 * len(CASES))
        members, of_members = _run(hub, "m"), _counted(hub)
        strangers, of_strangers = _run(hub, "s"), _counted(hub)
    return (members, strangers), (of_members, of_strangers)


@pytest.fixture(scope="module")
def outcomes(runs: tuple[Outcomes, Counts]) -> Outcomes:
    return runs[0]


def test_a_member_and_a_stranger_cannot_be_told_apart(outcomes: Outcomes) -> None:
    members, strangers = outcomes
    assert len(CASES) >= 400
    different = [
        (CASES[number - 1], members.get(number), strangers.get(number))
        for number in range(1, len(CASES) + 1)
        if members.get(number) != strangers.get(number)
        # a link to sign in goes to members' own mailboxes, and is asked for by nobody else
        and not CASES[number - 1][1].endswith("-login")
    ]
    assert different == []


def test_a_member_uses_up_as_many_letters_of_an_hour_as_a_stranger(
    runs: tuple[Outcomes, Counts],
) -> None:
    """Else whoever spends the rest of a budget on himself could count the difference."""
    of_members, of_strangers = runs[1]
    assert of_members == of_strangers
    assert min(of_members.values()) >= 100


def test_nothing_goes_to_an_envelope_sender_who_is_not_the_author(outcomes: Outcomes) -> None:
    assert [found.get(0, []) for found in outcomes] == [[], []]


def test_the_title_of_a_secret_list_is_told_to_nobody_who_is_not_proved(outcomes: Outcomes) -> None:
    said = [text for found in outcomes for texts in found.values() for text in texts]
    assert any("to the author" in text for text in said)
    assert not [text for text in said if "Title of secret" in text]
