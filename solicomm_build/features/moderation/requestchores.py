"""Requests to join a closed list, told to whoever looks after it since they came.

Who looked after the list then has a letter (features/lists/membership.py). When those people go, or
mail to them comes back, a request must not end unseen: whoever looks after the list now, the
operators where nobody does, gets the same letter, with a token that holds as long.

Some days before a request ends, all who may decide are asked once more, and who asked hears that
nobody has decided yet. A new token says in its data that this was done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from solicomm_build.desk import tokens
from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Plan
from solicomm_build.features.moderation import moderationletters as letters
from solicomm_build.foundation import clock
from solicomm_build.message.address import key
from solicomm_build.people import token
from solicomm_build.people.membership import Member, TokenFacts

_REST = 60.0  # seconds between two looks
_LEFT = timedelta(days=3)
_REMINDED = "reminded"


def steps(office: Office, looked: Looked[None]) -> Iterator[Step]:
    """Who is to be told now."""
    if looked.rests(_REST):
        return
    waiting = defaultdict[tuple[str, str], list[TokenFacts]](list)
    for _, facts in office.roster().tokens.facts.good_for("moderate", clock.now()):
        if "join" in facts.data:
            waiting[facts.conference, key(str(facts.data["join"]))].append(facts)
    for (conference, _), asked in waiting.items():
        if office.conference(conference) is None or _is_settled(office, asked[-1]):
            continue
        people = office.moderators(conference)
        if _ends_soon(asked):
            plan = _reminded(office, asked[-1], people)
            yield Step(f"join-{conference}-{token.fresh()}", plan)
            continue
        known = {facts.data.get("number") for facts in asked}  # None where nobody was asked
        new = [one for one in people if one.number not in known]
        if new:
            yield Step(f"join-{conference}-{token.fresh()}", _told(office, asked[-1], new))


def _is_settled(office: Office, request: TokenFacts) -> bool:
    """Whether nobody waits any more, since that one was put on the list, or banned, otherwise."""
    roster, name, to = office.roster(), request.conference, str(request.data["join"])
    return roster.is_listed(name, to) or roster.is_banned(name, to)


def _ends_soon(asked: list[TokenFacts]) -> bool:
    """Whether it is time to say so, and nobody has."""
    left = max(one.expires for one in asked) - clock.now()
    return left <= _LEFT and not any(one.data.get(_REMINDED) for one in asked)


def _reminded(office: Office, request: TokenFacts, people: list[Member]) -> Plan:
    """A letter to all who may decide, and one to who asked."""
    name, to = request.conference, str(request.data["join"])
    noted = replace(request, data={**request.data, _REMINDED: True})
    plan = _told(office, noted, people)
    if not people:
        left = request.expires - clock.now()
        data = {word: value for word, value in noted.data.items() if word != "number"}
        waits = tokens.given(token.fresh(), "moderate", name, "", days=left, data=data)
        plan += Plan(events=(waits,))
    lang = office.language_of(to, name, str(request.data.get("lang") or ""))
    letter = letters.request_waits(office, name, to, lang, request.expires)
    return plan + Plan(letters=(letter,))


def _told(office: Office, request: TokenFacts, people: list[Member]) -> Plan:
    """A letter with a token of their own to each."""
    name, to = request.conference, str(request.data["join"])
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
