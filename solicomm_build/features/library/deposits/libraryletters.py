"""The frame of the e-library's letters, and a card as lines."""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.desk import vocabulary
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.desk.words import line, paragraphs
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.deposits import depositform
from solicomm_build.foundation.i18n import gettext


def library_letter(
    office: Office,
    library: str,
    to: str,
    lang: str,
    subject: str,
    *parts: str,
    kind: str = "",
    reply_to: str = "",
    attached: tuple[Attached, ...] = (),
) -> Letter:
    """A letter from a library."""
    questions = gettext(lang, "Any questions? People read what you write to:")
    frame = [gettext(lang, "Hello,"), *parts, f"{questions}\n{line(office.address('postmaster'))}"]
    return Letter(
        kind=kind,
        to=to,
        lang=lang,
        subject=subject,
        text=paragraphs(frame),
        sender=f"{library}-request",
        name=office.config.name,
        reply_to=reply_to,
        attached=attached,
    )


def card_lines(entry: Entry, lang: str, guesses: Iterable[str]) -> str:
    """The card as `Key: value` lines in the reader's language; what is missing has no value."""
    rows = []
    for key, value in depositform.shown(entry).items():
        mark = " ?" if key in guesses else ""
        label = vocabulary.shown(depositform.KEYS, key, lang)
        rows.append(line(f"{label}: {value or '–'}{mark}"))
    files = ", ".join(file.name for file in entry.files if file.role in ("main", "annex"))
    rows.append(line(gettext(lang, "Files") + f": {files}"))
    return "\n".join(rows)
