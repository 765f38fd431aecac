"""Which parts of a message are its text, and which are attachments (RFC 2046, RFC 2183).

Of alternatives the plain one is read, since it becomes Markdown, unless it is empty or only says
that the reader's program shows no HTML, or where it can be read. Of texts one below the other all
are read, but for HTML below plain words that says the same, or is called like a file: that is to
open. Signatures of OpenPGP and S/MIME are no attachments; they stay in the raw message, where they
can be verified. Attached messages are attachments: never searched for text, senders or commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from solicomm_build.foundation import characters
from solicomm_build.message import charset, header
from solicomm_build.message.structure import Part
from solicomm_build.message.text import flowed, hypertext
from solicomm_build.message.values import Attachment, TextKind

_NOTICE = re.compile(
    r"(does|do|can|could) ?n[o']?t (support|display|show|read|render|view)[^.\n]{0,40}\bhtml\b|"
    r"\bhtml\b[^.\n]{0,60}\b(client|viewer|reader|version|capable)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"https?://\S++")
_LONGEST_NOTICE = 400  # characters
_LATIN = re.compile(rb"[A-Za-z]{4,}")
_FIRST_WORDS = 8
_MORE, _MUCH_MORE = 2, 8  # so many words of the HTML for one of the plain text
_SIGNATURES = frozenset(
    ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"]
)
_SUFFIXES = {
    "text/plain": "txt",
    "text/html": "html",
    "text/markdown": "md",
    "text/calendar": "ics",
    "message/rfc822": "eml",
    "message/global": "eml",
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "text/x-patch": "patch",
    "text/x-diff": "diff",
}
# One path segment without what can deceive: controls, format characters of direction, separators.
_UNSAFE = re.compile(
    f"[{characters.CONTROLS}\u00ad\u061c{characters.MARKS}{characters.BREAKS}{characters.DIRECTION}"
    f"{characters.SURROGATES}{characters.BOM}" + r'/\\:*?"<>|]+'
)
_MAX_NAME = 120  # octets
_MAX_SHOWN = 50  # inline text parts; more are attachments


class Body(NamedTuple):
    """What of a message is read and what is attached."""

    text: str
    kind: TextKind
    guessed: bool
    attachments: tuple[Attachment, ...]


class _Chosen(NamedTuple):
    shown: list[Part]
    attached: list[Part]


class _Texts:
    """The texts of a message's parts, each decoded once, however often it is asked for."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._told: dict[int, tuple[str, bool]] = {}  # by the identity of the part
        self._words: dict[int, frozenset[str]] = {}
        self._octets: dict[int, bytes] = {}

    def of(self, part: Part) -> tuple[str, bool]:
        """What a part says (LF), and whether its charset was guessed."""
        told = self._told.get(id(part))
        if told is None:
            told = self._told[id(part)] = _text(self._raw, part)
        return told

    def words_of_html(self, options: list[_Chosen]) -> set[str]:
        """The words of all HTML among some alternatives."""
        parts = [part for one in options for part in one.shown if part.type == "text/html"]
        for part in parts:
            if id(part) not in self._words:
                self._words[id(part)] = frozenset(_words(self.of(part)[0]))
        return set().union(*(self._words[id(part)] for part in parts))

    def is_in_html(self, text: str, options: list[_Chosen]) -> bool:
        """Whether the first words of a text stand in the octets of all HTML among alternatives:
        quickly, and without reading it."""
        words = _LATIN.findall(text.encode("utf-8", "replace"))[:_FIRST_WORDS]
        parts = [part for one in options for part in one.shown if part.type == "text/html"]
        for part in parts if len(words) > 1 else ():
            if id(part) not in self._octets:
                self._octets[id(part)] = part.payload(self._raw)
            if not all(word in self._octets[id(part)] for word in words):
                return False
        return len(words) > 1 and bool(parts)


def read(raw: bytes, root: Part) -> Body:
    """The text (LF, no lone surrogates) and the attachments of a message's tree."""
    said = _Texts(raw)
    shown, attached = _choose(said, root)
    if not shown and root.type.startswith("text/") and root.type != "text/calendar":
        shown, attached = attached, []  # a mail that is nothing but a patch
    shown, apart = _below_each_other(said, shown)
    attached, shown = attached + apart + shown[_MAX_SHOWN:], shown[:_MAX_SHOWN]
    texts, guessed = [], False
    for part in shown:
        text, was_guessed = said.of(part)
        guessed = guessed or was_guessed
        texts.append(text)
    text = texts[0] if len(texts) == 1 else "\n\n".join(t.strip("\n") for t in texts if t.strip())
    files = tuple(_attachment(raw, part, n) for n, part in enumerate(attached, 1))
    return Body(text, _kind(shown), guessed, files)


def _below_each_other(said: _Texts, shown: list[Part]) -> _Chosen:
    """Of texts that stand one below the other what is read, and what is to be opened. HTML above
    plain words is the author's, below which a list, a virus scanner or a telephone has put some
    lines; HTML below them seldom is (`_is_below`)."""
    pages = [part for part in shown if part.type == "text/html"]
    if not 0 < len(pages) < len(shown):
        return _Chosen(shown, [])
    above: set[int] = set()
    for part in shown:
        if said.of(part)[0].strip():
            if part.type != "text/html":
                break
            above.add(id(part))
    else:
        return _Chosen(pages, [])
    plain = [part for part in shown if part.type != "text/html"]
    words = {word for part in plain for word in _words(said.of(part)[0])}
    above |= {id(part) for part in pages if _is_below(said, part, words)}
    kept = [part for part in shown if part.type != "text/html" or id(part) in above]
    return _Chosen(kept, [part for part in pages if id(part) not in above])


def _is_below(said: _Texts, page: Part, plain: set[str]) -> bool:
    """Whether HTML is what somebody wrote, below lines that were put above it: it is called like no
    file, and says much more than these words, and not the same."""
    if file_name(page, 0) != f"part-0.{_SUFFIXES['text/html']}":
        return False
    words = set(_words(said.of(page)[0]))
    return len(words) >= _MORE * len(plain) and 4 * len(words & plain) < 3 * len(plain)


def _kind(shown: list[Part]) -> TextKind:
    types = {part.type for part in shown}
    if not types:
        return "none"
    if types == {"text/html"}:
        return "html"
    return "markdown" if types == {"text/markdown"} else "plain"


def _choose(texts: _Texts, part: Part) -> _Chosen:
    """Recursive, at most `types.FARTHEST.mime_depth` deep."""
    if not part.type.startswith("multipart/"):
        if part.type in _SIGNATURES:
            return _Chosen([], [])
        return _Chosen([part], []) if _is_inline_text(part) else _Chosen([], [part])
    if part.type == "multipart/alternative":
        return _alternative(texts, part)
    if part.type == "multipart/related":
        return _related(texts, part)
    chosen = _Chosen([], [])
    for child in part.parts:
        inner = _choose(texts, child)
        chosen.shown.extend(inner.shown)
        chosen.attached.extend(inner.attached)
    return chosen


def _is_inline_text(part: Part) -> bool:
    disposition = part.fields.get("content-disposition", "").partition(";")[0].strip().lower()
    is_shown = part.type in ("text/plain", "text/markdown", "text/html")
    if disposition == "attachment":
        return False
    return is_shown or (part.type in ("text/x-patch", "text/x-diff") and disposition == "inline")


def _alternative(texts: _Texts, part: Part) -> _Chosen:
    """Markdown, then plain text, then the last that can be shown; other kinds stay attached."""
    options = [_choose(texts, child) for child in part.parts]
    in_html = cache(lambda: texts.words_of_html(options))
    is_there = cache(lambda text: texts.is_in_html(text, options))
    best: _Chosen | None = None
    rank = -1
    for option in options:
        value = _rank(texts, option, in_html, is_there)
        if option.shown and value >= rank:
            best, rank = option, value
    attached = list(best.attached) if best else []
    for option in options:
        if option is not best:
            attached += option.attached
    return _Chosen(best.shown if best else [], attached)


def _rank(
    texts: _Texts,
    option: _Chosen,
    in_html: Callable[[], set[str]],
    is_there: Callable[[str], bool],
) -> int:
    types = {part.type for part in option.shown}
    if "text/markdown" in types:
        return 4
    if types and "text/html" not in types:
        text = "".join(texts.of(part)[0] for part in option.shown).strip()
        return 0 if _is_notice(text, in_html, is_there) else 3
    return 1 if types else -1


def _is_notice(text: str, in_html: Callable[[], set[str]], is_there: Callable[[str], bool]) -> bool:
    """Whether a plain text beside HTML has nothing of its author's: is empty, says that a program
    shows no HTML, or where the mail can be read. In whatever language: the HTML then says much that
    it does not, and does not say what it says, or that only above all else."""
    if not text or len(text) >= _LONGEST_NOTICE:
        return not text
    if _NOTICE.search(text) is not None and not _is_said(text, in_html):
        return True
    bare = _LINK.sub(" ", text)
    if bare == text and is_there(text):
        return False
    words, others = len(set(_words(bare))), len(in_html())
    if bare != text and others >= _MUCH_MORE * max(words, 1):
        return True
    return words > 0 and others >= _MORE * words and not _is_said(bare, in_html)


def _is_said(text: str, in_html: Callable[[], set[str]]) -> bool:
    """Whether the HTML says the same: then a text that speaks of HTML is the author's own."""
    others, words = in_html(), _words(text)
    return bool(words) and 4 * sum(word in others for word in words) >= 3 * len(words)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _related(texts: _Texts, part: Part) -> _Chosen:
    """RFC 2387: the part that `start` names is the root, else the first; the rest hangs on it."""
    start = part.params.get("start", "").strip("<> ")
    root = part.parts[0]
    for child in part.parts:
        if start and child.fields.get("content-id", "").strip("<> ") == start:
            root = child
    chosen = _choose(texts, root)
    for child in part.parts:
        if child is not root:
            inner = _choose(texts, child)
            chosen.attached.extend(inner.attached + inner.shown)
    return chosen


def _text(raw: bytes, part: Part) -> tuple[str, bool]:
    text, guessed = charset.decode(part.payload(raw), part.params.get("charset", ""), study=True)
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.type == "text/html":
        return hypertext.to_text(text), guessed
    if part.params.get("format", "").lower() == "flowed" and part.type == "text/plain":
        text = flowed.unflow(text, delsp=part.params.get("delsp", "").lower() == "yes")
    return text, guessed


def _attachment(raw: bytes, part: Part, number: int) -> Attachment:
    return Attachment(file_name(part, number), part.type, part.payload(raw))


def file_name(part: Part, number: int) -> str:
    """A name that is one safe path segment: from filename, name or the attached mail's subject."""
    disposition = header.parametrised(part.fields.get("content-disposition", ""))
    name = disposition.params.get("filename") or part.params.get("name") or ""
    name = safe_name(header.decode(name))
    if not name and part.type in ("message/rfc822", "message/global") and part.parts:
        subject = header.decode(part.parts[0].fields.get("subject", ""))
        subject = safe_name(subject.replace("/", "-").replace("\\", "-"))
        name = f"{subject}.eml" if subject else ""
    return name or f"part-{number}.{_SUFFIXES.get(part.type, 'bin')}"


def safe_name(name: str) -> str:
    """`name` without path, control and direction characters and leading dots; may come out empty.

    A path keeps its last segment. Long names keep their suffix.
    """
    name = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1])
    name = " ".join(name.split()).strip(" .") if name.strip("_ .") else ""
    stem, dot, suffix = name.rpartition(".")
    if len(name.encode()) <= _MAX_NAME:
        return name
    if not dot or len(suffix) > 16:
        return name.encode()[:_MAX_NAME].decode("utf-8", "ignore")
    most = max(0, _MAX_NAME - len(f".{suffix}".encode()))
    return f"{stem.encode()[:most].decode('utf-8', 'ignore')}.{suffix}"
