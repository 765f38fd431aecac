"""The verdict on a message to a conference, with what it depends on from outside the message.

`post/policy.py` decides; this gathers: the settings and the roster as of now, how far the author's
address is proved, how much was posted lately. Every verdict becomes a line in mail.git (a trailer
of the commit that carries it out), so that it can be explained and replayed:

    Verdict: hold nonmember water/<mid> author=… level=claimed today=0/3 ever=0 lately=0 settings=…
        roster=…                                                                 (on one line)

`author` is a hash of the address; `today` counts the author's and all posts of the day before this
one, `ever` the author's, which is only counted where first posts are held; `lately` what the same
program sent in the ten minutes before, since this process began; `settings` is the blob of
conference.yaml and `roster` the roster's commit. The other counts are read back from these lines.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import dns
from solicomm_build.foundation.types import Envelope, Mailbox, PostId, TopicId
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.message.auth import answerable, front
from solicomm_build.message.auth.authentication import (
    CARRIED,
    Authentication,
    assess,
    vouched,
    was_checked,
)
from solicomm_build.message.auth.authorship import author, is_automatic
from solicomm_build.message.parse import Message
from solicomm_build.post import postingcase
from solicomm_build.post.conference import Conference
from solicomm_build.post.policy import is_stray, judge
from solicomm_build.post.postingcase import Case, Counts, Verdict, feeders, is_of, names_list
from solicomm_build.post.store.mailstore import author_hash

_LINE = re.compile(r"(\S+) (\S+) ([a-z0-9-]+)/([a-z2-7]{32}) author=(\S*)")
CONFIRMED = Authentication("token", "the author was asked and said yes")
REPEATED = Authentication("claimed", "words of before, with other fields", is_vouched=True)
"""Mail with the Message-ID and the words of one that is there, which answers something else. Many
domains sign neither References nor In-Reply-To, so that whoever has a copy could have `I agree` be
an answer to whatever he likes."""
OURS = Authentication("token", "written by the hub")
"""Mail that the hub wrote for somebody whom it knew, such as a moderator's summary; no mail from
outside can say so."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, how far the author was proved, and what the verdict rests on, as it is noted."""

    verdict: Verdict
    authentication: Authentication
    inputs: str

    def line(self, conference: str, mid: PostId) -> str:
        """What is noted in mail.git once the post has its place."""
        return f"{self.verdict.action} {self.verdict.rule} {conference}/{mid} {self.inputs}"


class Judge:
    """Judges the mail of one hub. Not for several threads."""

    def __init__(self, stores: HubStores) -> None:
        self._stores, self._config = stores, stores.config
        self._tally = Tally(stores)
        self._pace = Pace()

    def judge(
        self,
        message: Message,
        raw: bytes,
        envelope: Envelope,
        conference: Conference,
        *,
        topic: TopicId | None = None,
        own: PostId | None = None,
        again: bool = False,
        said_yes: bool = False,
        is_repeated: bool = False,
    ) -> Judged:
        """The verdict on a message to `conference`, whose `topic` it would go to (it begins one
        when that is its `own` id). May ask the DNS about the author's domain. With `again` it
        was judged before, and does not count as come; `said_yes`: its author was asked;
        `is_repeated`: his words of before came again, which he need not have sent."""
        roster, name, domain = self._stores.roster(), conference.id, self._config.domain
        who = author(message) or ""
        said_yes = said_yes or envelope.proved
        proof = CONFIRMED if said_yes else OURS
        if not (envelope.ours or said_yes):
            names = partial(names_list, conference=name, domain=domain, roster=roster)
            proof = self._authentication(message, raw, envelope, names)
            proof = REPEATED if is_repeated and proof.is_proof else proof
        counts = self._tally.counts(name, who, ever=conference.rules.first_posts > 0)
        if not again and is_automatic(message):
            counts = replace(counts, automatic=self._pace.came(name, who, clock.now()))
        case = Case(
            message=message,
            envelope=envelope,
            conference=conference,
            list_id=f"{name}.{domain}",
            list_address=f"{name}@{domain}",
            roster=roster,
            level=proof.level,
            counts=counts,
            certain=proof.certain,
            enforced=proof.enforced,
            topic_closed=self._is_closed(conference, topic),
            to_topic=topic is not None and str(topic) != own and not envelope.ours,
            fed=self._is_fed(message, raw, envelope, conference),
            silent=self._silence(message, envelope, proof),
        )
        verdict = judge(case)
        return Judged(verdict, proof, self._inputs(name, who, proof, counts) + _also(case))

    def _is_closed(self, conference: Conference, topic: TopicId | None) -> bool:
        """Whether a moderator closed the topic; only looked at where that matters."""
        if topic is None or conference.rules.closed != "hold":
            return False
        return self._stores.posts(conference.id).state(topic).closed

    def _authentication(
        self,
        message: Message,
        raw: bytes,
        envelope: Envelope,
        names: Callable[[Sequence[Mailbox]], bool],
    ) -> Authentication:
        """How far the author's address is proved, whoever that is: who is asked about and who is
        not would tell who is on a list."""
        if envelope.carried:
            return CARRIED
        trusted, resolver = front.trusted(self._config, envelope), self._resolver
        fields = message.fields if message.raw is raw else None
        if resolver is None:
            return assess(raw, trusted=trusted, fields=fields, names=names)
        txt, keys = resolver.txt, resolver.key
        return assess(raw, trusted=trusted, txt=txt, keys=keys, fields=fields, names=names)

    def _is_fed(
        self, message: Message, raw: bytes, envelope: Envelope, conference: Conference
    ) -> bool:
        """Whether the server of a list that may feed this one is proved to have sent it; asked only
        of what names such a list."""
        lists = feeders(message, conference.rules)
        if envelope.carried or not lists:
            return False
        keys = self._resolver.key if self._resolver is not None else None
        return vouched(
            raw,
            lambda domain: any(is_of(one, domain) for one in lists),
            trusted=front.trusted(self._config, envelope),
            keys=keys,
        )

    def _silence(self, message: Message, envelope: Envelope, proof: Authentication) -> str:
        """Why the desk would answer nothing to this mail; empty when it would."""
        if envelope.ours:
            return ""
        if automatic := answerable.automatic(message, envelope):
            return automatic
        if envelope.proved:
            return ""
        trusted = front.trusted(self._config, envelope)
        return answerable.mute(
            message,
            envelope,
            is_addressed=True,  # the case knows
            proof=proof,
            was_checked=was_checked(message.fields, trusted),
            is_foreign=not trusted and answerable.is_foreign(envelope.peer),
        )

    def noted(self, line: str) -> None:
        """Counts a verdict that is being carried out."""
        self._tally.add(clock.now(), line)

    @cached_property
    def _resolver(self) -> dns.Resolver | None:
        return dns.resolver_of(self._config)

    def _inputs(self, conference: str, who: str, proof: Authentication, counts: Counts) -> str:
        settings, roster = self._stores.settings_id(conference), self._stores.roster_tip()
        return (
            f"author={author_hash(who)} level={proof.level}"
            f" today={counts.member_today}/{counts.list_today} ever={counts.member_ever}"
            f" lately={counts.automatic}"
            f" settings={settings[:12]} roster={roster[:12]}"
        )


def _also(case: Case) -> str:
    """What a verdict rests on that is seldom so."""
    found = {
        "dns-silent": not case.certain,
        "topic-closed": case.topic_closed,
        "null-sender": case.envelope.mail_from is None,
        "ours": case.envelope.ours,
        "carried": case.envelope.carried,
        "fed": case.is_fed,
        "silent": bool(case.silent) and is_stray(case),
    }
    found |= {word: is_so(case) for word, is_so in postingcase.also().items()}
    words = ",".join(word for word, is_so in found.items() if is_so)
    return f" also={words}" if words else ""


class Pace:
    """How fast programs write; kept in memory only, since a loop goes on after a restart too."""

    _WINDOW = timedelta(minutes=10)
    _MOST = 4096  # programs remembered

    def __init__(self) -> None:
        self._came: dict[tuple[str, str], deque[datetime]] = {}

    def came(self, conference: str, who: str, now: datetime) -> int:
        """How many messages came from this program in the ten minutes before; one more counts."""
        if len(self._came) >= self._MOST:
            self._came.clear()
        times = self._came.setdefault((conference, author_hash(who)), deque(maxlen=1000))
        while times and abs(now - times[0]) > self._WINDOW:  # also what lies ahead
            times.popleft()
        times.append(now)
        return len(times) - 1


class Tally:
    """How many posts were accepted, from the verdicts in mail.git. A day is one of UTC."""

    def __init__(self, stores: HubStores) -> None:
        self._stores = stores
        self._day: date | None = None
        self._today: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._ever: dict[tuple[str, str], set[str]] | None = None

    def counts(self, conference: str, address: str, *, ever: bool) -> Counts:
        """What was accepted until now; with `ever` over all time, which is read once."""
        self._begin(clock.now())
        who, everybody = (conference, author_hash(address)), (conference, "")
        if ever and self._ever is None:
            self._ever = defaultdict(set)
            for _, line in self._stores.mail.verdicts():
                _count(self._ever, line)
        return Counts(
            member_today=len(self._today.get(who, ())) if who[1] else 0,
            list_today=len(self._today.get(everybody, ())),
            member_ever=len(self._ever.get(who, ())) if ever and self._ever else 0,
        )

    def add(self, at: datetime, line: str) -> None:
        """Counts one more verdict."""
        self._begin(at)
        _count(self._today, line)
        if self._ever is not None:
            _count(self._ever, line)

    def _begin(self, now: datetime) -> None:
        """Starts a day's count with what the log has of it."""
        if self._day == now.date():
            return
        self._day = now.date()
        self._today.clear()
        for _, line in self._stores.mail.verdicts(datetime.combine(now, time(), now.tzinfo)):
            _count(self._today, line)


def _count(tally: dict[tuple[str, str], set[str]], line: str) -> None:
    """By conference and author, and by conference; a verdict noted twice counts once."""
    match = _LINE.match(line)
    if match is None or match[1] != "accept":
        return
    tally[match[3], ""].add(match[4])
    if match[5]:
        tally[match[3], match[5]].add(match[4])
