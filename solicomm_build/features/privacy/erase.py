"""Erasure by law: a message, or all that is kept of a person, leaves the hub for good.

    a killed desk's work → todo (durable) → marks in mail.git → histories → what features keep →
    spools, mailboxes, log → purge → receipt

The order makes it safe to kill at any moment: `private/erasures/<id>.todo` says what is sought and
goes last, every step may be repeated, and the next erasure begins with finishing those that were
killed. Before anything goes, mail.git gets `erased/<mm>/<mid>`, by which ingest and import know a
message that comes again and leave it alone. Meanwhile nothing goes from one cell to another: what
is on its way could be missed in both. What is kept of an erasure is in erasures.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from solicomm_build.desk import run as desk
from solicomm_build.features.privacy import copies, erasable, erasures, forgotten
from solicomm_build.features.privacy.erasures import Order, Receipt
from solicomm_build.foundation import clock, faults, maillog
from solicomm_build.foundation.errors import HubError, SoliCommError, UsageError
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.safeio import locked
from solicomm_build.foundation.scratch import halfwritten
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git import history
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.history import Cut
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people.memberstore import changing
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import event as topic_event
from solicomm_build.post import post as post_file
from solicomm_build.post.cells import dividing, hubmail
from solicomm_build.post.reading import versions
from solicomm_build.post.store import erasing, pastfiles, withdraw
from solicomm_build.post.store.erasing import Cutter, said_anew
from solicomm_build.post.store.mailstore import author_hash, erased_path


def erase(
    config: Config, what: str, *, reason: str, by: str, log: MailLog | None = None
) -> tuple[Order, Receipt]:
    """Erases a message (post id, or Message-ID) or a person (address); durable on return. Blocking.

    Finishes first what an earlier erasure left undone. Pages follow with the next build, `forget`
    of the derived state after that, then copies elsewhere (asking.py). Raises HubError when nothing
    here is called so, UsageError on a machine of several that has not cell 0.
    """
    _insist(config)
    desk.finish(config)  # before the lock: what it was to do may be an erasure
    with locked(erasures.folder(config) / ".lock"), dividing.still(config):
        finished = [_carry_out(config, order, log) for order in erasures.undone(config)]
        try:
            order = erasable.order_for(config, what, reason, by)
        except HubError:
            again = [done for done in finished if erasable.is_for(config, done[0], what)]
            if again:  # the very erasure that was killed
                return again[-1]
            raise
        erasures.keep(erasures.todo(config, order.id), asdict(order))
        faults.point("erase.after-todo")
        return _carry_out(config, order, log)


def erase_posts(
    config: Config, mids: Sequence[PostId], *, reason: str, by: str, log: MailLog | None = None
) -> Receipt:
    """Erases messages by their post ids, and has those that are not here never come; durable on
    return. Blocking; safe to do again."""
    _insist(config)
    with locked(erasures.folder(config) / ".lock"), dividing.still(config):
        for order in erasures.undone(config):
            _carry_out(config, order, log)
        order = erasable.order_of(config, mids, reason, by)
        erasures.keep(erasures.todo(config, order.id), asdict(order))
        return _carry_out(config, order, log)[1]


def _carry_out(config: Config, order: Order, log: MailLog | None) -> tuple[Order, Receipt]:
    receipt = Receipt(order.id, order.at, order.by, order.reason, order.mids, order.member)
    kept = erasures.receipt_file(config, order.id)
    if before := erasures.receipt(config, order.id):  # what was removed before a kill counts
        if before.done:
            return order, before  # copies elsewhere are asked still
        receipt.removed, receipt.objects = before.removed, before.objects
        receipt.deposits = before.deposits
    taking = _Taking(config, receipt, kept)
    _mark(config, order)  # first: what is just being taken from other hubs comes before the rest
    for one in order.each:
        erasing.before(config, one)
    for name, repo in pastfiles.with_removed(config):
        _from_conference(name, repo, order, taking.cut)
    for repo in hubmail.every_repo(config):
        _from_mail(repo, order, taking.cut)
    if order.member is not None or order.address:
        roster = open_repo(config.roster_repo)
        still = partial(changing, config)
        forgotten.from_roster(roster, order.member, order.addresses, taking.cut, still)
    for repo in _mailboxes(config):
        _from_mailbox(repo, order, taking.cut)
    faults.point("erase.after-histories")
    for one in order.each:
        erasing.erase(config, one, taking)
    from_files(config, order, receipt, log or maillog.to_nobody())
    gone = copies.from_set_aside(config, receipt.messages, receipt.objects)
    receipt.counted("private/left-behind", gone)
    for where in [place for place in receipt.removed if place.endswith(".git")]:
        history.scrub(open_repo(config.root / where))
        faults.point("erase.after-purge")
    if order.member is not None or order.address:
        from_fold(config)
    receipt.done = clock.now().isoformat()
    erasures.note_here(config, order.id)
    erasures.keep(kept, asdict(receipt))
    if not erasures.has_copies(config):
        erasures.end(config, order.id)
    return order, receipt


def _insist(config: Config) -> None:
    """Raises UsageError where another machine has the commands of the hub."""
    if config.cluster.divided and not lease.is_held(config, 0):
        owner = lease.owners(config).get(0)
        where = owner.node if owner else "the machine that has it; nobody has it just now"
        raise UsageError(f"Erasing is for the machine that has cell 0. Do it on {where}")


def from_fold(config: Config) -> None:
    """Has what is kept of the roster made of its new history."""
    store = RosterStore.of(config)
    try:
        store.roster()
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class _Taking:
    """Takes away, and has the receipt, which lies at `kept`, say so."""

    config: Config
    receipt: Receipt
    kept: Path

    def cut(self, repo: Repo, what: Cut, objects: Iterable[str], count: int) -> None:
        if not (what.paths or what.blobs or what.words):
            return
        receipt, where = self.receipt, _where(self.config, repo.path)
        receipt.removed[where] = max(count, receipt.removed.get(where, 0))
        receipt.objects = sorted({*receipt.objects, *objects})
        erasures.keep(self.kept, asdict(receipt))
        if history.rewrite(repo, what):
            faults.point("erase.after-rewrite")

    def counted(self, place: str, count: int) -> None:
        self.receipt.counted(place, count)

    def folders(self, place: str, gone: Iterable[Path]) -> None:
        receipt, found = self.receipt, list(gone)
        names = (path.relative_to(self.config.private).as_posix() for path in found)
        receipt.deposits = sorted({*receipt.deposits, *names})
        receipt.removed |= {place: len(receipt.deposits)} if receipt.deposits else {}
        erasures.keep(self.kept, asdict(receipt))
        for path in found:
            shutil.rmtree(path)


def _mark(config: Config, order: Order) -> None:
    """Has ingest and import know these messages from now on."""
    for repo in hubmail.every_repo(config):
        with Reader(repo) as reader:
            missing = [
                mid for mid in order.mids if reader.oid_at(MAIN, erased_path(PostId(mid))) is None
            ]
        if missing:
            changes = [Change(erased_path(PostId(mid)), b"") for mid in missing]
            write_once(repo, changes, message=compose("Erased", Source="cli"), when=clock.now())


def _from_conference(name: str, repo: Repo, order: Order, cut: Cutter) -> None:
    mids = frozenset(order.mids)
    posts = [(path, oid) for path, oid in pastfiles.ever(repo) if pastfiles.mid_of(path) in mids]
    _from_names(repo, mids, cut)
    if not posts:
        return
    topics = {path.split("/")[2] for path, _ in posts}
    words = [mid.encode("ascii") for mid in mids]
    with Reader(repo) as reader:
        files = _own_files(reader, posts, mids)
        gone = [
            (path, oid)
            for path, oid in pastfiles.ever(repo)  # again, for it may be longer than memory is
            if path in files
            or (
                (ids := topic_event.parse_path(path)) is not None
                and ids[0] in topics
                and _names(reader.blob(oid), words)
            )
        ]
    own = {pastfiles.mid_of(path) for path, _ in posts}
    said = tuple(f"Message: {mid}".encode("ascii") for mid in sorted(mids & own))
    gone = [*posts, *gone]
    what = Cut(paths=frozenset(path for path, _ in gone), words=said, message=said_anew)
    cut(repo, what, (oid for _, oid in gone), len(own))


def _from_names(repo: Repo, mids: frozenset[str], cut: Cutter) -> None:
    """Takes versions that go out of where they had the name of their message once (post/reading/
    versions.py): there lies what has it now."""
    gone = [
        (path, oid)
        for path, oid in pastfiles.ever(repo)
        if pastfiles.mid_of(path) and versions.apart_mid(oid) in mids
    ]
    if not gone:
        return
    places, octets = {path for path, _ in gone}, {oid for _, oid in gone}
    ever = pastfiles.ever(repo)  # again, for it may be longer than memory is
    stay = {path: oid for path, oid in ever if path in places and oid not in octets}
    with Reader(repo) as reader:
        blobs = {oid: reader.blob(stay[path]) for path, oid in gone if path in stay}
    paths = frozenset(path for path, _ in gone if path not in stay)
    cut(repo, Cut(paths=paths, blobs=blobs, message=said_anew), octets, len(octets))


def _names(octets: bytes, words: Iterable[bytes]) -> bool:
    return any(word in octets for word in words)


def _own_files(
    reader: Reader, posts: list[tuple[str, Oid]], mids: frozenset[str]
) -> frozenset[str]:
    """The attachments that no other post has, with their small pictures."""
    named: set[str] = set()
    for blob in reader.blobs(oid for _, oid in posts):
        try:
            named |= {item.sha256 for item in post_file.decode(blob).attachments}
        except SoliCommError:
            continue
    if not named:
        return frozenset()
    left = set(named)
    paths = ((f"topics/{entry.path}", entry.oid) for entry in reader.each_file(MAIN, "topics"))
    others = (
        (path, oid)
        for path, oid in paths
        if post_file.parse_path(path) is not None and pastfiles.mid_of(path) not in mids
    )
    for _, _, blob in pastfiles.read(reader, others):
        left -= {sha for sha in left if sha.encode("ascii") in blob}
        if not left:
            break
    places = (post_file.attachment_path, post_file.small_path)
    return frozenset(place(sha) for sha in left for place in places)


def _from_mail(repo: Repo, order: Order, cut: Cutter) -> None:
    mids = frozenset(order.mids)
    words = tuple(mid.encode("ascii") for mid in order.mids)
    authors = tuple(f"author={author_hash(one)}".encode("ascii") for one in order.addresses)
    words += tuple(one for one in authors if _is_said(repo, one))
    gone = [
        (path, oid) for path, oid, stem in pastfiles.of_mail(repo) if stem.partition("~")[0] in mids
    ]

    def without(message: bytes) -> bytes:
        lines = message.split(b"\n")
        kept = [line for line in lines if not any(word in line for word in words)]
        return b"\n".join(kept if kept and kept[0].strip() else [b"Mail", *kept[1:]])

    if gone or len(words) > len(order.mids):
        what = Cut(paths=frozenset(path for path, _ in gone), words=words, message=without)
        held = {path for path, _ in gone if path.startswith("held/")}
        kept = {PurePosixPath(path).name for path, _ in gone if path.startswith("messages/")}
        # by its name: it may have moved to another folder (post/cells/mailfolders.py)
        cut(repo, what, (oid for _, oid in gone), len(held) + len(kept) or 1)


def _is_said(repo: Repo, word: bytes) -> bool:
    """Whether the log says something of an author; also of mail that is not kept."""
    if repo.ref() is None:
        return False
    greps = ("-F", f"--grep={word.decode('ascii')}", "--format=%H", "-1")
    return bool(repo.git("log", *greps, "--end-of-options", MAIN))


def _from_mailbox(repo: Repo, order: Order, cut: Cutter) -> None:
    sought = order.sought
    with Reader(repo) as reader:
        files = pastfiles.read(reader, pastfiles.ever(repo))
        gone = {path: oid for path, oid, raw in files if sought.bears(raw)}
    cut(repo, Cut(paths=frozenset(gone), message=said_anew), gone.values(), len(gone))


def from_files(config: Config, order: Order, receipt: Receipt, log: MailLog) -> None:
    """Takes messages out of spools, Maildirs, the sink and the log of this machine, and away what
    a killed process left half-written."""
    halfwritten.sweep(config, older_than=halfwritten.ERASED)
    bears = order.sought.bears
    for place, count in withdraw.from_spools(config, bears):
        receipt.counted("/".join(place.split("/")[:2]), count)
    for address in order.addresses:
        receipt.counted("spool/out", withdraw.recipient(config, address))
    for staged in (config.spool_desk / "plans" / "out", config.spool_desk / "plans" / "in"):
        if staged.is_dir():
            receipt.counted("spool/desk", withdraw.from_folder(config, staged, bears))
    receipt.counted("spool/desk", withdraw.plans_aside(config, order.addresses))
    receipt.counted("spool/sink.mbox", copies.from_sink(config, bears, order.addresses))
    for boxes in (config.maildirs, config.private / "bounces"):
        receipt.counted(_where(config, boxes), copies.from_maildirs(boxes, bears))
    for path in sorted((config.private / "bounces").rglob("*")):
        if path.is_file() and bears(path.read_bytes()):
            path.unlink()
            receipt.counted("private/bounces", 1)
    lists = [PurePosixPath(place).stem for place in receipt.removed if "conferences/" in place]
    for name in copies.from_mirrors(config, lists, bears):
        receipt.counted(name, 1)
    words = [mid.encode("ascii") for mid in order.mids]
    words += [one.encode("utf-8", "surrogateescape") for one in order.message_ids]
    for address in order.addresses:
        words += [log.who(address).encode("ascii", "replace"), address.encode("utf-8")]
    receipt.counted("state/mail.log", copies.from_log(config.mail_log, tuple(words)))


def _mailboxes(config: Config) -> Iterator[Repo]:
    for path in sorted((*config.mailboxes.glob("*.git"), *config.mailboxes.glob("*/*.git"))):
        yield open_repo(path)


def _where(config: Config, path: Path) -> str:
    return path.relative_to(config.root).as_posix()
