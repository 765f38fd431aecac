"""The first time that a followed conference is taken: its repository is made ready aside, and gets
its name when all of it is there, so that no member is mailed its archive."""

from __future__ import annotations

import os
import shutil

from solicomm_build.features.network.judging import homesettings
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError, UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import fsync_dir
from solicomm_build.foundation.types import Oid
from solicomm_build.gate import conferencefiles
from solicomm_build.git import receiving
from solicomm_build.git import repo as repos
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people.address import clash, why_not
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as conference_file


def begin(config: Config, theirs: Repo, name: str, tip: Oid, home: str) -> Repo:
    """A new repository with the settings as of a commit of theirs, with its home there (empty: it
    is here); it is no conference yet. Raises ContentError when they are not sound, and UsageError
    when a conference of this name was removed lately."""
    _not_removed(config, name)
    with Reader(theirs) as reader:
        blob = reader.at(tip, conference_file.FILE)
    found, findings = conferencefiles.check_settings(blob or b"", name)
    if found is None or findings.faults:
        raise ContentError(f"the settings cannot be used: {findings.faults[0].public}")
    path = config.mirrors / "peers" / f"{name}.new.git"
    shutil.rmtree(path, ignore_errors=True)
    made = repos.create(path, description=f"Conference {name}")
    change = Change(
        conference_file.FILE, conference_file.encode(homesettings.taken(found, None, home))
    )
    message = compose(f"Begin {name}", Source="peer" if home else "cli", Origin=home)
    write_once(made, [change], message=message, when=clock.now())
    return made


def finish(config: Config, made: Repo, name: str) -> None:
    """Gives it its name; durable on return."""
    target, tip = config.conference_repo(name), made.ref()
    if tip is not None:
        Cursor(made, COURIER).advance(None, tip)
    made.git("config", "core.hooksPath", receiving.hooks_path(config, target))
    point("network.before-founded")
    os.rename(made.path, target)
    fsync_dir(target.parent)


def check_free(config: Config, name: str) -> None:
    """Raises UsageError when a conference of this name would take somebody's mail here, or is one
    of our own."""
    if config.conference_repo(name).exists():
        raise UsageError(
            f"there is a conference {name} here, which is another one. Two cannot have one address"
        )
    _not_removed(config, name)
    roster = RosterStore.of(config)
    try:
        mailboxes = [local for local in roster.roster().mailboxes if "@" not in local]
    finally:
        roster.close()
    taken = why_not(name) or clash(name, lists=(), mailboxes=mailboxes)
    if taken:
        raise UsageError(f"{taken}. This hub cannot have a conference of that name")


def _not_removed(config: Config, name: str) -> None:
    """Raises UsageError when a conference of this name was removed lately: a new one would get its
    members, and lose them, with all who joined since, when that ends for good."""
    if removed.find(config, "conferences", name) is not None:
        raise UsageError(
            f"{name} was removed lately, and its name is taken until that ends. To bring it back: "
            f"solicomm remove conference {name} --undo. Where it is followed, to take nothing more "
            f"of it: solicomm peer unfollow conferences/{name}"
        )
