"""`follow`, `unfollow` and `mute` by mail (docs/mail-rules.md#answers-come-to-you).

    <list>+t-<tid>@, <list>-request@ with a link or the subject ─→ proven: done, and told
                                                                └→ else: the address is asked
    unfollow+<token>@ ─→ done: whoever has the token got our mail

Who is not proved is asked in the same words, whoever it is and whatever there is to follow (ADR
0026); nothing of the topic is said that its address does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from solicomm_build.desk import lettering, tokens
from solicomm_build.desk.commands import ANSWER
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.plan import NOTHING, Case, Deed, Letter, Plan
from solicomm_build.features.following import topics, words
from solicomm_build.features.following.follows import (
    ASKED,
    FOLLOWS,
    MUTED,
    STOPPED,
    Follows,
)
from solicomm_build.features.following.links import PREFIX, number_of
from solicomm_build.features.following.mails import POSTED_FIELD
from solicomm_build.features.following.words import FOLLOW, MUTE, UNFOLLOW, Wish
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Proven, TopicId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.message.msgid import references_of
from solicomm_build.message.values import Message
from solicomm_build.people import grants
from solicomm_build.people.membership import TokenFacts
from solicomm_build.post.store import topicplaces

ACTION = "follow"
"""The action of the token that says that an address wants it."""
DEED = "follow"
PURPOSE = PREFIX
_STATES = {FOLLOW: FOLLOWS, UNFOLLOW: STOPPED, MUTE: MUTED}


def language(message: Message) -> str:
    """The language of a mail that consists of one of the words; else empty."""
    wish = words.read(message)
    return wish.lang if wish is not None else ""


def to_topic(office: Office, case: Case) -> Plan | None:
    """A mail to the address of a topic; None when it is something else."""
    wish = words.read(case.message)
    return None if wish is None else _wished(office, case, case.tag, wish)


def to_request(office: Office, case: Case) -> Plan | None:
    """A mail to `<list>-request`: the topic is named by a link, by what the mail answers, or by its
    subject."""
    wish = words.read(case.message)
    if wish is None or office.conference(case.conference) is None:
        return None
    tid = wish.tid or _answered(office, case) or _called(office, case)
    if not tid:
        return _which(office, case, wish)
    return _wished(office, case, tid, wish)


def _answered(office: Office, case: Case) -> str:
    for one in references_of(case.message):
        tid = post_id(one)
        with Reader(office.repo(case.conference)) as reader:
            if topics.exists(reader, tid):
                return tid
    return ""


def _called(office: Office, case: Case) -> str:
    """The topic that the subject names; nobody learns so what stands where he may not read."""
    known = office.conference(case.conference)
    subject = ANSWER.sub("", case.message.subject)
    if known is None or known.visibility not in ("public", "unlisted"):
        return ""
    return topics.of_subject(office.config, case.conference, subject) or ""


def _wished(office: Office, case: Case, tid: str, wish: Wish) -> Plan:
    if office.conference(case.conference) is None or not case.author:
        return NOTHING
    if office.is_ours(case.author):
        return NOTHING
    if not case.proven:
        return _asked(office, case, tid, wish)
    return _done(office, case, case.conference, tid, wish.what, wish.lang)


def _asked(office: Office, case: Case, tid: str, wish: Wish) -> Plan:
    """The address is asked whether it wants that."""
    lang = office.language(case, wish.lang if wish.lang != "en" else "")
    kind = f"{ACTION}:{case.conference}:{tid}:{wish.what}"
    mid = (case.message.field(POSTED_FIELD) or "").strip()

    def write(text: str, kind: str) -> Letter:
        return lettering.letter(
            office,
            "following/ask",
            case.author,
            lang,
            conference=case.conference,
            kind=kind,
            reply_to=f"{case.conference}-confirm+{text}",
            confirm=f"{office.config.url}/confirm/{text}",
            days=CONFIRM.days,
            what=wish.what,
            posted=bool(mid),
            place=topics.address(office.config, case.conference, tid),
        )

    data = {"tid": tid, "what": wish.what, "lang": lang}
    return tokens.ask(office, case, ACTION, case.author, write, kind=kind, data=data)


def confirmed(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The address wants it."""
    tid, what = str(facts.data.get("tid", "")), str(facts.data.get("what", FOLLOW))
    lang = str(facts.data.get("lang", ""))
    return _done(office, case, facts.conference, tid, what, lang)


def _done(office: Office, case: Case, name: str, tid: str, what: str, wish: str) -> Plan:
    """What a proved author wants, and word of it."""
    if (who := case.proof) is None:
        return NOTHING
    to, roster = str(who), office.roster()
    lang = office.language_of(to, name, wish if wish != "en" else "")
    at = topicplaces.location(office.config, name, TopicId(tid), grants.read(office.config))
    known, title = office.conference(at), ""
    may = known is not None and topics.may_read(roster, known, to)
    if may:
        with Reader(office.repo(at)) as reader:
            may = topics.exists(reader, tid)
            title = topics.title(reader, tid)
    kind = f"{ACTION}-done:{at}:{tid}:{what}:{post_id(case.cause)}"
    if not may:
        where = topics.address(office.config, name, tid)
        letter = lettering.letter(
            office, "following/no-topic", to, lang, conference=name, kind=kind, place=where
        )
        return Plan(letters=(letter,))
    member = roster.member(who)
    mine = member.number if member else 0
    facts = {
        "address": to,
        "number": mine,
        "conference": at,
        "tid": tid,
        "what": what,
        "lang": lang,
        "member": mine in roster.subscriptions[at],
    }
    letter = lettering.letter(
        office,
        "following/done",
        to,
        lang,
        conference=at,
        kind=kind,
        what=what,
        topic=title or topics.address(office.config, at, tid),
        place=topics.address(office.config, at, tid),
        words={one: words.shown(one, lang) for one in (FOLLOW, UNFOLLOW, MUTE)},
        reply_to=f"{at}+t-{tid}",
        covered=_is_covered(office, at, who),
    )
    deed = Deed(DEED, facts)
    is_shown = case.web and case.envelope.proved  # on the page of who is signed in
    return Plan(
        letters=() if is_shown else (letter,),
        deeds=(deed,),
        subject=f"Note a wish about a topic of {at}",
    )


def _is_covered(office: Office, name: str, who: Proven) -> bool:
    """Whether the posts come as copies or in digests already."""
    options = office.roster().options(name, who)
    return options is not None and options.get("mail", "on") == "on"


def _which(office: Office, case: Case, wish: Wish) -> Plan:
    """It is not clear which topic is meant."""
    lang = office.language(case, wish.lang if wish.lang != "en" else "")
    kind = f"{ACTION}-which:{case.conference}"
    letter = lettering.letter(
        office,
        "following/which",
        case.author,
        lang,
        conference=case.conference,
        kind=kind,
        example=words.shown(wish.what, lang),
        place=f"{office.config.url}/conferences/{case.conference}/",
    )
    return Plan(letters=(letter,)) if case.author else NOTHING


# -- by token -------------------------------------------------------------------------------------


def by_token(office: Office, case: Case) -> Plan:
    """A mail to the address that ends it: of the person's own program, most often."""
    found = number_of(office.config.keys, case.tag)
    if found is None or case.envelope.mail_from is None:
        return NOTHING
    return Plan(deeds=(Deed(DEED, {"id": found}),), subject="End a follow")


def refused(office: Office, case: Case) -> Plan:
    """The address without a token says nothing."""
    return NOTHING


# -- done -----------------------------------------------------------------------------------------


def carry_out(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Writes a wish down; durable on return, safe to call twice."""
    follows = Follows(config)
    try:
        if "id" in facts:
            stop(follows, int(facts["id"]), when)
        else:
            wish(
                follows,
                str(facts["conference"]),
                str(facts["tid"]),
                str(facts["what"]),
                address=str(facts["address"]),
                number=int(facts["number"]),
                lang=str(facts["lang"]),
                member=bool(facts["member"]),
                at=when,
            )
    finally:
        follows.close()


def wish(
    follows: Follows,
    conference: str,
    tid: str,
    what: str,
    *,
    address: str,
    number: int,
    lang: str,
    member: bool,
    at: datetime,
) -> None:
    """What somebody wants of a topic from now on."""
    with follows.change():
        person = follows.person(address, number, lang)
        tids = follows.threads(conference, follows.home(conference, tid))
        follows.set(person, conference, tids, _STATES[what], ASKED, member=member, at=at)


def stop(follows: Follows, identifier: int, at: datetime) -> bool:
    """Ends what a link means; whether there was anything."""
    with follows.change():
        found = follows.by_id(identifier)
        if found is None:
            return False
        tids = follows.threads(found.conference, follows.home(found.conference, found.tid))
        state = found.state if found.state == MUTED else STOPPED
        follows.set(
            found.person, found.conference, tids, state, found.why, member=found.member, at=at
        )
        return True
