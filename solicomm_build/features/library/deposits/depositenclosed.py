"""What reviewers get with a card: the documents that were handed in, and the text in them.

Nobody shall publish what he has not seen. What is too large for a mail is a link, which ends with
the decision; its text comes all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import Attached
from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.deposits import depositlinks
from solicomm_build.features.library.deposits.deposits import Deposit, Deposits
from solicomm_build.people.membership import Member

MOST_OCTETS = 5_000_000
"""Documents of more in all are not sent: base64 makes 6.8 MB of that, which servers take."""
_MOST_TEXT = 500_000
_EXCERPT = 1200


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The parts of the mail, the beginning of the text, and the files that were too large."""

    parts: tuple[Attached, ...]
    excerpt: str = ""
    large: tuple[File, ...] = ()

    def left(self, office: Office, deposit: Deposit, to: Member) -> list[tuple[str, int, str]]:
        """Of each large file its name, its octets, and a link for a reviewer."""
        who = depositlinks.reviewer(to.number, to.address)
        return [
            (
                one.name,
                one.size,
                depositlinks.link(office.config, deposit.key, one.sha256, who, MODERATE),
            )
            for one in self.large
        ]


def of(office: Office, deposit: Deposit) -> Enclosed:
    """What goes with the mail about a deposit."""
    deposits, parts, texts, large, octets = Deposits(office.config), [], [], [], 0
    for file in deposit.entry.files:
        data = deposits.octets(deposit.key, file.sha256) if file.role != "cover" else None
        if data is None:
            continue
        if file.role == "text":
            texts.append(Attached("text/plain", data[:_MOST_TEXT], file.name))
        elif octets + len(data) > MOST_OCTETS:
            large.append(file)
        else:
            octets += len(data)
            parts.append(Attached(file.type, data, file.name))
    first = texts[0].octets.decode("utf-8", "replace") if texts else ""
    return Enclosed((*parts, *texts), _beginning(first), tuple(large))


def _beginning(text: str) -> str:
    """The first lines of a text that are not blank."""
    rows = [" ".join(row.split()) for row in text[:_EXCERPT].split("\n")]
    return "\n".join(row for row in rows if row)
