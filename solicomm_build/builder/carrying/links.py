"""The links of a page that lies in a folder: to files, since nothing there looks for an index.html
or makes a page when it is asked for. What is not in the folder is looked up at the hub.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import quote, unquote

INDEX = "index.html"

_TAG = re.compile(
    rb"<(?:a(?!\s(?:class=\"[^\"]*+\"\s)?+href=\"(?:#|mailto:|https?:))"
    rb"|link(?!\srel=\"canonical\"\shref=\"https?:)"
    rb"|area|form|img|script|source|audio|video|track|iframe|embed)\s[^>]*+>?"
)
"""A tag that may lead somewhere; most links that lead out, and stay as they are, are not looked at
again."""
_LINK = re.compile(
    rb"""(\s(?:href|src|action|poster|srcset)=)(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""",
    re.IGNORECASE,
)
_MOVED = re.compile(
    rb"""(<meta http-equiv="refresh" content="[0-9]{1,4}; ?url=)([^"]*+)(")""", re.IGNORECASE
)
_OUT = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)
_SIGNS = re.compile(r"[&<>\"']")
_PATH = re.compile(r"([^?#]*+)(.*+)", re.DOTALL)

_PLAIN = re.compile(
    r"((?:\.\./)*+)(?:\./)?((?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*+/)*+)"
    r"([A-Za-z0-9_~-][A-Za-z0-9_.~-]*+)?([?#].*+)?",
    re.DOTALL,
)
"""Steps up, folders, a file, and what follows: links that nothing has to be unquoted in."""
_MOST = 20_000
"""Tags that are kept; a run over neighbours needs some hundreds."""

Names = Callable[[str], str | None]
"""The name in the folder of a file by its path below the hub's root; None when it is not there."""


@dataclass(slots=True)
class Tags:
    """Tags that led from folders of a depth to the root: what they become is the same on every page
    of that depth, and they are most of what pages have."""

    known: dict[tuple[int, bytes], tuple[bytes, tuple[str, ...]]] = field(default_factory=dict)

    def keep(self, depth: int, tag: bytes, made: bytes, missed: Collection[str]) -> None:
        """Remembers what a tag became, and which files it would have led to."""
        if len(self.known) >= _MOST:
            self.known.clear()
        self.known[depth, tag] = made, tuple(missed)


@dataclass(slots=True)
class Page:
    """A page being made: its `path` below the hub's root, the `name` it has in the folder.
    `missed` gets the paths of files that would have been linked, were they there. Pages that are
    made one after the other share `tags`, as long as `names` stay the same."""

    path: str
    name: str
    names: Names
    home: str
    missed: set[str] = field(default_factory=set)
    tags: Tags = field(default_factory=Tags)
    _folders: list[str] = field(init=False, repr=False)
    _stays: bool = field(init=False, repr=False)
    _local: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        folder = self.path.rpartition("/")[0]
        self._folders = folder.split("/") if folder else []
        self._stays = folder == self.name.rpartition("/")[0]

    def made(self, octets: bytes) -> bytes:
        """The page with its links as they must be in the folder."""
        return _MOVED.sub(self._moved, _TAG.sub(self._tag, octets))

    def _moved(self, found: re.Match[bytes]) -> bytes:
        said = unescape(found[2].decode("utf-8", "surrogateescape"))
        return found[1] + escape(self.link(said)).encode("utf-8", "surrogateescape") + found[3]

    def _tag(self, found: re.Match[bytes]) -> bytes:
        tag, depth = found[0], len(self._folders)
        if not self._stays:
            return _LINK.sub(self._attribute, tag)
        known = self.tags.known.get((depth, tag))
        if known is not None:
            if known[1]:
                self.missed.update(known[1])
            return known[0]
        others, self.missed, self._local = self.missed, set(), False
        made = _LINK.sub(self._attribute, tag)
        if not self._local:
            self.tags.keep(depth, tag, made, self.missed)
        self.missed |= others
        return made

    def _attribute(self, found: re.Match[bytes]) -> bytes:
        before, value = found[1], found[2] or found[3] or found[4] or b""
        said = value.decode("utf-8", "surrogateescape")
        said = unescape(said) if "&" in said else said
        if before.lower().endswith(b"srcset="):
            link = ", ".join(self._picture(one) for one in said.split(","))
        else:
            link = self.link(said)
        if link == said:
            return found[0]
        shown = (escape(link) if _SIGNS.search(link) else link).encode("utf-8", "surrogateescape")
        return before + b'"' + shown + b'"'

    def _picture(self, one: str) -> str:
        address, space, size = one.strip().partition(" ")
        return f"{self.link(address)}{space}{size}"

    def link(self, said: str) -> str:
        """Where a link of the page leads from the folder."""
        if not said or _OUT.match(said):
            return said
        plain = _PLAIN.fullmatch(said) if self._stays else None
        if plain is None:
            self._local = True
            return self._looked_up(said)
        up, folders, file, rest = plain[1], plain[2], plain[3] or "", plain[4] or ""
        above = len(self._folders) - len(up) // 3
        self._local = self._local or above != 0
        if above >= 0 and (up or folders or file):
            target = "/".join([*self._folders[:above], folders + (file or INDEX)])
            if self.names(target) == target:
                return f"{up}{folders}{file or INDEX}{rest}"
        link = self._looked_up(said)
        self._local = self._local or not link.startswith(self.home)
        return link

    def _looked_up(self, said: str) -> str:
        split = _PATH.fullmatch(said)
        path, rest = (split[1], split[2]) if split else (said, "")
        if not path:
            return said
        target = self._target(path)
        name = self.names(target)
        if name is None and not path.endswith("/"):
            within = posixpath.join(target, INDEX)
            name = self.names(within)
        if name is None:
            self.missed.add(target)
            return f"{self.home}/{quote(target.removesuffix(INDEX))}{rest}"
        relative = posixpath.relpath(name, posixpath.dirname(self.name) or ".")
        return f"{quote(relative)}{rest}"

    def _target(self, path: str) -> str:
        """The file that a path means, below the hub's root."""
        plain = unquote(path)
        if not plain.startswith("/"):
            plain = posixpath.join(posixpath.dirname(self.path), plain)
        target = posixpath.normpath("/" + plain).lstrip("/")
        folder = path.endswith("/") or posixpath.basename(plain) in (".", "..", "")
        return posixpath.join(target, INDEX) if folder else target
