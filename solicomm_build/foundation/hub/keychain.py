"""How a hub gives up its key for another: each step is signed by the key before and by the next.

    solicomm/rekey@1        what is signed, five lines
    <root>                  eight characters of the first key's hash, the end of the hub's id
    <key>                   the key that is given up
    <next>                  the one that counts from then on
    <at>                    when, in UTC

So the hub keeps its id, and whoever knows any key of the chain can go along it to the last one.
Without both signatures there is no step: a thief of the old key alone can make one, its holder
cannot make one without it. Format: docs/formats/network.md.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub import sshsig
from solicomm_build.foundation.schema import Section
from solicomm_build.foundation.yamlsafe import Node

MOST = 20
"""Steps of one chain."""

_NAMESPACE = "solicomm"
_SLACK = 600  # seconds: what was signed while the key changed
_ALWAYS = 10**13  # a second that never comes
_LONGEST = 1000  # characters of a signature


class StrayedError(ContentError):
    """A hub shows another key, and the one before has not signed that."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a key. The signatures are armoured ones, without their armour."""

    key: str
    next: str
    at: datetime
    by_key: str
    by_next: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The key of a hub, and those that it had before, each with the second (since 1970) at which
    it was given up."""

    now: str
    former: tuple[tuple[str, int], ...] = ()

    @property
    def ever(self) -> Keys:
        """The same for what was judged when it came: by whichever key it is signed."""
        return Keys(self.now, tuple((key, _ALWAYS) for key, _ in self.former))

    def had(self, key: str, second: float) -> bool:
        """Whether a key could sign for the hub at a moment."""
        return key == self.now or any(
            key == one and second <= until + _SLACK for one, until in self.former
        )


def root_of(public: str) -> str:
    """What the id of a hub ends with whose first key is this one. Raises ValueError."""
    return base64.b32encode(sshsig.digest(public)[:5]).decode("ascii").lower()


def step(root: str, old: bytes, new: bytes, at: datetime) -> Step:
    """The change from one private key, as a file of OpenSSH, to another."""
    at = at.replace(microsecond=0)
    key, next_ = sshsig.public_key(old), sshsig.public_key(new)
    said = _said(root, key, next_, at)
    by = (_bare(sshsig.sign(said, pem, _NAMESPACE)) for pem in (old, new))
    return Step(key, next_, at, *by)


def keys(chain: Sequence[Step], now: str) -> Keys:
    """All keys of a hub whose chain holds."""
    return Keys(now, tuple((one.key, int(one.at.timestamp())) for one in chain))


def check(root: str, chain: Sequence[Step], now: str, *, file: str = "") -> None:
    """Raises ContentError unless the chain goes from the first key of a hub to the present one,
    each step signed by both keys."""
    before = now if not chain else chain[0].key
    try:
        good = root_of(before) == root and len(chain) <= MOST
        for one in chain:
            said = _said(root, one.key, one.next, one.at)
            signers = (_signer(said, one.by_key), _signer(said, one.by_next))
            good = good and one.key == before and signers == (one.key, one.next)
            before = one.next
        good = good and before == now and len({one.key for one in chain} | {now}) == len(chain) + 1
    except ValueError:
        good = False
    if not good:
        raise StrayedError(
            "the hub's key changed, and the key before has not signed that",
            file=file,
            remedy="Compare the key with its operator anew: solicomm peer remove, then peer add",
        )


def write(chain: Sequence[Step]) -> Node:
    """The steps as a list of YAML."""
    return [
        {
            "key": one.key,
            "next": one.next,
            "at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
            "by_key": one.by_key,
            "by_next": one.by_next,
        }
        for one in chain
    ]


def read(sections: Sequence[Section]) -> tuple[Step, ...]:
    """The steps in such a list; its faults are the sections'. Whether they hold, `check` says."""
    found = []
    for one in sections:
        key, next_ = (one.text(name, required=True, longest=200) for name in ("key", "next"))
        at = one.moment("at", required=True)
        by = [one.text(name, required=True, longest=_LONGEST) for name in ("by_key", "by_next")]
        one.close()
        if at is not None:
            found.append(Step(key, next_, at, by[0], by[1]))
    return tuple(found)


def _said(root: str, key: str, next_: str, at: datetime) -> bytes:
    return f"solicomm/rekey@1\n{root}\n{key}\n{next_}\n{at:%Y-%m-%dT%H:%M:%SZ}\n".encode()


def _bare(armoured: str) -> str:
    return "".join(armoured.splitlines()[1:-1])


def _signer(said: bytes, bare: str) -> str:
    armoured = "\n".join((sshsig.BEGIN, *textwrap.wrap(bare, 70), sshsig.END)) + "\n"
    return sshsig.verify(said, armoured, _NAMESPACE)
