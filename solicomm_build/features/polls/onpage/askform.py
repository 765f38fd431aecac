"""The form in which a moderator asks for a vote, and the poll that it asks for. Pure but for a new
id.

What is missing or wrong is named by the faults of the mail (values/polltext.py), all at once, and
the form is shown again with everything that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
from solicomm_build.web.mine.forms import area, folded, line, radios, select, text

SEEN = {
    "closed": N_("Votes are published at the end, with the voters’ names."),
    "live": N_("Votes are public at once, with the voters’ names."),
    "pseudonymous": N_("Votes are published at the end, under codes instead of names."),
}
"""Who sees what of the votes."""
_PLAIN = ("question", "options", "type", "closes", "seen", "quorum", "topic", "lang", "votes")
FIELDS = (*_PLAIN, *(f"{key}-{code}" for code in i18n.LANGUAGES for key in ("question", "options")))
"""What the form sends; `question-fr` and the like have what is said in another language."""

_NUMBERED = re.compile(r"(\d{1,2})\s{0,4}[.)]\s+")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,2})?) ?%?")
_VOTES = re.compile(r"([a-z0-9][a-z0-9-]{0,27})\s{0,9}[:=]?\s{1,9}([1-9][0-9]{0,9})")
_OPTIONS_MISSING = N_("Write the options, each on a line of its own: 2 at least, 30 at most.")
_OPTIONS_TOO_MANY = N_(
    "The answers to a proposal are always the same. Take your options out, or choose another kind."
)
_OPTIONS_UNLIKE = N_("In %(language)s there is not one line for each option. Write as many.")
_QUESTION_ALONE = N_("In %(language)s the question is missing.")
_NO_VOTES = N_("This is no union and its number of votes, such as “metal: 1200”:")
_CODES = N_(
    "Votes of unions cannot stand under codes: their number says whose they are. Choose anew what "
    "others see."
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
            _other_languages(lang, sent),
            _weighed(lang, sent),
        ]
    )


def _other_languages(lang: str, sent: Mapping[str, str]) -> str:
    """The same question in other languages: who votes reads it in the own one."""
    rows = [text(gettext(lang, "Who votes reads the vote in the own language where you write it."))]
    own = sent.get("lang") or lang
    for code, one in i18n.LANGUAGES.items():
        if code == own:
            continue
        facts = {"language": one.name}
        question = gettext(lang, "The question in %(language)s", **facts)
        options = gettext(lang, "The options in %(language)s, in the same order", **facts)
        more = f'lang="{code}" dir="{one.dir}"'
        asked = sent.get(f"question-{code}", "")
        rows.append(area(f"question-{code}", question, asked, rows=2, more=more))
        answers = sent.get(f"options-{code}", "")
        rows.append(area(f"options-{code}", options, answers, rows=3, more=more))
    return folded(gettext(lang, "In other languages, too"), "".join(rows))


def _weighed(lang: str, sent: Mapping[str, str]) -> str:
    """How many votes each union has, where not each person has one."""
    calm = gettext(
        lang,
        "One line for each union: the id of its site, and its votes, such as “metal: 1200”. Who "
        "votes for a union casts all of them; several share them equally. Empty: each person has "
        "one vote.",
    )
    votes = area("votes", gettext(lang, "Votes of each union"), sent.get("votes", ""), rows=3)
    return folded(gettext(lang, "Votes by union, not by person"), text(calm) + votes)


def read(
    lang: str, sent: Mapping[str, str], place: ZoneInfo, now: datetime
) -> Poll | list[Fault | str]:
    """The poll that was asked for, or all that is wrong: a fault of polls, or a sentence in
    `lang`. The second press on a button asks for the same poll (`id`)."""
    wrong: list[Fault | str] = []
    question = " ".join(sent.get("question", "").split())
    options = _rows(sent.get("options", ""))
    kind = sent.get("type") or "choice"
    if not question:
        wrong.append(Fault("question"))
    if kind not in polls.TYPES:
        wrong.append(Fault("type", kind[:40]))
    elif kind == "proposal" and options:
        wrong.append(gettext(lang, _OPTIONS_TOO_MANY))
    elif kind != "proposal" and not 2 <= len(options) <= polls.MOST_OPTIONS:
        wrong.append(gettext(lang, _OPTIONS_MISSING))
    tongue = sent.get("lang", "")
    written = tongue if tongue in i18n.LANGUAGES else lang
    others = _others(lang, written, sent, len(options), wrong, has_options=kind != "proposal")
    said_all = [one for asked, rows in others.values() for one in (asked, *rows)]
    wrong += _addresses(lang, (question, *options, *said_all))
    closes = _end(sent.get("closes", ""), place, now, wrong)
    share = _share(lang, sent.get("quorum", ""), wrong)
    seen = sent.get("seen") or "closed"
    if seen not in SEEN:
        wrong.append(Fault("ballot", seen[:40]))
    unions = _unions(lang, sent.get("votes", ""), wrong)
    if unions and seen == "pseudonymous":
        wrong.append(gettext(lang, _CODES))
    if wrong or closes is None:
        return wrong
    known = sent.get("id", "")
    top: dict[str, Node] = {
        "schema": polls.SCHEMA,
        "id": known if POLL_ID.fullmatch(known) else polls.mint("q-"),
        "question": _in_all(written, question, {code: one[0] for code, one in others.items()}),
        "type": kind,
        "closes": polls.stamp(closes),
        "ballot": "pseudonymous" if seen == "pseudonymous" else "open",
        "show": "live" if seen == "live" else "closed",
    }
    if kind != "proposal":
        top["options"] = [
            {"label": _in_all(written, row, {code: one[1][at] for code, one in others.items()})}
            for at, row in enumerate(options)
        ]
    if unions:
        top["weights"] = {"by-union": {name: str(votes) for name, votes in unions.items()}}
    if sent.get("topic", "").strip():
        top["topic"] = sent["topic"].strip()
    if share:
        top["quorum"] = {"share": f"{share}%"}
    try:
        return polls.decode(yamlsafe.dump(top))
    except ContentErrors as error:
        return [Fault("file", fault.fault) for fault in error.faults]


def _addresses(lang: str, texts: Iterable[str]) -> Iterator[str]:
    """What is wrong with texts that everybody may read: addresses of persons."""
    said = gettext(
        lang, "There is an e-mail address here, which everybody could read. Leave it out:"
    )
    return (f"{said} {one[:80]}" for one in texts if "@" in one and mask(one) != one)


def _in_all(written: str, said: str, others: Mapping[str, str]) -> dict[str, Node]:
    """A text by language, the one that it was written in first."""
    return {written: said, **others}


def _rows(written: str) -> list[str]:
    """Options, each on a line, without the numbers that people type before them: those that say
    which one it is. `12. May` is a day."""
    rows = [row for line in written.splitlines() if (row := line.strip())]
    said = [_NUMBERED.match(row) for row in rows]
    if any(found and int(found[1]) != nth for nth, found in enumerate(said, 1)):
        return rows
    pairs = zip(rows, said, strict=True)
    bare = [row[found.end() :].strip() if found else row for row, found in pairs]
    return bare if len(set(bare)) == len(set(rows)) and all(bare) else rows


def _others(
    lang: str,
    written: str,
    sent: Mapping[str, str],
    count: int,
    wrong: list[Fault | str],
    *,
    has_options: bool,
) -> dict[str, tuple[str, list[str]]]:
    """The question and its options in the other languages in which something stands."""
    found: dict[str, tuple[str, list[str]]] = {}
    for code, one in i18n.LANGUAGES.items():
        asked = " ".join(sent.get(f"question-{code}", "").split())
        rows = _rows(sent.get(f"options-{code}", "")) if has_options else []
        if code == written or not (asked or rows):
            continue
        if not asked:
            wrong.append(gettext(lang, _QUESTION_ALONE, language=one.name))
        elif has_options and len(rows) != count:
            wrong.append(gettext(lang, _OPTIONS_UNLIKE, language=one.name))
        else:
            found[code] = (asked, rows)
    return found


def _unions(lang: str, written: str, wrong: list[Fault | str]) -> dict[str, int]:
    """The votes of each union, from lines such as `metal: 1200`."""
    found: dict[str, int] = {}
    for row in filter(None, (one.strip() for one in written.splitlines())):
        match = _VOTES.fullmatch(numbers.digits(row).lower().replace(":", ": "))
        if match is None or match[1] in found:
            said = gettext(lang, _NO_VOTES)
            wrong.append(f"{said} {row[:80]}")
        else:
            found[match[1]] = int(match[2])
    return found


def _end(said: str, place: ZoneInfo, now: datetime, wrong: list[Fault | str]) -> datetime | None:
    at = moments.read(numbers.digits(said), place)
    if not said.strip():
        wrong.append(Fault("closes-missing"))
    elif at is None:
        wrong.append(Fault("closes", said[:40]))
    elif at <= now:
        wrong.append(Fault("closes-past", said[:40].replace("T", " ")))
    return at


def _share(lang: str, said: str, wrong: list[Fault | str]) -> str:
    plain = numbers.digits(said).strip().replace(",", ".")
    if not plain:
        return ""
    match = _SHARE.fullmatch(plain)
    if match is None or float(match[1]) > 100:
        wrong.append(gettext(lang, _QUORUM))
        return ""
    return match[1]
