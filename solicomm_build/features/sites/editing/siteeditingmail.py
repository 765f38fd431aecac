"""A mail to a site as its editor means it: the command, the fields, the text that comes back. Pure.

A text goes out between two lines of `=`, the first with its path. It comes back as an attached file
(`.md`), or between the same two lines, quoted or not, whatever the mail program has done to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from solicomm_build.desk import vocabulary
from solicomm_build.desk.commands import ANSWER, lines
from solicomm_build.desk.vocabulary import plain
from solicomm_build.foundation.language import wordtables
from solicomm_build.message.values import Message
from solicomm_build.post import ownwords

WORDS: vocabulary.Words = wordtables.Lazy(
    lambda: {**wordtables.table(__file__, "commands"), "help": vocabulary.COMMANDS["help"]}
)
"""The commands of a site in six languages; all are understood everywhere."""
FIELDS = wordtables.table(__file__, "fields")
"""Lines `word: text` of a mail with news."""

_WORDS = vocabulary.meanings(WORDS)
_FIELDS = vocabulary.meanings(FIELDS)
_LINE = re.compile(r"\s*+([^\W\d_]{2,12})\s*+:\s*+(.*)")
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*+", re.IGNORECASE)
_MARK = re.compile(r"\s*+([>|])\s?")
_BEGIN = re.compile(r"\s*=+\[ ?(?P<path>[a-z][\w./-]*) ?\]=+\s*", re.ASCII)
_END = re.compile(r"\s*=+\[ ?/ ?\]=+\s*")
_MARKS = "\"'«»„“”.,;:!?،؛؟* "


@dataclass(frozen=True, slots=True)
class Asked:
    """A command by its English name (empty: none was understood), what stands after it, and the
    language of its word."""

    name: str = ""
    rest: str = ""
    lang: str = "en"


@dataclass(slots=True)
class Written:
    """The text of a mail with news, without its fields; `alts` in their order."""

    body: str
    alts: list[str] = field(default_factory=list)
    lang: str = ""
    summary: str = ""


def asked(message: Message) -> Asked:
    """The command of a mail: its subject, or else its first own line."""
    subject = ANSWER.sub("", message.subject).strip()
    first = next(lines(message.text), "")
    return _command(subject) or _command(first) or Asked()


def _command(line: str) -> Asked | None:
    head, colon, rest = line.partition(":")
    found = _WORDS.get(plain(head).strip(_MARKS))
    if colon and found and found[0] == "news":
        return Asked("news", " ".join(rest.split()), found[1])
    if found := _WORDS.get(plain(line).strip(_MARKS)):
        return Asked(found[0], "", found[1])
    word, _, rest = line.strip().partition(" ")
    found = _WORDS.get(plain(word).strip(_MARKS))
    if found and found[0] == "edit":
        return Asked("edit", rest.strip().strip("\"'«»“”").lower(), found[1])
    return None


def is_publish(line: str) -> bool:
    """Whether a line says that the draft shall be published."""
    return _WORDS.get(plain(line).strip(_MARKS), ("",))[0] == "publish"


def written(text: str, pictures: int = 0) -> Written:
    """The news in a mail's text: up to the signature, fields taken out. What looks like a field and
    says nothing that is still asked for stays, such as who took a photo: so many `pictures` are
    described, and there is one language and one summary."""
    found = Written("")
    rows: list[str] = []
    for line in ownwords.before_signature(text):
        match = _LINE.fullmatch(line)
        name = _FIELDS.get(plain(match[1]), ("", ""))[0] if match else ""
        value = match[2].strip() if match else ""
        if name == "alt" and len(found.alts) < pictures:
            found.alts.append(value)
        elif name == "lang" and not found.lang and _TAG.fullmatch(value):
            found.lang = value.lower()
        elif name == "summary" and not found.summary:
            found.summary = value
        else:
            rows.append(line.rstrip())
    found.body = "\n".join(rows).strip("\n") + "\n"
    return found


def framed(path: str, text: str) -> str:
    """A text as it goes out, to be corrected and sent back."""
    return f"=====[ {path} ]=====\n{text.rstrip()}\n=====[ / ]=====\n"


def returned(message: Message, before: str = "") -> str | None:
    """The text that comes back; None when there is none in the mail. Of a quotation only the marks
    go that stand before its first line: all others are the text's own. Spaces that break a line
    are as in the file, or as they were `before`: programs leave them out of a mail."""
    for part in message.attachments:
        if part.name.endswith((".md", ".yaml")) or part.type == "text/markdown":
            text = part.payload.decode("utf-8-sig", "replace")
            return _mended(text, text)
    rows: list[str] | None = None
    marks = ""
    for line in message.text.split("\n"):
        own, around = _unquoted(line)
        if rows is None:
            rows, marks = ([], around) if _BEGIN.fullmatch(own) else (None, "")
        elif _END.fullmatch(own):
            return _mended("\n".join(rows), before)
        else:
            rows.append(_unquoted(line, marks)[0])
    return _mended("\n".join(rows), before) if rows else None


def _unquoted(line: str, marks: str | None = None) -> tuple[str, str]:
    """A line without these marks of a quotation, or without any; and those that it had."""
    had, end = "", 0
    while marks is None or len(had) < len(marks):
        found = _MARK.match(line, end)
        if found is None or (marks is not None and found[1] != marks[len(had)]):
            break
        had, end = had + found[1], found.end()
    return line[end:], had


def own_lines(message: Message) -> list[str]:
    """What the editor wrote outside the text."""
    found: list[str] = []
    inside = False
    for line in lines(message.text):
        if _BEGIN.fullmatch(line):
            inside = True
        elif _END.fullmatch(line):
            inside = False
        elif not inside:
            found.append(line)
    return found


def _mended(text: str, before: str) -> str:
    """The text as a file: LF, nothing at the ends of lines but what breaks them, one line break at
    its end. What breaks a line is known from the text `before`."""
    known = before.replace("\r\n", "\n").split("\n")
    broken = {line.rstrip() for line in known if line.endswith("  ")}
    rows = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    rows = [f"{row}  " if row and row in broken else row for row in rows]
    return "\n".join(rows).strip("\n") + "\n"
