"""Requests to join a closed list, told to whoever looks after it since they came.

Who looked after the list then has a letter (features/lists/membership.py). When those people go, or
mail to them comes back, or goes to another address, a request must not end unseen: whoever looks
after the list now, the operators where nobody does, gets the same letter, with a token that holds
as long.

Some days before a request ends, all who may decide are asked once more, and who asked hears that
nobody has decided yet. A new token says in its data that this was done.

Tokens that a clock gave which was far ahead are no good once it is right. All who may decide then
get others, and the request waits as long as any from that moment on.

A hub may be off while a request ends. Once it is back, the request waits for some days more, and
everybody is told as before any end.

Where the list was removed, who asked and all who were to decide hear that the request has ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

from solicomm_build.desk import tokens
from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import Plan
from solicomm_build.features.moderation import holder
from solicomm_build.features.moderation import moderationletters as letters
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.hub import removed
from solicomm_build.message.address import key
from solicomm_build.people import token
from solicomm_build.people.membership import Member, TokenFacts

_REST = 60.0  # seconds between two looks
_LEFT = timedelta(days=3)
_REMINDED = "reminded"
_BACK = timedelta(days=60)
"""So long ago a request may have ended while the hub was off, and be told of still."""
_TOGETHER = timedelta(days=1)  # letters about one request end with it, those of another later
_Who: TypeAlias = tuple[str, str]
"""A conference, and the address that asks to join it."""


def steps(office: Office, looked: Looked[None]) -> Iterator[Step]:
    """Who is to be told now."""
    if looked.rests(_REST):
        return
    waiting, ahead = defaultdict[_Who, list[TokenFacts]](list), defaultdict[_Who, list[str]](list)
    digests, now = defaultdict[_Who, list[str]](list), clock.now()
    over = defaultdict[_Who, list[TokenFacts]](list)
    tokens_of_all = office.roster().tokens.facts
    for digest, facts in tokens_of_all.open_for("moderate", now - _BACK, about="join"):
        who = _who(facts)
        if facts.expires <= now:
            over[who].append(facts)
            continue
        waiting[who].append(facts)
        digests[who].append(digest)
        if not facts.is_good(now):
            ahead[who].append(digest)
    for (conference, address), asked in waiting.items():
        if _is_removed(office, conference):
            plan = _ended(office, asked, digests[conference, address])
            yield Step(f"join-{conference}-{token.fresh()}", plan)
            continue
        if office.conference(conference) is None or _is_settled(office, asked[-1]):
            continue
        people = office.moderators(conference)
        if ahead[conference, address]:
            if timekeeping.is_right(office.config.state):
                plan = _anew(office, asked, ahead[conference, address], people)
                yield Step(f"join-{conference}-{token.fresh()}", plan)
            continue
        if _ends_soon(asked):
            plan = _reminded(office, asked[-1], people)
            yield Step(f"join-{conference}-{token.fresh()}", plan)
            continue
        known = {(facts.data.get("number"), key(facts.address)) for facts in asked}
        new = [one for one in people if (one.number, key(one.address)) not in known]
        if new:
            yield Step(f"join-{conference}-{token.fresh()}", _told(office, asked[-1], new))
    unseen = {who: asked for who, asked in over.items() if who not in waiting}
    for request in _missed(office, unseen):
        name = request.conference
        plan = _reminded(office, request, office.moderators(name))
        yield Step(f"join-{name}-{token.fresh()}", plan)


def _who(facts: TokenFacts) -> _Who:
    return facts.conference, key(str(facts.data["join"]))


def _missed(office: Office, over: Mapping[_Who, list[TokenFacts]]) -> list[TokenFacts]:
    """Of requests that are over (`over`, all letters about each), those that ended while the hub
    was off, before anybody was told that they would; each ends some days from now."""
    if not over or not timekeeping.is_right(office.config.state):
        return []
    found: dict[_Who, TokenFacts] = {}
    for who, asked in over.items():
        last = max(asked, key=lambda one: one.expires)
        about = [one for one in asked if last.expires - one.expires < _TOGETHER]
        was_told = any(one.data.get(_REMINDED) for one in about)
        if not (was_told or office.conference(who[0]) is None or _is_settled(office, last)):
            found[who] = last
    now = clock.now()
    given = office.roster().tokens.facts.given_for("moderate", about="join") if found else ()
    for _, one in given:  # decided since, by a letter that ended later
        request = found.get(_who(one))
        if request and one.used and request.expires <= one.expires <= now + MODERATE:
            del found[_who(one)]
    return [replace(one, expires=now + _LEFT) for one in found.values()]


def _is_removed(office: Office, conference: str) -> bool:
    """Whether the list was taken off the hub; not one that is being renamed, or is damaged."""
    noted = removed.find(office.config, "conferences", conference) is not None
    return noted and not office.config.conference_repo(conference).exists()


def _ended(office: Office, asked: list[TokenFacts], digests: list[str]) -> Plan:
    """The end of a request, told to who asked and, unless it is settled, to who was to decide."""
    name, to = asked[-1].conference, holder.who_asks(office.roster(), asked[-1])
    events = tuple(tokens.used(digest) for digest in digests)
    plan = Plan(events=events, subject=f"End a request to join {name}")
    if _is_settled(office, asked[-1]):
        return plan
    lang = office.language_of(to, name, str(asked[-1].data.get("lang") or ""))
    found = [letters.request_ended(office, name, to, lang, to)]
    people = {key(one.address): one.address for one in asked if one.address}
    for address in people.values():
        theirs = office.language_of(address, name)
        found.append(letters.request_ended(office, name, address, theirs, to))
    return plan + Plan(letters=tuple(found))


def _is_settled(office: Office, request: TokenFacts) -> bool:
    """Whether nobody waits any more, since that one was put on the list, or banned, otherwise."""
    roster, name = office.roster(), request.conference
    to = holder.who_asks(roster, request)
    return roster.is_listed(name, to) or roster.is_banned(name, to)


def _ends_soon(asked: list[TokenFacts]) -> bool:
    """Whether it is time to say so, and nobody has."""
    left = max(one.expires for one in asked) - clock.now()
    return left <= _LEFT and not any(one.data.get(_REMINDED) for one in asked)


def _reminded(office: Office, request: TokenFacts, people: list[Member]) -> Plan:
    """A letter to all who may decide, and one to who asked."""
    name, to = request.conference, holder.who_asks(office.roster(), request)
    noted = replace(request, data={**request.data, _REMINDED: True})
    plan = _told(office, noted, people)
    if not people:
        plan += _waits(noted)
    lang = office.language_of(to, name, str(request.data.get("lang") or ""))
    letter = letters.request_waits(office, name, to, lang, request.expires)
    return plan + Plan(letters=(letter,))


def _anew(office: Office, asked: list[TokenFacts], ahead: list[str], people: list[Member]) -> Plan:
    """Ends what a clock gave that was far ahead (`ahead`, digests); where nothing else waits for
    who asks, all who may decide are asked, from now on."""
    plan = Plan(events=tuple(tokens.used(one) for one in ahead), subject="Ask again in right time")
    if any(one.is_good(clock.now()) for one in asked):
        return plan
    data = {word: value for word, value in asked[-1].data.items() if word != _REMINDED}
    request = replace(asked[-1], expires=clock.now() + MODERATE, data=data)
    return plan + (_told(office, request, people) if people else _waits(request))


def _waits(request: TokenFacts) -> Plan:
    """A token that nobody has: the request waits for whoever will look after the list."""
    left = request.expires - clock.now()
    data = {word: value for word, value in request.data.items() if word != "number"}
    given = tokens.given(token.fresh(), "moderate", request.conference, "", days=left, data=data)
    return Plan(events=(given,))


def _told(office: Office, request: TokenFacts, people: list[Member]) -> Plan:
    """A letter with a token of their own to each."""
    name, to = request.conference, holder.who_asks(office.roster(), request)
    plan = Plan(subject=f"Tell of a request to join {name}")
    for moderator in people:
        text = token.fresh()
        data = {**request.data, "number": moderator.number}
        left = request.expires - clock.now()
        event = tokens.given(text, "moderate", name, moderator.address, days=left, data=data)
        called = str(request.data.get("name", ""))
        letter = letters.join_request(office, name, moderator, to, called, text)
        plan += Plan(events=(event,), letters=(letter,))
    return plan
