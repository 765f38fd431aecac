"""Which segments the newest tier of an index has, and which the older ones.

The newest has the last `NEWEST` full segments of the posts and what came after them, and so of the
cards; every other page is in it. Older full segments are sealed, `NEWEST` a tier, counted from the
first: only the youngest of the older tiers still grows, by one segment at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest

from solicomm_build.features.search import layout
from solicomm_build.features.search.engine import files, inside, shard, tiers
from solicomm_build.features.search.engine.document import PlaceName
from solicomm_build.features.search.engine.manifest import Listed, manifest
from solicomm_build.features.search.engine.tiers import Days, Sealed
from solicomm_build.features.search.sealing.searchjoined import Joining
from solicomm_build.features.search.searchfolder import IndexFolder
from solicomm_build.features.search.searchstate import Kept
from solicomm_build.foundation.errors import ContentError

NEWEST = 4
"""Full segments of the newest tier, and of each older one."""
_GROWING = ("posts", "cards")


def write(
    folder: IndexFolder,
    segments: Iterable[Kept],
    listed: Callable[[Kept], Listed],
    places: Mapping[str, PlaceName],
    joining: Joining | None = None,
) -> tuple[list[Kept], set[str]]:
    """Writes the manifests of these segments, what belongs to them in a large index, and those of
    the newest tier joined. The segments, with what was looked up of them, and the folders of tiers
    and of what is joined."""
    segments = list(segments)
    fitted = listed_by_place if split(segments)[1] else unlisted
    newest, older = split(fitted(folder, one) for one in segments)
    older = [[dated(folder, one) for one in of_tier] for of_tier in older]
    sealed = [seal(folder, of_tier, listed) for of_tier in older]
    said = manifest(
        [listed(one) for one in newest],
        places,
        folder.chunk,
        [one.entry for one in sealed],
        {place for of_tier in older for one in of_tier for place in one.entry["places"]},
        joining.write([(one, listed(one)) for one in newest]) if joining else (),
    )
    folder.put("manifest.js", files.wrap("manifest.js", said))
    folders = {str(one.entry["id"]) for one in sealed} | (joining.used if joining else set())
    return sum(older, newest), folders


def split(segments: Iterable[Kept]) -> tuple[list[Kept], list[list[Kept]]]:
    """The segments of the newest tier, and those of each older one, the newest first."""
    newest, older = list[Kept](), list[list[list[Kept]]]()
    for chain, some in groupby(sorted(segments, key=lambda s: (s.chain, s.first)), _chain):
        of_chain = list(some)
        full = [one for one in of_chain if chain in _GROWING and _is_full(one)][:-NEWEST]
        groups = [list(group) for _, group in groupby(full, _number)]
        older.append(groups[::-1])
        newest += [one for one in of_chain if one not in full]
    turns = zip_longest(*reversed(older))  # posts before cards
    return newest, [group for turn in turns for group in turn if group]


def dated(folder: IndexFolder, segment: Kept) -> Kept:
    """The segment with the first and the last day of its documents, read where it lies."""
    if segment.days:
        return segment
    path = f"{segment.id}/t.js"
    try:
        data = files.unwrap_binary((folder.path / path).read_bytes())
        days = shard.read_differences(data, segment.documents)
    except (OSError, ContentError):
        return segment
    return replace(segment, days=(min(days), max(days)))


def listed_by_place(folder: IndexFolder, segment: Kept) -> Kept:
    """The segment with lists of the documents in each of its places, made of what lies there."""
    names = segment.entry["places"]
    if segment.small or len(names) < 2 or "inside" in segment.entry:
        return segment
    try:
        data = files.unwrap_binary((folder.path / f"{segment.id}/a.js").read_bytes())
        column = shard.read_numbers(data, segment.documents)
    except (OSError, ContentError):
        return segment
    firsts = []
    for number, (first, octets) in enumerate(inside.cut(column, len(names))):
        firsts.append(first)
        path = f"{segment.id}/i{number}.js"
        folder.put(path, files.wrap_binary(path, octets))
    return replace(segment, entry=segment.entry | {"inside": firsts})


def unlisted(folder: IndexFolder, segment: Kept) -> Kept:
    """The segment without them, as a hub that is not large has it."""
    entry = dict(segment.entry)
    for number in range(len(entry.pop("inside", ()))):
        folder.remove(f"{segment.id}/i{number}.js")
    return replace(segment, entry=entry)


def seal(folder: IndexFolder, segments: Sequence[Kept], listed: Callable[[Kept], Listed]) -> Sealed:
    """The tier of these segments, written if it is not there."""
    spans = [segment.days for segment in segments if segment.days]
    days: Days | None = None
    if len(spans) == len(segments):
        days = (min(low for low, _ in spans), max(high for _, high in spans))
    sealed = tiers.seal([listed(segment) for segment in segments], days)
    if not (folder.path / sealed.path).exists():
        folder.put(sealed.path, tiers.packed(sealed))
    return sealed


def _chain(segment: Kept) -> str:
    return segment.chain


def _number(segment: Kept) -> int:
    return segment.first // layout.LARGEST // NEWEST


def _is_full(segment: Kept) -> bool:
    return segment.documents == layout.LARGEST and segment.first % layout.LARGEST == 0
