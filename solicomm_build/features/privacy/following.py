"""On a machine of several: what was erased on another one goes from its own copy of the hub, too.

Its repositories have the new histories by then, and keep the old ones as what they had alone. So
each repository that a receipt names is scrubbed once, and messages go from the spools, Maildirs,
mirrors and the log of this machine: by what the todo says of them, or by their ids alone when that
names nobody any more.
"""

from __future__ import annotations

from solicomm_build.features.privacy import erase, erasures
from solicomm_build.features.privacy.erasures import Order, Receipt
from solicomm_build.foundation import maillog, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import history
from solicomm_build.git.repo import open_repo


def follow(config: Config) -> None:
    """Does it for every erasure that is new here. Blocking; quick when none is."""
    path, known = config.state / erasures.HERE, erasures.known_here(config)
    names = {one.stem for one in (config.private / "erasures").glob("*.json")}
    for name in sorted(names - known):
        receipt = erasures.receipt(config, name)
        if receipt is None or not receipt.done:
            continue
        for place in receipt.removed:
            if place.endswith(".git") and (config.root / place).is_dir():
                history.scrub(open_repo(config.root / place))
        order = _order(config, receipt)
        erase.from_files(config, order, receipt, maillog.to_nobody())
        known.add(name)
        lines = "".join(f"{one}\n" for one in sorted(known & names))
        safeio.write_atomic(path, lines.encode("ascii"), mode=0o600)


def _order(config: Config, receipt: Receipt) -> Order:
    for order in erasures.undone(config):
        if order.id == receipt.id:
            return order
    return Order(receipt.id, receipt.at, receipt.by, receipt.reason, receipt.messages)
