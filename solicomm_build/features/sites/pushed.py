"""A push to a union's site: its files as they will be, checked as docs/formats/site.md says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from solicomm_build.features.sites.values import sitefiles
from solicomm_build.features.sites.values.site import FILE, Site, decode_site
from solicomm_build.features.sites.values.sitefiles import Names
from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.gate.findings import Found
from solicomm_build.gate.history import History, Rules
from solicomm_build.gate.push import Place, Pusher, Update
from solicomm_build.git.quarantine import Difference, Walk
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.post.store import placesettings
from solicomm_build.post.store.placesettings import Everybodys

_TEXTS = ("pages", "news", "events")
_MOST_READ = 2000
"""Unchanged files that are searched for links to what a push takes away."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as a tree lists it; `size` in octets."""

    oid: Oid
    size: int


def read_settings(blob: bytes) -> Site:
    """Those of a site."""
    return decode_site(blob, FILE)


def own_address(reader: Reader, tip: Oid) -> str:
    """Where the union wants to be written to; empty while its settings cannot be read."""
    try:
        return decode_site(reader.at(tip, FILE) or b"", FILE).contact.email
    except SoliCommError:
        return ""


def rules(config: Config) -> Rules:
    """What holds for every commit of a site."""

    def misplaced(path: str) -> ContentError | None:
        return None if sitefiles.place(path) else sitefiles.misplaced(path)

    def most(path: str) -> int:
        texts = path == FILE or path.endswith(".md")
        return sitefiles.MAX_TEXT if texts else config.limits.site_file_bytes

    return Rules(misplaced, most)


def check(
    reader: Reader, place: Place, _pusher: Pusher, update: Update, _past: History, found: Found
) -> None:
    """Notes what is wrong with a branch as it shall be."""
    tip = update.new
    if tip is None:
        return
    files = _listing(reader.repo, tip)
    found.add(_quota(place.config, files))
    old = update.old or (reader.repo.ref() if update.ref != MAIN else None)
    changes = list(Walk(reader).differences(_tree(reader, old), _tree(reader, tip) or tip))
    changed = [change.path for change in changes if change.mode]
    gone = [change.path for change in changes if not change.mode]
    known = sitefiles.names(
        files,
        conferences=Everybodys(
            placesettings.conferences(place.config),
            formernames.now(place.config.private, "conferences"),
        ),
        libraries=Everybodys(
            placesettings.of("libraries", place.config),
            formernames.now(place.config.private, "libraries"),
        ),
    )
    site = _settings(reader, place, files, changed, gone, known, found)
    lang = site.languages[0] if site else "en"
    most = place.config.limits.site_file_bytes
    for path in changed:
        kind = sitefiles.place(path)
        if kind == "media":
            blob = reader.blob(files[path].oid)
            found.look(path, partial(sitefiles.check_media, blob, path, most=most))
        elif kind in _TEXTS:
            blob = reader.blob(files[path].oid)
            look = partial(sitefiles.check_text, blob, path, known, default_lang=lang)
            found.look(path, look)
    found.add(sitefiles.doubles(files, changed, site))
    before = _before(reader, old) if FILE in changed else None
    unseen = set(changed)
    if site is not None and before is not None:
        found.add(sitefiles.shadowed(files, changed, before, site))
        unseen |= sitefiles.unspoken(files, before, site)
    found.add((), sitefiles.unseen(unseen, site))
    found.add(_left_behind(reader, files, changes, known))


def _settings(
    reader: Reader,
    place: Place,
    files: Mapping[str, Listed],
    changed: Collection[str],
    gone: Collection[str],
    known: Names,
    found: Found,
) -> Site | None:
    """The site's settings; faults are noted when the push touches what they speak of."""
    if FILE not in files:
        remedy = "Copy one from docs/formats/site.md" if FILE not in gone else "Bring it back"
        found.add([ContentError("there is no site.yaml", file=FILE, remedy=remedy)])
        return None
    site, findings = sitefiles.check_settings(reader.blob(files[FILE].oid), place.id, known)
    if FILE in changed or gone:
        found.add(findings.faults, findings.warnings)
    return site


def _quota(config: Config, files: Mapping[str, Listed]) -> Iterator[ContentError]:
    limits, whole = config.limits, sum(file.size for file in files.values())
    if len(files) > limits.site_files:
        remedy = f"At most {limits.site_files:,}; take away what is no longer needed"
        yield ContentError(f"the site has {len(files):,} files", remedy=remedy)
    if whole > limits.site_bytes:
        remedy = f"At most {limits.site_bytes:,}; make pictures smaller, or ask the hub's operator"
        yield ContentError(f"the site has {whole:,} bytes", remedy=remedy)


def _left_behind(
    reader: Reader, files: Mapping[str, Listed], changes: Collection[Difference], known: Names
) -> Iterator[ContentError]:
    """Links in files that did not change to what this push takes away."""
    taken = [change.path for change in changes if not change.mode]
    lost = sitefiles.names(taken, conferences=(), libraries=())
    gone = Names(set(lost.pages) - set(known.pages), set(lost.media) - set(known.media))
    if not gone.pages and not gone.media:
        return
    touched = {change.path for change in changes}
    others = [p for p in files if sitefiles.place(p) in _TEXTS and p not in touched]
    for path in others[:_MOST_READ]:
        blob = reader.blob(files[path].oid)
        if links := sitefiles.links_to(blob, gone):
            lines = sitefiles.Lines(blob.decode("utf-8", "replace"))
            yield from (sitefiles.dead_link(path, lines.first(link), link) for link in links)


def _listing(repo: Repo, tip: Oid) -> dict[str, Listed]:
    listed = repo.git("ls-tree", "-r", "-l", "-z", "--full-tree", "--end-of-options", tip)
    files = {}
    for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        head, _, path = line.partition("\t")
        _, _, oid, size = head.split()
        files[path] = Listed(Oid(oid), int(size) if size.isdigit() else 0)
    return files


def _before(reader: Reader, old: Oid | None) -> Site | None:
    """The settings that there were; None while they cannot be read."""
    try:
        return decode_site(reader.at(old, FILE) or b"", FILE) if old else None
    except SoliCommError:
        return None


def _tree(reader: Reader, commit: Oid | None) -> Oid | None:
    return reader.oid_at(commit) if commit else None
