"""Makes a letter of its template (templates.py) and of facts, in the reader's language.

A letter begins with a greeting and ends with the address of the people who look after the list.
Its text is marked as message/richtext.py says, which makes text and HTML of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from solicomm_build.desk import templates, vocabulary
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.desk.words import paragraphs
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.people.address import SITE

OWN = "letters"
"""The folder in a hub for templates of its own."""


def letter(
    office: Office,
    name: str,
    to: str,
    lang: str,
    /,
    *,
    conference: str = "",
    kind: str = "",
    reply_to: str = "",
    notice: bool = False,
    greet: bool = True,
    attached: tuple[Attached, ...] = (),
    plain: bool = False,
    because: str = "",
    stop: str = "",
    **facts: object,
) -> Letter:
    """The letter `<feature>/<letter>` about a list, or about the hub when none is named. A template
    that asks for a fact it was not given raises jinja2.UndefinedError."""
    title = office.title(conference, lang)
    owner = office.address(f"{conference}-owner" if conference else "postmaster")
    given: dict[str, Any] = {"conference": conference, "list": title, "to": to} | facts
    subject, text = written(
        office.config, office.log, name, lang, owner=owner, greet=greet, **given
    )
    return Letter(
        kind=kind,
        to=to,
        lang=lang,
        subject=subject,
        text=text,
        sender=f"{conference}-request" if conference else SITE,
        name=title,
        reply_to=reply_to,
        conference=conference,
        notice=notice,
        attached=attached,
        plain=plain,
        why=because,
        stop=stop,
    )


def last_today(office: Office, letter: Letter, *, is_claimed: bool = False) -> Letter:
    """The same letter, which says first that it is the last answer of the day. `is_claimed`:
    nothing proves who asks, so that nothing is done without a question, which is an answer."""
    given = {**_given(office.config, letter.lang), "is_claimed": is_claimed}
    said = templates.part("desk/_last.txt", given, office.config.root / OWN, _fault(office.log))
    return replace(letter, text=f"{_parted(said)}\n{letter.text}")


def words(office: Office, name: str, lang: str, /, **facts: Any) -> tuple[str, str]:
    """The subject and the text that a template makes, without greeting and end: for mails of
    another form."""
    return written(office.config, office.log, name, lang, **facts)


def written(
    config: Config,
    log: MailLog,
    name: str,
    lang: str,
    /,
    *,
    owner: str = "",
    greet: bool = True,
    **facts: object,
) -> tuple[str, str]:
    """Likewise for who has no office; with greeting and end when there is an `owner` to ask."""
    own, given, fault = config.root / OWN, _given(config, lang), _fault(log)
    subject, text = templates.rendered(name, given | facts, own, fault)
    if owner:
        frame = {"greet": greet, "text": templates.marked(text), "owner": owner}
        text = templates.part("desk/_frame.txt", given | frame, own, fault)
    return subject, _parted(text)


def _fault(log: MailLog) -> Callable[[str], None]:
    """Writes down what is wrong with a file of the hub's own that was passed over."""
    return lambda why: log.event("letter-passed-over", why=why)


def _parted(text: str) -> str:
    return templates.restored(paragraphs(one.strip("\n") for one in text.split("\n\n")))


def _given(config: Config, lang: str) -> dict[str, object]:
    """What every template has."""
    return {
        "_": partial(i18n.gettext, lang),
        "ngettext": partial(i18n.ngettext, lang),
        "pgettext": partial(i18n.pgettext, lang),
        "at": lambda local: f"{local}@{config.domain}",
        "day": partial(_day, lang),
        "moment": partial(_moment, lang),
        "number": partial(i18n.format_number, lang),
        "size": partial(i18n.format_size, lang),
        "word": partial(_word, lang),
        "hub": config.name,
        "lang": lang,
        "url": config.url,
    }


def _day(lang: str, value: date, form: str = "short") -> str:
    return i18n.format_date(lang, value, form)


def _moment(lang: str, value: datetime) -> str:
    return i18n.format_datetime(lang, value)


def _word(lang: str, command: str) -> str:
    return vocabulary.shown(vocabulary.commands(), command, lang)
