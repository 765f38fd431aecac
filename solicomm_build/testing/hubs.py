"""Hubs for tests of what is built: posts written straight into git, and builds of them.

`smallhub.make` founds them. Nothing here goes through mail, so a history may hold whatever git can
hold: posts that answer what never came, changed and deleted posts, broken settings.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.builder import tree
from solicomm_build.builder.published import Report
from solicomm_build.builder.run import Builder
from solicomm_build.features.founding import founding
from solicomm_build.foundation import data, formernames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, Writer, write_once
from solicomm_build.post import post as posts
from solicomm_build.post.post import Attached, Post
from solicomm_build.testing import manifest

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
"""When the posts of tests begin to come in."""

SITE = "site.yaml"
UNION = b"""\
schema: solicomm/site@1
union: docks
title: {en: Dock workers, es: Portuarios}
languages: [en, es]
theme: {preset: plain, accent: "#8a1020", dark: auto}
menu:
  - {to: page:about}
  - {to: news}
"""
LIBRARY = b"""\
schema: solicomm/library@1
id: books
title: {en: Books}
languages: [en]
"""
CARD = """\
---
schema: solicomm/entry@1
id: "lib:{id}"
type: report
title:
  en: "{title}"
creators:
  - {{name: Water workers, kind: org}}
date:
  issued: "2026-02-04"
languages: [en]
subjects: ["free:water"]
rights:
  licence: CC0-1.0
  access: open
status: published
---

{text}
"""


def after(minutes: float) -> datetime:
    """A moment, counted from START."""
    return START + timedelta(minutes=minutes)


def post(
    name: str,
    *answers: str,
    subject: str = "Water",
    minutes: float = 0,
    body: str = "Words.\n",
    author: str = "Ana",
    attachments: Sequence[Attached] = (),
    dated: bool = True,
) -> Post:
    """A post with the Message-ID `<name>@union.example`; `answers` are names, the root first."""
    ids = tuple(f"{answer}@union.example" for answer in answers)
    return Post(
        message_id=f"{name}@union.example",
        in_reply_to=ids[-1] if ids else None,
        references=ids,
        name=author,
        date=after(minutes) if dated else None,
        subject=subject,
        attachments=tuple(attachments),
        body=body,
    )


def mid(name: str) -> str:
    """The file name, and anchor, of the post called `name`."""
    return post_id(f"{name}@union.example")


def tid_of(made: Post) -> TopicId:
    """The stored thread of a post: its first reference, else what it answers, else itself."""
    return TopicId(post_id((*made.references, made.in_reply_to or made.message_id)[0]))


def path_of(made: Post) -> str:
    """Where a post lies in its repository."""
    return posts.path(tid_of(made), made.mid)


def change(made: Post) -> Change:
    """The file of a post."""
    return Change(path_of(made), posts.encode(made))


def attached(octets: bytes, name: str, kind: str = "text/plain") -> tuple[Attached, Change]:
    """An attachment as a post names it, and the file that holds it."""
    import hashlib

    sha256 = hashlib.sha256(octets).hexdigest()
    row = Attached(sha256, name, kind, len(octets))
    return row, Change(posts.attachment_path(sha256), octets)


def commit(repo: Path, *changes: Change, at: datetime = START) -> None:
    """One commit; its committer date is `at`."""
    write_once(open_repo(repo), changes, message="Change\n\nSource: cli\n", when=at)


def add(config: Config, conference: str, made: Iterable[Post], *, delay: float = 1) -> None:
    """Each post in a commit of its own, received `delay` minutes after it was written."""
    with Writer(open_repo(config.conference_repo(conference))) as writer:
        for each in made:
            received = (each.date or START) + timedelta(minutes=delay)
            writer.commit(
                [change(each)],
                author_name=each.name,
                when=received,
                message=f"{each.subject or 'Post'}\n\nSource: import\nMessage: {each.mid}\n",
            )


def remove(config: Config, conference: str, made: Post, *, at: datetime = START) -> None:
    """Deletes a post."""
    commit(config.conference_repo(conference), Change(path_of(made), None), at=at)


def build(config: Config, *, full: bool = False) -> Report:
    """One build by a builder of its own."""
    builder = Builder(config, data.theme())
    try:
        return builder.build(full=full)
    finally:
        builder.close()


def built_anew(config: Config) -> dict[str, str]:
    """The manifest of a build from nothing: what both trees must hold, whatever came before.

    The build happens in a folder beside the hub, which shares its repositories and nothing else.
    """
    beside = config.root.with_name(f"{config.root.name}.anew")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for name in ("content", "unions"):
        (config.root / name).mkdir(exist_ok=True)
        (beside / name).symlink_to(config.root / name)
    if (renamed := config.private / formernames.FILE).exists():  # what places were called before
        (beside / "private").mkdir(mode=0o700)
        (beside / "private" / formernames.FILE).symlink_to(renamed)
    build(replace(config, root=beside), full=True)
    try:
        return trees(replace(config, root=beside))
    finally:
        shutil.rmtree(beside)


def trees(config: Config) -> dict[str, str]:
    """The manifest of public/, and of what only members read, each path with a mark behind it."""
    closed = manifest.read(tree.members(config).root).items()
    return manifest.read(config.public) | {f"{path} (members)": each for path, each in closed}


def differences(config: Config) -> list[str]:
    """The files of both trees that a build from nothing would have made otherwise: none, we hope.

    Compressed siblings count like any other file. The search index is made after the pages and by
    others (features/search/index.py): it is not compared here.
    """
    different = manifest.differences(trees(config), built_anew(config))
    return [path for path in different if "/search/index/" not in f"/{path}"]


def copied(made: Config, root: Path) -> Config:
    """A copy at `root` of a hub that was made for several tests and is left as it is."""
    return replace(made, root=shutil.copytree(made.root, root, symlinks=True))


def page(config: Config, url: str) -> str:
    """The text of the built page at a root-relative address."""
    path = url.lstrip("/")
    name = path + "index.html" if path == "" or path.endswith("/") else path
    return (config.public / name).read_text("utf-8")


def sample(root: Path, *, domain: str = "hub.example") -> Config:
    """The sample network's hub, as `solicomm init --sample` makes it."""
    return founding.found_hub(root, name="Sample hub", domain=domain, sample=True)
