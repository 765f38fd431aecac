"""Where a mail's text ends and the old thread begins that a program has put below it, unmarked.

Outlook, Windows Mail, AOL, Yahoo and others quote without `>`: a line of dashes with "Original
Message", a block of From, Sent, To and Subject, or a bare "On … wrote:", and then all that was
written before. Pure: works on lines of text, so that it does not matter whether they came as plain
text or as HTML (a border, a rule, a `div` of some class: what is left of them is these lines).

It must never take an author's own line for old: a block counts only when it begins with From (or a
date, below a rule), holds a date and a subject in the labels of one language, and looks like mail
(a mailbox, a time of the day, a label that only mail programs write); "On … wrote:" only with a
time or a mailbox in it; and both only below words of the author's. A forwarded message is what its
author wants to show. What lies below belongs to the thread: these programs put the cursor above.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeAlias

from solicomm_build.foundation.language import wordtables

_LABELS = wordtables.table(__file__, "labels")
_OLD = wordtables.phrases(__file__, "original")
_AGAIN = wordtables.phrases(__file__, "forwarded")
_LEADS = wordtables.phrases(__file__, "wrote")
_SAYS = wordtables.phrases(__file__, "says")
_BEGINS = wordtables.phrases(__file__, "begins")
_SENDER, _SENT, _DATE, _TO, _SUBJECT = "sender", "sent", "date", "to", "subject"
_Labels: TypeAlias = Mapping[str, tuple[str, ...]]
"""How a language's programs call the fields; `sent` is written by mail programs alone."""


@cache
def _languages() -> tuple[_Labels, ...]:
    names = (_SENDER, _SENT, _DATE, _TO, _SUBJECT)
    tags = _LABELS[_SENDER]
    return tuple({name: _LABELS[name].get(tag, ()) for name in names} for tag in tags)


def _either(patterns: wordtables.Phrases) -> str:
    """One of the patterns of all languages."""
    return "(?:" + "|".join(wordtables.every(patterns)) + ")"


_LABEL = re.compile(r"[ \t*_]{0,6}([^\W\d_][^:：\n]{0,24}?)[ \t\u00a0*_]{0,4}[:：][*_]{0,3}(.*)")
_BLOCK_LINES = 12  # of a header block; To and Cc may go over several
_TIME = re.compile(r"(?<!\d)\d{1,2}(?:[:.h]|\s?h\s?)\d{2}(?!\d)")
_MAILBOX = re.compile(r"[^\s@]@[^\s@]|<[^<>\s]{1,200}>|\[mailto:", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[/.]\d{1,2}[/.]\d{2}")
_RULE = re.compile(r"[ \t]*+(?:[-_=*]{3,}+[ \t]*+)++")


@cache
def _original() -> re.Pattern[str]:
    line = rf"[ \t]*+-{{2,80}}+[ \t]*+{_either(_OLD)}[ \t]*+-{{0,30}}+[ \t]*+"
    return re.compile(line, re.IGNORECASE)


@cache
def _forwarded() -> re.Pattern[str]:
    dashes = r"[ \t]*+-{0,30}+[ \t]*+"
    return re.compile(rf"{dashes}{_either(_AGAIN)}[ \t]*+:?+{dashes}", re.IGNORECASE)


@cache
def _wrote() -> re.Pattern[str]:
    """One line, or two or three that a program has wrapped, joined by spaces. Gmail in Russian and
    others writes no verb, but date and mailbox."""
    says = rf".{{8,250}}[ ,]{_either(_SAYS)} ?:|.{{8,160}}<[^<>\s]{{3,120}}> ?:"
    return re.compile(rf"(?:-{{2,4}} ?)?(?:{_either(_LEADS)}|{says})")


# A line that ends in a colon, and no marked quote below it.
_BARE = re.compile(r":(?:\u200f|\u200e|[ \u00a0])?(?:<br>|</p>\n(?!<blockquote>)(?=<))")
_WORD = re.compile(r"[^\W_]")


def may_hold(html: str) -> bool:
    """Whether looking closer at a rendered post can find anything; quick, for nearly all have
    nothing, or only lines "On … wrote:" above marked quotes."""
    return bool(_labelled().search(html) or _BARE.search(html))


@cache
def _labelled() -> re.Pattern[str]:
    names = {*wordtables.every(_LABELS[_SUBJECT]), *wordtables.every(_LABELS[_SENT])}
    return re.compile("|".join(sorted(names)))


def start(lines: Sequence[str]) -> int | None:
    """The index of the line where the old thread begins; None when there is none, or nothing of
    the author's own above it. Lines with `>` are quotes already, and never begin one."""
    has_own = False
    for number in range(1, len(lines)):
        has_own = has_own or _is_own(lines[number - 1])
        if has_own and _begins(lines, number):
            return None if _is_forwarded(lines, number) else _above(lines, number)
    return None


def begins(lines: Sequence[str], number: int) -> bool:
    """Whether at this line another mail begins that a program has put there without marks: by a
    block of From, Sent, To and Subject, or by "On … wrote:", in one of the languages."""
    return _begins(lines, number)


def _is_forwarded(lines: Sequence[str], number: int) -> bool:
    above = next((line for line in reversed(lines[:number]) if line.strip()), "")
    return bool(_forwarded().fullmatch(above[:200]))


def _is_own(line: str) -> bool:
    """Whether a line holds words that no program wrote."""
    if line[:1] == ">" or not _WORD.search(line):
        return False
    line = line[:400].strip()
    return not (
        _original().fullmatch(line) or _forwarded().fullmatch(line) or _wrote().fullmatch(line)
    )


def _begins(lines: Sequence[str], number: int) -> bool:
    line = lines[number]
    if ":" not in line and "：" not in line and not line.startswith(_first_words()):
        return False
    return _is_header(lines, number) or _is_attribution(lines, number)


def _above(lines: Sequence[str], number: int) -> int:
    """The first of the rules, blank lines and "Original Message" that stand above a block."""
    first = number
    while number > 0:
        number -= 1
        line = lines[number][:200]
        if _RULE.fullmatch(line) or _original().fullmatch(line):
            first = number
        elif line.strip():
            break
    return first


# -- From, Sent, To, Subject ---------------------------------------------------------------------


def _is_header(lines: Sequence[str], number: int) -> bool:
    first = _LABEL.match(_plain(lines[number]))
    if first is None:
        return False
    below_a_rule = _above(lines, number) < number
    return any(
        (first[1] in labels[_SENDER] or (below_a_rule and first[1] in labels[_DATE]))
        and _looks_like_mail(_fields(lines, number, labels), labels)
        for labels in _languages()
    )


def _plain(line: str) -> str:
    return line[:400].replace("\u200e", "").replace("\u200f", "")


def _fields(lines: Sequence[str], number: int, labels: _Labels) -> dict[str, str]:
    """The fields of a block by label: up to the first blank line below what makes it one."""
    known = {name for names in labels.values() for name in names}
    found: dict[str, str] = {}
    for line in map(_plain, lines[number : number + _BLOCK_LINES]):
        field = _LABEL.match(line)
        if field is not None and field[1] in known:
            found.setdefault(field[1], field[2])
        elif not line.strip() and len(found) > 2:
            break
    return found


def _looks_like_mail(found: dict[str, str], labels: _Labels) -> bool:
    """Whether fields are those that a program puts above the mail that it quotes: a sender, a date
    and a subject, or the time of sending and a recipient; and a sign that it was mail."""
    sender = next((found[name] for name in labels[_SENDER] if name in found), None)
    sent = next((found[name] for name in labels[_SENT] if name in found), "")
    date = sent or next((found[name] for name in labels[_DATE] if name in found), "")
    if sender is None or not any(map(str.isdigit, date)):
        return False
    is_mail = bool(_MAILBOX.search(sender) or _TIME.search(date))
    if any(name in found for name in labels[_SUBJECT]):
        return is_mail or bool(sent)
    return bool(sent) and is_mail and any(name in found for name in labels[_TO])


# -- On … wrote: ---------------------------------------------------------------------------------


@cache
def _first_words() -> tuple[str, ...]:
    return tuple(f"{word} " for word in wordtables.every(_BEGINS))


def _is_attribution(lines: Sequence[str], number: int) -> bool:
    """A bare "On … wrote:" with text below it that is not marked as a quote."""
    text = ""
    for size in range(3):
        if number + size >= len(lines) or (size and not lines[number + size].strip()):
            return False
        text = f"{text} {lines[number + size][:300].strip()}".strip()
        if text.endswith((":", "：")):
            break
    else:
        return False
    if len(text) > 500 or not _wrote().fullmatch(text):
        return False
    has_mailbox, has_year = bool(_MAILBOX.search(text)), bool(_YEAR.search(text))
    if not (_TIME.search(text) and (has_mailbox or has_year)) and not (has_mailbox and has_year):
        return False
    rest = map(lines.__getitem__, range(number + size + 1, len(lines)))
    below = next((line for line in rest if line.strip()), "")
    return bool(below) and below[:1] != ">"
