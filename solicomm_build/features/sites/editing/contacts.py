"""A new address in `contact` of a union's site: it counts after the one before it agreed.

    site.yaml, pushed ─→ a letter to the address so far (or, where there is none, to the new one)
        ─→ its answer with the token ─→ features/sites/sitecontacts.py ─→ the form for joining

Who answers later than the token holds is asked again. The operator is told each time that a site
names another address. One letter a day for each site, whatever is pushed; what is pushed meanwhile
waits for the next day. Who was erased is asked nothing, and told nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias

from solicomm_build.desk import letters, tokens
from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan
from solicomm_build.features.sites import sitecontacts as contacts
from solicomm_build.features.sites.sitecontacts import Contact
from solicomm_build.features.sites.values.site import Site
from solicomm_build.foundation import clock, formernames
from solicomm_build.foundation.types import Oid
from solicomm_build.message.address import key as folded
from solicomm_build.people import token
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import TokenFacts

ACTION = "contact"
_REST = 2.0  # seconds between two looks at all sites


Seen: TypeAlias = tuple[Oid | None, date | None]
"""A site's tip, and the day on which it was not done with."""


def steps(office: Office, looked: Looked[Seen]) -> Iterator[Step]:
    """Whom to ask about sites that name another address. Blocking; a look costs a `stat` a site."""
    if looked.rests(_REST):
        return
    if not looked.seen:
        contacts.begin(office.config)
    tips, today = office.site_tips(), clock.now().date()
    done = {union: looked.seen.get(union) for union in tips}
    moved = [one for one, tip in tips.items() if done[one] not in ((tip, today), (tip, None))]
    for union in office.watch.each("contact", moved):
        plan, contact, is_done = _asked(office, union)
        if plan:
            yield Step(f"contact-{union}-{token.fresh()[:8]}", plan)
        if contact is not None:  # now that the letters are out: killed before, they go again
            contacts.write(office.config, union, contact)
        looked.seen[union] = (tips[union], None if is_done else today)


def agreed(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """What an answer of the address that was asked leads to."""
    union, new = str(facts.data.get("union", "")), str(facts.data.get("new", ""))
    union = formernames.current(office.config.private, office.config.unions, union)
    site, known = contacts.site_of(office.config, union), contacts.read(office.config, union)
    is_moot = site is None or site.contact.email != new or known.was_erased(new)
    if site is None or is_moot or new not in (known.asked, known.agreed):
        lang = office.language_of(facts.address, "")
        return Plan(letters=(letters.spent(office, "", facts.address, lang),))
    contacts.write(office.config, union, Contact(new))
    told = dict.fromkeys([facts.address, new, *office.operators()])
    return Plan(
        letters=tuple(_letter(office, "sites/contact-agreed", site, to) for to in told),
        subject="Agree a contact",
    )


def late(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The question again, for who agrees when its time is over; at most once a day. Nothing where
    it is asked no more, or of another address."""
    union, new = str(facts.data.get("union", "")), str(facts.data.get("new", ""))
    union = formernames.current(office.config.private, office.config.unions, union)
    site, known = contacts.site_of(office.config, union), contacts.read(office.config, union)
    to, now = known.agreed or new, clock.now()
    is_moot = site is None or site.contact.email != new or known.was_erased(new)
    if site is None or is_moot or known.asked != new or folded(to) != folded(facts.address):
        return NOTHING
    if not office.limits.allow(to, f"{ACTION}:{union}", case.cause, now):
        return NOTHING
    text, data = token.fresh(), {"union": union, "new": new}
    event = tokens.given(text, ACTION, "", to, days=CONFIRM, data=data)
    letter = _question(office, site, known.agreed, text)
    return Plan(events=(event,), letters=(letter,), subject="Ask about a contact again")


def _asked(office: Office, union: str) -> tuple[Plan, Contact | None, bool]:
    """The question about a site's address, if there is one; what is known then; and whether that
    was all for now."""
    site, known = contacts.site_of(office.config, union), contacts.read(office.config, union)
    new = site.contact.email if site else ""
    if known.is_damaged:
        return Plan(), None, False
    if site is None:
        return Plan(), None, True
    if known.erased:
        if known.was_erased(new):
            return Plan(), None, True
        contacts.write(office.config, union, known := replace(known, erased=""))
    if new in ("", known.asked):
        return Plan(), None, True
    if folded(new) == folded(known.agreed):
        return Plan(), replace(known, asked="") if known.asked else None, True
    to, now = known.agreed or new, clock.now()
    cause = hashlib.sha256(f"{union} {new} {now.date()}".encode()).hexdigest()
    if not office.limits.allow(to, f"{ACTION}:{union}", cause, now):
        return Plan(), None, False
    plan = Plan(subject="Ask about a contact")
    if not office.is_ours(to):  # a list would show the token to all its members
        text, data = token.fresh(), {"union": union, "new": new}
        event = tokens.given(text, ACTION, "", to, days=CONFIRM, data=data)
        plan += Plan(events=(event,), letters=(_question(office, site, known.agreed, text),))
    told = tuple(_news(office, site, known, operator) for operator in office.operators())
    return plan + Plan(letters=told), replace(known, asked=new), True


def _question(office: Office, site: Site, old: str, text: str) -> Letter:
    to = old or site.contact.email
    back = f"{SITE}-confirm+{text}"
    return _letter(
        office, "sites/contact-asked", site, to, reply_to=back, old=old, days=CONFIRM.days
    )


def _news(office: Office, site: Site, known: Contact, to: str) -> Letter:
    """For the operator: what was asked, of whom, and how to decide in their place."""
    lang = office.language_of(to, "", office.config.languages[0])
    agrees = known.agreed or site.contact.email
    return _letter(office, "sites/contact-news", site, to, lang, agrees=agrees, site=site.union)


def _letter(
    office: Office, name: str, about: Site, to: str, lang: str = "", /, **more: Any
) -> Letter:
    lang = lang or office.language_of(to, "", *about.languages[:1])
    facts: dict[str, Any] = {"union": about.title_in(lang), "new": about.contact.email}
    return letter(office, name, to, lang, **facts, **more)
