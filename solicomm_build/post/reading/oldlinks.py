"""`old-links.tsv` of a conference: addresses of an earlier archive, and the posts they showed.

Pure. One line an address: its path, a tab, the post's `mid` or a page of the conference. A path
that ends in `/*` stands for everything below. Paths begin with `/` and are kept percent-decoded.
A line `hyperkitty<tab>ADDRESS` says that the list had this address: the addresses of HyperKitty
need no list of their own, because they hold the hash that is our `mid`.

    /pipermail/water/2020-March/001234.html	wkq3x7…
    /pipermail/water/2020-March/thread.html	2020/03/
    /pipermail/water/attachments/20200310/0a1b2c3d/*	wkq3x7…
    hyperkitty	water@lists.example.org
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from solicomm_build.foundation.types import PostId

FILE = "old-links.tsv"

_MID = re.compile(r"[a-z2-7]{32}")
_PLACE = re.compile(r"(?:[0-9]{4}/[0-9]{2}/)?")
_PATH = re.compile(r"/[^\x00-\x20\x7f]{1,400}")
_ADDRESS = re.compile(r"[a-z0-9._+-]{1,64}@[a-z0-9.-]{1,253}")


@dataclass(frozen=True)
class Links:
    """Old paths with what they lead to, and the addresses that the list had."""

    pages: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()

    def joined(self, other: Links) -> Links:
        """Both; where they disagree the other is right, since it was made later."""
        addresses = tuple(dict.fromkeys((*self.addresses, *other.addresses)))
        return Links({**self.pages, **other.pages}, addresses)

    def target(self, path: str) -> str | None:
        """What an old path leads to: a mid or a place of the conference."""
        if path in self.pages:
            return self.pages[path]
        folder = path
        while folder := folder.rpartition("/")[0]:
            if (found := self.pages.get(f"{folder}/*")) is not None:
                return found
        return None


def is_mid(target: str) -> bool:
    """Whether a target is a post, and not a place."""
    return _MID.fullmatch(target) is not None


def mid_of_hash(text: str) -> PostId | None:
    """The mid in an address of HyperKitty or the like: base32 of SHA-1, in any case."""
    low = text.lower()
    return PostId(low) if _MID.fullmatch(low) else None


def encode(links: Links) -> bytes:
    """The file, sorted."""
    lines = [f"hyperkitty\t{address}\n" for address in sorted(links.addresses)]
    lines += [f"{path}\t{target}\n" for path, target in sorted(links.pages.items())]
    return "".join(lines).encode()


def decode(blob: bytes) -> Links:
    """What is in a file; a line that is none of these leads nowhere and is passed over."""
    pages: dict[str, str] = {}
    addresses: list[str] = []
    for line in blob.decode("utf-8", "replace").split("\n"):
        first, _, second = line.partition("\t")
        if first == "hyperkitty" and _ADDRESS.fullmatch(second):
            addresses.append(second)
        elif _PATH.fullmatch(first) and (is_mid(second) or _PLACE.fullmatch(second)):
            pages[first] = second
    return Links(pages, tuple(addresses))
