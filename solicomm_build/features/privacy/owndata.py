"""`mydata`: all that the hub keeps about a person, to that person's address.

What there is says features/privacy/personal.py. It goes out as one mail with two attachments, only
to an address that is proved, at most five times a day (limits.py). Sentences of its own are in the
catalogue `owndata.po`.

The rules: docs/mail-rules.md#privacy.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import IO

from solicomm_build.desk import letters
from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Attached, Case, Plan
from solicomm_build.features.privacy import personal
from solicomm_build.features.privacy.personal import Personal
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.store import ownmail
from solicomm_build.post.store.ownmail import OwnMail

FACTS = "my-data.json"
MAIL = "my-mail.mbox"

_STAMP = (1980, 1, 1, 0, 0, 0)  # the same data is the same file
_MOST_OCTETS = 10 * 1024 * 1024


def mydata(office: Office, case: Case, person: Person, command: Command) -> Result:
    """All that is kept about the person, as attached files (GDPR Art. 15 and 20)."""
    office.watch.buys(ownmail.octets(office.config))
    kept = personal.about(office.config, person.address, office.roster())
    if not kept:
        return Result(person, (gettext(person.lang, "We keep nothing about this address."),))
    letter = letters.letter(
        office,
        case.conference,
        person.address,
        person.lang,
        gettext(person.lang, "Your data"),
        *_words(person.lang, kept, _chosen(office.config, kept)),
        kind="mydata",
        attached=_attached(office.config, kept),
    )
    told = gettext(person.lang, "All that we keep about you comes in a mail of its own.")
    return Result(person, (told,), Plan(letters=(letter,)))


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


def _words(lang: str, kept: Personal, chosen: tuple[OwnMail, ...]) -> list[str]:
    """What is attached, what is not, and what one can ask for."""
    words = [
        gettext(
            lang,
            "Attached is all that we keep about you, in a form that programs can read: what the "
            "member list has, how you agreed, what was decided about your mail, what came back "
            "from your address, and access that you have been given.",
        )
    ]
    if chosen:
        words.append(
            gettext(
                lang,
                "The ZIP file holds the mail that you wrote to lists here, as it came. Mail that "
                "only claims to be yours is in it, too: the other file says of each whether that "
                "was checked.",
            )
        )
    if len(chosen) < len(kept.mails):
        words.append(
            gettext(
                lang,
                "There is more of your mail than one message can carry. The newest is attached; "
                "write to us, and we give you the rest.",
            )
        )
    if any(rule["kept"] for rule in kept.facts.get("mailboxes", ())):
        words.append(gettext(lang, "What lies in your mailbox here, your mail program shows you."))
    words.append(gettext(lang, "If something is wrong, or you want it deleted, write to us."))
    return words
