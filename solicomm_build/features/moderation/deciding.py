"""A moderator's answer to `LIST-moderate+TOKEN`, read and carried out.

The rules: docs/mail-rules.md#moderation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from solicomm_build.desk import letters as membershipletters
from solicomm_build.desk import tokens, vocabulary
from solicomm_build.desk.commands import ANSWER, lines
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan, Write
from solicomm_build.features.lists import membership
from solicomm_build.features.moderation import holder
from solicomm_build.features.moderation import moderationletters as letters
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.message.address import key
from solicomm_build.people import rosterevents
from solicomm_build.people import token as token_text
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post import decision, ownwords
from solicomm_build.post.cells import hubmail
from solicomm_build.post.decision import Decision
from solicomm_build.post.said import natural

_WORDS = vocabulary.meanings(vocabulary.DECISIONS)
_AND = frozenset(("and", "et", "y", "e", "и", "و"))
_RANGE = re.compile(r"(\d{1,3})(?:[-‐‑–—−](\d{1,3}))?")
_COMMA = re.compile(r"[,،;؛]")
_ENDS = "\"'«»„“”.,;:!?،؛؟*_"


@dataclass(frozen=True, slots=True)
class Words:
    """One line of an answer: the decision, the rest of the line, the language of its word."""

    decision: str
    rest: str
    language: str


def answered(office: Office, case: Case) -> Plan:
    """What an answer with a moderator's token leads to. An empty one decides nothing."""
    digest, facts = _facts(office, case)
    if facts is None:
        return NOTHING
    lang = office.language_of(facts.address, facts.conference)
    if not holder.still_decides(office.config, office.roster(), facts):
        return NOTHING if case.web else _not_any_more(office, facts, digest, lang)
    rows = _lines(case)
    if not case.web:
        rows = ownwords.before_letter(rows, token_text.normalise(case.tag) or "")
    first = read_line(rows[0]) if rows else None
    if first is None:
        return _unclear(office, case, facts, lang, digest)
    if "join" in facts.data:
        return join_decided(office, facts, digest, first, rows[1:], lang, web=case.web)
    mids = [PostId(str(mid)) for mid in facts.data.get("mids", ())]
    if _is_numbered(case, facts):
        return _bundle(office, case, facts, digest, rows, lang)
    text = "\n".join([*([first.rest] if first.rest else []), *rows[1:]])
    verdicts = [(mid, replace(first, rest=text)) for mid in mids]
    return _carried_out(office, case, facts, digest, verdicts, lang, is_last=True)


def _not_any_more(office: Office, facts: TokenFacts, digest: str, lang: str) -> Plan:
    """Who looked after the list once hears that it is over."""
    text = gettext(lang, "Only moderators can do that.")
    name, kind = facts.conference, f"decided:{digest[:16]}"
    return Plan(letters=(letters.outcome(office, name, facts.address, lang, [text], kind=kind),))


def _facts(office: Office, case: Case) -> tuple[str, TokenFacts | None]:
    """The token's digest and facts; a used one too, since its holder deserves an answer."""
    plain = token_text.normalise(case.tag) or ""
    digest = token_text.digest(plain)
    facts = office.roster().tokens.known(digest)
    return digest, facts if facts is not None and facts.action == "moderate" else None


def _lines(case: Case) -> list[str]:
    """The moderator's own lines; the subject stands for them when it is no `Re:`. What was typed
    into a page has no signature and quotes nothing."""
    if case.web:
        return [row.strip() for row in case.message.text.splitlines() if row.strip()]
    own = ownwords.rows(case.message.text, is_command=lambda row: read_line(row) is not None)
    own = ownwords.without_greeting(own)
    rows = [row.strip() for row in own if row.strip()] or list(lines(case.message.text))
    subject = case.message.subject.strip()
    return rows or ([subject] if subject and not ANSWER.match(subject) else [])


def read_line(row: str) -> Words | None:
    """The decision that a line begins with, in any of the six languages, or a plain yes; None when
    it has none, and for one that asks or doubts (post/said/natural.py)."""
    head, _, rest = row.strip().replace("\u00a0", " ").partition(" ")
    for word in (head, head.partition("+")[0]):
        found = _WORDS.get(vocabulary.plain(word).strip(_ENDS))
        if found is not None:
            name, rest = _with_trust(found[0], head, rest)
            beside = head if name == decision.REJECT else row  # its rest goes to the author
            is_unsure = natural.is_hesitant(beside)
            return None if is_unsure else Words(name, rest.strip(), found[1])
    return Words(decision.ACCEPT, "", "en") if natural.consent(row) == natural.YES else None


def _with_trust(name: str, head: str, rest: str) -> tuple[str, str]:
    """`accept + trust` and `accept trust` mean `accept+trust`."""
    if name != decision.ACCEPT:
        return name, rest
    tail = (head.partition("+")[2] + " " + rest).strip().lstrip("+ ")
    word, _, after = tail.partition(" ")
    if _WORDS.get(vocabulary.plain(word).strip(_ENDS), ("", ""))[0] == decision.TRUST:
        return decision.TRUST, after
    return name, rest


def _is_numbered(case: Case, facts: TokenFacts) -> bool:
    """Whether messages are named by numbers: where there are several, and in an answer to a letter
    about one that is left over of many. Letters of before did not say that they are."""
    is_left_over = bool(facts.data.get("numbered")) and not case.web
    return is_left_over or len(facts.data.get("mids", ())) > 1


def _unclear(office: Office, case: Case, facts: TokenFacts, lang: str, digest: str) -> Plan:
    """Nothing is decided; the same token may try again."""
    kind = f"unclear:{digest[:16]}"
    numbers = _is_numbered(case, facts)
    plain = token_text.normalise(case.tag) or ""
    letter = letters.unclear(
        office, facts.conference, facts.address, lang, plain, numbers=numbers, kind=kind
    )
    return Plan(letters=(letter,))


def _bundle(
    office: Office, case: Case, facts: TokenFacts, digest: str, rows: list[str], lang: str
) -> Plan:
    """`accept 1 3` and `discard all`, a line each; up to the first line that is none."""
    mids = [PostId(str(mid)) for mid in facts.data.get("mids", ())]
    verdicts: dict[PostId, Words] = {}
    unread: list[str] = []
    for number, row in enumerate(rows[:1] if case.web else rows):
        words = read_line(row)
        if words is None:
            later = [one for one in rows[number + 1 :] if _decides(one, mids)]
            unread += [row, *later] if later else []
            break
        is_meant = vocabulary.plain(row.split()[0]).strip(_ENDS) in _WORDS  # and not "thanks"
        if (is_meant and not _decides(row, mids)) or _names_more(words.rest, len(mids)):
            unread.append(row)
        for mid in _numbered(words.rest, mids):
            verdicts.setdefault(mid, replace(words, rest=""))
    if not verdicts:
        return _unclear(office, case, facts, lang, digest)
    is_last = len(verdicts) == len(mids)
    if case.web:  # a page decides on one message, and has the words for its author below
        said = "\n".join(rows[1:])
        verdicts = {mid: replace(words, rest=said) for mid, words in verdicts.items()}
    found = list(verdicts.items())
    return _carried_out(office, case, facts, digest, found, lang, is_last=is_last, unread=unread)


def _decides(row: str, mids: Sequence[PostId]) -> bool:
    """Whether a line decides about any of the messages."""
    words = read_line(row)
    return words is not None and bool(_numbered(words.rest, mids))


def _names_more(text: str, count: int) -> bool:
    """Whether numbers name messages that there are not, or go backwards."""
    found = map(_RANGE.fullmatch, _COMMA.sub(" ", text).split())
    spans = [(int(one[1]), int(one[2] or one[1])) for one in found if one is not None]
    return any(not 0 < low <= high <= count for low, high in spans)


def _numbered(text: str, mids: Sequence[PostId]) -> list[PostId]:
    """The messages that `1 3-5` or `all` mean; none without numbers."""
    words = [vocabulary.plain(word).strip(_ENDS) for word in _COMMA.sub(" ", text).split()]
    if any(vocabulary.is_all(word) for word in words):
        return list(mids)
    found: list[PostId] = []
    for word in (one for one in words if one not in _AND):
        match = _RANGE.fullmatch(word)
        if match is None:
            break
        low, high = int(match[1]), int(match[2] or match[1])
        found += [mids[n - 1] for n in range(low, high + 1) if 0 < n <= len(mids)]
    return found


def _carried_out(
    office: Office,
    case: Case,
    facts: TokenFacts,
    digest: str,
    verdicts: Sequence[tuple[PostId, Words]],
    lang: str,
    *,
    is_last: bool,
    unread: Sequence[str] = (),
) -> Plan:
    """The decisions as files, unless somebody was faster; the moderator hears what was done, and
    which lines decided nothing, unless a page asked, which says it."""
    name = facts.conference
    number = int(facts.data.get("number", 0))
    by = decision.member(number) if number else decision.OPERATOR
    files, parts = decisions(office, name, by, verdicts, lang)
    parts += [letters.unread_line(lang, row) for row in unread]
    spent = (tokens.used(digest),) if is_last and not facts.used else ()
    kind = f"decided:{digest[:16]}"
    letter = letters.outcome(office, name, facts.address, lang, parts, kind=kind)
    told = () if case.web else (letter,)
    return Plan(spent, tuple(files), told, f"Decide in {name}")


def decisions(
    office: Office,
    name: str,
    by: str,
    verdicts: Sequence[tuple[PostId, Words]],
    lang: str,
) -> tuple[list[Write], list[str]]:
    """The files of decisions about held messages of a conference, and what came of each in words:
    what somebody decided before stays so."""
    files: list[Write] = []
    parts: list[str] = []
    with Reader(hubmail.repo_of(office.config, name)) as reader:
        for mid, words in verdicts:
            path = decision.path(name, mid)
            before = reader.at(MAIN, path)
            subject = _subject(office, reader, name, mid)
            if before is not None or subject is None:
                parts.append(_already(office, lang, before, subject or mid[:8]))
                continue
            made = Decision(words.decision, by, clock.now(), words.rest)
            files.append(Write.to_mail(path, decision.encode(made)))
            parts.append(letters.done_line(lang, words.decision, subject))
    return files, parts


def _subject(office: Office, reader: Reader, conference: str, mid: PostId) -> str | None:
    """The subject of a message that waits; None when it waits no more."""
    found = office.mail.held_facts(conference, mid)
    return None if found is None else str(found.get("subject", ""))


def _already(office: Office, lang: str, before: bytes | None, what: str) -> str:
    try:
        made = decision.decode(before) if before else None
    except SoliCommError:
        made = None
    if made is None:
        return letters.already_line(lang, "", "", what)
    if made.by == decision.EXPIRY:
        return letters.expired_line(lang, what)
    member = office.roster().members.get(made.number or 0)
    who = (member.name or member.address) if member else letters.somebody(lang)
    return letters.already_line(lang, who, made.decision, what)


def join_decided(
    office: Office,
    facts: TokenFacts,
    digest: str,
    words: Words,
    more: list[str],
    lang: str,
    *,
    web: bool = False,
) -> Plan:
    """A request to join a closed list, decided: by whoever answers first, who hears what was done.
    `web`: on a page, which says it itself."""
    name, data = facts.conference, facts.data
    to = holder.who_asks(office.roster(), facts)
    gone = letters.already_line(lang, "", "", to)
    if not holder.is_open(office.roster(), facts, clock.now()):
        if not facts.used:
            gone = letters.late_line(lang, to)
        return _told(office, facts, digest, gone, lang, web=web)
    spent = Plan(
        events=tuple(tokens.used(one) for one in _about_the_same(office, facts)),
        subject=f"Decide in {name}",
    )
    done = letters.joined_line(lang, words.decision, to)
    told = _told(office, facts, digest, done, lang, web=web)
    if words.decision in (decision.ACCEPT, decision.TRUST):
        if office.roster().is_banned(name, to):
            return spent + _told(office, facts, digest, gone, lang, web=False)
        number = data.get("number")
        by = f"approved by {f'member {number}' if number else decision.OPERATOR}"
        return spent + membership.joined(office, name, to, data, Consent("mail", by)) + told
    return spent + _declined(office, facts, to, words, more) + told


def _told(
    office: Office, facts: TokenFacts, digest: str, said: str, lang: str, *, web: bool
) -> Plan:
    """Who answers by mail hears what came of it."""
    if web:
        return NOTHING
    name, kind = facts.conference, f"decided:{digest[:16]}"
    return Plan(letters=(letters.outcome(office, name, facts.address, lang, [said], kind=kind),))


def _about_the_same(office: Office, facts: TokenFacts) -> list[str]:
    """All tokens, whoever has them, for deciding about the person who asks to join; also those that
    a clock gave which was far ahead, so that nothing is asked about again."""
    who = key(str(facts.data["join"]))
    return [
        digest
        for digest, one in office.roster().tokens.facts.open_for(
            "moderate", clock.now(), about="join"
        )
        if one.conference == facts.conference and key(str(one.data.get("join", ""))) == who
    ]


def _declined(office: Office, facts: TokenFacts, to: str, words: Words, more: list[str]) -> Plan:
    name, data = facts.conference, facts.data
    if words.decision == decision.REJECT:
        theirs = office.language_of(to, name, _text(data.get("lang")))
        text = "\n".join([*([words.rest] if words.rest else []), *more])
        return Plan(letters=(membershipletters.declined(office, name, to, theirs, text),))
    if words.decision == decision.BAN:
        number = int(data.get("number", 0))
        by = decision.member(number) if number else decision.OPERATOR
        event = rosterevents.standing(name, to, "banned", at=clock.now(), by=by)
        return Plan(events=(event,))
    return NOTHING


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
