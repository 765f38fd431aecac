"""Which segments of the newest tier are joined (engine/joined.py), and where that lies.

    the recent posts │ what is smaller than a base │ larger ones │ many pages

Folders are named by what is joined in them, so that what is there already stays. Large ones are
left to a run that nobody waits for; until then browsers read the files of each segment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from solicomm_build.features.search import layout
from solicomm_build.features.search.engine import files, joined
from solicomm_build.features.search.engine.manifest import Listed
from solicomm_build.features.search.searchfolder import IndexFolder
from solicomm_build.features.search.searchstate import Kept
from solicomm_build.foundation.errors import ContentError

_VERSION = "1"
Entry = Mapping[str, Any]


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
        made = (self._joined(some, before) for some in groups.values())
        return [entry for entry in made if entry]

    def _joined(
        self, segments: Sequence[tuple[Kept, Listed]], before: Mapping[str, Any]
    ) -> Entry | None:
        names = [kept.id for kept, _ in segments]
        terms = _name("terms", names)
        rows = _name("rows", [name for kept, _ in segments for name in (kept.id, kept.shown)])
        count = sum(kept.documents for kept, _ in segments)
        known = {name: before[name] for name in (terms, rows) if name in before}
        if len(known) < 2 and self._most is not None and count > self._most:
            self.left = True
            return None
        entries = [_entry(listed) for _, listed in segments]
        try:
            found = known.get(terms) or self._terms(terms, entries)
            width = known.get(rows) or self._rows(rows, entries)
        except (ContentError, LookupError, TypeError, ValueError):
            return None  # a file of theirs is damaged: it is said where it is read
        self.used |= {terms, rows}
        return {"id": terms, "segments": names, **found, "rows": rows, "width": width}

    def _terms(self, name: str, entries: Sequence[Entry]) -> dict[str, Any]:
        made = joined.terms(self._read, entries)
        self._folder.put(f"{name}/{joined.TERMS}", made.octets)
        return {"bounds": made.bounds, "sizes": made.sizes}

    def _rows(self, name: str, entries: Sequence[Entry]) -> int:
        octets, width = joined.rows(self._read, entries, self._folder.chunk)
        self._folder.put(f"{name}/{joined.ROWS}", octets)
        return width

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
