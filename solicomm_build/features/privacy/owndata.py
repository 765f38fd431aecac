"""`mydata`: all that the hub keeps about a person, to that person's address.

What there is says features/privacy/personal.py. It goes out as one mail with two attachments, only
to an address that is proved, at most five times a day (limits.py).

The rules: docs/mail-rules.md#privacy.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import IO

from solicomm_build.desk.commands import Command
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Attached, Case, Plan
from solicomm_build.features.privacy import personal
from solicomm_build.features.privacy.personal import Personal
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.moved.along import log_octets
from solicomm_build.post.store import ownmail
from solicomm_build.post.store.ownmail import OwnMail

FACTS = "my-data.json"
MAIL = "my-mail.mbox"

_STAMP = (1980, 1, 1, 0, 0, 0)  # the same data is the same file
_MOST_OCTETS = 10 * 1024 * 1024


def mydata(office: Office, case: Case, person: Person, command: Command) -> Result:
    """All that is kept about the person, as attached files (GDPR Art. 15 and 20)."""
    office.watch.buys(ownmail.octets(office.config) + 2 * log_octets(office.config))
    kept = personal.about(office.config, person.address, office.roster())
    if not kept:
        return Result(person, (gettext(person.lang, "We keep nothing about this address."),))
    chosen = _chosen(office.config, kept)
    made = letter(
        office,
        "privacy/mydata",
        person.address,
        person.lang,
        conference=case.conference,
        kind="mydata",
        attached=_attached(office.config, kept),
        mails=bool(chosen),
        more=len(chosen) < len(kept.mails),
        mailbox=any(rule["kept"] for rule in kept.facts.get("mailboxes", ())),
    )
    told = gettext(person.lang, "All that we keep about you comes in a mail of its own.")
    return Result(person, (told,), Plan(letters=(made,)))


def pack(config: Config, mails: Iterable[OwnMail], into: IO[bytes], facts: bytes = b"") -> None:
    """Writes mails as an mbox, and facts, into a ZIP, which every system opens. Streams."""
    with zipfile.ZipFile(into, "w") as archive:
        if facts:
            archive.writestr(_named(FACTS), facts)
        with archive.open(_named(MAIL), "w", force_zip64=True) as file:
            for entry in ownmail.mbox(config, mails):
                file.write(entry)


def _named(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _chosen(config: Config, kept: Personal) -> tuple[OwnMail, ...]:
    """The mails that one mail of ours has room for: base64 makes four octets of three."""
    return kept.newest(min(_MOST_OCTETS, config.limits.message_bytes // 2))


def _attached(config: Config, kept: Personal) -> tuple[Attached, ...]:
    parts = [Attached("application/json", kept.json(), FACTS)]
    if mails := _chosen(config, kept):
        buffer = io.BytesIO()
        pack(config, mails, buffer)
        parts.append(Attached("application/zip", buffer.getvalue(), "my-mail.zip"))
    return tuple(parts)
