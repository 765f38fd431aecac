"""Reviewers decide on documents that were handed in: `<library>-review+TOKEN@`.

Everybody who decides for a library gets a mail with a token of his own; who answers first has
decided. What nobody decides is told again on the third and the tenth day and ends on the
fourteenth; its files are kept for fourteen days more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from solicomm_build.desk import tokens, vocabulary
from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.commands import lines
from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.desk.words import line
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.deposits import (
    again,
    curators,
    depositenclosed,
    depositform,
    pageaddress,
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
from solicomm_build.features.library.deposits.libraryletters import card_lines, library_letter
from solicomm_build.features.library.library import Library
from solicomm_build.foundation import clock
from solicomm_build.foundation.bell import of_builder
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Proven
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.message.richtext import button
from solicomm_build.people import token
from solicomm_build.people.roster import Member

_REMIND = (timedelta(days=3), timedelta(days=10))
_EXPIRE = timedelta(days=14)
_KEEP = timedelta(days=28)
_LOOK = timedelta(hours=1)
_ASK: vocabulary.Words = {
    "ask": {
        "en": ("ask", "change"),
        "fr": ("demander", "modifier"),
        "es": ("preguntar", "cambiar"),
        "pt": ("perguntar", "mudar"),
        "ar": ("اسأل", "تعديل"),
        "ru": ("спросить", "изменить"),
    }
}
DECISIONS: vocabulary.Words = {
    "accept": vocabulary.DECISIONS["accept"],
    "reject": vocabulary.DECISIONS["reject"],
    **_ASK,
}
_WORDS = vocabulary.meanings(DECISIONS)


def rules(office: Office, library: str) -> Library:
    """A library's settings, as `curators.rules` has them."""
    return curators.rules(office.config, library)


def is_member(office: Office, who: Proven) -> bool:
    """Whether a proved author is on one of our lists."""
    roster = office.roster()
    return any(roster.is_subscribed(name, who) for name in office.lists())


def may_look(office: Office, library: str, who: Proven) -> bool:
    """Whether a proved author may know what the library has: anybody, unless it is for members."""
    return rules(office, library).visibility != "members" or is_member(office, who)


def reviewers(office: Office, library: str) -> list[Member]:
    """Who decides, as `curators.of` says."""
    return curators.of(office.config, rules(office, library), library, office.roster())


def told(office: Office, deposit: Deposit) -> Plan:
    """A mail to each reviewer, and the note that they were told."""
    plan = Plan(subject="Tell reviewers")
    entry, facts = deposit.entry, deposit.facts
    enclosed = depositenclosed.of(office, deposit)
    for to in reviewers(office, facts.library):
        text = token.fresh()
        lang = office.language_of(to.address, "")
        data = {"deposit": deposit.key, "number": to.number}
        event = tokens.given(text, "review", "", to.address, days=MODERATE, data=data)
        parts = [
            gettext(lang, "Somebody handed in a document for the library:")
            + "\n"
            + line(facts.author)
            + "\n"
            + card_lines(entry, lang, facts.guesses),
            button(gettext(lang, "Look at it and decide"), pageaddress.review(office.config, text)),
            depositenclosed.said(lang, enclosed),
            how(lang),
        ]
        subject = gettext(lang, "Please look at: %(title)s", title=entry.title_in(lang))
        letter = library_letter(
            office,
            facts.library,
            to.address,
            lang,
            subject,
            *parts,
            reply_to=f"{facts.library}-review+{text}",
            attached=enclosed.parts,
        )
        plan += Plan(events=(event,), letters=(letter,))
    noted = replace(facts, told=(*facts.told, clock.now().isoformat()))
    return plan + Plan(deeds=(filing(deposit.key, noted),))


def how(lang: str) -> str:
    """The things a reviewer can answer."""
    accept = vocabulary.shown(vocabulary.DECISIONS, "accept", lang)
    reject = vocabulary.shown(vocabulary.DECISIONS, "reject", lang)
    ask = vocabulary.shown(DECISIONS, "ask", lang)
    title = vocabulary.shown(depositform.KEYS, "title", lang)
    rows = (
        (accept, gettext(lang, "publish it")),
        (f"{reject} …", gettext(lang, "do not; its sender reads what you write after the word")),
        (f"{ask} …", gettext(lang, "its sender gets what you write, and may change the card")),
        (f"{title}: …", gettext(lang, "correct the card")),
    )
    text = gettext(lang, "Answer this mail with one or more of these lines:")
    return "\n".join([text, *(f"{line(word)}\n{line('    ' + what)}" for word, what in rows)])


def answered(office: Office, case: Case) -> Plan:
    """What a reviewer's answer leads to."""
    facts = tokens.known(office, case.tag)
    deposit = None
    if facts is not None and facts.action == "review":
        deposit = Deposits(office.config).get(str(facts.data.get("deposit", "")))
    if facts is None or facts.action != "review":
        return NOTHING
    lang = office.language_of(facts.address, "")
    if deposit is None or deposit.facts.state != WAITING:
        return _say(
            office, case, facts.address, lang, gettext(lang, "This has been decided already.")
        )
    said = depositform.read(case.message.text)
    entry, bad = depositform.filled(deposit.entry, said)
    verdict, text = _verdict(case)
    if not verdict and not said:
        return _say(office, case, facts.address, lang, how(lang))
    now = clock.now()
    number = int(facts.data.get("number", 0))
    by = f"member:{number}" if number else "operator"
    if verdict == "ask" and not text.strip():
        return _say(office, case, facts.address, lang, how(lang))
    state = {"accept": PUBLISHED, "reject": REJECTED}.get(verdict, WAITING)
    if state == PUBLISHED and not bad:
        reviewed = replace(entry.provenance, reviewed_by=by, reviewed_at=now)
        entry = replace(entry, provenance=reviewed)
        if held := _held(office, deposit):
            state, text = KNOWN, f"lib:{held}"
    elif bad:
        state = WAITING  # nothing is published that was not understood
    after = decided(deposit.facts, state, *(("", "") if state == WAITING else (by, text)))
    guesses = tuple(key for key in after.guesses if key not in said)
    after = replace(after, guesses=guesses)
    deed = filing(deposit.key, after, entries.encode(entry).decode())
    plan = Plan(deeds=(deed,), subject="Decide on a deposit")
    if state == WAITING:
        parts = [
            gettext(lang, "This line could not be understood:")
            + "\n"
            + line(f"{vocabulary.shown(depositform.KEYS, key, lang)}: {said[key][:200]}")
            for key in bad
        ]
        parts += filter(None, (depositform.hint(key, lang) for key in bad))
        parts += [
            gettext(lang, "The card now:") + "\n" + card_lines(entry, lang, guesses),
            how(lang),
        ]
        if verdict == "ask" and not bad:
            asked = gettext(lang, "Its sender gets what you wrote.")
            return (
                plan
                + again.asked(office, Deposit(deposit.key, after, entry), text)
                + _say(office, case, facts.address, lang, asked, *parts)
            )
        return plan + _say(office, case, facts.address, lang, *parts)
    done = Deposit(deposit.key, after, entry)
    if state == KNOWN:
        plan += _say(office, case, facts.address, lang, _where(office, done, lang))
    else:
        outcome = (
            gettext(lang, "It is published.")
            if state == PUBLISHED
            else gettext(lang, "It is not published.")
        )
        named = f"{outcome}\n{line(entry.title_in(lang))}"
        if state == PUBLISHED:
            url = f"{office.config.url}/libraries/{deposit.facts.library}/{deposit.key}/"
            named += f"\n{line(url)}"
        plan += _say(office, case, facts.address, lang, named)
    return plan + outcome_told(office, done) + needless(office, done, facts.address)


def _held(office: Office, deposit: Deposit) -> str:
    """The key of the card that came to have the document while the deposit waited, or ""."""
    library, main = deposit.facts.library, deposit.entry.main_file
    repo = open_repo(office.config.library_repo(library))
    with CardIndex(office.config) as index, Reader(repo) as reader:
        index.follow(library, reader)
        keys = index.holding(library, main.sha256) if main else []
    return next((key for key in keys if key != deposit.key), "")


def _where(office: Office, deposit: Deposit, lang: str) -> str:
    """Which card has the document of a deposit that is `known`."""
    facts = deposit.facts
    url = f"{office.config.url}/libraries/{facts.library}/{facts.text[4:]}/"
    said = gettext(
        lang,
        "The library has this document already. It came in another way, so nothing was published "
        "again:",
    )
    return f"{said}\n{line(facts.text)}\n{line(url)}"


def _verdict(case: Case) -> tuple[str, str]:
    """`accept`, `reject` or `ask`, and the words behind it; two empty texts without any."""
    rows = list(lines(case.message.text))
    for number, row in enumerate(rows):
        head, _, rest = row.partition(" ")
        known = _WORDS.get(vocabulary.plain(head).strip(".,!:"))
        if known and known[0] in DECISIONS:
            return known[0], "\n".join([*([rest] if rest else []), *rows[number + 1 :]])
    return "", ""


def outcome_told(office: Office, deposit: Deposit) -> Plan:
    """The letter to who handed it in."""
    facts, title = deposit.facts, deposit.entry.title_in("")
    lang = facts.lang
    if facts.state == PUBLISHED:
        url = f"{office.config.url}/libraries/{facts.library}/{deposit.key}/"
        subject = gettext(lang, "Published: %(title)s", title=title)
        parts = [
            gettext(lang, "Your document is in the library now:") + f"\n{line(deposit.entry.id)}",
            button(gettext(lang, "Open it"), url),
        ]
    elif facts.state == REJECTED:
        subject = gettext(lang, "Not published: %(title)s", title=title)
        parts = [
            gettext(lang, "The people who look after the library did not publish your document.")
        ]
        if facts.text:
            parts.append("\n".join(map(line, facts.text.split("\n"))))
    elif facts.state == KNOWN:
        subject = gettext(lang, "In the library already: %(title)s", title=title)
        parts = [_where(office, deposit, lang)]
    else:
        subject = gettext(lang, "Not published: %(title)s", title=title)
        parts = [gettext(lang, "Nobody decided about your document within 14 days. Please ask us.")]
    return Plan(
        letters=(library_letter(office, facts.library, facts.author, lang, subject, *parts),)
    )


def needless(office: Office, deposit: Deposit, but: str) -> Plan:
    """Reviewers need not look any more, all `but` one."""
    plan = NOTHING
    for to in reviewers(office, deposit.facts.library):
        if to.address == but:
            continue
        lang = office.language_of(to.address, "")
        subject = gettext(lang, "Please look at: %(title)s", title=deposit.entry.title_in(lang))
        text = gettext(lang, "This has been decided already.")
        letter = library_letter(office, deposit.facts.library, to.address, lang, subject, text)
        plan += Plan(letters=(letter,))
    return plan


def _say(office: Office, case: Case, to: str, lang: str, *parts: str) -> Plan:
    if case.web:
        return NOTHING  # the page says it
    subject = gettext(lang, "Answer from the library")
    kind = f"review:{case.cause}"
    letter = library_letter(
        office,
        case.library,
        to,
        lang,
        subject,
        *parts,
        kind=kind,
        reply_to=f"{case.library}-review+{case.tag}",
    )
    return Plan(letters=(letter,))


_DUE, _EMBARGOES = "due", "embargoes"


def steps(office: Office, looked: Looked[datetime]) -> Iterator[Step]:
    """Reminders and ends of deposits once an hour, ends of embargoes once a day."""
    now = clock.now()
    if _DUE in looked.seen and now < looked.seen[_DUE]:
        return
    looked.seen[_DUE] = now + _LOOK
    deposits = Deposits(office.config)
    deposits.forget_refused(now - _EXPIRE)
    waiting = {one.key: one for one in deposits.all()}
    for one in map(waiting.__getitem__, office.watch.each("deposit", list(waiting))):
        age = now - datetime.fromisoformat(one.facts.at)
        again = len(one.facts.told) - 1
        if age >= _KEEP or (one.facts.state not in OPEN_STATES and age >= _EXPIRE * 2):
            deposits.forget(one.key)
        elif one.facts.state in OPEN_STATES and age >= _EXPIRE:
            after = replace(one, facts=decided(one.facts, EXPIRED, "expiry"))
            plan = Plan(deeds=(filing(one.key, after.facts),), subject="Expire a deposit")
            plan += outcome_told(office, after) if one.facts.state == WAITING else NOTHING
            yield Step(f"expired-deposit-{one.key}", plan)
        elif one.facts.state == WAITING and _is_due(age, again):
            yield Step(f"told-deposit-{one.key}-{again}", told(office, one))
    _embargoes(office, looked, now)


def _is_due(age: timedelta, again: int) -> bool:
    """Whether reviewers hear of a deposit for the first time, or again."""
    return again < 0 or (again < len(_REMIND) and age >= _REMIND[again])


def _embargoes(office: Office, looked: Looked[datetime], now: datetime) -> None:
    last = looked.seen.get(_EMBARGOES)
    if last is not None and last.date() == now.date():
        return
    today = f"{now:%Y-%m-%d}"
    for library in office.watch.each("embargoes", office.libraries()):
        if CardStore(office.config, library).end_embargoes(today, when=now):
            of_builder(office.config.state).ring()
    looked.seen[_EMBARGOES] = now
