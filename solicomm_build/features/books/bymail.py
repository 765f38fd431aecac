"""`get abcd2345 epub`: the topic of a message as a book, by mail.

Who is sure to have asked gets it attached; anybody else the address of it, since a forged mail
would fill somebody's box. Of a conference for members only its members come as far as this
(lists/archive.py), and only when it is sure that they have asked.
"""

from __future__ import annotations

from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Attached, Case, Plan
from solicomm_build.desk.words import line
from solicomm_build.features.books import making
from solicomm_build.features.books.wanted import TOPIC, Wanted
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.books import epub

_CODED = 1.4
"""Octets of a mail for each of a file: base64, its line ends."""


def brought(office: Office, case: Case, person: Person, mid: str) -> Result:
    """The book of the topic in which the post is read."""
    lang, wanted = person.lang, Wanted(case.conference, TOPIC, mid)
    try:
        made = making.made(office.config, wanted, closed=person.proven)
    except SoliCommError:
        text = gettext(lang, "No book can be made of this: it is too long, or has no public page.")
        return Result(person, (text,))
    if not person.proven or len(made.octets) * _CODED > office.config.limits.message_bytes:
        text = gettext(lang, "The whole topic as a book (EPUB) for phones and e-readers is here:")
        return Result(person, (f"{text}\n{line(made.url)}",))
    part = Attached(epub.TYPE, made.octets, made.name)
    sent = letter(
        office,
        "books/book",
        person.address,
        lang,
        conference=case.conference,
        kind=f"book:{case.conference}/{mid}",
        attached=(part,),
        title=made.title,
    )
    text = gettext(lang, "The book comes in a mail of its own.")
    return Result(person, (text,), Plan(letters=(sent,)))
