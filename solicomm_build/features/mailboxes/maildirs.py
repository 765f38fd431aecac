"""What mailboxes keep, for people's mail programs: a Maildir for each, which an IMAP server serves.

A consumer of the log of every repository below `private/mailboxes`, with the cursor `maildir` in
each. A new message becomes a file in `private/maildirs/<domain>/<name>/new`, called

    <seconds>.<id>.solicomm,S=<octets>

after when it came, its id in the repository and its size; written in `tmp`, then renamed, so that
the server sees it whole. A file of that id in `new` or `cur` is the message already: flags, which
the server writes after the `:`, stay. A message removed from the repository is removed here. On top
stands `Return-Path` (RFC 5321 4.4); all else is as received.

With `dovecot:` in hub.yaml the messages are handed to that LMTP server instead, which files them as
the person's Sieve script says, and answers for people on holiday. There a crash at the wrong moment
delivers one message twice. What the server does not take for good is written as above. While it is
slow to answer, or hangs, handing over goes on in a thread, and other mail does not wait for it.
"""

from __future__ import annotations

import re
import smtplib
import threading
import time
from pathlib import Path, PurePosixPath

from solicomm_build.features.mailboxes import lateness
from solicomm_build.features.mailboxes.lateness import CONSUMER, LATER
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.git import log as history
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.history import following
from solicomm_build.git.log import Commit
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.people.recipients import ascii_domain
from solicomm_build.post.store import maildir

_REST = 30.0  # seconds before a server that did not answer is asked again
_TIMEOUT = 60.0
_PATIENCE = 2.0  # seconds that other mail waits for a server


class Maildirs:
    """Keeps the Maildirs of one hub up to date. Not for several threads."""

    def __init__(self, config: Config, log: MailLog) -> None:
        self._config, self._log = config, log
        self._due = set(lateness.repositories(config))
        self._not_before = 0.0
        self._beside: threading.Thread | None = None

    def changed(self, repo: Path) -> None:
        """Notes that a mailbox has got mail."""
        self._due.add(repo)

    def work(self, *, to_the_end: bool = True) -> None:
        """Brings every mailbox that is due up to date; what fails is tried later. Blocking, but no
        longer than _PATIENCE where a server is to take them, unless it is `to_the_end`."""
        is_due = self._due and time.monotonic() >= self._not_before
        if self._config.dovecot is None:
            if is_due:
                self._work()
            return
        if self._beside is None and is_due:
            self._beside = threading.Thread(target=self._work, name="maildirs", daemon=True)
            self._beside.start()
        if self._beside is not None:
            self._beside.join(None if to_the_end else _PATIENCE)
            if not self._beside.is_alive():
                self._beside = None

    def _work(self) -> None:
        for path in sorted(self._due):
            self._due.discard(path)  # what comes from here on makes it due again
            is_done = False
            try:
                if path.exists():
                    mirror(self._config, open_repo(path))
                is_done = True
            except (OSError, SoliCommError, smtplib.SMTPException) as error:
                self._log.event(LATER, mailbox=path.stem, reason=str(error))
            finally:
                if not is_done:
                    self._not_before = time.monotonic() + _REST
                    self._due.add(path)


def mirror(config: Config, repo: Repo) -> None:
    """Brings one mailbox up to date. Safe to repeat. Raises OSError, StoreError, SMTPException."""
    with following(repo):
        _mirror(config, repo)


def _mirror(config: Config, repo: Repo) -> None:
    cursor, tip = Cursor(repo, CONSUMER), repo.ref()
    since = cursor.read()
    if tip is None or tip == since:
        return
    folder = maildir_of(config, repo.path)
    there = maildir.ids(folder)  # once for all that came
    with Reader(repo) as reader:
        for commit in history.commits(repo, since, tip):
            for change in commit.changes:
                name = PurePosixPath(change.path)
                if name.suffix != ".eml":
                    continue
                if change.status == "D":
                    _take_out(folder, name.stem)
                    there.discard(name.stem)
                elif name.stem not in there:
                    _put(config, folder, name.stem, commit, reader.blob(change.oid))
                    there.add(name.stem)
            if config.dovecot:  # each is done when the server has said so
                cursor.advance(since, commit.oid)
                since = commit.oid
    if since != tip:
        cursor.advance(since, tip)


def maildir_of(config: Config, repo: Path) -> Path:
    """The Maildir of a mailbox's repository."""
    domain = config.domain if repo.parent == config.mailboxes else repo.parent.name
    return config.maildirs / domain / repo.stem


def _take_out(folder: Path, name: str) -> None:
    """Takes a message out of a Maildir, whatever the server calls its file by now."""
    for _, file in [*maildir.files(folder, {name})]:
        file.unlink(missing_ok=True)


def _put(config: Config, folder: Path, name: str, commit: Commit, raw: bytes) -> None:
    """A new message, to the server that is to have it, else into the Maildir."""
    if config.dovecot is None or not _hand_over(config.dovecot, commit, raw):
        put(folder, name, commit, raw)


def put(folder: Path, name: str, commit: Commit, raw: bytes) -> None:
    """A new message in a Maildir, durable on return."""
    sender = re.sub(r"[<>\s]", "", commit.trailer("Sender") or "")
    data = f"Return-Path: <{sender}>".encode() + (b"\r\n" if b"\r\n" in raw else b"\n") + raw
    maildir.put(folder, name, int(commit.committed.timestamp()), data)


def _hand_over(server: str, commit: Commit, raw: bytes) -> bool:
    """Gives a message to the LMTP server; False when it will never take it (RFC 2033)."""
    sender, named = commit.trailer("Sender") or "", commit.trailer("Recipient") or ""
    local, at, domain = named.rpartition("@")
    recipient = f"{local}{at}{ascii_domain(domain)}"  # as mtamaps.py calls it
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    options = ["BODY=8BITMIME"] if not raw.isascii() else []
    options += [] if (sender + recipient).isascii() else ["SMTPUTF8"]
    with _connected(server) as client:
        try:
            client.sendmail(sender, [recipient], lines, mail_options=options)
        except smtplib.SMTPRecipientsRefused as refused:
            code, _ = refused.recipients[recipient]
            return _given_up(code, refused)
        except smtplib.SMTPResponseException as error:
            return _given_up(error.smtp_code, error)
        except smtplib.SMTPNotSupportedError:
            return False  # it knows no addresses beyond ASCII (RFC 6531), as Dovecot 2.3 does not
    return True


def _given_up(code: int, error: Exception) -> bool:
    if not 500 <= code < 600:
        raise error
    return False


def _connected(server: str) -> smtplib.LMTP:
    if server.startswith("unix:"):
        return smtplib.LMTP(server.removeprefix("unix:"), timeout=_TIMEOUT)
    host, _, port = server.rpartition(":")
    return smtplib.LMTP(host.strip("[]"), int(port), timeout=_TIMEOUT)
