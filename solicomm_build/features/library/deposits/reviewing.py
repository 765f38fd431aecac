"""Reviewers decide on documents that were handed in: `<library>-review+TOKEN@`.

Everybody who decides for a library gets a mail with a token of his own; who answers first has
decided. What nobody decides is told again on the third and the tenth day and ends on the
fourteenth; its files are kept for fourteen days more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from solicomm_build.desk import tokens, vocabulary
from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.commands import lines
from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.deposits import (
    again,
    curators,
    depositenclosed,
    depositform,
    pageaddress,
    proposing,
)
from solicomm_build.features.library.deposits.deeds import filing
from solicomm_build.features.library.deposits.deposits import (
    EXPIRED,
    KNOWN,
    OPEN_STATES,
    PUBLISHED,
    REJECTED,
    WAITING,
    Deposit,
    Deposits,
    decided,
)
from solicomm_build.features.library.deposits.libraryletters import (
    card_lines,
    library_letter,
    unread,
)
from solicomm_build.features.library.library import Library
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.bell import of_builder
from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.types import Proven
from solicomm_build.git import elsewhere
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.people import token
from solicomm_build.people.membership import Member
from solicomm_build.post import ownwords

_REMIND = (timedelta(days=3), timedelta(days=10))
_EXPIRE = timedelta(days=14)
_KEEP = timedelta(days=28)
_LOOK = timedelta(hours=1)
DECISIONS: vocabulary.Words = wordtables.Lazy(
    lambda: {
        "accept": vocabulary.DECISIONS["accept"],
        "reject": vocabulary.DECISIONS["reject"],
        **wordtables.table(__file__, "ask"),
    }
)
_WORDS = vocabulary.meanings(DECISIONS)


def rules(office: Office, library: str) -> Library:
    """A library's settings, as `curators.rules` has them."""
    return curators.rules(office.config, library)


def is_member(office: Office, who: Proven) -> bool:
    """Whether a proved author is on one of our lists, and not shut out there."""
    roster = office.roster()
    member = roster.member(who)
    return member is not None and any(
        roster.is_subscribed(name, who) and not roster.is_shut_out(name, member)
        for name in office.lists()
    )


def may_look(office: Office, library: str, who: Proven) -> bool:
    """Whether a proved author may know what the library has: anybody, unless it is for members."""
    return rules(office, library).visibility != "members" or is_member(office, who)


def reviewers(office: Office, library: str) -> list[Member]:
    """Who decides, as `curators.of` says."""
    return curators.of(office.config, rules(office, library), library, office.roster())


def asked(office: Office, library: str) -> list[Member]:
    """Who of them gets a letter, as `curators.asked` says."""
    return curators.asked(office.config, rules(office, library), library, office.roster())


def told(office: Office, deposit: Deposit) -> Plan:
    """A mail to each reviewer, and the note that they were told."""
    plan = Plan(subject="Tell reviewers")
    entry, facts = deposit.entry, deposit.facts
    enclosed = depositenclosed.of(office, deposit)
    for to in asked(office, facts.library):
        text = token.fresh()
        lang = office.language_of(to.address, "")
        data = {"deposit": deposit.key, "number": to.number}
        event = tokens.given(text, "review", "", to.address, days=MODERATE, data=data)
        letter = library_letter(
            office,
            facts.library,
            "library/review",
            to.address,
            lang,
            reply_to=f"{facts.library}-review+{text}",
            attached=enclosed.parts,
            enclosed=bool(enclosed.parts),
            title=entry.title_in(lang),
            author=facts.author,
            card=card_lines(entry, lang, facts.guesses),
            page=pageaddress.review(office.config, text),
            left=enclosed.left(office, deposit, to),
            excerpt=enclosed.excerpt,
            words=_shown(lang),
            corrects=facts.corrects,
            about=facts.words,
            changes=_changes(office, deposit, lang),
        )
        plan += Plan(events=(event,), letters=(letter,))
    noted = replace(facts, told=(*facts.told, clock.now().isoformat()))
    return plan + Plan(deeds=(filing(deposit.key, noted),))


def _changes(office: Office, deposit: Deposit, lang: str) -> list[str]:
    """What a proposal would change, a line each."""
    facts = deposit.facts
    if not facts.corrects:
        return []
    before = proposing.base_of(office.config, facts.library, facts.corrects, facts.base)
    none = depositform.NOTHING
    rows = proposing.lines(before, deposit.entry, lang)
    return [f"{label}: {old or none} → {new or none}" for label, old, new in rows]


def _shown(lang: str) -> dict[str, str]:
    """The words that a reviewer can answer."""
    return {one: vocabulary.shown(DECISIONS, one, lang) for one in DECISIONS} | {
        "title": vocabulary.shown(depositform.KEYS, "title", lang)
    }


def answered(office: Office, case: Case) -> Plan:
    """What a reviewer's answer leads to."""
    facts = tokens.known(office, case.tag)
    if facts is None or facts.action != "review":
        return NOTHING
    deposit = Deposits(office.config).get(str(facts.data.get("deposit", "")))
    say = partial(_say, office, case, facts.address, office.language_of(facts.address, ""))
    if deposit is None or deposit.facts.state != WAITING or _is_gone(office, deposit):
        is_late = deposit is not None and deposit.facts.state == EXPIRED
        return say("late" if is_late else "over")
    name = deposit.facts.library
    if not curators.still_decides(office.config, name, office.roster(), facts):
        return say("no-curator")
    rows = _own(case)
    said = depositform.read("\n".join(rows))
    entry, bad = depositform.filled(deposit.entry, said)
    verdict, text = _verdict(rows)
    if (not verdict and not said) or (verdict == "ask" and not text.strip()):
        return say(WAITING)
    number = int(facts.data.get("number", 0))
    by = f"member:{number}" if number else "operator"
    state = {"accept": PUBLISHED, "reject": REJECTED}.get(verdict, WAITING)
    if state == PUBLISHED and not bad:
        reviewed = replace(entry.provenance, reviewed_by=by, reviewed_at=clock.now())
        entry = replace(entry, provenance=reviewed)
        if held := _held(office, deposit):
            state, text = KNOWN, f"lib:{held}"
    elif bad:
        state = WAITING  # nothing is published that was not understood
    after = decided(deposit.facts, state, *(("", "") if state == WAITING else (by, text)))
    after = replace(after, guesses=tuple(key for key in after.guesses if key not in said))
    is_asked = state == WAITING and verdict == "ask" and not bad
    if is_asked:  # its sender has as long as at first
        after = replace(after, told=(clock.now().isoformat(),))
    deed = filing(deposit.key, after, entryfile.encode(entry).decode())
    plan = Plan(deeds=(deed,), subject="Decide on a deposit")
    done = Deposit(deposit.key, after, entry)
    if state != WAITING:
        return (
            plan
            + say(state, done)
            + outcome_told(office, done)
            + needless(office, done, facts.address)
        )
    if is_asked:
        plan += again.asked(office, done, text)
    return plan + say(state, done, is_asked=is_asked, said=said, bad=bad)


def _is_gone(office: Office, deposit: Deposit) -> bool:
    """Whether the card that shall be corrected is not published any more."""
    facts = deposit.facts
    return bool(
        facts.corrects and proposing.target(office.config, facts.library, facts.corrects) is None
    )


def _held(office: Office, deposit: Deposit) -> str:
    """The key of the card that came to have the document while the deposit waited, or ""."""
    if deposit.facts.corrects:
        return ""
    library, main = deposit.facts.library, deposit.entry.main_file
    repo = open_repo(office.config.library_repo(library))
    with CardIndex(office.config) as index, Reader(repo) as reader:
        index.follow(library, reader)
        keys = index.holding(library, main.sha256) if main else []
    return next((key for key in keys if key != deposit.key), "")


def _own(case: Case) -> list[str]:
    """What the reviewer wrote, and nothing of our letter, whose lines would be taken for a decision
    and go to who handed the document in, with the token by which it is published."""
    rows, text = list(lines(case.message.text)), token.normalise(case.tag) or ""
    if case.web:
        return rows
    return ownwords.before_letter(rows, text, is_command=depositform.is_line)


def _verdict(rows: list[str]) -> tuple[str, str]:
    """`accept`, `reject` or `ask`, and the words behind it; two empty texts without any."""
    for number, row in enumerate(rows):
        head, _, rest = row.partition(" ")
        known = _WORDS.get(vocabulary.plain(head).strip(".,!:"))
        if known and known[0] in DECISIONS:
            return known[0], "\n".join([*([rest] if rest else []), *rows[number + 1 :]])
    return "", ""


def outcome_told(office: Office, deposit: Deposit) -> Plan:
    """The letter to who handed it in."""
    facts, lang = deposit.facts, deposit.facts.lang
    say = partial(library_letter, office, facts.library)
    about: dict[str, Any] = {"title": deposit.entry.title_in(""), "corrects": facts.corrects}
    if facts.state == PUBLISHED:
        about |= {"id": f"lib:{deposit.card}", "page": _page(office, deposit)}
        return Plan(letters=(say("library/published", facts.author, lang, **about),))
    if facts.state == REJECTED:
        return Plan(letters=(say("library/rejected", facts.author, lang, why=facts.text, **about),))
    if facts.state == KNOWN:
        about |= {"id": facts.text, "page": _page(office, deposit)}
        return Plan(letters=(say("library/known", facts.author, lang, **about),))
    return Plan(letters=(say("library/expired", facts.author, lang, **about),))


def _page(office: Office, deposit: Deposit) -> str:
    """Where the document is read, on its own card or on that which has it already."""
    facts = deposit.facts
    key = facts.text[4:] if facts.state == KNOWN else deposit.card
    return f"{office.config.url}/libraries/{facts.library}/{key}/"


def needless(office: Office, deposit: Deposit, but: str) -> Plan:
    """Reviewers need not look any more, all `but` one."""
    library, name, made = deposit.facts.library, "library/decided", []
    for to in asked(office, library):
        if to.address != but:
            lang = office.language_of(to.address, "")
            title = deposit.entry.title_in(lang)
            made.append(library_letter(office, library, name, to.address, lang, title=title))
    return Plan(letters=tuple(made))


def _say(
    office: Office,
    case: Case,
    to: str,
    lang: str,
    state: str,
    done: Deposit | None = None,
    *,
    is_asked: bool = False,
    said: Mapping[str, str] = {},
    bad: Iterable[str] = (),
) -> Plan:
    """The answer to a reviewer: what the deposit is now, or how to write."""
    if case.web:
        return NOTHING  # the page says it
    letter = library_letter(
        office,
        case.library,
        "library/reviewed",
        to,
        lang,
        kind=f"review:{case.cause}",
        reply_to=f"{case.library}-review+{case.tag}",
        state=state,
        asked=is_asked,
        bad=unread(said, bad, lang),
        card=card_lines(done.entry, lang, done.facts.guesses) if done else [],
        title=done.entry.title_in(lang) if done else "",
        id=done.facts.text if done else "",
        corrects=bool(done and done.facts.corrects),
        page=_page(office, done) if done else "",
        words=_shown(lang),
    )
    return Plan(letters=(letter,))


_DUE, _EMBARGOES = "due", "embargoes"


def steps(office: Office, looked: Looked[datetime]) -> Iterator[Step]:
    """Reminders and ends of deposits once an hour, ends of embargoes once a day."""
    now = clock.now()
    if _DUE in looked.seen and clock.is_early(looked.seen[_DUE], _LOOK):
        return
    looked.seen[_DUE] = now + _LOOK
    deposits, is_sure = Deposits(office.config), timekeeping.is_sure(office.config.state)
    if is_sure:
        deposits.forget_refused(now - _EXPIRE)
    waiting = {one.key: one for one in deposits.all()}
    is_right = timekeeping.is_right(office.config.state)
    for key in office.watch.each("deposit", list(waiting)):
        one, since = _in_time(waiting[key], now if is_right else None)
        age = now - since
        again = len(one.facts.told) - 1
        if age >= _EXPIRE and not is_sure:
            continue
        is_open = one.facts.state in OPEN_STATES
        if age >= _KEEP and not is_open:
            deposits.forget(one.key)
        elif is_open and age >= _EXPIRE:  # its sender hears, however long the hub was off
            after = replace(one, facts=decided(one.facts, EXPIRED, "expiry"))
            plan = Plan(deeds=(filing(one.key, after.facts),), subject="Expire a deposit")
            plan += outcome_told(office, after) if one.facts.state == WAITING else NOTHING
            yield Step(f"expired-deposit-{one.key}", plan)
        elif one.facts.state == WAITING and _is_due(age, again):
            first = "".join(filter(str.isdigit, next(iter(one.facts.told), "")))
            yield Step(f"told-deposit-{one.key}-{again}-{first}", told(office, one))
    if is_sure:
        _embargoes(office, looked, now)


def _in_time(one: Deposit, now: datetime | None) -> tuple[Deposit, datetime]:
    """A deposit, and since when it waits: since reviewers were told of it as it is now, or asked
    its sender; before they were, since it came. What a clock dated that was far ahead does not
    count: then it is from `now` on, if that is right."""
    at, told = datetime.fromisoformat(one.facts.at), one.facts.told
    if now is not None:
        latest = now + clock.FAST
        told = tuple(text for text in told if datetime.fromisoformat(text) <= latest)
        if at > latest:
            at, one = now, replace(one, facts=replace(one.facts, told=told))
    return one, min(map(datetime.fromisoformat, told), default=at)


def _is_due(age: timedelta, again: int) -> bool:
    """Whether reviewers hear of a deposit for the first time, or again."""
    return again < 0 or (again < len(_REMIND) and age >= _REMIND[again])


def _embargoes(office: Office, looked: Looked[datetime], now: datetime) -> None:
    last = looked.seen.get(_EMBARGOES)
    if last is not None and last.date() == now.date():
        return
    today = f"{now:%Y-%m-%d}"
    for library in office.watch.each("embargoes", office.libraries()):
        if elsewhere.of(office.config, "libraries", library) is not None:
            continue  # its home ends them
        if CardStore(office.config, library).end_embargoes(today, when=now):
            of_builder(office.config.state).ring()
    looked.seen[_EMBARGOES] = now
