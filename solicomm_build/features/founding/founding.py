"""Founding a hub and what is in it: folders, hub.yaml, repositories, the sample network.

Plain files of the project (`content/`, `unions/`) become commits in bare repositories. Used by
commands only; stages find everything made.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from solicomm_build.courier import signing
from solicomm_build.features.founding import hooks
from solicomm_build.foundation import clock, data, keys, safeio
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import config, hubyaml, identity, modes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate import hooks as pushes
from solicomm_build.gate import starting
from solicomm_build.git import receiving
from solicomm_build.git import repo as repos
from solicomm_build.git.writer import Change
from solicomm_build.people.address import clash, why_not
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as conferences
from solicomm_build.post.conference import POSTINGS, Conference
from solicomm_build.post.store import deliverysince, settingsfile
from solicomm_build.web.mine import firststep

KINDS = ("conference", "list", "library", "union")

DOMAIN_MARK = b"@HUB@"
"""Stands for @ and the hub's domain in the sample's texts."""

_FOLDERS = (
    "content/conferences",
    "content/libraries",
    "unions",
    "spool/in",
    "spool/out",
    "spool/quarantine",
    "state",
    "public",
    "plugins",
    "themes",
    "previews",
    "private/mailboxes",
)


def found_hub(root: Path, *, name: str, domain: str, sample: bool) -> Config:
    """Makes a hub in `root`. Raises UsageError when the folder is not empty.

    hub.yaml is written last: a folder without it is no hub, so a founding that was interrupted is
    never taken for one.
    """
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root} is a file. Name a new folder")
    if root.exists() and any(root.iterdir()):
        raise UsageError(f"{root} is not empty. Name a new folder, or empty this one")
    text = hubyaml.template(name, domain)
    found = hubyaml.parse(text, root)
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    found.keys.mkdir(mode=0o700, exist_ok=True)
    os.chmod(found.public, 0o755)  # noqa: S103 - pages are for everybody
    modes.close(found)
    repos.create(found.mail_repo, description="Verbatim mail; private")
    repos.create(found.roster_repo, description="Members; private")
    if sample:
        _sample(found)
    else:
        repos.create(found.site_repo, description="The hub's own pages")
    receiving.install_everywhere(found)
    deliverysince.begin(found, clock.now())
    keys.token_key(found.keys)
    identity.of(found)  # other hubs know it by its key
    if not sample:
        firststep.begin(found)
    signing.key_of(found)  # making one takes a while, and the first post should not wait for it
    safeio.write_atomic(root / config.FILE, text.encode(), mode=0o600)
    return found


def _sample(found: Config) -> None:
    content = data.folder("content")
    _plant(found.site_repo, content / "site", "The hub's own pages", found.domain)
    for path in sorted((content / "conferences").iterdir()):
        _plant(found.conference_repo(path.name), path, f"Conference {path.name}")
    for path in sorted((content / "libraries").iterdir()):
        _plant(found.library_repo(path.name), path, f"Library {path.name}")
    for path in sorted(data.folder("unions").iterdir()):
        if path.is_dir():
            _plant(found.union_repo(path.name), path, f"Site of {path.name}")
    hooks.plant(found)


def sample_members() -> list[tuple[str, Path]]:
    """(conference, file of its members) of the sample network."""
    folder = data.folder("content") / "members"
    return [(path.stem, path) for path in sorted(folder.glob("*.txt"))]


def sample_mail() -> list[tuple[str, Path]]:
    """(conference, mbox) of the sample's mail."""
    folder = data.folder("content") / "mail"
    return [(path.stem, path) for path in sorted(folder.glob("*.mbox"))]


def _plant(repo: Path, folder: Path, description: str, domain: str = "") -> None:
    """A new repository that holds the files of a folder as its first commit; with a `domain` the
    mark @HUB@ in them becomes @ and the domain."""
    changes = []
    for file in starting.files(folder):
        blob = file.read_bytes()
        if domain:
            blob = blob.replace(DOMAIN_MARK, b"@" + domain.encode())
        changes.append(Change(file.relative_to(folder).as_posix(), blob))
    changes += [*_named(changes)]
    starting.first_commit(
        repos.create(repo, description=description), changes, f"Plant {description}"
    )


def _named(changes: list[Change]) -> Iterator[Change]:
    """The files that the settings of a conference of the sample name, from those that come along:
    its forms."""
    for change in changes:
        if change.path == conferences.FILE and change.data:
            made = conferences.decode(change.data)
            for folder, kind in pushes.files().items():
                for ref, path in kind.named(made):
                    file = data.folder("content") / folder / f"{ref}.yaml"
                    yield Change(path, file.read_bytes())


def _as_it_is(settings: Conference) -> Conference:
    return settings


def new_conference(
    found: Config,
    name: str,
    *,
    kind: str,
    title: str,
    posting: str,
    lang: str,
    visibility: str,
    mapped: Callable[[Conference], Conference] = _as_it_is,
) -> Path:
    """A conference or list from its starter, its settings `mapped` to those that it begins with.
    Raises UsageError, HubError or ContentErrors."""
    if posting not in POSTINGS:
        raise UsageError(f"--posting {posting} is not known. Use {', '.join(POSTINGS)}")
    starter = starting.starter(kind, name, title, lang, found)
    _free_address(found, name)
    blob = starter[conferences.FILE]
    made = conferences.decode(blob, conferences.FILE)
    if (made.posting, made.visibility) != (posting, visibility):
        lines = blob.decode().splitlines(keepends=True)
        blob = "".join(
            _set(line, posting=posting, visibility=visibility) for line in lines
        ).encode()
        made = conferences.decode(blob, conferences.FILE)
    if (wanted := mapped(made)) != made:
        blob = settingsfile.rewritten(blob, wanted)
        conferences.decode(blob, conferences.FILE)  # what we write can be read
    starter[conferences.FILE] = blob
    return starting.begin(
        found, found.conference_repo(name), starter, f"{kind.capitalize()} {name}"
    )


def _free_address(found: Config, name: str) -> None:
    """Raises UsageError when a conference of this name would take somebody's mail, or lose its own
    (docs/mail-rules.md#addresses)."""
    roster = RosterStore.of(found)
    try:
        local_parts = [local for local in roster.roster().mailboxes if "@" not in local]
    finally:
        roster.close()
    taken = why_not(name) or clash(name, lists=(), mailboxes=local_parts)
    if taken:
        raise UsageError(f"{taken}. Choose another id")


def new_library(found: Config, name: str, *, title: str, lang: str) -> Path:
    """An empty library from its starter."""
    starter = starting.starter("library", name, title, lang, found)
    _check(starter, "libraries")
    return starting.begin(found, found.library_repo(name), starter, f"Library {name}")


def new_union(found: Config, name: str, *, title: str, lang: str) -> Path:
    """A union's site from the starter in its language, else the English one."""
    starter = starting.starter("union", name, title, lang, found)
    _check(starter, "unions")
    return starting.begin(found, found.union_repo(name), starter, f"Site of {name}")


def _check(starter: dict[str, bytes], folder: str) -> None:
    """Raises ContentErrors when the settings in a starter are not sound, as with a long title."""
    pushes.kind_of(folder).read_settings(starter[pushes.settings_of(folder)])


def _set(line: str, **settings: str) -> str:
    for name, value in settings.items():
        if line.startswith(f"{name}: "):
            _, mark, comment = line.partition("#")
            return f"{name}: {value:<24}{mark}{comment}" if mark else f"{name}: {value}\n"
    return line
