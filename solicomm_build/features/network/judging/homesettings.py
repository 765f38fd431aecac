"""`conference.yaml` of a conference that has its home elsewhere, and of one that had."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.commitmessage import compose, trailers
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post import conference as conference_file
from solicomm_build.post.conference import Conference
from solicomm_build.post.reading import origins
from solicomm_build.post.store import settingsfile


def taken(theirs: Conference, here: Conference | None, home: str) -> Conference:
    """The settings of the home as they hold here. Who moderates, which copies are kept for other
    programs and what files may be are this hub's own affair: persons of the home are nobody here,
    and its machine is not ours. What is for members here stays so whatever its home says later: our
    members wrote under that word."""
    own = here or Conference(theirs.id, theirs.title)
    is_closed = here is not None and here.visibility == "members"
    return dataclasses.replace(
        theirs,
        visibility="members" if is_closed else theirs.visibility,
        robots="noindex" if is_closed else theirs.robots,
        home=home,
        moderators=own.moderators,
        mirror=own.mirror,
        attachments=own.attachments if here else theirs.attachments,
        answer_target_hours=own.answer_target_hours,
        publish_health=own.publish_health,
        raw_mail_days=own.raw_mail_days,
        weekly_summary=False,
    )


def move(config: Config, name: str, home: str, former: str | None = None) -> bool:
    """Has a conference that is here say where its home is from now on, empty for this hub, and
    which it was before; whether it said something else. Durable on return. Raises SoliCommError."""

    def moved(before: Conference) -> Conference:
        was = before.former_home if former is None else former
        return dataclasses.replace(before, home=home, former_home=was)

    return change(config, name, moved, "Move the home of the conference")


def change(
    config: Config, name: str, made: Callable[[Conference], Conference], subject: str
) -> bool:
    """Changes the settings of a conference that is here, by a commit of the hub's own; whether they
    are others now. Durable on return. Raises SoliCommError."""
    path = config.conference_repo(name)
    if not path.exists():
        return False
    repo = open_repo(path)
    with Writer(repo) as writer, Reader(repo) as reader:
        tip = writer.begin()
        blob = reader.at(tip, conference_file.FILE) if tip else None
        before = conference_file.decode(blob) if blob else None
        after = made(before) if before else None
        if blob is None or before is None or after is None or after == before:
            return False
        message = compose(subject, Source="hub")
        writer.commit(
            [Change(conference_file.FILE, settingsfile.rewritten(blob, after))],
            author_name="SoliComm",
            when=clock.now(),
            message=message,
        )
        writer.checkpoint()
    return True


def of(config: Config, name: str) -> Conference | None:
    """The settings of a conference that is here. Raises SoliCommError."""
    path = config.conference_repo(name)
    if not path.exists():
        return None
    repo = open_repo(path)
    tip = repo.ref()
    with Reader(repo) as reader:
        blob = reader.at(tip, conference_file.FILE) if tip else None
    return conference_file.decode(blob) if blob else None


def begun_at(config: Config, name: str) -> str:
    """The hub from which a conference was first taken; empty for one that was founded here. Raises
    SoliCommError."""
    repo = open_repo(config.conference_repo(name))
    root = repo.git("log", "--max-parents=0", "--format=%B", MAIN).decode("utf-8", "replace")
    said = trailers(root)
    return said.get("Origin", "") if said.get("Source") == origins.SOURCE else ""
