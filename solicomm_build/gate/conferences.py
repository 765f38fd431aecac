"""A push to a conference or list: posts, events, attachments and settings, by those who may."""

from __future__ import annotations

from functools import partial

from solicomm_build.foundation.errors import ContentError, Findings
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.gate import conferencefiles, events, hooks, records
from solicomm_build.gate.findings import Found
from solicomm_build.gate.history import History, Rules
from solicomm_build.gate.push import Place, Pusher, Update
from solicomm_build.gate.ranks import lacks, rank_of
from solicomm_build.git import commitmessage
from solicomm_build.git.quarantine import NewCommit, Walk
from solicomm_build.git.reader import Reader
from solicomm_build.post import post as post_file
from solicomm_build.post.conference import FILE, Conference, decode

_RESTRICTED = ("moderated", "announce")
_ERASED = "this post was erased by law and may not come back"
_ANEW = (
    "Your clone is older than the erasure. Do: git fetch origin, then: git rebase --onto "
    "origin/main OLD main, where OLD is the last commit that came from here; do not merge"
)
_MOST_FILE = 100 * 1024 * 1024  # octets; how much exactly, the conference says


def read_settings(blob: bytes) -> Conference:
    """Those of a conference."""
    return decode(blob)


def own_address(_reader: Reader, _tip: Oid) -> str:
    """None: nobody's address stands in a conference."""
    return ""


def rules(config: Config) -> Rules:
    """What holds for every commit of a conference. None may bring a post that was erased by law:
    a clone that is older than the erasure still has it."""
    erased: set[str] | None = None

    def misplaced(path: str) -> ContentError | None:
        nonlocal erased
        post = post_file.parse_path(path)
        if post is None:
            return conferencefiles.misplaced(path)
        erased = _erased(config) if erased is None else erased
        return ContentError(_ERASED, file=path, remedy=_ANEW) if post[1] in erased else None

    def most(path: str) -> int:
        return _MOST_FILE if path.startswith("files/") else conferencefiles.MAX_TEXT

    return Rules(misplaced, most, _message, exact=True)


def _erased(config: Config) -> set[str]:
    """The ids of all posts that were erased, as mail.git marks them."""
    from solicomm_build.git.repo import MAIN
    from solicomm_build.post.cells.hubmail import repos

    repo = repos(config)[0]
    if repo.ref() is None:
        return set()
    told = repo.git("ls-tree", "-r", "-z", "--name-only", "--end-of-options", MAIN, "erased/")
    return {name.rpartition("/")[2] for name in told.decode("ascii", "replace").split("\0")}


def _message(commit: NewCommit) -> ContentError | None:
    """`Source` is how the courier knows what to send to members: only the hub writes it."""
    source = commitmessage.trailers(commit.message).get("Source", "push")
    if source == "push":
        return None
    fault = f"the message of commit {commit.oid[:10]} says `Source: {source[:20]}`"
    return ContentError(fault, remedy="Only the hub writes that; take the line out")


def check(
    reader: Reader, place: Place, pusher: Pusher, update: Update, past: History, found: Found
) -> None:
    """Notes what is wrong with what is new on main."""
    tip = update.new
    if tip is None:
        return
    old = reader.oid_at(update.old) if update.old else None
    tree = reader.oid_at(tip)
    changes = list(Walk(reader).differences(old, tree)) if tree else []
    now = _settings(reader, place, tip, found)
    restricted = now is not None and now.posting in _RESTRICTED
    rank = rank_of(pusher, place)
    author = events.author_of(pusher, place)
    new = {(change.path, change.oid) for change in changes}
    found.add(records.overruled(reader, update.old, past.changed - new, rank, restricted))
    found.add(records.doubled(reader, update.old, changes, past.changed, rank))
    files = {c.path.rpartition("/")[2] for c in changes if conferencefiles.place(c.path) == "file"}
    for change in changes:
        kind, own = conferencefiles.place(change.path), hooks.files_at(change.path)
        needed = conferencefiles.rank_for(kind, adds=not change.before, restricted=restricted)
        fault = lacks(rank, needed, change.path)
        if fault is not None:
            found.add([own.not_pushed(change.path) if own and kind == "hub" else fault])
        elif kind == "post" and change.mode:
            blob = reader.blob(change.oid)
            look = partial(_post, reader, tip, blob, change.path, files)
            found.look(change.path, look)
        elif kind == "event" and change.mode:
            blob = reader.blob(change.oid)
            found.look(change.path, partial(events.check, blob, change.path, author, place))
        elif own and kind != "hub" and change.mode:
            found.look(change.path, partial(own.check, reader.blob(change.oid), change.path))
        elif kind == "file" and change.mode:
            most = _most(now) if now else _MOST_FILE
            blob = reader.blob(change.oid)
            found.look(change.path, partial(conferencefiles.check_file, blob, change.path, most))


def _most(now: Conference) -> int:
    """A file that is pushed has no name yet that says whether it is a recording."""
    return max(now.attachments.max_bytes, now.attachments.sound_bytes)


def _post(reader: Reader, tip: Oid, blob: bytes, path: str, new: set[str]) -> Findings:
    class There:
        """The attachments that are there: those of this push, and those of before."""

        def __contains__(self, sha256: object) -> bool:
            known = isinstance(sha256, str) and reader.oid_at(tip, f"files/{sha256[:2]}/{sha256}")
            return sha256 in new or bool(known)

    return conferencefiles.check_post(blob, path, There())


def _settings(reader: Reader, place: Place, tip: Oid, found: Found) -> Conference | None:
    blob = reader.at(tip, FILE)
    if blob is None:
        found.add([ContentError(f"there is no {FILE}", file=FILE, remedy="Bring it back")])
        return None
    conference, findings = conferencefiles.check_settings(blob, place.id)
    found.add(findings.faults, findings.warnings)

    def there(folder: str) -> set[str]:
        return {f"{folder}/{one.path}" for one in reader.tree(tip, folder)}

    if conference is not None:
        found.add(conferencefiles.check_named(conference, there).faults)
    return conference
