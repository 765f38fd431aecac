"""What a hub holds, as values that two hubs can be compared by; what nobody may read on it."""

from __future__ import annotations

import gzip
import hashlib
import mailbox
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import brotli

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.testing import manifest

Picture = dict[str, object]
_ROSTER = "private/roster.git"
_VARIES = (
    (re.compile(rb"\+[a-z2-7]{26}@"), b"+TOKEN@"),
    (re.compile(rb"<[0-9a-f]{24,}[^>@]*@"), b"<ID@"),
    (re.compile(rb"\b[a-z2-7]{26}\b"), b"TOKEN"),
)
_SRS = re.compile(r"^srs0=[a-z2-7]+=")


def digest(octets: bytes) -> str:
    """A short name of some octets, without the tokens in them, which are made by chance."""
    for pattern, word in _VARIES:
        octets = pattern.sub(word, octets)
    return hashlib.sha256(octets).hexdigest()[:16]


def repositories(root: Path) -> list[Repo]:
    """Every bare repository of a hub."""
    heads = sorted(root.rglob("HEAD"))
    return [open_repo(path.parent) for path in heads if (path.parent / "objects").is_dir()]


def files(repo: Repo) -> dict[str, str]:
    """The files of a branch with the digests of their octets."""
    if repo.ref() is None:
        return {}
    with Reader(repo) as reader:
        entries = reader.tree(MAIN, recursive=True)
        blobs = list(reader.blobs(entry.oid for entry in entries))
    return {entry.path: digest(blob) for entry, blob in zip(entries, blobs, strict=True)}


def messages(repo: Repo) -> list[str]:
    """The messages that commits of a branch name, each commit counted."""
    if repo.ref() is None:
        return []
    told = repo.git("log", "--format=%(trailers:key=Message,valueonly)", MAIN)
    return sorted(told.decode().split())


def waiting(folder: Path) -> list[tuple[object, ...]]:
    """The mail of a spool: sender, recipients, octets."""
    if not folder.is_dir():
        return []
    spool = Spool(folder)
    items = [item for path in spool.pending() for item in spool.read(path)]
    return sorted(
        (_SRS.sub("srs0=", str(item.envelope.mail_from)), item.envelope.rcpt_tos, digest(item.raw))
        for item in items
    )


def aside(folder: Path) -> list[str]:
    """Why mail was set aside, without what differs from run to run."""
    return sorted(
        path.read_text("utf-8").splitlines()[0][:400] for path in folder.glob("*.reason.txt")
    )


def copies(sink: Path) -> Counter[tuple[str, str]]:
    """What went out, by reverse-path (a member's own) and Message-ID. An entry that a kill cut
    short is no copy: nobody was told that it went."""
    found: Counter[tuple[str, str]] = Counter()
    if sink.exists():
        for message in mailbox.mbox(sink, create=False):
            if message["Message-ID"]:
                found[message.get_from().split(" ")[0], message["Message-ID"]] += 1
    return found


def of(config: Config) -> Picture:
    """All that must be the same after a fault as without one."""
    taken: Picture = {}
    for repo in repositories(config.root):
        name = repo.path.relative_to(config.root).as_posix()
        if not name.startswith("state/"):
            found = files(repo)  # events are named by the time they were noted, which may differ
            taken[f"{name}: files"] = sorted(found.values()) if name == _ROSTER else found
            taken[f"{name}: messages"] = messages(repo)
    for name in ("in", "out"):
        taken[f"spool/{name}"] = waiting(config.root / "spool" / name)
    for name in ("desk", "bounces"):  # who reads these knows a mail that comes twice
        taken[f"spool/{name}"] = sorted(set(waiting(config.root / "spool" / name)))
    taken["spool/quarantine"] = aside(config.spool_quarantine)
    taken["maildirs"] = sorted(
        digest(path.read_bytes())
        for folder in (config.maildirs, config.mirrors)
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name in ("new", "cur")
    )
    taken["public"] = manifest.read(config.public) if config.public.is_dir() else {}
    return taken


def differences(one: Picture, other: Picture) -> list[str]:
    """Which parts of two pictures are not the same, and in what."""
    found = []
    for name in sorted(one.keys() | other.keys()):
        a, b = one.get(name), other.get(name)
        if a == b:
            continue
        if isinstance(a, dict) and isinstance(b, dict):
            which = [k for k in sorted(a.keys() | b.keys()) if a.get(k) != b.get(k)]
            found.append(f"{name}: {', '.join(which[:4])}")
        else:
            found.append(f"{name}: {_short(a)} instead of {_short(b)}")
    return found


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 900 else f"{text[:897]}…"


def readable(config: Config) -> Iterator[tuple[str, bytes]]:
    """All that others can read: public/ unpacked, and every object of the served repositories."""
    for path in sorted(config.public.rglob("*")) if config.public.is_dir() else ():
        if path.is_file():
            octets = path.read_bytes()
            if path.suffix == ".br":
                octets = brotli.decompress(octets)
            elif path.suffix == ".gz":
                octets = gzip.decompress(octets)
            yield path.relative_to(config.root).as_posix(), octets
    for folder in (config.conferences, config.libraries, config.unions):
        for path in sorted(folder.glob("*.git")):
            told = open_repo(path).git("cat-file", "--batch", "--batch-all-objects", "--buffer")
            yield path.relative_to(config.root).as_posix(), told


def shown(config: Config, addresses: set[bytes]) -> list[str]:
    """Where somebody's address stands open."""
    found = []
    for name, octets in readable(config):
        text = octets.lower().replace(b"%40", b"@").replace(b"&#64;", b"@")
        found += [f"{name} shows {one.decode()}" for one in sorted(addresses) if one in text]
    return found
