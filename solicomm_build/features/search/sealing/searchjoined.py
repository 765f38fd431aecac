"""Which segments of the newest tier are joined (engine/joined.py), and where that lies.

    the recent posts │ what is smaller than a base │ larger ones │ many pages

Folders are named by what is joined in them, so that what is there already stays. Large ones are
left to a run that nobody waits for; until then browsers read the files of each segment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from solicomm_build.builder.apart import children
from solicomm_build.features.search import layout
from solicomm_build.features.search.engine import files, joined
from solicomm_build.features.search.engine.manifest import Listed
from solicomm_build.features.search.searchfolder import IndexFolder
from solicomm_build.features.search.searchstate import Kept
from solicomm_build.foundation.errors import ContentError

_VERSION = "2"
Entry = Mapping[str, Any]
T = TypeVar("T")


class Joining:
    """Joins segments in `folder`, at most so many documents at a time where somebody waits. `left`
    says that some are to be joined later, `used` are the folders in use."""

    def __init__(self, folder: IndexFolder, most: int | None, *, anew: bool = False) -> None:
        self._folder, self._most, self._anew = folder, most, anew
        self.left = False
        self.used: set[str] = set()

    def write(self, segments: Sequence[tuple[Kept, Listed]]) -> list[Entry]:
        """What the manifest says of these segments joined, oldest first."""
        groups: dict[str, list[tuple[Kept, Listed]]] = {}
        pages = sum(kept.chain == "pages" for kept, _ in segments)
        for kept, listed in segments:
            groups.setdefault(_group(kept, pages), []).append((kept, listed))
        before = {} if self._anew else self._before()
        wanted = [one for some in groups.values() if (one := self._wanted(some, before))]
        made = iter(self._made([work for one in wanted for work in one.works]))
        entries = [self._entry(one, [*islice(made, len(one.works))]) for one in wanted]
        return [entry for entry in entries if entry]

    def _wanted(
        self, segments: Sequence[tuple[Kept, Listed]], before: Mapping[str, Any]
    ) -> _Wanted | None:
        """What is to be joined of these; None for later, and where a file is damaged."""
        names = [kept.id for kept, _ in segments]
        terms = _name("terms", names)
        rows = _name("rows", [name for kept, _ in segments for name in (kept.id, kept.shown)])
        count = sum(kept.documents for kept, _ in segments)
        known = {name: before[name] for name in (terms, rows) if name in before}
        if len(known) < 2 and self._most is not None and count > self._most:
            self.left = True
            return None
        entries = [_entry(listed) for _, listed in segments]
        one = _Wanted(names, entries, terms, rows, known.get(terms), known.get(rows))
        if one.said is None:
            parts = _tried(partial(joined.parts, self._read, entries))
            if parts is None:
                return None
            one.works += parts
        if one.width is None:
            one.works.append(partial(joined.rows, self._read, entries, self._folder.chunk))
        return one

    def _made(self, works: Sequence[Callable[[], Any]]) -> Iterable[Any]:
        """What they make, None for damaged files; by several processes where several may work."""
        several = self._folder.workers > 1 and len(works) > 1
        return children.shared(_tried, works) if several else map(_tried, works)

    def _entry(self, one: _Wanted, made: list[Any]) -> Entry | None:
        """What the manifest says of it, with its files written; None where a file of the segments
        is damaged, which is said where it is read."""
        if any(value is None for value in made):
            return None
        if one.width is None:
            octets, one.width = made.pop()
            self._folder.put(f"{one.rows}/{joined.ROWS}", octets)
        if one.said is None:
            terms = _tried(partial(joined.whole, self._read, one.entries, made))
            if terms is None:
                return None
            self._folder.put(f"{one.terms}/{joined.TERMS}", terms.octets)
            one.said = {"bounds": terms.bounds, "sizes": terms.sizes}
        self.used |= {one.terms, one.rows}
        of_rows = {"rows": one.rows, "width": one.width}
        return {"id": one.terms, "segments": one.names, **one.said, **of_rows}

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._folder.path / path).read_bytes()
        except OSError:
            return None

    def _before(self) -> dict[str, Any]:
        """What the manifest that is there says of each folder whose file is there, as long as it
        was: after the power went it may be empty, while the manifest is not."""
        found: dict[str, Any] = {}
        try:
            said = files.unwrap(self._read("manifest.js") or b"")
            sizes = {one["id"]: one["documents"] for one in said["segments"]}
            for one in said.get("joined", ()):
                documents = sum(sizes[name] for name in one["segments"])
                if self._octets(one["id"], joined.TERMS) == sum(one["sizes"]) * joined.UNIT:
                    found[one["id"]] = {"bounds": one["bounds"], "sizes": one["sizes"]}
                if self._octets(one["rows"], joined.ROWS) == documents * one["width"]:
                    found[one["rows"]] = one["width"]
        except (ContentError, AttributeError, LookupError, TypeError):
            return {}
        return found

    def _octets(self, folder: str, name: str) -> int:
        try:
            return (self._folder.path / folder / name).stat().st_size
        except OSError:
            return -1


@dataclass(slots=True)
class _Wanted:
    """Segments that are joined, by their names and as the manifest lists them; the folders of their
    terms and rows; what the manifest says of these, if they are there, and what makes them."""

    names: list[str]
    entries: list[Entry]
    terms: str
    rows: str
    said: Mapping[str, Any] | None
    width: int | None
    works: list[Callable[[], Any]] = field(default_factory=list)


def _tried(work: Callable[[], T]) -> T | None:
    """What it makes; None where a file that it reads is damaged."""
    try:
        return work()
    except (ContentError, LookupError, TypeError, ValueError):
        return None


def _entry(listed: Listed) -> Entry:
    return {**listed.entry, "table": listed.table, "first": listed.first}


def _group(kept: Kept, pages: int) -> str:
    if kept.small:
        return "recent"
    if kept.chain == "pages":
        return "pages" if pages > 1 else "middle"
    return "large" if kept.documents >= layout.BASE else "middle"


def _name(what: str, of: Sequence[str]) -> str:
    return hashlib.sha256("\n".join((_VERSION, what, *of)).encode()).hexdigest()[:16]
