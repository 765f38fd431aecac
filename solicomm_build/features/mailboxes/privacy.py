"""Addresses here of who is erased: password and filters end, and what was kept for the person goes.

An address is the person's that is given to the member, or only sends mail on to the person. One
that keeps mail, too, may be an office's: its mail stays, and whoever erases is told where.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from solicomm_build.features.mailboxes import filters, mailboxes, maildirs
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.history import Cut
from solicomm_build.git.repo import open_repo
from solicomm_build.message.address import key
from solicomm_build.people import memberstore, passwords
from solicomm_build.people.membership import MailboxRule
from solicomm_build.people.roster import Roster
from solicomm_build.post.store import pastfiles
from solicomm_build.post.store.erasing import Erased, Taking, said_anew

_OWN, _PERHAPS = "mailbox:", "mailbox-of-others:"


def _before(config: Config, gone: Erased) -> None:
    """The roster forgets the address, so it is looked for while it is known still."""
    for rule in memberstore.mailboxes(config) if gone.address else ():
        mine = gone.member is not None and rule.number == gone.member
        if mine or key(rule.forward) == key(gone.address):
            passwords.forget(config, memberstore.address_of(config, rule))
            filters.end(config, rule)


def _names(
    _config: Config, members: Roster, number: int, addresses: frozenset[str]
) -> Iterator[str]:
    """The addresses here that end with the person."""
    wanted = frozenset(map(key, addresses))
    for rule in members.mailboxes.values():
        sends_on = bool(rule.forward) and key(rule.forward) in wanted
        if (number and rule.number == number) or (sends_on and not rule.keep):
            yield f"{_OWN}{rule.name}"
        elif sends_on:
            yield f"{_PERHAPS}{rule.name}"


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    for path in _kept(config, gone.cards, _OWN):
        repo = open_repo(path)
        files = [*pastfiles.ever(repo)]
        paths = frozenset(one for one, _ in files)
        taking.cut(repo, Cut(paths=paths, message=said_anew), (oid for _, oid in files), len(paths))
        folder = maildirs.maildir_of(config, path)
        if folder.is_dir():
            shutil.rmtree(folder)
            taking.counted(folder.relative_to(config.root).as_posix(), 1)


def _stays(config: Config, addresses: Collection[str], named: Collection[str]) -> Iterator[str]:
    """Mail that may be an office's, and that of the person's own address here."""
    own = map(key, addresses)  # also at a domain that a union took away since
    mine = [f"{_PERHAPS}{one.removesuffix(f'@{config.domain}')}" for one in own]
    for path in _kept(config, [*named, *mine], _PERHAPS):
        where = path.relative_to(config.root).as_posix()
        shown = maildirs.maildir_of(config, path)
        also = f" and {shown.relative_to(config.root).as_posix()}" if shown.is_dir() else ""
        yield (
            f"{where} has mail that was kept for an address of the person, or one that sent mail on"
            " there. Where it is nobody else's, end the address (`solicomm mailbox remove`) and"
            f" delete that folder{also}"
        )


def _kept(config: Config, named: Collection[str], word: str) -> Iterator[Path]:
    """The repositories of addresses that have had mail."""
    for one in dict.fromkeys(named):
        local, _, domain = one.removeprefix(word).partition("@")
        path = mailboxes.path_of(config, MailboxRule(local, domain=domain))
        if one.startswith(word) and path.is_dir() and open_repo(path).ref() is not None:
            yield path


BEFORE = _before
NAMES = (_names,)
ERASE = _erase
STAYS = (_stays,)
