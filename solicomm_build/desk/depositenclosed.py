"""What reviewers get with a card: the documents that were handed in, and the text in them.

Nobody shall publish what he has not seen. What is too large for a mail is named with its size; its
text comes all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from solicomm_build import i18n
from solicomm_build.desk.librarywords import phrase
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Attached
from solicomm_build.desk.words import line
from solicomm_build.store.deposits import Deposit, Deposits

MOST_OCTETS = 5_000_000
"""Documents of more in all are not sent: base64 makes 6.8 MB of that, which servers take."""
_MOST_TEXT = 500_000
_EXCERPT = 1200


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The parts of the mail, the beginning of the text, and the files that were too large, each
    with its octets."""

    parts: tuple[Attached, ...]
    excerpt: str = ""
    left: tuple[tuple[str, int], ...] = ()


def of(office: Office, deposit: Deposit) -> Enclosed:
    """What goes with the mail about a deposit."""
    deposits, parts, texts, left, octets = Deposits(office.config), [], [], [], 0
    for file in deposit.entry.files:
        data = deposits.octets(deposit.key, file.sha256) if file.role != "cover" else None
        if data is None:
            continue
        if file.role == "text":
            texts.append(Attached("text/plain", data[:_MOST_TEXT], file.name))
        elif octets + len(data) > MOST_OCTETS:
            left.append((file.name, len(data)))
        else:
            octets += len(data)
            parts.append(Attached(file.type, data, file.name))
    first = texts[0].octets.decode("utf-8", "replace") if texts else ""
    return Enclosed((*parts, *texts), _beginning(first), tuple(left))


def said(office: Office, lang: str, enclosed: Enclosed) -> str:
    """What the letter says of it."""
    rows = []
    if enclosed.parts:
        rows.append(phrase(lang, "Attached to this mail: what was handed in, and the text in it."))
    if enclosed.left:
        rows.append(
            phrase(lang, "Too large for a mail; the people who run this place can send it to you:")
        )
        rows += [line(f"{name} ({i18n.format_size(lang, size)})") for name, size in enclosed.left]
        rows.append(line(office.address("postmaster")))
    if enclosed.excerpt:
        rows.append(phrase(lang, "It begins:"))
        rows += [line(row) for row in enclosed.excerpt.split("\n")]
    return "\n".join(rows)


def _beginning(text: str) -> str:
    """The first lines of a text that are not blank."""
    rows = [" ".join(row.split()) for row in text[:_EXCERPT].split("\n")]
    return "\n".join(row for row in rows if row)
