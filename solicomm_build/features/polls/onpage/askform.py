"""The form in which a moderator asks for a vote, and the poll that it asks for. Pure but for a new
id.

What is missing or wrong is named by the faults of the mail (values/polltext.py), all at once, and
the form is shown again with everything that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import pollterms
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.values.polltext import Fault
from solicomm_build.features.polls.voteaddress import POLL_ID
from solicomm_build.foundation import i18n, yamlsafe
from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.message.address import mask
from solicomm_build.post.said import numbers
from solicomm_build.web.mine import moments
from solicomm_build.web.mine.forms import area, line, radios, select

SEEN = {
    "closed": N_("Votes are published at the end, with the voters’ names."),
    "live": N_("Votes are public at once, with the voters’ names."),
    "pseudonymous": N_("Votes are published at the end, under codes instead of names."),
}
"""Who sees what of the votes."""
FIELDS = ("question", "options", "type", "closes", "seen", "quorum", "topic", "lang")
"""What the form sends."""

_NUMBERED = re.compile(r"\d{1,2}\s{0,4}[.)]\s+")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,2})?) ?%?")
_OPTIONS_MISSING = N_("Write the options, each on a line of its own: 2 at least, 30 at most.")
_OPTIONS_TOO_MANY = N_(
    "The answers to a proposal are always the same. Take your options out, or choose another kind."
)
_QUORUM = N_("The share of all votes is a number from 0 to 100.")


def fields(lang: str, sent: Mapping[str, str], place: ZoneInfo) -> str:
    """The fields, with what was sent before."""
    kinds = {kind: pollterms.kind_rule(kind, lang) for kind in ("choice", *polls.TYPES)}
    seen = {name: gettext(lang, words) for name, words in SEEN.items()}
    ends = gettext(lang, "When the vote ends (time in %(zone)s)", zone=place.key)
    least = gettext(lang, "It counts only if this share of all votes is cast, in percent")
    return "".join(
        [
            area(
                "question",
                gettext(lang, "The question"),
                sent.get("question", ""),
                rows=3,
                more='maxlength="500" required dir="auto"',
            ),
            area(
                "options",
                gettext(lang, "The options, each on a line of its own"),
                sent.get("options", ""),
                rows=5,
                more='dir="auto"',
            ),
            radios("type", gettext(lang, "How it is decided"), kinds, sent.get("type") or "choice"),
            moments.field("closes", ends, sent.get("closes", "")),
            radios("seen", gettext(lang, "What others see"), seen, sent.get("seen") or "closed"),
            line(
                "topic",
                gettext(lang, "The link of the topic that it is about, if there is one"),
                sent.get("topic", ""),
                type_="url",
                dir_="ltr",
            ),
            line("quorum", least, sent.get("quorum", ""), more='inputmode="decimal"', dir_="ltr"),
            select(
                "lang",
                gettext(lang, "The language of the question"),
                {code: one.name for code, one in i18n.LANGUAGES.items()},
                sent.get("lang") or lang,
            ),
        ]
    )


def read(
    lang: str, sent: Mapping[str, str], place: ZoneInfo, now: datetime
) -> Poll | list[Fault | str]:
    """The poll that was asked for, or all that is wrong: a fault of polls, or a sentence in
    `lang`. The second press on a button asks for the same poll (`id`)."""
    wrong: list[Fault | str] = []
    question = " ".join(sent.get("question", "").split())
    options = [_unnumbered(row.strip()) for row in sent.get("options", "").splitlines()]
    options = [row for row in options if row]
    kind = sent.get("type") or "choice"
    if not question:
        wrong.append(Fault("question"))
    if kind not in polls.TYPES:
        wrong.append(Fault("type", kind[:40]))
    elif kind == "proposal" and options:
        wrong.append(gettext(lang, _OPTIONS_TOO_MANY))
    elif kind != "proposal" and not 2 <= len(options) <= polls.MOST_OPTIONS:
        wrong.append(gettext(lang, _OPTIONS_MISSING))
    for one in (question, *options):
        if "@" in one and mask(one) != one:
            said = gettext(
                lang, "There is an e-mail address here, which everybody could read. Leave it out:"
            )
            wrong.append(f"{said} {one[:80]}")
    closes = _end(sent.get("closes", ""), place, now, wrong)
    share = _share(lang, sent.get("quorum", ""), wrong)
    seen = sent.get("seen") or "closed"
    if seen not in SEEN:
        wrong.append(Fault("ballot", seen[:40]))
    if wrong or closes is None:
        return wrong
    tongue = sent.get("lang", "")
    written = tongue if tongue in i18n.LANGUAGES else lang
    known = sent.get("id", "")
    top: dict[str, Node] = {
        "schema": polls.SCHEMA,
        "id": known if POLL_ID.fullmatch(known) else polls.mint("q-"),
        "question": {written: question},
        "type": kind,
        "closes": polls.stamp(closes),
        "ballot": "pseudonymous" if seen == "pseudonymous" else "open",
        "show": "live" if seen == "live" else "closed",
    }
    if kind != "proposal":
        top["options"] = [{"label": {written: row}} for row in options]
    if sent.get("topic", "").strip():
        top["topic"] = sent["topic"].strip()
    if share:
        top["quorum"] = {"share": f"{share}%"}
    try:
        return polls.decode(yamlsafe.dump(top))
    except ContentErrors as error:
        return [Fault("file", fault.fault) for fault in error.faults]


def _end(text: str, place: ZoneInfo, now: datetime, wrong: list[Fault | str]) -> datetime | None:
    at = moments.read(numbers.digits(text), place)
    if not text.strip():
        wrong.append(Fault("closes-missing"))
    elif at is None:
        wrong.append(Fault("closes", text[:40]))
    elif at <= now:
        wrong.append(Fault("closes-past", text[:40].replace("T", " ")))
    return at


def _share(lang: str, text: str, wrong: list[Fault | str]) -> str:
    plain = numbers.digits(text).strip().replace(",", ".")
    if not plain:
        return ""
    match = _SHARE.fullmatch(plain)
    if match is None or float(match[1]) > 100:
        wrong.append(gettext(lang, _QUORUM))
        return ""
    return match[1]


def _unnumbered(row: str) -> str:
    """An option without the number that people type before it."""
    number = _NUMBERED.match(row)
    return row[number.end() :].strip() if number else row
