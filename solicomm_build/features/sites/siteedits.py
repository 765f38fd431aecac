"""Changes to a union's site that come from an editor without git: by mail, in the browser.

What is saved here goes the way of every push: a commit is made beside the repository, in a folder
below `state/edits`, and pushed to it by git, so that the hooks of the hub judge it (gate/hook.py)
and nobody has a way around them. The hook leaves what it found in a file that `FINDINGS` names, so
that each fault can be shown at its field. Only who has a live grant for the repository gets here
(`Editors`); the grant is looked at anew each time.

An editor says of each file which blob was changed (`base`). When the file is another by now,
nothing is written: `Changed` says which, and the text is still in the editor's hands.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.sites.values import site as sites
from solicomm_build.features.sites.values import sitefiles
from solicomm_build.features.sites.values.site import Site
from solicomm_build.features.sites.values.sitefiles import Names
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ConflictError, SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG, Oid
from solicomm_build.git import receiving
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.address import key
from solicomm_build.people.access import Access
from solicomm_build.people.gittoken import Grant
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore

FINDINGS = receiving.FINDINGS
_TRIES = 4  # somebody else may push between our look and our push


@dataclass(frozen=True, slots=True)
class Edit:
    """A file as it shall be (`data` None: gone). `base` is the blob that was changed, None for a
    file that must not be there yet."""

    path: str
    data: bytes | None
    base: Oid | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault or a warning, in the editor's language; `line` is 0 where there is none."""

    file: str
    line: int
    said: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a change: the commit, and what could be better."""

    commit: Oid
    notes: tuple[Finding, ...] = ()


class Refused(SoliCommError):
    """The gate does not take it; `faults` says why, each with file, line and remedy."""

    smtp_code = 554
    exit_code = 65

    def __init__(self, faults: Sequence[Finding]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(fault.said for fault in faults) or "the change was refused")


class Changed(SoliCommError):
    """Somebody changed the same files meanwhile; nothing was written."""

    exit_code = 75

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        super().__init__(f"{', '.join(paths)} changed meanwhile. Look at it and save again")


@dataclass(frozen=True, slots=True)
class Look:
    """A site as it is now: its tip, its files, its settings (None while they are broken)."""

    union: str
    tip: Oid | None
    files: dict[str, Oid]
    site: Site | None

    @property
    def lang(self) -> str:
        """The site's first language."""
        return self.site.languages[0] if self.site else "en"

    @property
    def names(self) -> Names:
        """What a text of the site can link to, in the site itself."""
        return sitefiles.names(self.files, conferences=(), libraries=())

    def texts(self, kind: str) -> list[str]:
        """The paths of one kind of text: `pages`, `news` or `events`; the newest news first."""
        found = sorted(path for path in self.files if sitefiles.place(path) == kind)
        return found[::-1] if kind == "news" else found


class Editors:
    """Who may edit which site. Blocking; safe for several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._access = Access(config)

    def of_token(self, text: str, union: str) -> Grant | None:
        """The grant of a token that may change this site."""
        grant = self._access.of_token(text)
        return grant if grant is not None and _opens(grant, union) else None

    def of_id(self, identifier: str, union: str) -> Grant | None:
        """The same by a grant's name, for who has shown the token before."""
        grant = self._access.grants().by_id.get(identifier)
        return grant if grant and grant.is_good(clock.now()) and _opens(grant, union) else None

    def of_address(self, address: str, union: str) -> Grant | None:
        """The grant of whoever has this e-mail address: grants name people by it, or by the name
        of a mailbox at the hub's domain."""
        wanted = key(address)
        now = clock.now()
        for grant in self._access.grants().by_id.values():
            if grant.is_good(now) and _opens(grant, union) and key(self.address(grant)) == wanted:
                return grant
        return None

    def sites_of(self, grants: Sequence[Grant]) -> dict[str, Grant]:
        """The sites that these grants open, each with the first grant that does."""
        found: dict[str, Grant] = {}
        there = sorted(path.stem for path in self._config.unions.glob("*.git")) if grants else ()
        for union in there:
            grant = next((one for one in grants if _opens(one, union)), None)
            if grant is not None:
                found[union] = grant
        return found

    def all_of_token(self, text: str) -> list[Grant]:
        """The grant of a token that may change some site."""
        grant = self._access.of_token(text)
        return [grant] if grant is not None and grant.write else []

    def all_of_id(self, identifier: str) -> list[Grant]:
        """The same by a grant's name."""
        grant = self._access.grants().by_id.get(identifier)
        return [grant] if grant and grant.write and grant.is_good(clock.now()) else []

    def all_of_address(self, address: str) -> list[Grant]:
        """All grants by which whoever has this e-mail address may change sites."""
        wanted, now = key(address), clock.now()
        grants = self._access.grants().by_id.values()
        return [
            grant
            for grant in grants
            if grant.is_good(now) and grant.write and key(self.address(grant)) == wanted
        ]

    def address(self, grant: Grant) -> str:
        """Where mail reaches the person of a grant."""
        return grant.person if "@" in grant.person else f"{grant.person}@{self._config.domain}"


def _opens(grant: Grant, union: str) -> bool:
    return grant.write and grant.opens(f"unions/{union}")


def exists(config: Config, union: str) -> bool:
    """Whether there is a site of this name."""
    return bool(SLUG.fullmatch(union)) and (config.union_repo(union) / "HEAD").is_file()


def author_name(grant: Grant, roster: Roster | None = None) -> str:
    """The name for a commit, which everybody can read: never an address."""
    member = roster.member(grant.person) if roster and "@" in grant.person else None
    return (member.name if member else "") or grant.person.partition("@")[0]


def save_of_browser(
    config: Config,
    union: str,
    grant: Grant,
    edits: Sequence[Edit],
    subject: str,
    *,
    branch: str = MAIN,
    over: Oid | None = None,
) -> Saved:
    """`save` for an editor in a browser, in the name that the roster knows. A draft is main with
    this one change."""
    store = RosterStore.of(config)
    try:
        name = author_name(grant, store.roster())
    finally:
        store.close()
    return save(
        config,
        union,
        grant,
        edits,
        subject=subject,
        source="web",
        name=name,
        branch=branch,
        anew=True,
        over=over,
    )


def look(config: Config, union: str) -> Look:
    """The site as it is now. Blocking; three processes of git."""
    repo = open_repo(config.union_repo(union))
    tip = repo.ref()
    with Reader(repo) as reader:
        entries: list[Entry] = reader.tree(tip, recursive=True) if tip else []
        files = {entry.path: entry.oid for entry in entries}
        site = None
        if sites.FILE in files:
            with contextlib.suppress(SoliCommError):
                site = sites.decode_site(reader.blob(files[sites.FILE]), union=union)
    return Look(union, tip, files, site)


def title(config: Config, union: str, lang: str) -> str:
    """What a site is called; its id while its settings cannot be read. One process of git."""
    repo = open_repo(config.union_repo(union))
    with contextlib.suppress(SoliCommError), Reader(repo) as reader:
        tip = repo.ref()
        blob = reader.at(tip, sites.FILE) if tip else None
        return sites.decode_site(blob or b"", union=union).title_in(lang) or union
    return union


def read(config: Config, union: str, oids: Sequence[Oid]) -> list[bytes]:
    """The octets of some of a site's files."""
    with Reader(open_repo(config.union_repo(union))) as reader:
        return list(reader.blobs(oids))


def save(
    config: Config,
    union: str,
    grant: Grant,
    edits: Sequence[Edit],
    *,
    subject: str,
    source: str,
    name: str,
    branch: str = MAIN,
    anew: bool = False,
    over: Oid | None = None,
) -> Saved:
    """Takes a change into a branch of the site, durable on return. Blocking, about half a second.
    Begun `anew` a branch beside main is main with this change; it was `over` before, None where it
    was not there.

    Safe to call twice: what is there already is not written again. Raises Changed when a file is
    not the one that was edited, Refused when the gate finds faults, ConflictError when others
    pushed again and again.
    """
    repo = open_repo(config.union_repo(union))
    receiving.install(config)
    for _ in range(_TRIES):
        tip = (None if anew else repo.ref(branch)) or repo.ref()
        if tip is None:
            raise StoreError(f"{union}: the site has no commit yet")
        if branch != MAIN and repo.ref(branch) != over:
            raise Changed([edit.path for edit in edits])
        due = _due(repo, tip, edits)
        if not due and repo.ref(branch) is not None:
            return Saved(tip)
        with _scratch(config, repo, tip) as scratch:
            changes = [Change(edit.path, edit.data) for edit in due]
            commit = write_once(
                scratch,
                changes,
                message=compose(subject, Source=source),
                when=clock.now(),
                author_name=name,
            )
            notes = _push(config, scratch, repo, branch, grant, over)
        if notes is not None:
            return Saved(commit, tuple(notes))
    raise ConflictError(f"{union}: others are saving as well; try again")


def _due(repo: Repo, tip: Oid, edits: Sequence[Edit]) -> list[Edit]:
    """The edits that are not there yet. Raises Changed."""
    due: list[Edit] = []
    changed: list[str] = []
    with Reader(repo) as reader:
        for edit in edits:
            there = reader.oid_at(tip, edit.path)
            before = reader.blob(there) if there is not None else None
            if before == edit.data:
                continue
            if there != edit.base:
                changed.append(edit.path)
            due.append(edit)
    if changed:
        raise Changed(changed)
    return due


@contextlib.contextmanager
def _scratch(config: Config, repo: Repo, tip: Oid) -> Iterator[Repo]:
    """A repository of nothing but a branch at `tip`, whose objects are those of `repo`."""
    folder = config.state / "edits"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="edit-", dir=folder))
    try:
        for name in ("objects/info", "objects/pack", "refs/heads"):
            (path / name).mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n")
        (path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        (path / "objects/info/alternates").write_text(f"{repo.path / 'objects'}\n")
        (path / MAIN).write_text(f"{tip}\n")
        yield Repo(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _push(
    config: Config, scratch: Repo, repo: Repo, branch: str, grant: Grant, over: Oid | None
) -> list[Finding] | None:
    """Pushes as the editor, beside main in place of `over` alone. What could be better; None when
    somebody was faster. Raises Refused."""
    findings = scratch.path / "findings.json"
    settings = [word for one in receiving.settings(config, "unions") for word in ("-c", one)]
    receive = shlex.join(receiving.limited(["git", *settings, "receive-pack"]))
    with tempfile.TemporaryFile() as said:
        process = scratch.start(
            "push",
            "--quiet",
            *([f"--force-with-lease={branch}:{over or ''}"] if branch != MAIN else []),
            f"--receive-pack={receive}",
            "--",
            os.fspath(repo.path),
            f"{MAIN}:{branch}",
            more_environment={
                receiving.PUSHER: receiving.pusher(grant),
                FINDINGS: os.fspath(findings),
            },
            stderr=said,
        )
        status = process.wait()
        said.seek(0)
        words = said.read(8192).decode("utf-8", "replace")
    found = json.loads(findings.read_bytes()) if findings.exists() else {}
    faults = [Finding(**row) for row in found.get("faults", ())]
    if faults:
        raise Refused(faults)
    if status == 0:
        return [Finding(**row) for row in found.get("notes", ())]
    if _is_race(words):
        return None
    raise Refused([Finding("", 0, _last_words(words))])


def _is_race(words: str) -> bool:
    """Whether git, or the gate's rule that main only goes forward, says that we came second."""
    return any(
        mark in words
        for mark in (
            "fetch first",
            "non-fast-forward",
            "failed to update ref",
            "cannot lock ref",
            "incorrect old value",
            "stale info",
        )
    )


def _last_words(words: str) -> str:
    remote = [
        line.partition("remote:")[2].strip()
        for line in words.splitlines()
        if line.startswith("remote:")
    ]
    return " ".join(filter(None, remote)) or "git did not take the change"
