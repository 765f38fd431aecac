"""Moderators' commands about a topic by mail (to `<list>+t-<tid>@`, or in an answer to a post).

    ingest (policy: topic-command) ─→ spool/desk ─→ commanded (Plan) ─→ ledger ─→ the conference

A mail is carried out as a whole or not at all. Its author has to be a moderator and proven; an
address that nothing vouches for is asked first, like for all commands. `summary` and `translation`
bring a post: the hub writes the mail to the list for the moderator, under the Message-ID of his.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from solicomm_build.desk import letters, tokens
from solicomm_build.desk.documents import Documents
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan, Write
from solicomm_build.features.topics import commands as topiccommands
from solicomm_build.features.topics import deeds
from solicomm_build.features.topics import letters as answers
from solicomm_build.features.topics import orders as topicorders
from solicomm_build.features.topics.commands import TEXTED, Order, Script
from solicomm_build.features.topics.letters import Scene
from solicomm_build.features.topics.orders import Outcome, Written
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, PostId, TopicId, post_id
from solicomm_build.message.compose import date_field, message, multipart, text_part
from solicomm_build.message.msgid import references_of
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.message.values import Attachment, Message
from solicomm_build.people import grants
from solicomm_build.people.address import Purpose, local_part
from solicomm_build.people.membership import TokenFacts
from solicomm_build.post import event as events
from solicomm_build.post import ownwords
from solicomm_build.post.store import knownids, redact, topicplaces
from solicomm_build.post.store.conferencetopics import Placed, Topics

CONFIRM = "topic"
"""The action of the token that confirms commands."""

_MSGID = re.compile(r"[!-;=?-~]{1,250}@[!-;=?-~]{1,250}")


def received(office: Office, case: Case, documents: Documents) -> None:
    """Finishes a move of a topic that was begun: what is asked is about where it is now."""
    grants.settle(office.config)


def language(message: Message) -> str:
    """The language of the words of a mail that consists of commands about a topic; else empty."""
    script = topiccommands.read(message.text, ownwords.names_of(message.from_))
    return script.language if script.is_bare else ""


def commanded(office: Office, case: Case) -> Plan:
    """What a mail with commands leads to."""
    if office.conference(case.conference) is None or not case.author:
        return NOTHING
    if case.web:  # a moderator's button
        script = topiccommands.read_typed(case.message.text)
    else:
        names = ownwords.names_of(case.message.from_)
        script = topiccommands.read(case.message.text, names)
    if not case.proven:
        return _asked(office, case, script)
    return _carried_out(office, case, case.tag, script, is_shown=case.web)


def confirmed(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The commands of a mail whose author has now been asked. `case` is that of the answer."""
    rows: list[Any] = list(facts.data.get("lines") or [])
    script = topiccommands.read("\n".join(map(str, rows)))
    return _carried_out(office, case, str(facts.data.get("tid", "")), script)


def _asked(office: Office, case: Case, script: Script) -> Plan:
    """The address is asked whether it wants that; only where there is no text to be lost."""
    if not script.is_bare or office.is_ours(case.author):
        return NOTHING
    lang = office.language(case, script.language)
    rows = [order.line for order in script.orders]
    place = f"{office.config.url}/conferences/{case.conference}/t/{case.tag}/"
    return tokens.ask(
        office,
        case,
        CONFIRM,
        case.author,
        lambda text, kind: letters.ask_commands(
            office, case.conference, case.author, lang, text, [place, *rows], kind=kind
        ),
        kind=f"topic:{case.conference}:{case.tag}:{post_id(' '.join(rows))}",
        data={"tid": case.tag, "lines": rows},
    )


def _carried_out(
    office: Office,
    case: Case,
    tid: str,
    script: Script,
    *,
    follow: bool = True,
    is_shown: bool = False,
) -> Plan:
    """The commands about a topic; in the conference where it is now, when it has moved. What is
    shown on a page anyway is not told by a letter, too."""
    name, roster = case.conference, office.roster()
    lang = office.language_of(case.author, name, script.language, hint=case.said)
    known = grants.read(office.config, settled=True)
    topics = Topics(office.config, name, known)
    try:
        home = topics.home(tid, topics.answered(case.message))
        at = topicplaces.location(office.config, name, home, known)
        if at != name and follow and not any(order.act == "move" for order in script.orders):
            there = replace(case, conference=at)
            return _carried_out(office, there, home, script, follow=False, is_shown=is_shown)
        scene = Scene(
            office,
            name,
            home,
            topics.title(home),
            lang,
            case.author,
            sample=_sample(office, topics, home, case),
            elsewhere=_elsewhere(office, name),
        )
        who = case.proof
        member = roster.member(who) if who is not None else None
        if who is None or member is None or roster.role(name, who) not in ("moderator", "host"):
            return Plan(letters=(answers.not_yours(scene),))
        if not script.is_whole:
            return Plan(letters=(answers.misread(scene, script.wrong),))
        by, minted = office.person(member.number)
        acted = _acted(office, topics, home, script, by, case)
        if any(one.fault for one in acted):
            return Plan(letters=(answers.refused(scene, acted),))
        told = () if is_shown else (answers.done(scene, acted),)
        plan = Plan(minted, letters=told, subject=f"Moderate {name}")
        return plan + _changes(name, acted) + _posts(office, case, home, script)
    finally:
        topics.close()


def _acted(
    office: Office, topics: Topics, home: TopicId, script: Script, by: str, case: Case
) -> list[Outcome]:
    now = timekeeping.believed(office.config.state)  # events are put in order by their times
    found, made = list[Outcome](), list[Placed]()
    for order in script.orders:
        written = _written(office, topics, case, order) if order.act in TEXTED else None
        one = topicorders.act(topics, order, home, by=by, now=now, written=written, earlier=made)
        found.append(one)
        made += [one.placed] if one.placed else []
    return found


def _changes(name: str, outcomes: Sequence[Outcome]) -> Plan:
    """The events as files, and the topics that move before them."""
    files = [(name, one.placed) for one in outcomes if one.placed]
    files += [pair for one in outcomes for pair in one.others]
    added = tuple(Write.to_conference(where, placed.path, placed.text) for where, placed in files)
    moves = (deeds.moving(one.move) for one in outcomes if one.move)
    return Plan(writes=added, deeds=tuple(moves))


def after(config: Config, plan: Plan) -> None:
    """What a plan that was carried out leaves to do: copies of a post that is now hidden, and that
    wait to go out, are withdrawn. Safe to do again."""
    for one in plan.written("conference"):
        place = events.parse_path(one.path)
        if place is None:
            continue
        event = events.decode((one.text or "").encode("utf-8"))
        if event.type == "hide":
            redact.hold_back(config, one.conference, place[0], PostId(str(event.data["post"])))


def _sample(office: Office, topics: Topics, home: TopicId, case: Case) -> str:
    """The link of a post for examples: the one that was answered, else the first of the topic."""
    mid = _answered(topics, case)
    return f"{office.config.url}/conferences/{topics.conference}/t/{home}/#{mid or home}"


def _answered(topics: Topics, case: Case) -> PostId | None:
    """The post that a mail answers, the nearest that is there."""
    above = topics.answered(case.message)
    return next((one for one in reversed(above) if one in topics.posts), None)


def _elsewhere(office: Office, name: str) -> str:
    return next((one.id for one in office.open_lists() if one.id != name), "")


# -- the post of a summary or a translation -------------------------------------------------------


def _message_id(office: Office, case: Case) -> str:
    own = case.message.msgid or ""
    own = own if _MSGID.fullmatch(own) else f"{post_id(case.cause)}@topics.invalid"
    found = office.conference(case.conference)
    return knownids.made(office.config, found, own) if found else own


def _written(office: Office, topics: Topics, case: Case, order: Order) -> Written:
    above = topics.answered(case.message)
    lang = order.words[0] if order.words else (case.message.language or "")
    return Written(post_id(_message_id(office, case)), lang, above[-1] if above else "")


def _posts(office: Office, case: Case, home: TopicId, script: Script) -> Plan:
    """The mail to the list that brings the text of the last command, when it has one."""
    if not script.text:
        return NOTHING
    order, own = script.orders[-1], case.message
    to = office.address(local_part(case.conference, Purpose.TOPIC, home))
    own_id = _message_id(office, case)
    lang = order.words[0] if order.words else (own.language or "")
    head = [
        mailbox_field("From", own.from_[0].name, case.author),
        header_field("To", to),
        header_field("Subject", own.subject),
        date_field(own.date or clock.now()),
        header_field("Message-ID", f"<{own_id}>"),
    ]
    above = [one for one in references_of(own) if _MSGID.fullmatch(one)]
    if above:
        head.append(header_field("In-Reply-To", f"<{above[-1]}>"))
        head.append(header_field("References", " ".join(f"<{one}>" for one in above[-20:])))
    if lang:
        head.append(header_field("Content-Language", lang))
    part = text_part(script.text + "\n")
    if own.attachments:
        parts = [part, *map(_part, own.attachments)]
        part = multipart("mixed", parts, seed=own_id)
    raw = message(head, part)
    address = office.address(case.conference)
    envelope = Envelope(case.author, (address,), clock.now(), ours=True)
    return Plan(posts=(Item(envelope, raw),))


def _part(attached: Attachment) -> bytes:
    coded = base64.encodebytes(attached.payload).replace(b"\n", b"\r\n")
    head = [
        header_field("Content-Type", attached.type),
        header_field("Content-Transfer-Encoding", "base64"),
        header_field("Content-Disposition", _disposition(attached.name)),
    ]
    return b"".join(head) + b"\r\n" + coded


def _disposition(file: str) -> str:
    from urllib.parse import quote

    if re.fullmatch(r"[ !#-[\]-~]+", file):
        return f'attachment; filename="{file}"'
    return f"attachment; filename*=utf-8''{quote(file, safe='')}"
