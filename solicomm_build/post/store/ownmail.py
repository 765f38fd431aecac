"""What somebody wrote, of all mail that the hub keeps: messages whose From names an address.

Proved or not: it is kept under this name. Reads every message there is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.message.address import key
from solicomm_build.message.auth.authorship import writers
from solicomm_build.message.parse import parse
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import mboxfile

_MAIL = ("messages", "held")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class OwnMail:
    """A message of the person in the mail.git `repo`; `octets` is its size, `at` its own date in
    UTC."""

    repo: Path
    mid: str
    oid: Oid
    octets: int
    at: datetime
    subject: str


def octets(config: Config) -> int:
    """How many octets of disk the mail takes that `mails` reads. Quick."""
    files = (file for repo in cells.mail_repos(config) for file in (repo / "objects").rglob("*"))
    return sum(file.stat().st_size for file in files if file.is_file())


def mbox(config: Config, mails: Iterable[OwnMail]) -> Iterator[bytes]:
    """The entries of an mbox with these messages, their octets as they came (mboxrd)."""
    for repo, some in itertools.groupby(mails, key=lambda mail: mail.repo):
        kept = list(some)
        with Reader(open_repo(repo)) as reader:
            for mail, raw in zip(kept, reader.blobs(mail.oid for mail in kept), strict=True):
                yield mboxfile.verbatim(raw, mail.at)


def mails(config: Config, addresses: frozenset[str]) -> tuple[OwnMail, ...]:
    """A person's messages by the keys of the person's addresses, the oldest first; those included
    that a moderator threw away. Reads every message."""
    found: dict[str, OwnMail] = {}
    for repo in hubmail.every_repo(config):
        found = _mails(repo, addresses) | found
    return tuple(sorted(found.values(), key=lambda mail: (mail.at, mail.mid)))


def _mails(repo: Repo, addresses: frozenset[str]) -> dict[str, OwnMail]:
    """Those of one mail.git, by their blobs."""
    found: dict[str, OwnMail] = {}
    parts = _parts(addresses)
    with Reader(repo) as reader:
        files = {
            Oid(entry.oid): PurePosixPath(entry.path).stem.partition("~")[0]
            for folder in _MAIL
            for entry in reader.tree(MAIN, folder, recursive=True)
            if entry.path.endswith(".eml")
        }
        files = {**_once_held(repo), **files}
        for (oid, mid), raw in zip(files.items(), reader.blobs(files), strict=True):
            folded = raw.lower()
            if any(one in folded and other in folded for one, other in parts) and (
                mail := _own(repo.path, mid, oid, raw, addresses)
            ):
                found[oid] = mail
    return found


def _parts(addresses: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """What a message has in it, in small letters, that names one of the addresses, also as `ana at
    example.org`."""
    halves = (address.encode("utf-8", "replace").partition(b"@") for address in addresses)
    return [(local, domain) for local, _, domain in halves]


def is_of(raw: bytes, addresses: frozenset[str]) -> bool:
    """Whether a message names one of these addresses, by their keys, as its author. Proved or
    not."""
    folded = raw.lower()
    named = any(one in folded and other in folded for one, other in _parts(addresses))
    return named and _own(Path(), "", Oid(""), raw, addresses) is not None


def _once_held(repo: Repo) -> dict[Oid, str]:
    """Every message that was ever held: what was thrown away is in the history alone."""
    if repo.ref() is None:
        return {}
    told = repo.git(
        "log",
        "--format=",
        "--raw",
        "-r",
        "-z",
        "--no-renames",
        "--no-abbrev",
        "--diff-filter=A",
        "--end-of-options",
        MAIN,
        "--",
        "held",
    )
    tokens = [
        token for token in told.decode("utf-8", "surrogateescape").split("\0") if token.strip()
    ]
    return {
        Oid(head.split(" ")[3]): PurePosixPath(path).stem
        for head, path in zip(tokens[::2], tokens[1::2], strict=True)
        if path.endswith(".eml")
    }


def _own(repo: Path, mid: str, oid: Oid, raw: bytes, addresses: frozenset[str]) -> OwnMail | None:
    try:
        message = parse(raw)
    except MessageError:
        return None
    if not any(key(sender) in addresses for sender in writers(message)):
        return None
    at = (message.date or message.last_received or _EPOCH).astimezone(UTC)
    return OwnMail(repo, mid, oid, len(raw), at, message.subject)
