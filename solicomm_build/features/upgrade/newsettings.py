"""Settings that came with this minor version, which the version before refuses to read.

Before that one is brought in, the settings of conferences are said as it reads them; what only a
person may decide is named. A test with hubs of the version before holds these lists to the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from solicomm_build.foundation import clock, formernames, yamlsafe
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import conference as conference_file
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.post.store import settingsfile

KEYS = frozenset(
    [
        "activitypub",
        "authserv_peers",
        "brand",
        "cells",
        "cluster",
        "fronts",
        "mta_sts",
        "network",
        "smarthost",
        "take",
    ]
)
"""Of hub.yaml."""
WITHIN = {"tls": ("web",), "limits": ("quarantine_days",), "search": ("mirror",)}


def in_hub_yaml(config: Config) -> list[str]:
    """Keys of hub.yaml that have to be taken out by hand. Raises ContentError, OSError."""
    found = yamlsafe.load((config.root / "hub.yaml").read_bytes(), file="hub.yaml")
    values = found if isinstance(found, dict) else {}
    new = [key for key in values if key in KEYS]
    for key, inner in WITHIN.items():
        section = values.get(key)
        if isinstance(section, dict):
            new += [f"{key}: {one}" for one in inner if one in section]
    return new


def renamed(config: Config) -> Iterator[tuple[str, str, str]]:
    """Places that were renamed and are here: the word for each, what it is called now, and what it
    was called first: the same when it was taken back."""
    for word, kind, repo in (
        ("conference", "conferences", config.conference_repo),
        ("library", "libraries", config.library_repo),
        ("union", "unions", config.union_repo),
    ):
        for now, first in sorted(formernames.first(config.private, kind).items()):
            if repo(now).is_dir():
                yield word, now, first


def say_as_before(config: Config) -> Iterator[str]:
    """Writes settings of conferences as the version before reads them, by a commit each; a line for
    each that changed, and for each that stands still there. Durable when it ends."""
    for path in sorted(config.conferences.glob("*.git")):
        repo = open_repo(path)
        try:
            with Reader(repo) as reader:
                blob = reader.at(MAIN, conference_file.FILE)
            now = conference_file.decode(blob) if blob is not None else None
        except SoliCommError as error:
            yield f"{path.stem}: {error.public}"
            continue
        if blob is None or now is None:
            continue
        if now.home or now.heirs or now.former_home:
            yield (
                f"{path.stem}: is shared with other hubs, which the version before does not know. "
                "It stands still until this version is back"
            )
        elif (before := _as_before(now)) != now:
            change = Change(conference_file.FILE, settingsfile.rewritten(blob, before))
            message = compose("Say settings as the version before reads them", Source="hub")
            write_once(repo, [change], message=message, when=clock.now())
            yield f"{path.stem}: {_told(now)} (`git revert` in its repository brings it back)"


def _as_before(now: Conference) -> Conference:
    kept = AttachmentRules(now.attachments.max_bytes, now.attachments.types)
    kept = replace(kept, sound_bytes=min(kept.max_bytes, AttachmentRules().sound_bytes))
    reply_to = "list" if now.reply_to == "conversation" else now.reply_to
    return replace(now, reply_to=reply_to, footer=False, attachments=kept)


def _told(now: Conference) -> str:
    said = ["answers go to the list"] if now.reply_to == "conversation" else []
    said += ["no footer"] if now.footer else []
    if now.attachments != _as_before(now).attachments:
        said.append("files as the version before takes them")
    return ", ".join(said)
