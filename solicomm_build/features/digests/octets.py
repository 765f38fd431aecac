"""A digest as octets (docs/mail-rules.md#digests): a page, MIME, plain text after RFC 1153, or a
summary.

Pure. The page (page.py) is text and HTML beside each other. Every other form has a table of
contents, posts grouped by topic, each with the address of its page and the one that an answer goes
to. The MIME form is multipart/mixed of that text and a multipart/digest of the messages,
octet by octet (RFC 2046 5.1.5), so that a mail program can open, answer and verify each. Texts in
the reader's language come in as `Words`.
"""

from __future__ import annotations

import re
import textwrap

from solicomm_build.features.digests import page, pagehtml, pagetext
from solicomm_build.features.digests.page import answer_address, author_of, on_one_line
from solicomm_build.features.digests.values import Digest, Entry
from solicomm_build.message import compose
from solicomm_build.message.listcopy import list_fields
from solicomm_build.message.text import oldthread
from solicomm_build.message.text.fold import FOLD_LINES
from solicomm_build.message.transform import header_field, mailbox_field

KEY_FIELD = "X-SoliComm-Digest"
POSTS_FIELD = "X-SoliComm-Posts"
"""Volume and number of the issue, then the ids of its posts: by it a digest is made anew."""

_WIDE = "-" * 70  # RFC 1153: after the preamble
_NARROW = "-" * 30  # between messages
_LINES = 3  # of a post in a summary
_QUOTE = re.compile(r"^\s*(?:>|\||On .{5,80} wrote:$)")
_QUOTED_RUN = re.compile(r"(?:^>[^\n]*(?:\n|\Z))+", re.MULTILINE)
_LEFT_OUT = "[…]"


def compose_digest(digest: Digest, form: str) -> bytes:
    """The message in a form (`page`, `mime`, `plain`, `summary`), without what is one member's own.
    Raises MessageError when a fact cannot stand in a header."""
    if form == "page":
        part = _page(digest)
    elif form == "mime":
        part = _mime(digest)
    else:
        text = _plain(digest) if form == "plain" else _summary(digest)
        part = compose.text_part(text)
    return compose.message(_fields(digest), part)


def _fields(digest: Digest) -> list[bytes]:
    facts = digest.facts
    return [
        *list_fields(facts),
        header_field("X-Loop", facts.address),
        header_field("Precedence", "list"),
        header_field("Auto-Submitted", "auto-generated"),
        header_field(KEY_FIELD, digest.key),
        *_posts(digest),
        mailbox_field("From", facts.title, facts.address),
        mailbox_field("To", "", facts.address),
        header_field("Subject", digest.words.subject),
        compose.date_field(digest.date),
        header_field("Message-ID", f"<{digest.message_id}>"),
        header_field("Content-Language", digest.lang),
    ]


def _posts(digest: Digest) -> list[bytes]:
    mids = [entry.mid for entry in digest.entries if entry.mid]
    if not mids:
        return []
    volume, number = digest.issue
    return [header_field(POSTS_FIELD, " ".join([f"{volume}.{number}", *mids]))]


# -- forms ------------------------------------------------------------------------------------


def _page(digest: Digest) -> bytes:
    topics = page.topics_of(digest)
    text = compose.text_part(pagetext.text_of(digest, topics))
    shown = compose.text_part(pagehtml.html_of(digest, topics), "html")
    return compose.multipart("alternative", [text, shown], seed=digest.key)


def _mime(digest: Digest) -> bytes:
    parts = [compose.digest_part(_ended(entry.copy)) for entry in digest.entries]
    messages = compose.multipart("digest", parts, seed=digest.key + "/digest")
    intro = compose.text_part(_intro(digest) + _table(digest))
    return compose.multipart("mixed", [intro, messages], seed=digest.key)


def _ended(copy: bytes) -> bytes:
    """A message whose header ends even where the message does."""
    return copy if b"\n\r\n" in copy or b"\n\n" in copy else copy + b"\r\n"


def _plain(digest: Digest) -> str:
    """RFC 1153: preamble, 70 hyphens, messages between lines of 30, the end."""
    pieces = [_intro(digest) + _table(digest), f"{_WIDE}\n\n"]
    for entry in digest.entries:
        texts = [_header_lines(entry), _body(digest, entry), entry.link, _NARROW]
        pieces.append("\n\n".join(filter(None, texts)) + "\n\n")
    end = digest.words.end
    return "".join([*pieces, f"{end}\n{'*' * len(end)}\n"])


def _summary(digest: Digest) -> str:
    return _intro(digest) + _table(digest, lines=_LINES)


# -- texts ------------------------------------------------------------------------------------


def _intro(digest: Digest) -> str:
    words, facts = digest.words, digest.facts
    paragraphs = [f"{_filled(words.about)}\n{words.issue}"]
    if facts.archived:
        paragraphs.append(f"{words.on_the_web}\n{facts.url}/conferences/{facts.list_id}/")
    if facts.posting:
        paragraphs.append(_filled(words.answering))
    paragraphs.append(f"{_filled(words.options)}\n{facts.list_id}-request@{facts.domain}")
    paragraphs.append(f"{_filled(words.choose)}\n{digest.choices}")
    return "\n\n".join([*paragraphs, words.contents]) + "\n\n"


def _filled(text: str) -> str:
    return textwrap.fill(text, 72, break_long_words=False, break_on_hyphens=False)


def _table(digest: Digest, *, lines: int = 0) -> str:
    """The contents by topic, each entry with author, time, links and, in a summary, first lines."""
    topics: dict[str, list[int]] = {}
    for place, entry in enumerate(digest.entries):
        topics.setdefault(entry.topic, []).append(place)
    blocks = []
    for places in topics.values():
        rows = [f"* {_subject(digest, digest.entries[places[0]])}"]
        for place in places:
            rows += _rows(digest, place, lines)
        blocks.append("\n".join(rows))
    return "\n\n".join(blocks) + "\n\n"


def _rows(digest: Digest, place: int, lines: int) -> list[str]:
    entry = digest.entries[place]
    rows = [f"  {place + 1}. {author_of(entry)}, {digest.words.whens[place]}"]
    rows += [f"     {line}" for line in _first_lines(entry.message.text, lines)]
    rows += [f"     {entry.link}"] if entry.link else []
    answer = answer_address(digest, entry)
    rows += [f"     {digest.words.reply}: {answer}"] if answer else []
    return rows


def _subject(digest: Digest, entry: Entry) -> str:
    return on_one_line(entry.message.subject) or digest.words.no_subject


def _first_lines(text: str, count: int) -> list[str]:
    """The first lines of the author's own words."""
    lines = text.split("\n")
    own = (line.strip() for line in lines[: oldthread.start(lines)] if not _QUOTE.match(line))
    found: list[str] = []
    for line in filter(None, own):
        if len(found) == count or line == "--":
            break
        found.append(line if len(line) <= 72 else line[:71] + "…")
    return found


def without_old(text: str) -> str:
    """A post's text without what its page folds: long quotes beside words of the author's, and the
    old thread below them. The page, which the digest links to, has it all."""
    lines = text.split("\n")
    first = oldthread.start(lines)
    if first is not None:
        text = "\n".join([*lines[:first], _LEFT_OUT])
    if all(line[:1] == ">" for line in text.split("\n") if line.strip()):
        return text
    return _QUOTED_RUN.sub(_shortened, text)


def _shortened(run: re.Match[str]) -> str:
    if run[0].count("\n") <= FOLD_LINES:
        return run[0]
    return f"> {_LEFT_OUT}\n" if run[0].endswith("\n") else f"> {_LEFT_OUT}"


def _header_lines(entry: Entry) -> str:
    """The fields that RFC 1153 keeps, in its order, decoded."""
    message = entry.message
    boxes = {"From": message.from_, "To": message.to, "Cc": message.cc}
    rows = [f"Date: {on_one_line(message.date_raw)}"] if message.date_raw else []
    for name, found in boxes.items():
        shown = [f"{box.name} <{box.addr_spec}>" if box.name else box.addr_spec for box in found]
        rows += [f"{name}: {on_one_line(', '.join(shown))}"] if shown else []
    rows += [f"Subject: {on_one_line(message.subject)}", f"Message-ID: <{entry.message_id}>"]
    return "\n".join(rows)


def _body(digest: Digest, entry: Entry) -> str:
    """The text; a line that looks like a separator gets a space (RFC 1153), attachments a list."""
    text = entry.message.text.strip("\n")
    text = without_old(text) if entry.link else text
    lines = (f" {line}" if line.startswith(_NARROW) else line for line in text.split("\n"))
    body = "\n".join(lines)
    names = [f"  {attachment.name}" for attachment in entry.message.attachments]
    if not names:
        return body
    return "\n".join([body, "", digest.words.attached, *names]).strip("\n")
