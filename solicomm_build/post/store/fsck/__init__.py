"""`solicomm fsck`: does every repository obey its format, is every accepted message somewhere.

Reads only, and may run while everything else does: what is on its way between mail.git and a
conference is looked at again under the locks before it is called missing. Every fault says where,
what, and what to do.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from solicomm_build.foundation.errors import (
    ContentError,
    MessageError,
    SoliCommError,
)
from solicomm_build.foundation.hub import cells, ownership
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import incoming
from solicomm_build.foundation.objects.incoming import Incoming
from solicomm_build.foundation.spool import Spool
from solicomm_build.git import maintenance, receiving
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.git.repo import MAIN, SETTINGS, Repo, open_repo
from solicomm_build.message.parse import parse
from solicomm_build.people import eventfiles, grants, rosterevents
from solicomm_build.post import conference, decision, post
from solicomm_build.post.store import hooks, knownids, mailstore, postplaces
from solicomm_build.post.store.fsck import plainfiles
from solicomm_build.post.store.fsck.posted import Posted
from solicomm_build.post.store.hooks import Fault, Format

_POST = re.compile(r"topics/.*/posts/[^/]+")
_LOOSE = re.compile(r"[0-9a-f]{38}")
_FROM_COPY = "Bring the repository back from a copy: `solicomm docs howto/recovery`"
_SUM, _PIECE = 20, 1 << 20  # octets


def check(config: Config) -> list[Fault]:
    """Every fault of a hub. Blocking; a second per ten thousand posts or so."""
    posted = Posted(config)
    return [
        *_repositories(config, posted),
        *plainfiles.faults(config),
        *hooks.large(config),
        *_mail(config, posted),
        *_spools(config),
    ]


# -- repositories -----------------------------------------------------------------------------


def _repositories(config: Config, posted: Posted) -> Iterator[Fault]:
    yield from _strangers(config)
    yield from _one(config, config.site_repo, _any)
    yield from _roles(config)
    yield from _of_features(config, "mail")
    for place in cells.mail_repos(config):
        yield from _one(config, place, _held)
    yield from _one(config, config.roster_repo, _roster)
    if config.access_repo.exists():
        yield from _one(config, config.access_repo, _roster)
    for path in hooks.all_in(lambda hub: hub.conferences)(config):
        yield from _one(config, path, partial(_conference, posted))
    yield from _of_features(config, "mailboxes")
    for path in hooks.all_in(lambda hub: hub.mailboxes)(config):
        yield from _one(config, path, _any)


def _of_features(config: Config, before: str) -> Iterator[Fault]:
    for kind in hooks.checked(before):
        for path in kind.paths(config):
            if path.exists():
                yield from _one(config, path, kind.format)


def _strangers(config: Config) -> Iterator[Fault]:
    """What a command left behind as another user."""
    for path in ownership.strangers(config):
        yield Fault(
            path.relative_to(config.root).as_posix(),
            "it belongs to another user than the hub, or cannot be written",
            f"As root: {ownership.remedy(config, path)}",
        )


def _roles(config: Config) -> Iterator[Fault]:
    """Roles that do not count, and roles that are no signed facts yet."""
    try:
        found = grants.faults(config)
    except SoliCommError as error:
        found = [ContentError(error.public, file=grants.KEY, remedy="Bring it back from a copy")]
    for fault in found:
        yield Fault(f"content/site.git/{fault.file}", fault.fault, fault.remedy)


def _one(config: Config, path: Path, check_format: Format) -> Iterator[Fault]:
    where = path.relative_to(config.root).as_posix()
    try:
        repo = open_repo(path)
        if unread := list(_indexes(repo, where)):
            yield from unread  # git reads nothing by them: the rest is seen afterwards
            return
        yield from _git(repo, where, _settings_of(config, path))
        with Reader(repo) as reader:
            yield from check_format(reader, where)
    except SoliCommError as error:
        yield Fault(where, error.public, _FROM_COPY)


def _settings_of(config: Config, path: Path) -> dict[str, str]:
    """What a repository shall say of itself: those that people push to name the hub's hooks."""
    if path.parent in (config.conferences, config.libraries, config.unions):
        return SETTINGS | {"core.hooksPath": receiving.hooks_path(config, path)}
    return SETTINGS


def _git(repo: Repo, where: str, settings: Mapping[str, str]) -> Iterator[Fault]:
    told = repo.settings()
    for name, value in settings.items():
        if told.get(name.lower()) != value:
            remedy = f"Run git --git-dir={repo.path} config {name} '{value}'"
            yield Fault(where, f"the setting {name} is {told.get(name.lower(), 'missing')}", remedy)
    for pack in sorted((repo.path / "objects" / "pack").glob("*.pack")):
        if not _is_whole(pack):
            yield Fault(
                f"{where}/objects/pack/{pack.name}", "octets of it have changed", _FROM_COPY
            )
    for loose in sorted((repo.path / "objects").glob("[0-9a-f][0-9a-f]/*")):
        if _LOOSE.fullmatch(loose.name) and not _is_itself(loose):
            name = loose.relative_to(repo.path).as_posix()
            yield Fault(f"{where}/{name}", "octets of it have changed", _FROM_COPY)
    try:
        repo.git("fsck", "--connectivity-only", "--no-dangling", "--no-progress")
    except SoliCommError as error:
        yield Fault(where, error.public, _FROM_COPY)


def _indexes(repo: Repo, where: str) -> Iterator[Fault]:
    """Indexes of sound packs that are damaged, or not there; git makes them again."""
    for pack in filter(_is_whole, maintenance.unindexed(repo.path)):
        yield Fault(
            f"{where}/objects/pack/{pack.name}",
            "it has no index, so git reads nothing of it",
            f"As the hub's user: git index-pack {pack}; then run `solicomm fsck` again",
        )
    for index in sorted((repo.path / "objects" / "pack").glob("*.idx")):
        pack = index.with_suffix(".pack")
        if not _is_whole(index) and _is_whole(pack):
            yield Fault(
                f"{where}/objects/pack/{index.name}",
                "octets of it have changed",
                f"As the hub's user: rm -f {index} && git index-pack {pack}; then run "
                "`solicomm fsck` again",
            )


def _is_whole(pack: Path) -> bool:
    """Whether the octets of a pack, or of its index, have the sum that it ends with
    (gitformat-pack); one that maintenance took away meanwhile is. Quicker by far than to unpack all
    of it."""
    try:
        with pack.open("rb") as file:
            file.seek(0, os.SEEK_END)
            left = file.tell() - _SUM
            file.seek(0)
            seen = hashlib.sha1(usedforsecurity=False)
            while left > 0 and (octets := file.read(min(left, _PIECE))):
                seen.update(octets)
                left -= len(octets)
            return left == 0 and seen.digest() == file.read(_SUM)
    except FileNotFoundError:
        return True


def _is_itself(loose: Path) -> bool:
    """Whether an object of its own file, as pushes leave them, still has the sum that it is named
    by (gitformat-loose); one that maintenance packed meanwhile has."""
    stream, seen = zlib.decompressobj(), hashlib.sha1(usedforsecurity=False)
    try:
        with loose.open("rb") as file:
            while octets := stream.unconsumed_tail or file.read(_PIECE):
                seen.update(stream.decompress(octets, _PIECE))
        seen.update(stream.flush())
    except FileNotFoundError:
        return True
    except (OSError, zlib.error):
        return False
    whole = stream.eof and not stream.unused_data
    return whole and seen.hexdigest() == loose.parent.name + loose.name


def _any(_reader: Reader, _where: str) -> Iterator[Fault]:
    return iter(())


def _conference(posted: Posted, reader: Reader, where: str) -> Iterator[Fault]:
    yield from settings_faults(reader, where, conference.FILE, conference.decode)
    tip = reader.repo.ref()
    listed = reader.tree(tip or MAIN, recursive=True)
    if tip is not None:
        posted.take(reader.repo.path, tip, (item.path for item in listed))
    yield from hooks.in_conference(reader, listed, where)
    posts = [item for item in listed if _POST.fullmatch(item.path)]
    for item, blob in zip(posts, reader.blobs(item.oid for item in posts), strict=True):
        yield from _post(item, blob, where)
    places = (item.path for item in posts if item.path.endswith(".md"))
    yield from _doubled(reader.repo, places, where)


def _doubled(repo: Repo, paths: Iterable[str], where: str) -> Iterator[Fault]:
    """Posts that have a second place; the gate lets none in, but a history may be older than it."""
    for mid, places in postplaces.doubled(paths).items():
        first, *others = postplaces.by_age(repo, MAIN, places)
        for other in others:
            remedy = (
                f"Shown is {first}, which came first. See who wrote which, and delete the other"
            )
            yield Fault(f"{where}/{other}", f"the post {mid} has another place", remedy)


def _post(item: Entry, blob: bytes, where: str) -> Iterator[Fault]:
    place = f"{where}/{item.path}"
    ids = post.parse_path(item.path)
    if ids is None:
        yield Fault(place, "not a path of a post", "Delete the file, or give it its name")
        return
    try:
        found = post.decode(blob, file=item.path).mid
    except (SoliCommError, ValueError) as error:
        yield Fault(place, f"not a post: {error}", "Delete the file; import the message again")
        return
    if found != ids[1]:
        remedy = f"Its Message-ID belongs at …/{found}.md; move it"
        yield Fault(place, "the post's Message-ID does not fit its name", remedy)


def settings_faults(
    reader: Reader, where: str, file: str, decode: Callable[[bytes], object]
) -> Iterator[Fault]:
    """Whether the settings of a repository are there and can be read."""
    blob = reader.at(MAIN, file)
    if blob is None:
        yield Fault(where, f"there is no {file}", "Commit one; `solicomm docs` lists the formats")
        return
    try:
        decode(blob)
    except SoliCommError as error:
        yield Fault(where, error.public, "Mend the file and commit it")


def _roster(reader: Reader, where: str) -> Iterator[Fault]:
    for path, oid in eventfiles.at(reader, MAIN):
        try:
            rosterevents.decode_events(reader.blob(oid), file=path)
        except SoliCommError as error:
            yield Fault(where, error.public, "Mend the line")


def _held(reader: Reader, where: str) -> Iterator[Fault]:
    names = {item.path for item in reader.tree(MAIN, "held", recursive=True)}
    for name in sorted(names):
        twin = f"{name[:-4]}.json" if name.endswith(".eml") else f"{name[:-5]}.eml"
        if twin not in names:
            yield Fault(f"{where}/held/{name}", f"{twin} is missing", "Restore it from history")
    for item in reader.tree(MAIN, "decisions", recursive=True):
        name = f"decisions/{item.path}"
        try:
            decision.decode(reader.blob(item.oid))
        except SoliCommError as error:
            yield Fault(f"{where}/{name}", error.public, "Delete the file and decide again")
        if decision.parse_path(name) is None:
            yield Fault(f"{where}/{name}", "no decision lies here", "Delete the file")


# -- is every accepted message somewhere ------------------------------------------------------


def _mail(config: Config, posted: Posted) -> Iterator[Fault]:
    """Each message of mail.git must be a post, or marked as sent and not kept, or on its way, or
    have been a post that was taken off the pages."""
    for place in cells.mail_repos(config):
        yield from _mail_of(config, place, posted)


def _mail_of(config: Config, place: Path, posted: Posted) -> Iterator[Fault]:
    where = place.relative_to(config.root).as_posix()
    try:
        with Reader(open_repo(place)) as reader:
            kept = {
                PurePosixPath(item.path).stem
                for item in reader.tree(MAIN, mailstore.MESSAGES, recursive=True)
            }
        missing = kept - posted.look(locked=False)
        if missing:
            missing -= posted.look(locked=True) | _waiting(config)
        if missing:
            missing -= _taken_away(config)
    except SoliCommError as error:
        remedy = "Mend first what is named above; else bring the repository back from a copy"
        yield Fault(where, error.public, remedy)
        return
    for name in sorted(missing):
        yield Fault(
            f"{where}/{mailstore.path(name)}",
            "the message is in no conference",
            "Run the import again that was stopped, or retry it from the spool's quarantine",
        )


def _taken_away(config: Config) -> set[str]:
    """The names in mail.git of posts that somebody took off the pages: the log knows them."""
    names: set[str] = set()
    for path in sorted(config.conferences.glob("*.git")):
        repo = open_repo(path)
        if (tip := repo.ref()) is not None:
            gone = postplaces.taken_away(repo, tip)
            names |= gone | {f"{mid}~{path.stem}" for mid in gone}
    return names


def _waiting(config: Config) -> set[str]:
    """The mids of what is still in the spool: it is not lost, ingest comes to it."""
    mids = set[str]()
    for spool in incoming.every(config):
        mids |= _in_spool(config, spool)
    return mids


def _in_spool(config: Config, spool: Incoming) -> set[str]:
    mids = set[str]()
    for path in spool.pending():
        try:
            items = spool.read(path)
        except (SoliCommError, FileNotFoundError):
            continue
        for item in items:
            try:
                own = parse(item.raw).msgid
            except MessageError:
                continue
            if own:
                mids.update(knownids.mids(config, own))
    return mids


# -- spools -----------------------------------------------------------------------------------


def _spools(config: Config) -> Iterator[Fault]:
    for spool in (*incoming.every(config), *map(Spool, cells.spools_out(config))):
        for path in spool.pending():
            try:
                spool.read(path)
            except FileNotFoundError:
                continue
            except SoliCommError as error:
                where = path.relative_to(config.root).as_posix()
                yield Fault(where, error.public, "It goes to spool/quarantine when its turn comes")
