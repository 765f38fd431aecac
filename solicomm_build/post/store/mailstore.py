"""`private/mail.git`: verbatim messages, byte for byte as they came, and mail held for moderators.

    messages/<m>/<i>/<d>/<mid>.eml   a message; <m>, <i>, <d> = the first characters of <mid>
    messages/<m>/<i>/<d>/<mid>~<conf>.eml
                                     another message of the same Message-ID, as <conf> received it
    held/<conf>/<mid>.eml            a message that waits for a moderator of <conf>
    held/<conf>/<mid>.json           why: {"conference", "reason", "rule", "level", "envelope", …}
    decisions/<conf>/<mid>.json      what a moderator decided about it (post/decision.py); stays
    undone/<conf>/<mid>-<time>.json  that a decision was taken back, by whom and why
    erased/<mm>/<mid>                empty: a message that was erased by law and is not taken again

The conference's own variant comes before the plain one (`find`). Many messages may share a commit.
One writer at a time by the repository's lock; take it before a conference's, never after.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git import commitmessage, log, steps
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.known import KnownNames
from solicomm_build.git.lookups import Lookups
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.message.address import key
from solicomm_build.post import decision

BROUGHT = "cell"
"""What `Source` says of commits that bring what another cell had, with what was done then."""

MESSAGES = "messages"
"""The folder of the verbatim messages."""

_AT = re.compile(r" at=(\d{1,11})$")

Place = tuple[str, PostId]


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for a moderator; `facts` is the JSON beside it."""

    conference: str
    mid: PostId
    facts: dict[str, Any]


def path(name: str) -> str:
    """Where the verbatim message called `name` lies: a mid, or `<mid>~<conference>`. A commit
    writes the list of each folder above it anew, so they are short."""
    return f"{MESSAGES}/{name[0]}/{name[1]}/{name[2]}/{name}.eml"


def variant(mid: PostId, conference: str) -> str:
    """The name of a conference's own version of a message."""
    return f"{mid}~{conference}"


def proof_path(conference: str, mid: PostId) -> str:
    """Where it lies that the author of a held message said that he wrote it."""
    return f"proofs/{conference}/{mid}"


def erased_path(mid: PostId) -> str:
    """Where the mark of a message lies that was erased (features/privacy/erase.py)."""
    return f"erased/{mid[:2]}/{mid}"


class MailStore:
    """Reads and writes mail.git. Not for several threads. Close it, or use `with`."""

    def __init__(self, repo: Repo, *, all_names: bool = False) -> None:
        self.repo = repo
        self._reader = Reader(repo)
        self._writer = Writer(repo, reader=self._reader)
        self._lookups = Lookups(self._reader)
        self._all_names = all_names
        self._known: KnownNames | None = None
        self._erased: KnownNames | None = None
        self._know()
        self._pending: dict[str, bytes | None] = {}  # since the last checkpoint, by path
        self._unsent: dict[str, bytes | None] = {}  # of these, not given to the writer yet
        self._verdicts: list[str] = []
        self.pending_octets = 0

    def begin(self) -> None:
        """Takes the lock: what is read from now on stays true until the checkpoint. Blocking."""
        tip = self._writer.begin()
        for known in (self._known, self._erased):
            if known is not None:
                known.sync(tip)

    def ask(self, messages: Iterable[tuple[PostId, str]]) -> None:
        """Looks up together what `find` and `is_erased` will be asked about messages, each a mid
        and a conference. Takes the lock; the answers hold until the checkpoint."""
        paths: list[str] = []
        for mid, conference in messages:
            paths += (path(variant(mid, conference)), path(mid), erased_path(mid))
        self._lookups.ask(self._writer.begin(), paths)

    def find(self, mid: PostId, conference: str) -> str | None:
        """The name of the message that a conference's `mid` stands for, or None."""
        for name in (variant(mid, conference), str(mid)):
            if self._has(name):
                return name
        return None

    def message(self, mid: PostId, conference: str) -> bytes | None:
        """The octets of the message that a conference's `mid` stands for, or None."""
        paths = [path(variant(mid, conference)), path(mid)]
        if self._pending.keys() & set(paths):
            return next((raw for one in paths if (raw := self._read(one)) is not None), None)
        return self._reader.first_at(MAIN, paths)

    def is_erased(self, mid: PostId) -> bool:
        """Whether a message was erased by law: it is not taken again."""
        if self._erased is not None and mid not in self._erased:
            return False
        return self._lookups.oid_at(erased_path(mid)) is not None

    def raw(self, name: str) -> bytes | None:
        """The octets of a message, or None."""
        return self._read(path(name))

    def add(self, name: str, raw: bytes) -> None:
        """Keeps a message; durable after the next checkpoint."""
        self._put(path(name), raw)
        if self._known is not None:
            self._known.add(name)

    def take_out(self, name: str) -> None:
        """Takes a message out, at the next checkpoint; nothing happens where there is none."""
        if self._has(name):
            self._put(path(name), None)

    def hold(self, conference: str, mid: PostId, raw: bytes, facts: dict[str, Any]) -> None:
        """Keeps a message for the moderators; durable after the next checkpoint."""
        data = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        self._put(held_path(conference, mid, "eml"), raw)
        self._put(held_path(conference, mid, "json"), data.encode("utf-8", "backslashreplace"))

    def release(self, conference: str, mid: PostId) -> None:
        """Takes a message out of the held ones, at the next checkpoint."""
        self._put(held_path(conference, mid, "eml"), None)
        self._put(held_path(conference, mid, "json"), None)
        self.forget_proof(conference, mid)

    def forget_proof(self, conference: str, mid: PostId) -> None:
        """Lets go of an author's yes that has been heeded."""
        if self.is_proved(conference, mid):
            self._put(proof_path(conference, mid), None)

    def is_proved(self, conference: str, mid: PostId) -> bool:
        """Whether the author of a held message was asked and said that he wrote it."""
        return self._read(proof_path(conference, mid)) is not None

    def held_raw(self, conference: str, mid: PostId) -> bytes | None:
        """The octets of a held message, or None when it is not held."""
        return self._read(held_path(conference, mid, "eml"))

    def held_raws(self, conference: str, mids: Iterable[PostId]) -> dict[PostId, bytes]:
        """The octets of held messages, as far as they are held, read together."""
        paths = {held_path(conference, mid, "eml"): mid for mid in mids}
        oids = self._reader.oids_at(MAIN, paths)
        there = {paths[path]: oid for path, oid in oids.items() if oid is not None}
        return dict(zip(there, self._reader.blobs(there.values()), strict=True))

    def held_facts(self, conference: str, mid: PostId) -> dict[str, Any] | None:
        """Why a message is held, or None when it is not held."""
        blob = self._read(held_path(conference, mid, "json"))
        return json.loads(blob) if blob else None

    def held(self, wanted: Callable[[str], bool] = lambda conference: True) -> Iterator[Held]:
        """Every held message of the conferences that are wanted, by conference and mid."""
        return self.held_of(self.held_at(wanted))

    def decided(
        self, wanted: Callable[[str], bool], among: Iterable[Place] | None = None
    ) -> Iterator[Held]:
        """Those of them with a decision; looked for `among` these alone, else among all."""
        held = self.held_at(wanted, among)
        oids = self._reader.oids_at(MAIN, [decision.path(*one) for one in held])
        return self.held_of({one: held[one] for one in held if oids[decision.path(*one)]})

    def held_at(
        self, wanted: Callable[[str], bool], among: Iterable[Place] | None = None
    ) -> dict[Place, Oid]:
        """Where the facts about each held message are; of these, or of all."""
        if among is not None:
            paths = {held_path(*one, "json"): one for one in among if wanted(one[0])}
            oids = self._reader.oids_at(MAIN, paths)
            return {paths[path]: oid for path, oid in oids.items() if oid is not None}
        found = {}
        for entry in self._reader.tree(MAIN, "held", recursive=True):
            conference, _, name = entry.path.partition("/")
            if name.endswith(".json") and "/" not in name and wanted(conference):
                found[conference, PostId(name.removesuffix(".json"))] = entry.oid
        return found

    def proved(self) -> set[Place]:
        """The held messages of which authors said that they wrote them."""
        every = (one.path for one in self._reader.tree(MAIN, "proofs", recursive=True))
        return {(name, PostId(mid)) for name, _, mid in (one.partition("/") for one in every)}

    def held_of(self, held: dict[Place, Oid]) -> Iterator[Held]:
        """What `held_at` found, in order. What many thousands have is read together."""
        blobs = self._reader.blobs(held.values())
        for (conference, mid), blob in zip(held, blobs, strict=True):
            yield Held(conference, mid, json.loads(blob))

    def decision(self, conference: str, mid: PostId) -> bytes | None:
        """The decision on a message that is or was held, or None."""
        return self._read(decision.path(conference, mid))

    def decide(self, conference: str, mid: PostId, blob: bytes) -> None:
        """Writes a decision, durable after the next checkpoint; one that is there stays."""
        if self.decision(conference, mid) is None:
            self._put(decision.path(conference, mid), blob)

    def take_back(self, where: str, record: bytes) -> None:
        """Notes that a decision was taken back (post/decision.py), at the next checkpoint."""
        self._put(where, record)

    def wait_again(
        self, conference: str, mid: PostId, raw: bytes, facts: dict[str, Any], note: bytes
    ) -> None:
        """Has a message wait as before it was decided about, at the next checkpoint; `note` says
        when who was told (features/moderation/moderation.py)."""
        self._put(decision.path(conference, mid), None)
        self._put(f"notices/{conference}/{mid}.json", note)
        self.hold(conference, mid, raw, facts)

    def has(self, where: str) -> bool:
        """Whether a file lies there."""
        return self._read(where) is not None

    def id_of(self, folder: str) -> Oid | None:
        """The id of all in a folder, such as `decisions`: equal means that nothing has come."""
        return self._reader.oid_at(MAIN, folder)

    def note(self, verdict: str) -> None:
        """Says in the next commit why something was done, or was not."""
        self._verdicts.append(verdict)

    def verdicts(
        self, since: datetime | None = None, *, about: str = "", after: Oid | None = None
    ) -> Iterator[tuple[datetime, str]]:
        """The verdicts noted so far, or since a moment, `about` one mid, or `after` a commit, the
        newest first, each with its time. A commit that is in the log no more, as after an erasure
        or a restore, counts as none."""
        tip = self.repo.ref()
        if tip is None:
            return
        for at, text in self._said(tip, since, about, after):
            for noted in commitmessage.verdicts(text):
                if about in noted:
                    said, verdict = _when(at, noted)
                    if since is None or said >= since:
                        yield said, verdict

    def _said(
        self, tip: Oid, since: datetime | None, about: str, after: Oid | None
    ) -> Iterable[tuple[datetime, str]]:
        """The commits with verdicts, the newest first: their times and messages."""
        few = steps.said(self._reader, after, tip)
        if few is not None:
            return few if since is None else [one for one in few if one[0] >= since]
        if after is not None and not self.goes_on(after, tip):
            after = None
        span = [f"--since={since.isoformat()}"] if since else []
        told = self.repo.git(
            "log",
            f"--grep=^Verdict: .*{about}",
            "--format=%ct%n%B%x00",
            *span,
            "--end-of-options",
            f"{after}..{tip}" if after else tip,
        )
        messages = told.decode("utf-8", "replace").split("\0")
        rows = (one.lstrip("\n").partition("\n") for one in messages if one.strip("\n"))
        return ((datetime.fromtimestamp(int(at), UTC), text) for at, _, text in rows)

    def goes_on(self, old: Oid, new: Oid) -> bool:
        """Whether the history up to a commit is still part of that of another (git/log.py)."""
        return log.goes_on(self.repo, old, new, reader=self._reader)

    def commit(self, subject: str, *, when: datetime, **trailers: str) -> None:
        """Makes one commit of what was added since the last; a checkpoint makes it durable."""
        if self._unsent or self._verdicts:
            changes = [Change(name, data) for name, data in self._unsent.items()]
            message = compose(subject, self._verdicts, **trailers)
            self._writer.commit(changes, author_name="SoliComm", when=when, message=message)
            self._unsent.clear()
            self._verdicts.clear()

    def checkpoint(self, subject: str, *, when: datetime, **trailers: str) -> Oid | None:
        """Commits what waits, durable on return, and gives the lock back."""
        self.commit(subject, when=when, **trailers)
        tip = self._writer.checkpoint()
        self._forget()
        for known in (self._known, self._erased):
            if known is not None:
                known.moved(tip)
        return tip

    def abort(self) -> None:
        """Forgets what waits and gives the lock back."""
        self._forget()
        self._writer.abort()
        self._know()

    def rest(self) -> None:
        """Lets go of what the writer only keeps to be quicker."""
        self._writer.rest()

    def close(self) -> None:
        """Ends the reading process. What was not checkpointed is not kept."""
        self.abort()
        self._writer.close()
        self._reader.close()

    def _know(self) -> None:
        if self._all_names:
            self._known = KnownNames(self.repo, MESSAGES)
            self._erased = KnownNames(self.repo, "erased")

    def _put(self, where: str, data: bytes | None) -> None:
        self._pending[where] = self._unsent[where] = data
        self.pending_octets += len(data or b"")

    def _forget(self) -> None:
        self._pending.clear()
        self._unsent.clear()
        self._verdicts.clear()
        self._lookups.forget()
        self.pending_octets = 0

    def _has(self, name: str) -> bool:
        where = path(name)
        if where in self._pending:
            return True
        if self._known is not None and name not in self._known:
            return False
        return self._lookups.oid_at(where) is not None

    def _read(self, where: str) -> bytes | None:
        if where in self._pending:
            return self._pending[where]
        return self._reader.at(MAIN, where)


def brought(at: datetime, verdict: str) -> str:
    """How a verdict of another time is noted, such as one that comes from another cell."""
    return verdict if _AT.search(verdict) else f"{verdict} at={int(at.timestamp())}"


def _when(at: datetime, noted: str) -> tuple[datetime, str]:
    """When a verdict was given that a commit of the time `at` has, and its words."""
    found = _AT.search(noted)
    if found is None:
        return at, noted
    return datetime.fromtimestamp(int(found[1]), UTC), noted[: found.start()]


def author_hash(address: str) -> str:
    """How an author is named in verdicts; empty for nobody."""
    return hashlib.sha256(key(address).encode()).hexdigest()[:16] if address else ""


def raw_of(repo: Repo, mid: PostId, conference: str) -> bytes:
    """The verbatim message behind a conference's post, for one-time use. Raises StoreError."""
    store = MailStore(repo)
    try:
        name = store.find(mid, conference)
        raw = store.raw(name) if name else None
    finally:
        store.close()
    if raw is None:
        raise StoreError(f"mail.git has no message {mid} of {conference}")
    return raw


def held_path(conference: str, mid: PostId, suffix: str) -> str:
    return f"held/{conference}/{mid}.{suffix}"
