"""Everything that reads what a stranger may send, by name, as functions of one awkward text."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from solicomm_build.builder.conferences import threads
from solicomm_build.cli import asking
from solicomm_build.desk import commands, vocabulary
from solicomm_build.extraction import sniff
from solicomm_build.features.bounces import bounceclass
from solicomm_build.features.bounces.reports import bouncetext, dsn
from solicomm_build.features.bounces.reports.failure import one_line
from solicomm_build.features.digests import words as digestwords  # noqa: F401 - loads the words before anything is timed
from solicomm_build.features.forms.values import formfile, formhtml, formmail, formwords
from solicomm_build.features.library.deposits import depositform, depositguesses
from solicomm_build.features.moderation import deciding
from solicomm_build.features.people import cardform
from solicomm_build.features.polls import voting
from solicomm_build.features.polls.values import polltext
from solicomm_build.features.search.engine import analyser
from solicomm_build.features.search.engine import query as searched
from solicomm_build.features.search.texts import searchtext
from solicomm_build.features.sites.editing import siteeditingmail
from solicomm_build.features.topics import commands as topiccommands
from solicomm_build.features.weekly import summary as weekly
from solicomm_build.foundation import frontmatter, maillog, oneline, yamlsafe
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.ingest import reading
from solicomm_build.message import (
    address,
    charset,
    date,
    header,
    listcopy,
    memberlines,
    msgid,
    munge,
)
from solicomm_build.message.auth import authentication, authorship, canonical, dkim
from solicomm_build.message.parse import parse
from solicomm_build.message.text import flowed, hypertext, layout, markdown
from solicomm_build.people import token
from solicomm_build.post.conference import AttachmentRules
from solicomm_build.post.editorial import markup

_FORM_FILE = Path(__file__).parents[2] / "content" / "forms" / "rights-violation@1.yaml"
FORM = formfile.decode(_FORM_FILE.read_bytes(), f"forms/{_FORM_FILE.name}")
_LABEL = FORM.fields[0].label_in("en")
_NOW = datetime(2026, 11, 27, tzinfo=UTC)
_RULES = AttachmentRules()

TEXTS: dict[str, Callable[[str], object]] = {
    "an address list": address.parse_list,
    "an address": address.is_valid,
    "masked addresses": address.mask,
    "a log line": lambda text: maillog._ADDRESS.sub("", text),
    "what operators see": asking.masked,
    "a date": date.parse,
    "a Received field": date.of_received,
    "a Message-ID": msgid.own_id,
    "references": msgid.ids_of,
    "encoded words": header.decode,
    "parameters": header.parametrised,
    "Authentication-Results": authentication.read_results,
    "a token": token.normalise,
    "a list of members": lambda text: memberlines.parse(text[:64_000]),
    "one line": lambda text: oneline.one_line(text, 500),
    "a command": commands.one,
    "lines of commands": lambda text: list(commands.lines(text)),
    "a topic's commands": topiccommands.read,
    "a topic's reference": topiccommands.reference,
    "a moderator's line": deciding.read_line,
    "the first line of a vote": voting.first_line,
    "a word": vocabulary.plain,
    "a summary's subject": weekly.is_meant,
    "a subject": threads.base_subject,
    "an answer's subject": threads.is_reply,
    "a shown subject": threads.shown_subject,
    "a form": lambda text: formmail.read(FORM, text, {}),
    "a form's name": lambda text: formmail.named(text, text),
    "a form's language": formmail.language_of,
    "a form's text": lambda text: formmail.read(FORM, f"{_LABEL}: x\n{text}", {}),
    "a form's word": formwords.folded,
    "a form on the web": lambda text: formmail.template(
        FORM, "en", {}, formhtml.written(FORM, {one.key: text for one in FORM.fields[-2:]})
    ),
    "a poll": lambda text: polltext.read("q-abcd", text.split("\n"), text[:500], "en", _NOW),
    "a poll's order": polltext.order,
    "a card": lambda text: cardform.read(text, "en"),
    "a deposit": lambda text: depositform.read(text, text[:500]),
    "a deposit's guesses": lambda text: depositguesses.guesses(text, text[:99], text[:500], _NOW),
    "a page by mail": siteeditingmail.written,
    "format=flowed": flowed.unflow,
    "hypertext": hypertext.to_text,
    "layout": layout.blocks,
    "text to Markdown": markdown.from_text,
    "Markdown": markdown.render,
    "a site's Markdown": markup.plain_text,
    "a site's faults": markup.inspect,
    "front matter": frontmatter.read,
    "YAML": lambda text: yamlsafe.load(text[:64_000]),
    "a bounce's words": lambda text: bouncetext.read(text, {}),
    "a bounce's guess": lambda text: bouncetext.guess(text, {"from": "mailer-daemon@x.example"}),
    "a reply of a server": lambda text: bounceclass.classify(dsn.of_reply("a@b.example", text)),
    "a diagnosis": lambda text: bounceclass.classify(
        dsn.Failure("a@b.example", "failed", "5.0.0", one_line(text))
    ),
    "a search": searched.parse,
    "indexed words": lambda text: analyser.words(analyser.normalise(text)),
    "a page's text": lambda text: searchtext._MARKUP.sub(" ", text),
    "a DKIM field": canonical.tags,
    "octets without a charset": lambda text: charset.decode(text.encode("utf-8", "replace")),
    "a file's kind": lambda text: sniff.media_type(text.encode("utf-8", "replace"), "x"),
}
"""Readers of a text."""

_FIELDS = (
    "From",
    "To",
    "Reply-To",
    "Sender",
    "Subject",
    "Date",
    "Message-ID",
    "References",
    "In-Reply-To",
    "Content-Type",
    "Content-Disposition",
    "Content-Language",
    "Authentication-Results",
    "DKIM-Signature",
    "Received",
    "List-Id",
    "Auto-Submitted",
    "X-Unknown",
)
_BEGINS = {
    "Content-Type": "text/plain; charset=",
    "DKIM-Signature": "v=1; a=rsa-sha256; d=a.example; b=",
    "From": "Ana <ana@union.example>",
    "Authentication-Results": "front.example; dkim=pass ",
}
_KINDS = {
    "text": "text/plain; charset=utf-8",
    "flowed text": "text/plain; charset=utf-8; format=flowed",
    "HTML": "text/html; charset=utf-8",
    "two parts": 'multipart/mixed; boundary="a"',
    "a report": 'multipart/report; report-type=delivery-status; boundary="a"',
}


def _mail(field: str, text: str) -> bytes:
    fields = {"From": "Ana <ana@union.example>", "To": "water@hub.example", "Subject": "Water"}
    flat = " ".join(text.replace("\r", " ").split("\n"))
    fields[field] = _BEGINS.get(field, "") + flat
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{head}\r\nHello\r\n".encode("utf-8", "surrogateescape")


def _of_kind(kind: str, text: str) -> bytes:
    head = f"From: Ana <ana@union.example>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n"
    if "boundary" in kind:
        inner = "text/plain" if "mixed" in kind else "message/delivery-status"
        text = f"--a\r\nContent-Type: {inner}\r\n\r\n{text}\r\n--a\r\n\r\n{text}\r\n"
    return (head + text).encode("utf-8", "surrogateescape")


def _whole(raw: bytes) -> None:
    """All that is done with a message on its way into git, to members, and when it came back."""
    for work in (_posted, _copied, _bounced):
        with contextlib.suppress(SoliCommError):
            work(raw)


def _posted(raw: bytes) -> None:
    message = parse(raw)
    authorship.author(message)
    authorship.is_automatic(message)
    authentication.assess(raw, trusted=("front.example",))
    reading.of_message(message, _RULES)
    commands.read(message)


def _copied(raw: bytes) -> None:
    listcopy.key_of(raw)
    munge.author_domain(raw)
    canonical.relaxed_body(raw)
    [canonical.relaxed_field(one) for one in canonical.fields_of(raw)]


def _bounced(raw: bytes) -> None:
    dsn.read(raw)


def _signed(raw: bytes) -> None:
    dkim.verify(raw, lambda name: b"", wanted=lambda domain: False)


MAILS: dict[str, Callable[[str], object]] = {
    **{
        f"a mail with {name}": (lambda text, name=name: _whole(_mail(name, text)))
        for name in _FIELDS
    },
    **{
        f"a mail of {name}": (lambda text, kind=kind: _whole(_of_kind(kind, text)))
        for name, kind in _KINDS.items()
    },
}
"""Readers of whole messages with the text in one place."""

READERS = {**TEXTS, **MAILS}


def read(name: str, text: str) -> None:
    """Reads; whatever the program says of bad input is an answer."""
    with contextlib.suppress(SoliCommError, UnicodeError):
        READERS[name](text)


def reading_of(name: str, text: str) -> Callable[[], object]:
    """`read`, to be called later."""
    return partial(read, name, text)
