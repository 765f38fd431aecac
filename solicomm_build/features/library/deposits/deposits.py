"""Documents that were handed in and wait for somebody to look at them: `private/deposits`.

Outside git, since a clone of a public library would show drafts, and what is rejected must vanish
(ADR 0015). One folder a deposit, named by the key that its card will have:

    facts.json        Facts, mode 0600
    entry.md          the draft card
    files/<sha256>    the octets of its files, those that were derived from them, too
    pages/<sha256>-<n>.webp    pages of a PDF as pictures, made when a curator looks

A folder appears whole by a rename. Only the desk writes here; the web server adds pages. What could
not be taken lies below `refused/<key>/` for 14 days: `notes.json` says why of each file, and
`mail.eml` is the mail when files of it were refused, so that nothing is lost when we were wrong.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from solicomm_build.extraction.facts import Facts as Found
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.cards.shelving import Shelved
from solicomm_build.features.library.deposits import proposing
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.bell import of_builder
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key as folded

WAITING = "waiting"
ASKED = "asked"
PUBLISHED = "published"
REJECTED = "rejected"
EXPIRED = "expired"
KNOWN = "known"
WITHDRAWN = "withdrawn"
OPEN_STATES = (ASKED, WAITING)
_REFUSED = "refused"
_DAY = 86_400.0  # seconds
PAGES = "pages"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a deposit besides its card. `state` is one of those above: `asked` until its
    sender has answered; `guesses` are the keys of the card that nobody said; `told` are the times
    (ISO) at which reviewers were told of it as it is now, after they asked its sender that first;
    `by` decided and wrote `text`. `known` was accepted when the
    library had the document otherwise: `text` is that card's id. `withdrawn` was taken back by who
    handed it in. A proposal to correct a card `corrects` the one with that key, as its file `base`
    (a blob) had it, with `words` about it; it has no files of its own."""

    library: str
    author: str
    lang: str
    at: str
    state: str
    guesses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    by: str = ""
    text: str = ""
    corrects: str = ""
    base: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit as it is now."""

    key: str
    facts: Facts
    entry: Entry

    @property
    def card(self) -> str:
        """The key of the card that it becomes, or that it corrects."""
        return self.facts.corrects or self.key


class Deposits:
    """All deposits of a hub."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._folder = config.private / "deposits"

    @staticmethod
    def key_of(cause: str, when: datetime) -> str:
        """The key of the deposit that a mail makes: always the same for the same mail."""
        digest = hashlib.sha256(cause.encode("utf-8", "replace")).digest()[:5]
        return f"{when:%Y}-{base64.b32encode(digest).decode().lower()}"

    def put(self, facts: Facts, entry: Entry, shelved: Sequence[Shelved]) -> None:
        """Keeps a new deposit; durable on return, safe to call twice."""
        target = self._folder / entry.key
        if target.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        making = self._folder / f".{entry.key}.{os.getpid()}"
        shutil.rmtree(making, ignore_errors=True)
        (making / "files").mkdir(parents=True, mode=0o700)
        for item in shelved:
            safeio.write_atomic(making / "files" / item.file.sha256, item.data, mode=0o600)
        point("deposit.files-kept")
        safeio.write_atomic(making / "entry.md", entryfile.encode(entry), mode=0o600)
        self._note(making, facts)
        os.rename(making, target)
        safeio.fsync_dir(self._folder)

    def refuse(self, key: str, author: str, notes: Sequence[str], raw: bytes) -> None:
        """Remembers why nothing of a mail was taken, and keeps the mail when `raw` has octets.
        Durable on return, safe to call twice."""
        folder = self._folder / _REFUSED / key
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if raw:
            safeio.write_atomic(folder / "mail.eml", raw, mode=0o600)
        said = {"author": author, "at": clock.now().isoformat(), "notes": list(notes)}
        octets = json.dumps(said, ensure_ascii=False).encode("utf-8", "backslashreplace")
        safeio.write_atomic(folder / "notes.json", octets, mode=0o600)

    def refused(self, key: str) -> tuple[str, ...] | None:
        """Why nothing of a mail was taken; None when that is not known of it."""
        try:
            said = safeio.facts_of(self._folder / _REFUSED / key / "notes.json")
        except FileNotFoundError:
            return None
        return tuple(said["notes"])

    def forget_refused(self, before: datetime) -> None:
        """Takes away what was refused before a moment."""
        for folder in self._refusals():
            try:
                said = safeio.facts_of(folder / "notes.json")
                is_old = datetime.fromisoformat(said["at"]) < before
            except FileNotFoundError:  # a desk that was killed in between has left it
                is_old = folder.stat().st_mtime < before.timestamp()
            if is_old:
                shutil.rmtree(folder, ignore_errors=True)

    def _refusals(self) -> list[Path]:
        return sorted((self._folder / _REFUSED).glob("[!.]*"))

    def get(self, key: str) -> Deposit | None:
        """A deposit by its card's key."""
        folder = self._folder / key
        try:
            data = safeio.facts_of(folder / "facts.json")
            blob = (folder / "entry.md").read_bytes()
        except FileNotFoundError:
            return None
        return Deposit(key, _facts(data), entryfile.decode(blob, entries.path(key)))

    def octets(self, key: str, sha256: str) -> bytes | None:
        """A file of a deposit, or one that was derived from it; None when it is not there."""
        with contextlib.suppress(FileNotFoundError):
            return self.file(key, sha256).read_bytes()
        return None

    def file(self, key: str, sha256: str) -> Path:
        """Where a file of a deposit lies while it waits."""
        return self._folder / key / "files" / sha256

    def page(self, key: str, sha256: str, number: int) -> Path:
        """Where the picture of a page lies, once it was made."""
        return self._folder / key / PAGES / f"{sha256}-{number}.webp"

    def all(self) -> Iterator[Deposit]:
        """Every deposit, by key."""
        names = sorted(os.listdir(self._folder)) if self._folder.is_dir() else []
        for name in names:
            if not name.startswith(".") and (found := self.get(name)) is not None:
                yield found

    def facts(self) -> Iterator[tuple[str, Facts]]:
        """The key and the facts of every deposit, by key, without its card."""
        for path in sorted(self._folder.glob("[!.]*/facts.json")):
            with contextlib.suppress(FileNotFoundError):
                yield path.parent.name, _facts(safeio.facts_of(path))

    def holding(self, library: str, sha256: str, *, but: str) -> str:
        """The key of another waiting deposit with this file, or ""."""
        for one in self.all():
            is_other = one.key != but and one.facts.library == library and not one.facts.corrects
            has_it = any(file.sha256 == sha256 for file in one.entry.files)
            if is_other and has_it and one.facts.state in OPEN_STATES:
                return one.key
        return ""

    def settle(self, key: str, facts: Facts, card: str, when: datetime) -> None:
        """Makes a deposit what a plan says; publishes its card when `facts` say so, and forgets the
        octets then, and when it was taken back. Durable on return, safe to call twice. Blocking."""
        before = self.get(key)
        if before is None:
            return
        folder = self._folder / key
        entry = entryfile.decode(card.encode(), entries.path(key)) if card else before.entry
        if card:
            safeio.write_atomic(folder / "entry.md", card.encode(), mode=0o600)
        if facts.state == PUBLISHED and before.facts.state != PUBLISHED and facts.corrects:
            card, base = facts.corrects, facts.base
            proposing.put_right(
                self._config, facts.library, card, base, entry, by=facts.by, when=when
            )
            of_builder(self._config.state).ring()
        elif facts.state == PUBLISHED and before.facts.state != PUBLISHED:
            shelved = [
                Shelved(file, (folder / "files" / file.sha256).read_bytes(), Found(file.type))
                for file in entry.files
            ]
            CardStore(self._config, facts.library).place(entry, shelved, when=when)
            of_builder(self._config.state).ring()
        self._note(folder, facts)
        if facts.state in (PUBLISHED, WITHDRAWN):
            shutil.rmtree(folder / "files", ignore_errors=True)
        if facts.state not in OPEN_STATES:
            shutil.rmtree(folder / PAGES, ignore_errors=True)

    def rename(self, old: str, new: str) -> None:
        """Has what was handed in to a library be for its new id. Durable on return, safe to call
        again."""
        for key, facts in self.facts():
            if facts.library == old:
                self._note(self._folder / key, replace(facts, library=new))

    def move(self, old: str, new: str) -> None:
        """Has what an address handed in, what was refused included, be of another one of the same
        person. Durable on return, safe to call again."""
        for folder in self.of(old):
            for path in (folder / "facts.json", folder / "notes.json"):
                with contextlib.suppress(FileNotFoundError):
                    said = safeio.facts_of(path) | {"author": new}
                    octets = json.dumps(said, ensure_ascii=False)
                    safeio.write_atomic(path, octets.encode("utf-8", "replace"), mode=0o600)

    def of(self, address: str) -> list[Path]:
        """The folders of what an address handed in, what was refused included."""
        files = [*self._folder.glob("*/facts.json"), *self._folder.glob(f"{_REFUSED}/*/notes.json")]
        own = (p for p in sorted(files) if folded(safeio.facts_of(p)["author"]) == folded(address))
        return [path.parent for path in own]

    def refused_mails(self) -> list[Path]:
        """The mails that are kept since their files were refused."""
        return sorted(self._folder.glob(f"{_REFUSED}/*/mail.eml"))

    def sweep(self) -> None:
        """Takes away what killed processes left of deposits that they were to keep. Safe at any
        time; blocking."""
        for left in self._folder.glob(".*.*"):
            pid = left.name.rpartition(".")[2]
            with contextlib.suppress(FileNotFoundError):  # it has its name by now
                is_old = abs(time.time() - left.stat().st_mtime) > _DAY
                if pid.isdigit() and (is_old or not Path(f"/proc/{pid}").exists()):
                    shutil.rmtree(left, ignore_errors=True)

    def forget(self, key: str) -> None:
        """Takes a deposit away for good."""
        shutil.rmtree(self._folder / key, ignore_errors=True)

    def _note(self, folder: Path, facts: Facts) -> None:
        octets = json.dumps(asdict(facts), ensure_ascii=False).encode()
        safeio.write_atomic(folder / "facts.json", octets, mode=0o600)


def decided(facts: Facts, state: str, by: str, text: str = "") -> Facts:
    """The same, decided."""
    return replace(facts, state=state, by=by, text=text)


def _facts(data: dict[str, Any]) -> Facts:
    tuples = {name: tuple(data[name]) for name in ("guesses", "notes", "told")}
    return Facts(**data | tuples)
