"""Mail to somebody of the directory, through the hub: `person+<card>@`, answers to `person+TOKEN@`.

    visitor ─→ person+<card>@ ─→ text to the card's person, from person+TOKEN@
    person  ─→ person+TOKEN@  ─→ text to the visitor, from person+TOKEN@ of another token

Neither sees the other's address, and the person's stays unsaid for as long as he does not write it
himself: each mail is a new one of the hub's, with nothing of the old but subject, name and text. A
token is for one conversation in one direction and holds for `HOLDS`; it may be used again. Who
writes to whom is kept outside of the roster, for as long (conversations.py).
A visitor whose address is not proved is asked first, so that nobody writes in another's name. Who
is banned from the whole hub writes to nobody here.

From one address and to one card go ten a day each (limits.py); who wrote more is told, and so is
whose files, or part of whose text, did not go on.
"""

from __future__ import annotations

import base64

from solicomm_build.desk import lettering, letters, tokens
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan, Write
from solicomm_build.desk.words import line
from solicomm_build.features.people import conversations, peoplecards, personaddress, unsaid
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.features.people.conversations import HOLDS, Conversation
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.message.address import key
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import pending, token
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.roster import HUB
from solicomm_build.people.rosterevents import Event

ANSWER, SEND = "relay", "relay-send"
_LONGEST = 20_000  # characters of a text: some ten pages


def requested(office: Office, case: Case) -> Plan:
    """What a mail to an address behind a card leads to."""
    local = case.address.rpartition("@")[0]
    found = personaddress.split(local, office.roster().ledger(CardHolders).reachable)
    if found is None:
        return NOTHING
    if found.tag:
        return _answered(office, case, found.tag)
    if case.mute or not case.author or office.is_ours(case.author):
        return NOTHING
    if office.roster().is_banned(HUB, case.author):
        return NOTHING
    if not case.proven:
        return _asked(office, case, found.base)
    return _to_person(office, case, found.base, case.author, case.message)


def _asked(office: Office, case: Case, card: str) -> Plan:
    """The author's address is asked whether he wrote it; the mail waits."""
    name = pending.identifier(case.cause)
    lang = office.language(case)
    plan = tokens.ask(
        office,
        case,
        SEND,
        case.author,
        lambda text, kind: _is_it_you(office, case.author, lang, text, kind, case.message.subject),
        kind=f"{SEND}:{card}:{name}",  # each mail waits for a yes of its own
        data={"draft": name},
    )
    if plan:
        raw = base64.b64encode(case.message.raw).decode("ascii")
        draft = {"address": case.author, "raw": raw, "card": card}
        pending.ASKED.put(office.config, name, draft)
    return plan


def confirmed(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The author did write it: it goes on."""
    draft = pending.ASKED.get(office.config, str(facts.data.get("draft", "")))
    if draft is None or office.roster().is_banned(HUB, facts.address):
        return NOTHING
    try:
        message = parse(base64.b64decode(str(draft["raw"])))
    except MessageError:
        return NOTHING
    card = str(draft.get("card") or facts.data.get("card", ""))  # older hubs: in the roster
    return _to_person(office, case, card, facts.address, message)


def _to_person(office: Office, case: Case, card: str, author: str, message: Message) -> Plan:
    """A visitor's mail to the person behind a card."""
    cards = office.roster().ledger(CardHolders)
    number = cards.number(card)
    member = office.roster().members.get(number) if number is not None else None
    if member is None or member.state != "active" or card not in cards.reachable:
        return _nobody(office, author, case)
    if not _within_limits(office, case, card, author):
        return _too_many(office, author, case)
    lang = office.language_of(member.address, "")
    written = _name(message) or gettext(lang, "somebody without a name")
    text = token.fresh()
    until = clock.now() + HOLDS
    about = Conversation(member.address, author, card, to_visitor=True, until=until)
    event, kept = _given(text, about)
    made = _letter(office, member.address, lang, message, text, written, author)
    told = _left_out(office, case, author, message)
    return Plan(events=(event,), writes=(kept,), letters=(made, *told), subject="Pass a mail on")


def _given(text: str, about: Conversation) -> tuple[Event, Write]:
    """A token, of which the roster says nothing more, and whose mail an answer to it becomes."""
    event = tokens.given(text, ANSWER, "", "", days=HOLDS)
    return event, about.write(token.digest(text))


def _answered(office: Office, case: Case, tag: str) -> Plan:
    """An answer in a conversation; the token says who gets it."""
    found = tokens.found(office, tag)
    facts = tokens.known(office, tag)
    if facts is None or facts.action != ANSWER:
        return NOTHING
    about = conversations.of_token(office.config, token.digest(tag), facts)
    if about is None:
        return _nobody(office, case.author, case)
    if office.roster().is_banned(HUB, about.address):
        return NOTHING
    number = office.roster().ledger(CardHolders).number(about.card)
    member = office.roster().members.get(number) if number is not None else None
    if found is None or member is None or member.state != "active":
        return _nobody(office, about.address, case)
    visitor = _now(office, about, about.peer if about.to_visitor else about.address)
    if not _is_from(case, member.address if about.to_visitor else visitor, about.address):
        return _nobody(office, about.address, case)
    if not _within_limits(office, case, about.card, about.address):
        return _too_many(office, about.address, case)
    to = visitor if about.to_visitor else member.address
    shown = peoplecards.one(office.config, about.card)
    name = (shown[0].name if shown else "") if about.to_visitor else _name(case.message)
    lang = office.language_of(to, "", hint=case.said)
    text, until = token.fresh(), clock.now() + HOLDS
    back = not about.to_visitor
    event, kept = _given(text, Conversation(to, visitor, about.card, to_visitor=back, until=until))
    made = _letter(office, to, lang, case.message, text, name, about.address, answer=True)
    told = _left_out(office, case, about.address, case.message)
    return Plan(events=(event,), writes=(kept,), letters=(made, *told), subject="Pass a mail on")


def _now(office: Office, about: Conversation, visitor: str) -> str:
    """The address that a visitor has now who is a member, and took another one since the letter."""
    member = office.roster().since_moved(visitor, about.until - HOLDS)
    return member.address if member is not None else visitor


def _is_from(case: Case, now: str, letter_to: str) -> bool:
    """Whether an answer to a letter is the person's who has the address `now`: it went there, or
    that address is proved to answer. Who reads mail at an earlier one may be somebody else."""
    if key(letter_to) == key(now):
        return True
    return case.proof is not None and key(case.proof) == key(now)


def _within_limits(office: Office, case: Case, card: str, author: str) -> bool:
    """Whether the sender, and whoever gets it, have room today; it counts then. Neither takes from
    the answers that the two may get from us otherwise."""
    return office.within(case, f"from.{author}", f"relay:{case.cause}") and office.within(
        case, f"{card}@cards.invalid", f"relay:{case.cause}:{author}"
    )


def _name(message: Message) -> str:
    return one_line(message.from_[0].name, 80) if message.from_ else ""


def _letter(
    office: Office,
    to: str,
    lang: str,
    message: Message,
    text: str,
    name: str,
    writer: str,
    *,
    answer: bool = False,
) -> Letter:
    """A mail of ours that carries the text of a `writer`, from an address that leads back to
    him."""
    whole, local = message.text.strip(), personaddress.of_card(text)
    body = whole[:_LONGEST]
    for one in filter(None, {writer, *(box.addr_spec for box in message.from_[:1])}):
        body = unsaid.without(body, one, office.config.domain)
    shown = gettext(lang, "%(name)s through %(hub)s", name=name or "?", hub=office.config.name)
    subject, words = lettering.words(
        office,
        "people/relayed",
        lang,
        answer=answer,
        name=name,
        subject=one_line(message.subject, 200),
        body=body,
        longer=len(whole) > _LONGEST,
        files=bool(message.attachments),
    )
    return Letter(
        kind="",
        to=to,
        lang=lang,
        subject=subject,
        text=words,
        sender=local,
        name=one_line(shown, 120),
        reply_to=local,
        standalone=True,
    )


def _left_out(office: Office, case: Case, to: str, message: Message) -> tuple[Letter, ...]:
    """Word to who wrote it of what was not passed on; nothing where all was."""
    lang = office.language_of(to, "", hint=message.language or "")
    parts = []
    if len(message.text.strip()) > _LONGEST:
        parts.append(gettext(lang, "The text was longer; the rest was left out."))
    if message.attachments:
        parts.append(gettext(lang, "Attached files were left out."))
    if not parts:
        return ()
    if about := one_line(message.subject, 200):
        parts.insert(0, line(about))
    return (letters.results(office, "", to, lang, parts, kind=f"relay-left:{case.cause}"),)


def _is_it_you(office: Office, to: str, lang: str, text: str, kind: str, subject: str) -> Letter:
    back, subject = f"{SITE}-confirm+{text}", one_line(subject, 200)
    return letter(office, "people/is-it-you", to, lang, kind=kind, reply_to=back, subject=subject)


def _nobody(office: Office, to: str, case: Case) -> Plan:
    """Nobody can be reached there any more; said without a word about who it was."""
    return _not_passed_on(office, to, case, "people/nobody", "relay-nobody")


def _too_many(office: Office, to: str, case: Case) -> Plan:
    return _not_passed_on(office, to, case, "people/too-many", "relay-many")


def _not_passed_on(office: Office, to: str, case: Case, name: str, kind: str) -> Plan:
    if case.mute or not to:
        return NOTHING
    lang = office.language_of(to, "", hint=case.said)
    return Plan(letters=(letter(office, name, to, lang, kind=kind),))
