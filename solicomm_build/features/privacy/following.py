"""On a machine of several: what was erased on another one goes from its own copy of the hub, too.

Its repositories have the new histories by then, and keep the old ones as what they had alone. So
each repository that a receipt names is scrubbed once, and messages go from the spools, Maildirs,
mirrors and the log of this machine: by what the todo says of them, or by their ids alone when that
names nobody any more. What was set aside here with something of it goes whole.

A follower that was away may have brought the receipt before the histories. So they are scrubbed
once more when the receipt says that this machine's own follower stands where the hub does.

Where each cell has an owner of its own a machine says in etcd what it has done: until all have, the
todo goes on saying what is sought, for who was switched off needs that when it is back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace

from solicomm_build.features.privacy import copies, erase, erasures
from solicomm_build.features.privacy.erasures import Order, Receipt
from solicomm_build.foundation import maillog, safeio
from solicomm_build.foundation.hub.cluster.etcd import ERASED, EtcdError, etcd_of
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import history
from solicomm_build.git.repo import open_repo
from solicomm_build.people.kept import book
from solicomm_build.post.store import erasing


def follow(config: Config) -> None:
    """Does it for every erasure that is new here. Blocking; quick when none is."""
    path, known = config.state / erasures.HERE, erasures.known_here(config)
    names = {one.stem for one in (config.private / "erasures").glob("*.json")}
    every = names | {_again(name) for name in names}
    for name in sorted(one for one in names if not {one, _again(one)} <= known):
        receipt = erasures.receipt(config, name)
        if receipt is None or not receipt.done:
            continue
        done = {name, *([_again(name)] if _stands(config, receipt) else [])}
        if done <= known:
            continue
        for place in receipt.removed:
            if place.endswith(".git") and (config.root / place).is_dir():
                history.scrub(open_repo(config.root / place))
        copies.from_set_aside(config, receipt.messages, receipt.objects)
        order = _order(config, receipt)
        _derived(config, order, receipt)
        if name not in known:
            log = maillog.to_nobody(key=config.keys / maillog.KEY)  # by which its lines are known
            erase.from_files(config, order, receipt, log)
        known |= done
        lines = "".join(f"{one}\n" for one in sorted(known & every))
        safeio.write_atomic(path, lines.encode("ascii"), mode=0o600)
    _tell(config, known)


def _derived(config: Config, order: Order, receipt: Receipt) -> None:
    """What was made of the old histories, and what this machine keeps for itself. Pages follow when
    it builds them next; what they were rendered from goes now."""
    from solicomm_build.builder.conferences import state

    if (config.state / book.FILE).exists():
        erase.from_fold(config)
    erasing.of_machine(config, order)
    state.scrub(config, receipt.objects)


def _tell(config: Config, known: Iterable[str]) -> None:
    """Says what is done here of the erasures that are open. Said again at each look; a look later
    where etcd does not answer."""
    still = {order.id for order in erasures.undone(config)} if config.cluster.divided else set()
    if done := sorted(one for one in known if one.removesuffix(".again") in still):
        with contextlib.suppress(EtcdError):
            etcd_of(config).put(f"{ERASED}{config.cluster.node}", " ".join(done))


def _again(name: str) -> str:
    return f"{name}.again"


def _stands(config: Config, receipt: Receipt) -> bool:
    """Whether what this machine follows has the new histories: as all copies do when the todo is
    gone, or as its own follower was found to."""
    if not erasures.todo(config, receipt.id).exists():
        return True
    own = receipt.copies.get(erasing.followers_at(config.cluster.node))
    return own is not None and own["state"] in ("ready", "gone")


def _order(config: Config, receipt: Receipt) -> Order:
    for order in erasures.undone(config):
        if order.id == receipt.id:
            return replace(order, member=receipt.member)
    bare = (receipt.id, receipt.at, receipt.by, receipt.reason, receipt.messages)
    return Order(*bare, member=receipt.member)
