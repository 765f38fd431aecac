"""The search index of a hub, below public/search/index/: made after the pages, never before them.

    state/pages.sqlite, parse memo, public/ ─→ documents ─→ segments, table ─→ public/ ─→ manifest

Each conference for members only has an index of its own beside its pages (tree.py), made by the
same code of nothing but its own posts: whoever may read it has the browser merge it.

Which document is in which segment is a function of the documents' order (`layout`), so any history
leads to the same files. On the way there, as long as large segments are being made anew, the old
ones are used with tombstones, and new posts stand in a small one: `update` does what is quick
first. The manifest is written after what it names, and state/search/index.json last of all; killed
at any moment, the next build makes good.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from solicomm_build.builder.apart import children, watching
from solicomm_build.builder.conferences import state
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.hands.works import Helping
from solicomm_build.builder.sources import Sources
from solicomm_build.builder.tree import members
from solicomm_build.features.search import layout as shape
from solicomm_build.features.search import lending, searchdocs, searchstate
from solicomm_build.features.search.engine import files, segment
from solicomm_build.features.search.engine.document import GONE, PlaceName, Row
from solicomm_build.features.search.engine.inverted import Inverted
from solicomm_build.features.search.engine.manifest import Listed
from solicomm_build.features.search.inruns import RUN, in_runs
from solicomm_build.features.search.layout import Slot
from solicomm_build.features.search.posts import following
from solicomm_build.features.search.posts.documents import Posts
from solicomm_build.features.search.posts.shelf import Shelf
from solicomm_build.features.search.sealing import searchtiers
from solicomm_build.features.search.sealing.searchjoined import Joining
from solicomm_build.features.search.searchdocs import Pages, mark_of
from solicomm_build.features.search.searchfolder import IndexFolder
from solicomm_build.features.search.searchlisting import KEY, Columns, Listing
from solicomm_build.features.search.searchstate import Kept, SearchState
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

QUICK = 600
"""Documents that may be indexed before what is new is shown."""
_MOST_RECENT = 2048
"""Posts that are shown before large segments are ready; more come with them."""
ROOT = "/search/index/"
TABLE = "d"
_NOTHING = bytes(KEY)
_SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: files and octets written (siblings aside), documents that can be found, and
    whether every segment is as the layout wants it."""

    written: int
    octets: int
    documents: int
    settled: bool

    def __add__(self, other: Done) -> Done:
        return Done(
            self.written + other.written,
            self.octets + other.octets,
            self.documents + other.documents,
            self.settled and other.settled,
        )


def update(
    config: Config,
    found: Contents,
    *,
    settle: bool,
    full: bool = False,
    public: bool = True,
    hands: Helping | None = None,
) -> Done:
    """Brings the indexes up to date with the pages. Blocking; one at a time. Without `settle` it
    may leave large segments for later; `full` makes every file anew. Without `public` it looks at
    those for members only alone. `hands` may make segments of what is public."""
    done = Done(0, 0, 0, True)
    with safeio.locked(config.state / "search.lock"):
        for run in _runs(config, found, public=public, full=full):
            try:
                run.hands = hands if run.is_public else None
                done += run.update(settle=settle or full, full=full)
            finally:
                run.close()
    return done


def _runs(config: Config, found: Contents, *, public: bool, full: bool) -> Iterator[_Run]:
    if public:
        yield _of_all(config, found)
    kept = config.members / "search"
    for folder in sorted(kept.iterdir()) if kept.is_dir() else ():
        if folder.name not in found.closed:
            shutil.rmtree(folder)
    for name in found.closed:
        run = _of_members(config, found, name)
        if full or not run.is_done:
            yield run


def made_apart(sources: Sources, found: Contents, given: tuple[Slot, Listing]) -> lending.Brought:
    """A segment of public posts, on a machine that helps (lending.py)."""
    run = _of_all(sources.config, found)
    try:
        return run.apart(*given)
    finally:
        run.close()


def _of_all(config: Config, found: Contents) -> _Run:
    """Brings the public index up to date."""
    sources = Sources(config)
    return _Run(
        sources,
        ROOT,
        config.state / "search",
        Posts(sources, config, found),
        searchdocs.places(config, found),
        Pages(sources, config, found),
    )


def _of_members(config: Config, found: Contents, name: str) -> _Run:
    """Brings the index of one conference for members only up to date."""
    place, shown, sources = found.closed[name], found.for_members, Sources(config, members(config))
    roles = state.reflected(sources.db, f"roles:{name}") or ""  # who may hide is in no commit of it
    return _Run(
        sources,
        f"/conferences/{name}{ROOT}",
        sources.tree.state / "search" / name,
        Posts(sources, config, shown, only=name),
        searchdocs.places(config, shown),
        key=f"{searchdocs.VERSION} {place.commit} {place.settings_blob} {roles}",
    )


class _Run:
    """One run over one index, at `index` below the root of the tree of `sources`. With a `key` it
    is done as long as that stays the same, and goes where the pages around it go."""

    def __init__(
        self,
        sources: Sources,
        index: str,
        folder: Path,
        posts: Posts,
        places: Mapping[str, PlaceName],
        pages: Pages | None = None,
        *,
        key: str = "",
    ) -> None:
        self._folder = folder
        self._sources, self._posts, self._pages, self._places = sources, posts, pages, places
        self._key = key
        self._files = IndexFolder(sources.root, index, packed=sources.packed)
        self.hands: Helping | None = None
        self._rows: list[Row] = []
        self._shelf: Shelf | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing has come since the index was as it should be."""
        try:
            return bool(self._key) and (self._folder / _SEEN).read_text("ascii") == self._key
        except OSError:
            return False

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return self._sources.tree.is_public

    def close(self) -> None:
        if self._shelf is not None:  # an empty one is falsy
            self._shelf.close()
        self._sources.close()

    def apart(self, slot: Slot, items: Listing) -> lending.Brought:
        """A segment with its table, of which nothing stays here."""
        self._files.workers = children.COUNT if children.COUNT > 1 else 0
        kept = self._table(self._segment(slot, items), items)
        return lending.Brought(kept, self._files.taken(), searchstate.taken(self._folder))

    def update(self, *, settle: bool, full: bool) -> Done:
        version = self._files.version(searchdocs.VERSION)
        if full or not (self._files.path / "manifest.js").exists():
            searchstate.forget(self._folder)
        before = searchstate.read(self._folder, version)
        self._shelf = Shelf(self._folder)
        following.bring(self._shelf, self._posts)
        lists: dict[str, Columns] = {"posts": self._shelf, "cards": Listing(), "pages": Listing()}
        if self._pages:
            lists |= {"cards": self._pages.cards(), "pages": self._pages.listing()}
        posts = lists["posts"]
        slots = shape.slots(lists, before.segments)
        work = sum(slot.count for slot in slots if slot.kept is None)
        at_once = children.COUNT if self._sources.packed else 1  # what is carried is not waited for
        self._files.workers = at_once if full or not before.segments else 1
        settled = settle or not before.segments or work <= QUICK
        if not settled:
            if not searchstate.goes_on(self._folder, posts.all_ids):
                order = searchstate.order(self._folder)
                lists["posts"] = posts = posts.part(0, len(posts)).reordered(order)
            slots = self._stopgap(before, posts)
        most = None if settle or not before.segments else QUICK
        is_asked = self.is_public and self._sources.packed  # by browsers, where no hub answers
        joining = Joining(self._files, most, anew=full) if is_asked else None
        after = self._write(slots, lists, joining)
        searchstate.write(self._folder, version, after, posts.all_ids)
        live = sum(s.documents - len(s.dead) for s in after.segments)
        if self._key and not (self._files.path.parent.parent / "index.html").exists():
            shutil.rmtree(self._files.path)  # the conference has opened meanwhile, or is gone
        elif self._key and settled:
            safeio.write_atomic(self._folder / _SEEN, self._key.encode("ascii"), durable=False)
        settled &= joining is None or not joining.left
        return Done(self._files.written, self._files.octets, live, settled)

    # before everything is as it should be

    def _stopgap(self, before: SearchState, posts: Columns) -> list[Slot]:
        """The large segments there are, and a small one for what came after them."""
        slots, end = [], 0
        for kept in before.segments:
            if kept.chain != "posts":
                slots.append(Slot(kept.chain, kept.first, kept.documents, kept=kept))
            elif not kept.small:
                end = kept.first + kept.documents
                buried = self._buried(kept, posts)
                slots.append(Slot("posts", kept.first, kept.documents, kept=buried))
        count = min(len(posts) - end, _MOST_RECENT)
        if count:
            slots.append(Slot("posts", end, count, small=True))
        return slots

    def _buried(self, kept: Kept, posts: Columns) -> Kept:
        """A segment with tombstones for what is not there any more, or otherwise than it says. As
        long as there is no such thing it is as it was, and need not be made anew later."""
        end = kept.first + kept.documents
        if kept.key == posts.digest_of(kept.first, end).hex():
            return kept
        items = posts.part(kept.first, end)
        try:
            known = searchstate.read_documents(self._folder, kept.id)
        except (OSError, struct.error):
            return kept
        dead, lengths = set(kept.dead), list(kept.lengths)
        for local, (key, old, of_fields) in enumerate(known):
            if local not in dead and (items.gone(old) or items.key(old) != key):
                dead.add(local)
                lengths = [total - length for total, length in zip(lengths, of_fields, strict=True)]
        if len(dead) == len(kept.dead):
            return kept
        return replace(kept, key="", dead=tuple(sorted(dead)), lengths=tuple(lengths))

    # files

    def _write(
        self, slots: Sequence[Slot], lists: Mapping[str, Columns], joining: Joining | None
    ) -> SearchState:
        segments = []
        asked = [(slot, shape.documents(slot, lists)) for slot in slots if lending.is_lent(slot)]
        begun = lending.begin(self.hands, self._sources, asked)
        brought = (lending.bring(one, self._files, self._folder) for one in begun)
        for slot in sorted(slots, key=lending.is_lent):  # meanwhile others make theirs
            self._rows = []
            if slot.kept and slot.chain != "posts" and slot.kept.key != shape.key(slot, lists):
                segments.append(slot.kept)  # to be made anew when there is time
                continue
            there = next(brought) if lending.is_lent(slot) else slot.kept
            if there and there.shown == shape.shown(slot, lists):
                segments.append(there)
                continue
            items = shape.documents(slot, lists)
            segments.append(self._table(there or self._segment(slot, items), items))
        write = partial(searchtiers.write, self._files, joining=joining)
        segments, tiers = write(segments, self._listed, self._places)
        segments.sort(key=lambda one: (shape.CHAINS.index(one.chain), one.first))
        self._tidy(segments, tiers)
        self._files.sync()
        return SearchState(segments)

    def _listed(self, kept: Kept) -> Listed:
        """A segment as a manifest lists it."""
        return Listed(
            kept.entry,
            self._folder_of(kept),
            kept.first if kept.small else 0,
            kept.dead,
            kept.lengths,
            kept.languages,
        )

    def _folder_of(self, kept: Kept) -> str:
        """The folder of a segment's table."""
        return TABLE if kept.small else f"{kept.id}/{TABLE}"

    def _segment(self, slot: Slot, items: Listing) -> Kept:
        """Makes a segment of these documents."""
        index = Inverted()
        run = partial(self._run, slot, items)
        for part, rows in in_runs(run, len(items), self._files.workers):
            index.absorb(part)
            self._rows += rows
        places = [items.place(number) for number in range(len(items))]
        days = [row.time // 86_400 for row in self._rows]
        workers = self._files.workers
        several = workers > 1 and index.documents > RUN
        share = partial(children.spread, count=workers) if several else None
        tongues = [row.lang for row in self._rows]
        small = slot.small
        made = segment.build(index, places, days, small=small, share=share, tongues=tongues)
        self._files.put_each([*made.files.items()], lambda some: some)
        searchstate.write_documents(
            self._folder, made.id, items.keys, made.order, index.field_lengths
        )
        return Kept(
            chain=slot.chain,
            key=items.digest().hex(),
            shown="",
            small=slot.small,
            first=slot.first,
            entry=made.entry,
            dead=made.dead,
            lengths=made.lengths,
            languages=made.languages,
        )

    def _run(self, slot: Slot, all_: Listing, low: int, high: int) -> tuple[Inverted, list[Row]]:
        """What some of a segment's documents hold."""
        index, rows, items = Inverted(first=low), list[Row](), all_.part(low, high)
        for number, document in enumerate(self._source(slot.chain).documents(items)):
            with watching.here().item(mark_of(items, number)):
                index.add(document, with_words=not slot.small)
            rows.append(document.row if document else GONE)
        return index, rows

    def _source(self, chain: str) -> Posts | Pages:
        return self._pages if chain != "posts" and self._pages else self._posts

    def _table(self, kept: Kept, items: Listing) -> Kept:
        """Writes the files of a segment's table that show something else now."""
        shown = items.digest_shown().hex()
        name = searchstate.RECENT if kept.small else kept.id
        before = searchstate.read_rows(self._folder, name)
        order = [old for _, old, _ in searchstate.read_documents(self._folder, kept.id)]
        skipped = kept.first // self._files.chunk if kept.small else 0
        keys, changed = [_NOTHING] * skipped, []
        for number, olds in enumerate(self._files.chunks(order), skipped):
            keys.append(items.digest_shown(olds)[:KEY])
            if number >= len(before) or before[number] != keys[-1]:
                changed.append((number, olds))
        self._files.put_each(changed, partial(self._chunks_of, kept, items))
        for number in range(len(keys), 0 if kept.small else len(before)):
            self._files.remove(f"{self._folder_of(kept)}/{number}.js")  # chunks were smaller
        searchstate.write_rows(self._folder, name, keys)
        return replace(kept, shown=shown)

    def _chunks_of(
        self, kept: Kept, items: Listing, chunks: Sequence[tuple[int, Sequence[int]]]
    ) -> Iterator[tuple[str, bytes]]:
        """Files of a segment's table: what results show of these documents."""
        for number, olds in chunks:
            if self._rows:
                rows = [self._rows[old] for old in olds]
            else:
                source = self._source(kept.chain).documents(items, olds)
                rows = [document.row if document else GONE for document in source]
            path = f"{self._folder_of(kept)}/{number}.js"
            yield path, files.wrap(path, segment.columns(rows))

    def _tidy(self, segments: Sequence[Kept], tiers: set[str]) -> None:
        """Takes away what no manifest names any more."""
        root = self._files.path
        used = {s.id for s in segments} | tiers
        low = high = 0
        for recent in segments:
            if recent.small:
                low = recent.first // self._files.chunk
                high = -(-(recent.first + recent.documents) // self._files.chunk)
        for entry in os.scandir(root):
            if entry.is_dir() and entry.name not in used | {TABLE}:
                shutil.rmtree(entry.path)
        for file in (root / TABLE).glob("*.js"):
            if not low <= int(file.stem) < high:
                self._files.remove(f"{TABLE}/{file.name}")
