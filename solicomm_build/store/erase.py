"""Erasure by law: a message, or all that is kept of a person, leaves the hub for good.

    todo (durable) → marks in mail.git → histories → spools, mailboxes, log → purge → receipt

The order makes it safe to kill at any moment: `private/erasures/<id>.todo` says what is sought and
goes last, every step may be repeated, and the next erasure begins with finishing those that were
killed. Before anything goes, mail.git gets `erased/<mm>/<mid>`, by which ingest and import know a
message that comes again and leave it alone. `private/erasures/<id>.json` is the receipt: what (ids,
which are hashes), when, why, by whom, how much and where; never what was in it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from solicomm_build import clock, faults, keys, maillog
from solicomm_build.config import Config
from solicomm_build.errors import HubError, MessageError, SoliCommError
from solicomm_build.maillog import MailLog
from solicomm_build.message.address import is_valid
from solicomm_build.message.parse import parse
from solicomm_build.model import post as post_file
from solicomm_build.model.address import fold
from solicomm_build.safeio import fsync_dir, locked, write_atomic
from solicomm_build.store import (
    forgotten,
    forgottenvotes,
    formstore,
    history,
    log,
    peoplecards,
    peopledrafts,
    withdraw,
)
from solicomm_build.store.bearing import Sought
from solicomm_build.store.commitmessage import compose
from solicomm_build.store.deliveries import Deliveries
from solicomm_build.store.deposits import Deposits
from solicomm_build.store.history import Cut
from solicomm_build.store.mailstore import erased_path
from solicomm_build.store.reader import Reader
from solicomm_build.store.repo import MAIN, Repo, open_repo
from solicomm_build.store.rosterstore import RosterStore
from solicomm_build.store.writer import Change, write_once
from solicomm_build.types import Oid, PostId, post_id

_MID = re.compile(r"[a-z2-7]{32}")
_IN_MAIL = ("messages", "held", "decisions", "notices")
_PARTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be erased. `mids` are post ids; `message_ids`, `address` and `needles` (runs of
    the texts, to search for what is left) are in the todo only; `member` is a member's number,
    `cards` what the member shows in the directory of people."""

    id: str
    at: str
    by: str
    reason: str
    mids: tuple[str, ...]
    message_ids: tuple[str, ...] = ()
    address: str = ""
    member: int | None = None
    needles: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()

    @property
    def sought(self) -> Sought:
        """The messages, to be recognised by."""
        return Sought(frozenset(self.mids), frozenset(self.message_ids))


@dataclass(slots=True)
class Receipt:
    """What is kept of an erasure. `removed` counts by place below the hub; `objects` are the ids
    that git had for what was erased, `deposits` the folders of what the person had handed in to
    libraries: hashes, both."""

    id: str
    at: str
    by: str
    reason: str
    messages: tuple[str, ...]
    member: int | None = None
    done: str = ""
    removed: dict[str, int] = field(default_factory=dict)
    objects: list[str] = field(default_factory=list)
    deposits: list[str] = field(default_factory=list)

    def counted(self, place: str, count: int) -> None:
        """Notes how much a place lost."""
        if count:
            self.removed[place] = self.removed.get(place, 0) + count


def erase(
    config: Config, what: str, *, reason: str, by: str, log: MailLog | None = None
) -> tuple[Order, Receipt]:
    """Erases a message (post id, or Message-ID) or a person (address); durable on return. Blocking.

    Finishes first what an earlier erasure left undone. Pages follow with the next build, and
    `forget` of the derived state after that. Raises HubError when nothing here is called so.
    """
    with locked(folder(config) / ".lock"):
        finished = [_carry_out(config, order, log) for order in _undone(config)]
        try:
            order = _order(config, what, reason, by)
        except HubError:
            again = [done for done in finished if _is_for(done[0], what)]
            if again:  # the very erasure that was killed
                return again[-1]
            raise
        _keep(_todo(config, order.id), asdict(order))
        faults.point("erase.after-todo")
        return _carry_out(config, order, log)


def receipts(config: Config) -> list[Receipt]:
    """Every receipt, the oldest first."""
    found = []
    for path in sorted(folder(config).glob("*.json")):
        facts = json.loads(path.read_bytes())
        facts["messages"] = tuple(facts["messages"])
        found.append(Receipt(**facts))
    return found


def folder(config: Config) -> Path:
    """Where receipts lie; made when missing."""
    path = config.private / "erasures"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


# -- what -------------------------------------------------------------------------------------


def _order(config: Config, what: str, reason: str, by: str) -> Order:
    """What the operator's word means. Raises HubError when nothing is called so."""
    word = what.strip()
    now = clock.now()
    number, address, mids = None, "", set[str]()
    own = word.strip("<>").rpartition("/")[2] if "@" not in word else word.strip("<>")
    candidate = own if _MID.fullmatch(own) else str(post_id(own))
    if _is_known(config, candidate):
        mids = {candidate}
    elif is_valid(own):
        address = own
        number = _number(config, own)
        mids = set(_written_by(config, own)) | set(_answered(config, number))
    if not mids and number is None and not (address and Deposits(config).of(address)):
        raise HubError(
            f"Nothing here is called {what}. Name a message by its post id (the part behind # in"
            " its address) or its Message-ID, or a person by the address"
        )
    ids, needles = _read(config, mids)
    digest = hashlib.sha256(f"{now.isoformat()} {sorted(mids)} {number}".encode()).hexdigest()[:8]
    return Order(
        f"{now:%Y%m%dT%H%M%SZ}-{digest}", now.isoformat(), by, reason, tuple(sorted(mids)),
        tuple(sorted(ids)), address, number, tuple(sorted(needles | {address} - {""})),
        _cards(config, number),
    )  # fmt: skip


def _is_for(order: Order, what: str) -> bool:
    own = what.strip().strip("<>")
    return (
        fold(own) == fold(order.address) if order.address else False
    ) or str(post_id(own)) in order.mids or own.rpartition("/")[2] in order.mids  # fmt: skip


def _number(config: Config, address: str) -> int | None:
    store = RosterStore(open_repo(config.roster_repo))
    try:
        member = store.roster().member(address)
    finally:
        store.close()
    return member.number if member else None


def _cards(config: Config, number: int | None) -> tuple[str, ...]:
    """The cards that a member shows or showed."""
    store = RosterStore(open_repo(config.roster_repo))
    try:
        return store.roster().cards.ever(number) if number is not None else ()
    finally:
        store.close()


def _answered(config: Config, number: int | None) -> Iterator[str]:
    """The ids of a member's answers to forms, whether their posts were taken or not."""
    store = RosterStore(open_repo(config.roster_repo))
    try:
        person = store.roster().persons.of(number) if number is not None else None
    finally:
        store.close()
    for _, one in formstore.of_person(config, person or ""):
        yield one.mid


def _is_known(config: Config, mid: str) -> bool:
    """Whether the hub has a message of this id, or had one that its history remembers."""
    if any(PurePosixPath(path).stem.partition("~")[0] == mid for path, _, _ in _mail_files(config)):
        return True
    return any(
        (ids := post_file.parse_path(path)) is not None and ids[1] == mid
        for _, repo in _conferences(config)
        for path, _ in _ever(repo)
    )


def _written_by(config: Config, address: str) -> Iterator[str]:
    """The ids of messages that an address wrote, by From, wherever they wait or lie."""
    wanted, plain = fold(address), address.lower().encode("utf-8")
    files = {path: oid for path, oid, _ in _mail_files(config) if path.endswith(".eml")}
    with Reader(open_repo(config.mail_repo)) as reader:
        for path, raw in zip(files, reader.blobs(files.values()), strict=True):
            if plain not in raw.lower():
                continue
            try:
                senders = parse(raw).from_
            except MessageError:
                continue
            if any(fold(sender.addr_spec) == wanted for sender in senders):
                yield PurePosixPath(path).stem.partition("~")[0]


def _read(config: Config, mids: set[str]) -> tuple[set[str], set[str]]:
    """The Message-IDs of messages, and some of the longest runs of words in them."""
    ids, needles = set[str](), set[str]()
    files = [
        oid
        for path, oid, _ in _mail_files(config)
        if path.endswith(".eml") and PurePosixPath(path).stem.partition("~")[0] in mids
    ]
    with Reader(open_repo(config.mail_repo)) as reader:
        for raw in reader.blobs(files):
            try:
                message = parse(raw)
            except MessageError:
                continue
            if message.msgid and str(post_id(message.msgid)) in mids:
                ids.add(message.msgid)
            needles |= _runs(message.text)
    for _, repo in _conferences(config):
        found = [oid for path, oid in _ever(repo) if _mid_of(path) in mids]
        with Reader(repo) as reader:
            for blob in reader.blobs(found):
                try:
                    post = post_file.decode(blob)
                except SoliCommError:
                    continue
                ids.add(post.message_id)
                needles |= _runs(post.body)
    return ids, needles


_RUN = re.compile(r"[^\W_]+(?: [^\W_]+){2,}")


def _runs(text: str) -> set[str]:
    """The longest runs of plain words on one line that stand the same in mail, Markdown and HTML;
    quotes are somebody else's."""
    own = "\n".join(line for line in text.splitlines() if not line.startswith((">", " >")))
    runs = sorted({run for run in _RUN.findall(own) if len(run) >= 16}, key=len, reverse=True)
    return {run[:60] for run in runs[:_PARTS_SHOWN]}


# -- doing it ---------------------------------------------------------------------------------


def _carry_out(config: Config, order: Order, log: MailLog | None) -> tuple[Order, Receipt]:
    receipt = Receipt(order.id, order.at, order.by, order.reason, order.mids, order.member)
    kept = _receipt(config, order.id)
    if kept.exists():  # what was removed before a kill counts
        before = json.loads(kept.read_bytes())
        receipt.removed, receipt.objects = before["removed"], before["objects"]
        receipt.deposits = before.get("deposits", [])

    def cut(repo: Repo, what: Cut, objects: Iterable[str], count: int) -> None:
        if not (what.paths or what.blobs or what.words):
            return
        where = _where(config, repo.path)
        receipt.removed[where] = max(count, receipt.removed.get(where, 0))
        receipt.objects = sorted({*receipt.objects, *objects})
        _keep(kept, asdict(receipt))
        if history.rewrite(repo, what):
            faults.point("erase.after-rewrite")

    _mark(config, order)
    if order.cards and config.people_repo.exists():
        people = open_repo(config.people_repo)
        paths, objects = peoplecards.gone(people, order.cards)
        cut(people, Cut(paths=paths, message=_said_anew), objects, len(order.cards))
    for name, repo in _conferences(config):
        _from_conference(name, repo, order, cut)
    _from_mail(config, order, cut)
    if order.member is not None or order.address:
        forgotten.from_roster(open_repo(config.roster_repo), order.member, order.address, cut)
    for repo in _mailboxes(config):
        _from_mailbox(repo, order, cut)
    if order.member is not None:
        count = forgottenvotes.from_polls(config, order.member, cut)
        receipt.counted("private/polls", count)
    faults.point("erase.after-histories")
    for path in [*peopledrafts.of(config, order.member, order.address)]:
        path.unlink(missing_ok=True)
        receipt.counted("private/people-drafts", 1)
    for _, repo in formstore.repositories(config):
        answers = {p: oid for p, oid in _ever(repo) if formstore.answer_of(p) in order.mids}
        what = Cut(paths=frozenset(answers), message=_said_anew)
        cut(repo, what, answers.values(), len(answers))
    for path in formstore.waiting_of(config, order.address) if order.address else ():
        path.unlink()
        receipt.counted("private/forms", 1)
    _from_deposits(config, order, receipt, kept)
    _from_files(config, order, receipt, log or maillog.to_nobody())
    for where in [place for place in receipt.removed if place.endswith(".git")]:
        history.scrub(open_repo(config.root / where))
        faults.point("erase.after-purge")
    receipt.done = clock.now().isoformat()
    _keep(kept, asdict(receipt))
    _todo(config, order.id).unlink(missing_ok=True)
    fsync_dir(folder(config))
    return order, receipt


Cutter = Callable[[Repo, Cut, Iterable[str], int], None]


def _mark(config: Config, order: Order) -> None:
    """Has ingest and import know these messages from now on."""
    repo = open_repo(config.mail_repo)
    with Reader(repo) as reader:
        missing = [
            mid for mid in order.mids
            if reader.oid_at(MAIN, erased_path(PostId(mid))) is None
        ]  # fmt: skip
    if missing:
        changes = [Change(erased_path(PostId(mid)), b"") for mid in missing]
        write_once(repo, changes, message=compose("Erased", Source="cli"), when=clock.now())


def _from_conference(name: str, repo: Repo, order: Order, cut: Cutter) -> None:
    mids, found = frozenset(order.mids), list(_ever(repo))
    posts = [(path, oid) for path, oid in found if _mid_of(path) in mids]
    if not posts:
        return
    topics = {path.split("/")[2] for path, _ in posts}
    with Reader(repo) as reader:
        files = _own_files(repo, reader, posts, mids)
        events = [
            (path, oid)
            for path, oid in found
            if path.split("/")[2:3] and path.split("/")[2] in topics and "/events/" in path
            and any(mid.encode("ascii") in reader.blob(oid) for mid in mids)
        ]  # fmt: skip
    gone = [*posts, *events, *((path, oid) for path, oid in found if path in files)]
    words = tuple(
        f"Message: {mid}".encode("ascii") for mid in sorted(mids & {*map(_mid_of_pair, posts)})
    )
    what = Cut(paths=frozenset(path for path, _ in gone), words=words, message=_said_anew)
    cut(repo, what, (oid for _, oid in gone), len({_mid_of(path) for path, _ in posts}))


def _mid_of_pair(pair: tuple[str, Oid]) -> str:
    return _mid_of(pair[0])


def _own_files(
    repo: Repo, reader: Reader, posts: list[tuple[str, Oid]], mids: frozenset[str]
) -> frozenset[str]:
    """The attachments that no other post has."""
    named: set[str] = set()
    for blob in reader.blobs(oid for _, oid in posts):
        try:
            named |= {item.sha256 for item in post_file.decode(blob).attachments}
        except SoliCommError:
            continue
    if not named:
        return frozenset()
    left = set(named)
    for entry in reader.tree(MAIN, "topics", recursive=True):
        path = f"topics/{entry.path}"
        if post_file.parse_path(path) is None or _mid_of(path) in mids:
            continue
        blob = reader.blob(entry.oid)
        left -= {sha for sha in left if sha.encode("ascii") in blob}
    return frozenset(post_file.attachment_path(sha) for sha in left)


def _said_anew(message: bytes) -> bytes:
    """A commit's message without a word of what it brought; `Source` stays for those who follow."""
    source = re.search(rb"^Source: ([a-z]+)$", message, re.MULTILINE)
    return b"Erased\n\nSource: %s\n" % (source[1] if source else b"mail")


def _from_mail(config: Config, order: Order, cut: Cutter) -> None:
    mids = frozenset(order.mids)
    words = tuple(mid.encode("ascii") for mid in order.mids)
    gone = [
        (path, oid)
        for path, oid, stem in _mail_files(config)
        if stem.partition("~")[0] in mids
    ]  # fmt: skip

    def without(message: bytes) -> bytes:
        lines = message.split(b"\n")
        kept = [line for line in lines if not any(word in line for word in words)]
        return b"\n".join(kept if kept and kept[0].strip() else [b"Mail", *kept[1:]])

    if gone:
        repo = open_repo(config.mail_repo)
        what = Cut(paths=frozenset(path for path, _ in gone), words=words, message=without)
        count = sum(path.startswith("messages/") or path.startswith("held/") for path, _ in gone)
        cut(repo, what, (oid for _, oid in gone), count)


def _from_mailbox(repo: Repo, order: Order, cut: Cutter) -> None:
    sought = order.sought
    with Reader(repo) as reader:
        files = dict(_ever(repo))
        blobs = reader.blobs(files.values())
        gone = {p: files[p] for p, raw in zip(files, blobs, strict=True) if sought.bears(raw)}
    cut(repo, Cut(paths=frozenset(gone)), gone.values(), len(gone))


def _from_deposits(config: Config, order: Order, receipt: Receipt, kept: Path) -> None:
    """What the person handed in to libraries, but published cards; and mails that were refused."""
    deposits = Deposits(config)
    gone = deposits.of(order.address) if order.address else []
    gone += [
        path.parent for path in deposits.refused_mails()
        if path.parent not in gone and order.sought.bears(path.read_bytes())
    ]  # fmt: skip
    names = (path.relative_to(config.private).as_posix() for path in gone)
    receipt.deposits = sorted({*receipt.deposits, *names})
    receipt.removed |= {"private/deposits": len(receipt.deposits)} if receipt.deposits else {}
    _keep(kept, asdict(receipt))
    for path in gone:
        shutil.rmtree(path)
    counts = config.private / "deliveries.sqlite"
    if order.address and counts.exists():
        base = Deliveries(counts, keys.token_key(config.keys))
        base.forget(order.address)
        base.close()


def _from_files(config: Config, order: Order, receipt: Receipt, log: MailLog) -> None:
    """Spools, Maildirs, the sink, the log."""
    bears = order.sought.bears
    for place, count in withdraw.from_spools(config, bears):
        receipt.counted("/".join(place.split("/")[:2]), count)
    if order.address:
        receipt.counted("spool/out", withdraw.recipient(config, order.address))
    for staged in (config.spool_desk / "plans" / "out", config.spool_desk / "plans" / "in"):
        if staged.is_dir():
            receipt.counted("spool/desk", withdraw.from_folder(config, staged, bears))
    receipt.counted("spool/sink.mbox", withdraw.from_sink(config, bears))
    for boxes in (config.maildirs, config.private / "bounces"):
        receipt.counted(_where(config, boxes), withdraw.from_maildirs(boxes, bears))
    for path in sorted((config.private / "bounces").rglob("*")):
        if path.is_file() and bears(path.read_bytes()):
            path.unlink()
            receipt.counted("private/bounces", 1)
    lists = [PurePosixPath(place).stem for place in receipt.removed if "conferences/" in place]
    for name in withdraw.from_mirrors(config, lists, bears):
        receipt.counted(name, 1)
    words = [mid.encode("ascii") for mid in order.mids]
    words += [one.encode("utf-8", "surrogateescape") for one in order.message_ids]
    if order.address:
        words += [log.who(order.address).encode("ascii", "replace"), order.address.encode("utf-8")]
    receipt.counted("state/mail.log", withdraw.from_log(config.mail_log, tuple(words)))


# -- where things are -------------------------------------------------------------------------


def _conferences(config: Config) -> Iterator[tuple[str, Repo]]:
    for path in sorted(config.conferences.glob("*.git")):
        yield path.stem, open_repo(path)


def _mailboxes(config: Config) -> Iterator[Repo]:
    for path in sorted((*config.mailboxes.glob("*.git"), *config.mailboxes.glob("*/*.git"))):
        yield open_repo(path)


def _ever(repo: Repo) -> Iterator[tuple[str, Oid]]:
    """Every file with every content it ever had."""
    tip = repo.ref()
    for commit in log.commits(repo, None, tip) if tip else ():
        for change in commit.changes:
            if change.oid:
                yield change.path, change.oid


def _mail_files(config: Config) -> Iterator[tuple[str, Oid, str]]:
    """The files about messages that mail.git ever had, with their stems."""
    for path, oid in _ever(open_repo(config.mail_repo)):
        place = PurePosixPath(path)
        if place.parts[0] in _IN_MAIL:
            yield path, oid, place.stem


def _mid_of(path: str) -> str:
    ids = post_file.parse_path(path)
    return ids[1] if ids else ""


def _where(config: Config, path: Path) -> str:
    return path.relative_to(config.root).as_posix()


def _todo(config: Config, identifier: str) -> Path:
    return folder(config) / f"{identifier}.todo"


def _receipt(config: Config, identifier: str) -> Path:
    return folder(config) / f"{identifier}.json"


def _undone(config: Config) -> list[Order]:
    """The erasures that were killed."""
    return [
        _decoded(json.loads(path.read_bytes())) for path in sorted(folder(config).glob("*.todo"))
    ]


def _decoded(facts: Mapping[str, Any]) -> Order:
    names = ("mids", "message_ids", "needles", "cards")
    lists = {key: tuple(facts.get(key, ())) for key in names}
    return Order(**{**facts, **lists})


def _keep(path: Path, facts: Mapping[str, Any]) -> None:
    text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_atomic(path, text.encode("utf-8", "surrogateescape"), mode=0o600)
