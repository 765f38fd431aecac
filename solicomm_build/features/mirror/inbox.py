"""A public conference as an inbox of public-inbox, version 2 (public-inbox-v2-format(5)).

    mirrors/public-inbox/<conference>/git/0.git   the only epoch; each commit is one message
    mirrors/public-inbox/<conference>/inbox.lock  empty; by it public-inbox knows the version

A post that comes is a commit whose tree is a file `m`, one that is hidden or taken away a commit
whose tree is a file `d` with the same octets. The message is what downloads have
(post/store/mboxfile.py): no address of anybody stands in it. Author's name, date and
subject are the commit's.

Commits are a function of the conference's log, so an epoch that was lost, or was killed half way,
comes out with the same ids. Where the log was written anew (an erasure) the epoch is built beside
the old one and takes its place: no object of the old one stays, and the inbox is as if the message
had never come, which is what public-inbox-purge does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from solicomm_build.features.mirror.steps import Step
from solicomm_build.foundation import faults
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import fsync_dir
from solicomm_build.foundation.watch import Watch
from solicomm_build.git import maintenance
from solicomm_build.git.commitmessage import one_line
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, create, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post import post as post_file
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import mboxfile

KIND = "public-inbox"
CONSUMER = "mirror-inbox"
_FORMAT = "3"  # raise it when the same posts become other messages
_BATCH = 2000  # messages; then they are made durable


class Inbox:
    """The inbox of one conference. Not for several threads."""

    def __init__(
        self, config: Config, settings: Conference, source: Reader, watch: Watch | None = None
    ) -> None:
        self._list, self._watch = settings.id, watch or Watch.idle()
        self._url = f"{config.url}/conferences/{settings.id}/t"
        self._source = source
        self.folder = folder_of(config, settings.id)
        self.version = f"{_FORMAT} {self._url}"
        self._epoch = self.folder / "git" / "0.git"

    def is_at(self, made: str) -> bool:
        """Whether the epoch is there and holds what it held then; what a killed run added to it
        is dropped. One that is damaged is not: it is made anew."""
        try:
            return self._is_at(open_repo(self._epoch), made)
        except SoliCommError:
            return False

    def _is_at(self, repo: Repo, made: str) -> bool:
        tip = repo.ref()
        if tip is None or not made:
            return (tip or "") == made
        if not repo.succeeds("cat-file", "-e", f"{made}^{{tree}}"):
            return False
        if tip != made:
            repo.set_ref(MAIN, type(tip)(made), tip)
        return True

    def take(self, steps: Iterable[Step], *, anew: bool) -> str:
        """Adds what came and went, durable on return; what the epoch is at then."""
        (self.folder / "git").mkdir(parents=True, exist_ok=True)
        self._sweep()
        if not anew:
            repo = open_repo(self._epoch)
            self._write(repo, steps)
            if maintenance.needed(repo):
                maintenance.run(repo)
            return repo.ref() or ""
        building, old = self._aside("building"), self._aside("old")
        try:
            self._write(create(building), steps)
        except (OSError, SoliCommError):  # on a full disk it would hold the last room
            shutil.rmtree(building, ignore_errors=True)
            raise
        faults.point("mirror.before-swap")
        with contextlib.suppress(FileNotFoundError):
            os.rename(self._epoch, old)
        os.rename(building, self._epoch)
        fsync_dir(self._epoch.parent)
        shutil.rmtree(old, ignore_errors=True)
        (self.folder / "inbox.lock").touch()
        return open_repo(self._epoch).ref() or ""

    def _write(self, repo: Repo, steps: Iterable[Step]) -> None:
        with Writer(repo) as writer:
            for number, step in enumerate(steps, 1):
                self._commit(writer, step)
                if number % _BATCH == 0:
                    writer.checkpoint()

    def _commit(self, writer: Writer, step: Step) -> None:
        if self._watch.is_aside(mark := f"post:{self._list}/{step.mid}"):
            return
        blob, url = self._source.blob(step.blob), f"{self._url}/{step.tid}/#{step.mid}"
        with self._watch.item(mark, len(blob)):
            faults.hold("mirror", blob)
            try:
                post = post_file.decode(blob)
            except SoliCommError:
                return  # the pages say so; others can still be read
            data = mboxfile.mail(post, step.when, url=url)
        changes = (Change("m", data), Change("d", None))
        if not step.comes:
            changes = (Change("m", None), Change("d", data))
        writer.commit(
            changes,
            author_name=post.name,
            when=step.when,
            author_when=post.date or step.when,
            message=one_line(post.subject) or "(no subject)",
        )

    def _aside(self, word: str) -> Path:
        return self._epoch.with_name(f".0.{word}.git")

    def _sweep(self) -> None:
        """Takes away what a kill left beside the epoch."""
        for word in ("building", "old"):
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(self._aside(word))


def folder_of(config: Config, conference: str) -> Path:
    """Where the inbox of a conference lies."""
    return config.mirrors / KIND / conference
