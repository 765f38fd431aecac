"""Cards of the people's directory by mail: `card`, the filled form, the yes, `card remove`.

    card ─→ form with a token ─→ filled ─→ draft, "shall everybody see this?" with a token
         ─→ answered ─→ roster: whose card, with the consent; people.git: the card
    card remove ─→ roster: withdrawn; people.git written anew without it
    (features/people/peoplecards.py)

Only members have cards, since a card's person must be found by who wants to reach or to erase it.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from solicomm_build.desk import tokens
from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.desk.words import line
from solicomm_build.extraction import photo
from solicomm_build.features.people import (
    cardform,
    deeds,
    peoplecards,
    peopleletters,
    personcard,
)
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.features.people.personcard import MOST_PHOTO, Card
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import SLUG, PostId, TopicId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.address import key
from solicomm_build.message.parse import parse
from solicomm_build.people import pending, rosterevents, token
from solicomm_build.people.membership import Member, TokenFacts
from solicomm_build.people.moved import along
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post import post as posts
from solicomm_build.post.store import ownmail

FORM, PUBLISH = "card", "card-publish"
_FORMS_A_DAY = 3
_Having: TypeAlias = tuple[str, float, float]
_POST = re.compile(r"/conferences/([a-z0-9-]{1,28})/t/([a-z2-7]{32})/?(?:#([a-z2-7]{32}))?")


def card(office: Office, case: Case, person: Person, command: Command) -> Result:
    """One's own card as a form; with `remove`, its end."""
    lang, member = person.lang, person.member
    if member is None or member.state != "active":
        words = gettext(
            lang, "Only people who are on one of our lists can have a card. You are on none yet."
        )
        return Result(person, (words,))
    if command.words and cardform.means_remove(command.words[0]):
        plan = withdrawn(office, member, lang)
        words = gettext(lang, "You have no card, so there is nothing to take back.")
        return Result(person, () if plan else (words,), plan)
    if case.web and (said := cardform.read(case.message.text, lang, exact=True)):
        return Result(person, (), _from_page(office, case, member, lang, said))
    kinds = (f"card:{number}" for number in range(_FORMS_A_DAY))
    if case.mute:
        return Result(person)
    if not any(office.within(case, person.address, kind) for kind in kinds):
        words = gettext(
            lang,
            "You have had the form for your card three times today. Please fill in one of those, "
            "or ask again tomorrow.",
        )
        return Result(person, (words,))
    return Result(person, (), _form(office, member, person.address, lang))


def withdrawn(office: Office, member: Member, lang: str, *, by: str = "member") -> Plan:
    """The end of a member's card, told to the member; nothing without one."""
    held = office.roster().ledger(CardHolders).of(member.number)
    if held is None:
        return NOTHING
    return Plan(
        events=(rosterevents.card_withdrawn(member.number, held, at=clock.now(), by=by),),
        letters=(peopleletters.withdrawn(office, member.address, lang),),
        deeds=(deeds.withdrawing(held),),
        subject="Withdraw a card",
    )


def _form(
    office: Office,
    member: Member,
    to: str,
    lang: str,
    *,
    card: Card | None = None,
    faults: tuple[str, ...] = (),
) -> Plan:
    shown = _own(office, member)
    text = token.fresh()
    event = tokens.given(text, FORM, "", to, days=CONFIRM, data={"number": member.number})
    letter = peopleletters.form(
        office,
        to,
        lang,
        text,
        card or (shown[0] if shown else _new(member)),
        faults=faults,
        is_shown=shown is not None,
    )
    return Plan(events=(event,), letters=(letter,), subject="Send a card's form")


def _own(office: Office, member: Member) -> tuple[Card, bytes] | None:
    held = office.roster().ledger(CardHolders).of(member.number)
    return peoplecards.one(office.config, held) if held else None


def _new(member: Member) -> Card:
    return Card("", member.name)


# -- the filled form --------------------------------------------------------------------------


def filled(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """A form that came back: shown once more, with the question; or with what is wrong in it."""
    member = _of_letter(office, facts)
    if member is None:
        return NOTHING
    lang = office.language_of(facts.address, "")
    said = cardform.read(case.message.text, lang)
    made, picture, faults = _checked(office, case, member, facts.address, lang, said)
    if faults:
        rows = tuple(line(fault) for fault in faults)
        return _form(office, member, facts.address, lang, card=made, faults=rows)
    return _asked(office, case, member, facts.address, lang, made, picture)


def _of_letter(office: Office, facts: TokenFacts) -> Member | None:
    """The member whom a letter about a card went to; None for who has another address since: who
    reads mail at the old one may be somebody else by now."""
    member = office.roster().members.get(int(facts.data.get("number", 0)))
    if member is None or member.state != "active" or key(member.address) != key(facts.address):
        return None
    return member


def _from_page(office: Office, case: Case, member: Member, lang: str, said: cardform.Said) -> Plan:
    """A card that its member, who is signed in, filled in on a page and wants to be seen. What
    cannot be taken comes back as the form, by mail."""
    to = member.address
    made, picture, faults = _checked(office, case, member, to, lang, said)
    if faults:
        rows = tuple(line(fault) for fault in faults)
        return _form(office, member, to, lang, card=made, faults=rows)
    draft = _draft(member, made, picture)
    return _shown(office, member, to, lang, draft, Consent("web", "signed in"))


def _checked(
    office: Office, case: Case, member: Member, to: str, lang: str, said: cardform.Said
) -> tuple[Card, bytes, list[str]]:
    """The card and the photo as they would be, and what of the form cannot be taken."""
    before, octets = _own(office, member) or (_new(member), b"")
    picture, faults = _picture(case, said, octets, lang)
    if not said and picture == octets and not faults:
        faults = [gettext(lang, "We found no line of the card in your mail.")]
    made, bad = cardform.filled(before, said)
    faults += [_fault(lang, key, value) for key, value in bad]
    if "introduction" in said.values:
        found = _introduction(office, said.values["introduction"], to)
        made = replace(made, introduction=found or "")
        if found is None:
            faults.append(_fault(lang, "introduction", said.values["introduction"]))
    if not made.name:
        faults.append(_fault(lang, "name", ""))
    return made, picture, faults


def _asked(
    office: Office, case: Case, member: Member, to: str, lang: str, made: Card, picture: bytes
) -> Plan:
    name, text = pending.identifier(case.cause), token.fresh()
    pending.ASKED.put(office.config, name, _draft(member, made, picture))
    data = {"number": member.number, "draft": name}
    event = tokens.given(text, PUBLISH, "", to, days=CONFIRM, data=data)
    letter = peopleletters.consent(
        office,
        to,
        lang,
        text,
        made,
        photo=bool(picture),
        is_new=office.roster().ledger(CardHolders).of(member.number) is None,
    )
    return Plan(events=(event,), letters=(letter,), subject="Ask about a card")


def _draft(member: Member, made: Card, picture: bytes) -> dict[str, Any]:
    return {
        "number": member.number,
        "card": _values(made),
        "photo": base64.b64encode(picture).decode("ascii"),
    }


def _values(made: Card) -> dict[str, Any]:
    return {
        "name": made.name,
        "union": made.union,
        "country": made.country,
        "roles": made.roles,
        "languages": list(made.languages),
        "about": dict(made.about),
        "introduction": made.introduction,
        "contact": made.contact,
        "share": made.share,
    }


def _fault(lang: str, key: str, value: str) -> str:
    label = cardform.label(key, lang)
    hints = {
        "name": gettext(lang, "please write a name, of up to 100 characters"),
        "country": gettext(lang, "we know no country of this name"),
        "languages": gettext(lang, "please write the names of languages with commas between"),
        "contact": gettext(lang, "please write yes or no"),
        "share": gettext(lang, "please write yes or no"),
        "introduction": gettext(
            lang, "we find nothing there that you wrote and everybody can read"
        ),
        "photo": gettext(lang, "we cannot read this picture; send a JPEG or PNG"),
    }
    hint = hints.get(key) or gettext(lang, "that is too long; use up to 100 characters")
    return f"{label}: {value} – {hint}" if value else f"{label}: {hint}"


def _picture(case: Case, said: cardform.Said, before: bytes, lang: str) -> tuple[bytes, list[str]]:
    """The photo as it will be, and what is wrong with it."""
    for part in case.message.attachments:
        if part.type.startswith("image/"):
            made = photo.portrait(part.payload, MOST_PHOTO)
            return (made, []) if made else (before, [_fault(lang, "photo", part.name)])
    wish = said.values.get("photo")
    if wish is not None and (not wish or cardform.means_remove(wish) or wish == "–"):
        return b"", []
    return before, []


def _introduction(office: Office, value: str, address: str) -> str | None:
    """The address of the post in which somebody introduced himself; empty for none, None when there
    is no such post of this person that everybody can read."""
    if not value:
        return ""
    if SLUG.fullmatch(value.strip().lower()):
        return _newest_introduction(office, value.strip().lower(), address)
    match = _POST.search(value)
    if match is None:
        return None
    conference, tid, mid = match[1], TopicId(match[2]), PostId(match[3] or match[2])
    had = _had(office, address)
    if not _is_public(office, conference) or not _wrote(office, conference, mid, had):
        return None
    with Reader(open_repo(office.config.conference_repo(conference))) as reader:
        if reader.oid_at(MAIN, posts.path(tid, mid)) is None:
            return None
    return f"/conferences/{conference}/t/{tid}/" + (f"#{mid}" if str(mid) != str(tid) else "")


def _is_public(office: Office, conference: str) -> bool:
    settings = office.conference(conference)
    return settings is not None and settings.visibility == "public" and settings.has_pages


def _had(office: Office, address: str) -> Sequence[_Having]:
    """The addresses of somebody, and when they were (people/moved/along.py)."""
    member = office.roster().member(address)
    everywhere = [(key(address), -math.inf, math.inf)]
    return along.had_when(office.roster(), member.number) if member else everywhere


def _wrote(office: Office, conference: str, mid: PostId, had: Sequence[_Having]) -> bool:
    """Whether a message is from an address that was somebody's then."""
    raw = office.mail.message(mid, conference)
    try:
        message = parse(raw) if raw is not None else None
    except SoliCommError:
        return False
    at = message.date.timestamp() if message and message.date else 0.0
    return message is not None and any(
        key(sender.addr_spec) == address and after < at <= until
        for sender in message.from_
        for address, after, until in had
    )


def _newest_introduction(office: Office, conference: str, address: str) -> str | None:
    """The newest post of somebody in a conference whose subject says that it introduces."""
    if not _is_public(office, conference):
        return None
    had = _had(office, address)
    mails = ownmail.mails(office.config, frozenset(one for one, _, _ in had))
    mids = [
        mail.mid for mail in reversed(mails) if cardform.is_introduction(mail.subject.strip(" .!"))
    ]
    with Reader(open_repo(office.config.conference_repo(conference))) as reader:
        places = dict(
            (ids[1], ids[0])
            for entry in (reader.tree(MAIN, "topics", recursive=True) if mids else ())
            if (ids := posts.parse_path(f"topics/{entry.path}")) is not None
        )
    for mid in mids:
        tid = places.get(PostId(mid))
        if tid is not None and _wrote(office, conference, PostId(mid), had):
            return f"/conferences/{conference}/t/{tid}/" + (
                f"#{mid}" if str(mid) != str(tid) else ""
            )
    return None


# -- the yes ----------------------------------------------------------------------------------


def published(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The person wants everybody to see it: the card is there."""
    member = _of_letter(office, facts)
    draft = pending.ASKED.get(office.config, str(facts.data.get("draft", "")))
    if member is None or draft is None:
        return NOTHING
    lang, agreed = (
        office.language_of(facts.address, ""),
        Consent("mail", f"confirmed {digest[:16]}"),
    )
    return _shown(office, member, facts.address, lang, draft, agreed)


def _shown(
    office: Office, member: Member, to: str, lang: str, draft: Mapping[str, Any], agreed: Consent
) -> Plan:
    today = clock.now().date().isoformat()
    picture = base64.b64decode(str(draft["photo"]))
    before = _own(office, member)
    held = office.roster().ledger(CardHolders).of(member.number)
    made = Card(
        id=held or personcard.mint(),
        consented=today,
        since=before[0].since if before else today,
        photo=hashlib.sha256(picture).hexdigest() if picture else "",
        **draft["card"] | {"languages": tuple(draft["card"]["languages"])},
    )
    return Plan(
        events=(
            rosterevents.card(member.number, made.id, made.contact, at=clock.now(), consent=agreed),
        ),
        letters=(peopleletters.shown(office, to, lang, made),),
        deeds=(deeds.showing(made, str(draft["photo"])),),
        subject="Show a card",
    )
