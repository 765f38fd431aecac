"""Join, leave, confirm and move (docs/mail-rules.md#membership).

Nobody is put on a list because of a From field alone: the address itself must confirm. Leaving is
done at once when the author is proven, else the address is asked. No answer says whether an address
is on a list, except to that address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solicomm_build.desk import letters, tokens
from solicomm_build.desk.answer import reaches
from solicomm_build.desk.office import MODERATE, UNDO, Office
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.features.lists import welcoming
from solicomm_build.foundation import clock
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Proven, post_id
from solicomm_build.message.address import is_valid, key
from solicomm_build.people import access, rosterevents, token
from solicomm_build.people.membership import UNCONFIRMED, Member, TokenFacts
from solicomm_build.people.moved import along
from solicomm_build.people.proof import by_token
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.shared import sessions

"""Visibilities of lists whose moderators look at each request to join."""


def join(office: Office, case: Case, options: Mapping[str, str]) -> Plan:
    """Asks the author's address whether it wants to be on the list."""
    name, to = case.conference, case.author
    if not _may_join(office, name, to):
        return NOTHING
    lang = office.reply_language(case)
    data: dict[str, Any] = {"options": dict(options), "lang": lang}
    data["name"] = case.message.from_[0].name
    if case.web:
        data["source"] = "web"
    if case.web and case.proof is not None:  # signed in: whoever it is reads this mailbox
        return _signed_in(office, name, case.proof, data)
    return tokens.ask(
        office,
        case,
        "join",
        to,
        lambda text, kind: letters.ask_join(office, name, to, lang, text, kind=kind),
        data=data,
    )


def _may_join(office: Office, conference: str, to: str) -> bool:
    if not is_valid(to) or office.conference(conference) is None:
        return False
    return not office.is_ours(to) and not office.roster().is_banned(conference, to)


def leave(office: Office, case: Case) -> Plan:
    """Takes a proven author off the list; asks any other address whether it wants that."""
    name, to = case.conference, case.author
    if not is_valid(to) or office.is_ours(to):
        return NOTHING
    lang = office.reply_language(case)
    if case.proven:
        return ended(office, name, to, by="mail") or Plan(
            letters=(letters.not_on(office, name, to, lang),)
        )
    return tokens.ask(
        office,
        case,
        "leave",
        to,
        lambda text, kind: letters.ask_leave(office, name, to, lang, text, kind=kind),
    )


def leave_by_token(office: Office, case: Case) -> Plan:
    """Takes the member of a leave token off the list at once: the token proves it (RFC 8058)."""
    plain = token.normalise(case.tag)
    former = office.roster().names.now
    names = (*office.lists(), *former)
    read = token.read_leave_token(office.key, plain, names) if plain else None
    if read is None:
        return NOTHING
    conference, number = former.get(read[0], read[0]), read[1]
    member = office.roster().members.get(number)
    if member is None:
        return NOTHING
    lang = office.language_of(member.address, conference)
    return ended(office, conference, member.address, by="mail-token") or Plan(
        letters=(letters.not_on(office, conference, member.address, lang),)
    )


def ended(office: Office, conference: str, address: str, *, by: str) -> Plan:
    """The end of a subscription with its goodbye; nothing when there is none."""
    members = office.roster()
    member, options = members.member(address), members.listed_options(conference, address)
    if member is None or options is None:
        return NOTHING
    event = rosterevents.unsubscribe(conference, member.number, at=clock.now(), by=by)
    plan = goodbye(office, conference, member.number, member.address, options)
    return Plan(events=(event,), subject=f"Unsubscribe one from {conference}") + plan


def goodbye(
    office: Office, conference: str, number: int, address: str, options: Mapping[str, str]
) -> Plan:
    """The letter after the end, with a token that undoes it for two weeks."""
    text = token.fresh()
    data = {"number": number, "options": dict(options)}
    event = tokens.given(text, "undo", conference, address, days=UNDO, data=data)
    lang = office.language_of(address, conference, options.get("lang", ""))
    letter = letters.goodbye(office, conference, address, lang, text)
    return Plan(events=(event,), letters=(letter,), subject=f"Say goodbye from {conference}")


# -- answers with a token ---------------------------------------------------------------------


def joined(
    office: Office, conference: str, address: str, data: Mapping[str, Any], consent: Consent
) -> Plan:
    """Puts an address on a list and welcomes it; one that is on it keeps its settings, and gets its
    mail again where that came back before."""
    members, now = office.roster(), clock.now()
    member = members.member(address)
    before = members.listed_options(conference, address)
    options = {**(before or {}), **_texts(data.get("options"))}
    events: list[Event] = []
    number = member.number if member else members.next_number
    if member is None or member.state != "active":
        events.append(
            rosterevents.member(
                number,
                address,
                at=now,
                consent=consent,
                name=str(data.get("name") or (member.name if member else "")),
                lang=str(data.get("lang") or (member.lang if member else "")),
            )
        )
    waits = member is not None and members.state(member.number, conference).state == UNCONFIRMED
    if before is None or dict(before) != options or waits:
        events.append(
            rosterevents.subscribe(conference, number, at=now, consent=consent, options=options)
        )
    if member is not None and before is not None:
        events += revived(office, conference, member)
    lang = office.language_of(address, conference, str(data.get("lang") or ""))
    letter = welcoming.welcome(office, conference, address, lang, options)
    return Plan(tuple(events), letters=(letter,), subject=f"Subscribe 1 to {conference}")


def revived(office: Office, conference: str, member: Member) -> tuple[Event, ...]:
    """The end of what came back before: who asks for mail gets it, from this list and at this
    address."""
    return tuple(
        rosterevents.state(
            member.number,
            "active",
            at=clock.now(),
            by="mail",
            conference=place,
            reason="asked for mail",
        )
        for place in ("", conference)
        if office.roster().state(member.number, place).state == "disabled"
    )


def _texts(values: Any) -> dict[str, str]:
    """Options as a token kept them."""
    return {str(k): str(v) for k, v in values.items()} if isinstance(values, dict) else {}


def confirmed_join(office: Office, facts: TokenFacts, digest: str) -> Plan:
    """The address wants it: it is on the list, or the moderators of a closed one are asked."""
    name, to = facts.conference, facts.address
    settings = office.conference(name)
    if settings is None or office.roster().is_banned(name, to):
        return NOTHING
    source = "web" if facts.data.get("source") == "web" else "mail"
    consent = Consent(source, f"confirmed {digest[:16]}")
    invited = facts.action == "invite"
    known = office.roster().is_subscribed(name, by_token(facts))
    if not settings.is_closed or invited or known:
        return joined(office, name, to, facts.data, consent)
    return _asked_moderators(office, facts)


def _signed_in(office: Office, conference: str, who: Proven, data: Mapping[str, Any]) -> Plan:
    """Who is signed in on the web has brought a link back from this mailbox: it is not asked
    again."""
    facts = TokenFacts("join", conference, who, clock.now(), data)
    return confirmed_join(office, facts, "by signing in")


def _asked_moderators(office: Office, facts: TokenFacts) -> Plan:
    """A request to join a closed list, put to its moderators, to the operators where it has none;
    each gets a token of his own. Where nobody gets mail it waits for whoever comes, by a token that
    nobody has (features/moderation/requestchores.py)."""
    from solicomm_build.features.moderation import moderationletters as shown

    name, to = facts.conference, facts.address
    lang = office.language_of(to, name, str(facts.data.get("lang") or ""))
    told = letters.passed_on(office, name, to, lang, clock.now() + MODERATE)
    plan = Plan(letters=(told,), subject="Ask moderators")
    people = office.moderators(name)
    known = office.roster().member(to)  # who may have another address once somebody decides
    asked = {**facts.data, "join": to} | ({"member": known.number} if known else {})
    for moderator in people:
        text = token.fresh()
        data = {**asked, "number": moderator.number}
        event = tokens.given(text, "moderate", name, moderator.address, days=MODERATE, data=data)
        letter = shown.join_request(office, name, moderator, to, str(data.get("name", "")), text)
        plan += Plan(events=(event,), letters=(letter,))
    if not people:
        waits = tokens.given(token.fresh(), "moderate", name, "", days=MODERATE, data=asked)
        plan += Plan(events=(waits,))
    return plan


def undone(office: Office, facts: TokenFacts) -> Plan:
    """Back on the list, with the settings of before and the address of today; not who was banned
    there or erased meanwhile, nor on a list that is gone."""
    name = facts.conference
    member = office.roster().members.get(int(facts.data.get("number", 0)))
    if office.conference(name) is None or member is None or member.state == "removed":
        return NOTHING
    if office.roster().is_banned(name, member.address):
        return NOTHING
    return joined(office, name, member.address, facts.data, Consent("mail", "undo"))


# -- another address --------------------------------------------------------------------------


def may_move(office: Office, old: str, new: str) -> bool:
    """Whether mail can go to `new` instead, if both agree: to an address of somebody's, and to
    another one."""
    if not is_valid(new) or not reaches(new) or office.is_ours(new):
        return False
    return key(old) != key(new)


def ask_to_move(office: Office, case: Case, new: str) -> Plan:
    """Asks the old address whether mail shall go to `new`; then the new one is asked (E5.7). Of who
    is proved, each new address is asked about: one may have been mistyped."""
    old = case.author
    if not is_valid(old) or not may_move(office, old, new):
        return NOTHING
    lang = office.reply_language(case)
    return tokens.ask(
        office,
        case,
        "address-old",
        old,
        lambda text, kind: letters.ask_old_address(
            office, case.conference, old, lang, text, new, kind=kind
        ),
        data={"new": new},
        kind=f"address-old:{post_id(key(new))}" if case.proven else "address-old",
    )


def both_answer(lang: str) -> str:
    """That two mails are to be answered, one at each address."""
    return gettext(
        lang,
        "We write to your old address first, then to the new one. Please answer both mails; then "
        "the change is made.",
    )


def old_agreed(office: Office, case: Case, facts: TokenFacts) -> Plan:
    """The old address agrees; now the new one is asked. Nothing when the old is no member's."""
    member, new = office.roster().member(facts.address), str(facts.data.get("new", ""))
    if member is None or not is_valid(new):
        return NOTHING
    lang = office.language_of(facts.address, facts.conference)
    plan = tokens.ask(
        office,
        case,
        "address-new",
        new,
        lambda text, kind: letters.ask_new_address(
            office, facts.conference, new, lang, text, kind=kind
        ),
        data={"number": member.number, "old": member.address},
        kind="address-new",
    )
    return plan or _under_way(office, facts, member.number, new, lang)


def _under_way(office: Office, facts: TokenFacts, number: int, new: str, lang: str) -> Plan:
    """Who says yes once more hears that the new address was asked already, and has to answer."""
    asked = office.roster().tokens.facts.good_for("address-new", clock.now())
    if not any(
        one.data.get("number") == number and key(one.address) == key(new) for _, one in asked
    ):
        return NOTHING
    name, kind = facts.conference, f"under-way:{number}"
    letter = letters.results(office, name, facts.address, lang, [both_answer(lang)], kind=kind)
    return Plan(letters=(letter,))


def new_agreed(office: Office, facts: TokenFacts) -> Plan:
    """Both agree: the member keeps number, lists and settings, with what goes along with another
    address (people/moved/along.py). One that is another member's already cannot be taken."""
    members, new = office.roster(), facts.address
    member = members.members.get(int(facts.data.get("number", 0)))
    taken = members.member(new)
    if member is None or member.state == "removed":
        return NOTHING
    lang = office.language_of(member.address, facts.conference)
    if taken and taken.number != member.number:
        return Plan(letters=(letters.taken(office, facts.conference, new, lang),))
    if key(member.address) != key(str(facts.data.get("old", ""))):
        return NOTHING  # it moved elsewhere in between
    sessions.end_links(office.config, member.number)  # whoever reads the old mailbox by then
    access.rename(office.config, member.address, new)
    along.carry(office.config, member.number, member.address, new)
    event = rosterevents.member(
        member.number,
        new,
        at=clock.now(),
        consent=Consent("mail", "both addresses confirmed"),
        name=member.name,
        lang=member.lang,
    )
    told = tuple(
        letters.moved(office, facts.conference, to, lang, new) for to in (member.address, new)
    )
    more = along.events(office.config, members, member.address, new, by="member")
    return Plan(events=(event, *more), letters=told, subject="Change an address")
