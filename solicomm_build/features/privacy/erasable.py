"""What an erasure is about: a word of the operator's as the messages, the person and the cards."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from pathlib import PurePosixPath

from solicomm_build.features.privacy import forgotten, personal
from solicomm_build.features.privacy.erasures import Order
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, MessageError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.message import msgid
from solicomm_build.message.address import is_valid, key
from solicomm_build.message.auth.authorship import writers
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people.directory import directory_of
from solicomm_build.people.recipients import Recipient
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import post as post_file
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import erasing, knownids, pastfiles, withdraw
from solicomm_build.post.store.bearing import own_ids

_MID = re.compile(r"[a-z2-7]{32}")
_PARTS_SHOWN = 3
Resolve = Callable[[str], Recipient | None]
"""What an address leads to."""


def order_for(config: Config, what: str, reason: str, by: str) -> Order:
    """What the operator's word means. Raises HubError when nothing is called so."""
    word = what.strip()
    now = clock.now()
    number, addresses, mids = None, list[str](), set[str]()
    own = word.strip("<>").rpartition("/")[2] if "@" not in word else word.strip("<>")
    if named := {mid for mid in _named(config, own) if _is_known(config, mid)}:
        mids = named
    elif is_valid(own):
        member, addresses = personal.member_and_addresses(config, own)
        if member is None and (moved := personal.moved_to(config, own)):
            raise HubError(
                f"{own} was the address of somebody who has another one now: `solicomm erase"
                f" {moved}` takes what came from both. What somebody else wrote from there"
                " is named by its Message-ID"
            )
        number = member.number if member else None
        mids = {*_written_by(config, addresses), *_sent_by(config, addresses)}
        mids |= set(_answered(config, number))
    address = addresses[0] if addresses else ""
    if not mids and number is None and not (address and _is_kept(config, address)):
        raise HubError(
            f"Nothing here is called {what}. Name a message by its post id (the part behind # in"
            " its address) or its Message-ID, or a person by the address"
        )
    ids, needles = _read(config, mids)
    digest = hashlib.sha256(f"{now.isoformat()} {sorted(mids)} {number}".encode()).hexdigest()[:8]
    return Order(
        f"{now:%Y%m%dT%H%M%SZ}-{digest}",
        now.isoformat(),
        by,
        reason,
        tuple(sorted(mids)),
        tuple(sorted(ids)),
        address,
        number,
        tuple(sorted({*needles, *addresses})),
        _cards(config, number, addresses),
        tuple(addresses[1:]),
    )


def order_of(config: Config, mids: Sequence[PostId], reason: str, by: str) -> Order:
    """The erasure of these posts, whether they are here or not."""
    now, wanted = clock.now(), {*map(str, mids)}
    ids, needles = _read(config, wanted)
    digest = hashlib.sha256(f"{now.isoformat()} {sorted(wanted)}".encode()).hexdigest()[:8]
    return Order(
        f"{now:%Y%m%dT%H%M%SZ}-{digest}",
        now.isoformat(),
        by,
        reason,
        tuple(sorted(wanted)),
        tuple(sorted(ids)),
        needles=tuple(sorted(needles)),
    )


def is_for(config: Config, order: Order, what: str) -> bool:
    """Whether an order does what a word asks for."""
    own = what.strip().strip("<>")
    return (
        key(own) in map(key, order.addresses)
        or any(mid in order.mids for mid in knownids.mids(config, own))
        or own.rpartition("/")[2] in order.mids
    )


def _named(config: Config, own: str) -> list[str]:
    """The post ids that a word may mean."""
    return [own] if _MID.fullmatch(own) else [*map(str, knownids.mids(config, own))]


def _is_kept(config: Config, address: str) -> bool:
    """Whether anything is kept of an address that is no member's and wrote nothing."""
    roster = open_repo(config.roster_repo)
    return erasing.keeps(config, address) or forgotten.is_named(roster, address)


def _cards(config: Config, number: int | None, addresses: Collection[str]) -> tuple[str, ...]:
    """By what features find what they keep of a person; nothing for messages alone."""
    if number is None and not addresses:
        return ()
    store = RosterStore.of(config)
    try:
        return erasing.names(config, store.roster(), number or 0, frozenset(addresses))
    finally:
        store.close()


def _answered(config: Config, number: int | None) -> Iterator[str]:
    """The ids of what features know that a member has written, whether its post was taken or
    not."""
    store = RosterStore.of(config)
    try:
        person = store.roster().persons.of(number) if number is not None else None
    finally:
        store.close()
    yield from erasing.messages(config, person or "")


def _is_known(config: Config, mid: str) -> bool:
    """Whether the hub has a message of this id, or had one that its history remembers."""
    if any(
        PurePosixPath(path).stem.partition("~")[0] == mid
        for repo in hubmail.every_repo(config)
        for path, _, _ in pastfiles.of_mail(repo)
    ):
        return True
    if any(
        (ids := post_file.parse_path(path)) is not None and ids[1] == mid
        for _, repo in pastfiles.with_removed(config)
        for path, _ in pastfiles.ever(repo)
    ):
        return True
    return next(_waiting(config, {mid}), None) is not None


def _waiting(config: Config, mids: set[str]) -> Iterator[bytes]:
    """Messages of these ids that are in no repository: they wait to be taken, were set aside, or
    are held by a feature, as a letter of a stick for another hub."""
    for raw in chain(withdraw.waiting(config), erasing.held(config)):
        if mids.intersection(map(post_id, own_ids(raw))):
            yield raw


def _written_by(config: Config, addresses: Collection[str]) -> Iterator[str]:
    """The ids of messages that name one of the addresses as their author, of all mail kept."""
    wanted = frozenset(map(key, addresses))
    parts = [one.rpartition("@")[0].encode("utf-8", "replace") for one in wanted]
    for repo in hubmail.every_repo(config):
        files = ((path, oid) for path, oid, _ in pastfiles.of_mail(repo) if path.endswith(".eml"))
        with Reader(repo) as reader:
            for path, _, raw in pastfiles.read(reader, files):
                folded = raw.lower()
                if all(one.isascii() and one not in folded for one in parts):
                    continue  # nine of ten mails are not parsed
                try:
                    senders = writers(parse(raw))
                except MessageError:
                    continue
                if any(key(sender) in wanted for sender in senders):
                    yield PurePosixPath(path).stem.partition("~")[0]


def _sent_by(config: Config, addresses: Collection[str]) -> Iterator[str]:
    """The ids of messages by one of the addresses that wait to be taken or were set aside; but for
    those to people alone, whose mail it is. And of letters of ours that are answered to one: what
    somebody wrote into a union's form for joining."""
    wanted = frozenset(map(key, addresses))
    store = RosterStore.of(config)
    try:
        resolve = directory_of(config, store.roster).resolve
        for item in chain(withdraw.waiting_items(config), withdraw.own_letters(config)):
            if (message := written_by(item, wanted, resolve)) is not None:
                yield from _ids_of(config, message)
    finally:
        store.close()


def written_by(item: Item, wanted: Collection[str], resolve: Resolve) -> Message | None:
    """The message where one of the addresses, given by their keys, has written it, but not to
    people alone, whose mail it is; and a letter of ours that is answered there, with all that
    somebody filled in. None for all else."""
    try:
        message = parse(item.raw)
    except MessageError:
        return None
    if item.envelope.ours and any(key(one.addr_spec) in wanted for one in message.reply_to):
        return message
    if not any(key(sender) in wanted for sender in writers(message)):
        return None
    places = [resolve(one) for one in item.envelope.rcpt_tos]
    is_theirs = all(one is not None and one.kind == "mailbox" for one in places)
    return None if is_theirs else message


def _ids_of(config: Config, message: Message) -> Iterator[str]:
    own = message.msgid or msgid.made_id(msgid.content_hash(message))
    yield from knownids.mids(config, own)


def _mails(config: Config, mids: set[str]) -> Iterator[bytes]:
    for repo in hubmail.every_repo(config):
        files = [
            oid
            for path, oid, _ in pastfiles.of_mail(repo)
            if path.endswith(".eml") and PurePosixPath(path).stem.partition("~")[0] in mids
        ]
        with Reader(repo) as reader:
            yield from reader.blobs(files)


def _read(config: Config, mids: set[str]) -> tuple[set[str], set[str]]:
    """The Message-IDs of messages, and some of the longest runs of words in them."""
    ids, needles = set[str](), set[str]()
    for raw in chain(_mails(config, mids), _waiting(config, mids)):
        try:
            message = parse(raw)
        except MessageError:
            continue
        if message.msgid and mids.intersection(knownids.mids(config, message.msgid)):
            ids.add(message.msgid)
        needles |= _runs(message.text)
    for _, repo in pastfiles.with_removed(config):
        found = [oid for path, oid in pastfiles.ever(repo) if pastfiles.mid_of(path) in mids]
        with Reader(repo) as reader:
            for blob in reader.blobs(found):
                try:
                    post = post_file.decode(blob)
                except SoliCommError:
                    continue
                ids.add(post.message_id)
                needles |= _runs(post.body)
    return ids, needles


_RUN = re.compile(r"(?<![^\W_])[^\W_]++(?: [^\W_]++){2,}+")


def _runs(text: str) -> set[str]:
    """The longest runs of plain words on one line that stand the same in mail, Markdown and HTML;
    quotes are somebody else's."""
    own = "\n".join(line for line in text.splitlines() if not line.startswith((">", " >")))
    runs = sorted({run for run in _RUN.findall(own) if len(run) >= 16}, key=len, reverse=True)
    return {run[:60] for run in runs[:_PARTS_SHOWN]}
