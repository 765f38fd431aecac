"""The files of a conference as they are pushed: what each is, who may add it, is it sound. Pure.

A conference's repository is a record: posts, events and attachments are added and never changed.
Format: docs/formats/store.md, post.md, topic-event.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Container

from solicomm_build.cleaning import stripping
from solicomm_build.foundation.errors import ContentError, Findings, SoliCommError, listed
from solicomm_build.gate import hooks
from solicomm_build.message.address import mask
from solicomm_build.message.msgid import own_id
from solicomm_build.post import conference as settings
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference

RANKS = ("reader", "member", "moderator", "host", "operator")
"""Who may do what, the weakest first."""
MAX_TEXT = 1024 * 1024

_FILE = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})(?:\.small)?", re.ASCII)


def place(path: str) -> str:
    """`settings`, `post`, `event`, `file`, the folder of a feature that has such a file here
    (`polls`), or `hub` for one that only the hub adds; empty for what nobody pushes."""
    if path == settings.FILE:
        return "settings"
    if posts.parse_path(path):
        return "post"
    if events.parse_path(path):
        return "event"
    if files := hooks.files_at(path):
        if files.is_pushed(path):
            return path.partition("/")[0]
        return "hub" if files.is_hubs(path) else ""
    return "file" if _FILE.fullmatch(path) else ""


def misplaced(path: str) -> ContentError | None:
    """The fault of a file that has no place in a conference, or None."""
    if place(path):
        return None
    files = hooks.files_at(path)
    if files and (fault := files.misplaced(path)):
        return fault
    remedy = "Files of a conference are conference.yaml, topics/…/posts, topics/…/events and files/"
    return ContentError("this file has no place in a conference", file=path, remedy=remedy)


def rank_for(kind: str, *, adds: bool, restricted: bool) -> str:
    """Who may do this: `adds` is whether the file is new; in a `restricted` conference (moderated,
    or for announcements) only moderators post."""
    if kind == "settings":
        return "host"
    if not adds or kind == "hub":
        return "operator"
    return "moderator" if kind not in ("post", "file", "") or restricted else "member"


def check_settings(blob: bytes, identifier: str) -> tuple[Conference | None, Findings]:
    """`conference.yaml` of the conference that the hub calls `identifier`."""
    try:
        found = settings.decode(blob, settings.FILE)
    except SoliCommError as error:
        return None, Findings(listed(error, settings.FILE))
    if found.id != identifier:
        return None, Findings([other_id(found.id, identifier, settings.FILE)])
    idle = "`retention.raw_mail_days` has no effect yet: verbatim mail is kept"
    remedy = "Leave it out, and erase what has to go with solicomm erase"
    note = ContentError(idle, file=settings.FILE, remedy=remedy)
    return found, Findings([], [note] if found.raw_mail_days else [])


def check_named(conference: Conference, there: Callable[[str], Container[str]]) -> Findings:
    """Whether the files that conference.yaml names are there; `there` lists the paths in a
    folder."""
    faults = []
    for folder, kind in hooks.files().items():
        named = list(kind.named(conference))
        paths = there(folder) if named else ()
        for ref, path in named:
            if path not in paths:
                fault = f"`{folder}` names {ref}, and {path} is not there"
                remedy = f"Add {path} in the same push, or take {ref} out"
                faults.append(ContentError(fault, file=settings.FILE, remedy=remedy))
    return Findings(faults)


def check_post(blob: bytes, path: str, attached: Container[str]) -> Findings:
    """A post; `attached` are the SHA-256 of the attachments that are there."""
    ids = posts.parse_path(path)
    try:
        post = posts.decode(blob, file=path)
    except SoliCommError as error:
        return Findings(listed(error, path))
    faults = []
    if ids is None or not post.message_id or post.mid != ids[1]:
        fault = "the post's Message-ID does not fit its name"
        remedy = f"Call it {post.mid}.md" if post.message_id else "Add `message_id`"
        faults.append(ContentError(fault, file=path, line=1, remedy=remedy))
    elif own_id(post.message_id) != post.message_id:  # a second name of one message
        remedy = "Write it without brackets and spaces, and name the file by it"
        fault = "the Message-ID is not written as in mail"
        faults.append(ContentError(fault, file=path, line=1, remedy=remedy))
    faults += _addresses(post, blob, path)
    for item in post.attachments:
        if item.sha256 not in attached:
            fault = f"the attachment {item.name} is not there"
            remedy = f"Add {posts.attachment_path(item.sha256)}"
            faults.append(ContentError(fault, file=path, remedy=remedy))
    return Findings(faults)


def check_event(blob: bytes, path: str) -> Findings:
    """An event of a topic."""
    try:
        event = events.decode(blob, file=path)
    except SoliCommError as error:
        return Findings(listed(error, path))
    return Findings(events.faults(event, path))


def check_file(blob: bytes, path: str, most: int) -> Findings:
    """The octets of an attachment; `most` as the conference says."""
    if len(blob) > most:
        fault = f"the file has {len(blob):,} bytes"
        return Findings([ContentError(fault, file=path, remedy=f"At most {most:,}")])
    if stripping.tells(blob):
        fault = "the picture holds what the camera or a program wrote beside it"
        remedy = "Take that out of it, or send the picture by mail: then the hub does it"
        return Findings([ContentError(fault, file=path, remedy=remedy)])
    wanted = posts.attachment_path(hashlib.sha256(blob).hexdigest())
    if wanted == path:
        return Findings()
    fault = "the octets are not those of the name"
    return Findings([ContentError(fault, file=path, remedy=f"Call it {wanted}")])


def other_id(written: str, identifier: str, file: str) -> ContentError:
    """The fault of settings that name another repository."""
    remedy = f"Write `id: {identifier}`"
    return ContentError(f"`id: {written}` is another one's name", file=file, remedy=remedy)


def _addresses(post: posts.Post, blob: bytes, path: str) -> list[ContentError]:
    """Nobody's address stands in a conference (docs/mail-rules.md#privacy); ids of messages only
    look like one."""
    for text in (post.name, post.subject, *post.body.split("\n")):
        if "@" in text and mask(text) != text:
            first = text.strip()[:60]
            lines = blob.decode("utf-8", "replace").split("\n")
            line = next((n for n, one in enumerate(lines, 1) if first and first in one), 1)
            fault = "there is an e-mail address here, which everybody could read"
            remedy = "Write only the part before the @"
            return [ContentError(fault, file=path, line=line, remedy=remedy)]
    return []
