"""Keeps copies of the indexes of other hubs: `search: {mirror: [ids]}` in hub.yaml.

    /search/files.json, /search/index/… of the other hub, or a stick ─→ public/search/peers/<id>/

The list says what is lacking; each file is compared with its digest, read as what it says it is,
and written anew by us, so that nothing of another hub is ever run. The manifest comes last: until
it is there nobody reads the rest. It gets the key `base`, the address of the hub that the texts
are at. What was fetched of each hub is in `state/search/peers/<id>.json`, so that a night that
was too short goes on in the next.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from solicomm_build.features.search.engine import files, reader, tiers
from solicomm_build.features.search.engine.document import FIELDS
from solicomm_build.features.search.engine.reader import MANIFEST
from solicomm_build.features.search.peers import listing
from solicomm_build.features.search.peers.listing import PATH, Listed
from solicomm_build.foundation import fetching, outside, safeio
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.fetching import FetchError, StatusError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import HUB_ID

ADDRESS = "/search/peers/"
"""Below it is a folder for each hub."""
LIST = "/search/files.json"
PACKED = "index.zip"
"""What a stick has of it."""
_INDEX = "/search/index/"
_UNPACKED = 1 << 25  # octets that one file may unpack to, as in the reader's browser
_COUNT = 10_000_000
_TIERS = 200  # older ones that are searched
_GONE = 200_000  # documents of a tier that may be there no more, beside as many as are there
_LATEST = 250_000_000_000  # seconds: the year 9,892
_LISTED = 4  # times as long as the list, which is fetched at each look, what it names is fetched
_LONGEST = 600.0  # seconds: a night's work that lasts for half an hour is ended
_REST = 200  # files after which what is here is noted


def folder(config: Config, hub: str) -> Path:
    """Where the copy of a hub's index lies."""
    return config.public / "search" / "peers" / hub


def kept(config: Config) -> list[str]:
    """The hubs whose index is here and is to be searched, in the order of hub.yaml."""
    return [hub for hub in config.search_mirror if (folder(config, hub) / MANIFEST).is_file()]


# -- over the net -------------------------------------------------------------------------------


def nightly(config: Config, hub: str, url: str, seconds: float) -> bool:
    """Fetches what is new of a hub's index for so many seconds, or four times as long as its list
    took to come; whether all is here then. Raises FetchError, or ContentError for what is no index.
    Blocking; goes on where it was ended."""
    if hub not in config.search_mirror or not url:
        return True
    begun = time.monotonic()
    wanted = listing.decode(fetching.fetch(url + LIST))
    if seconds > 0:
        seconds = max(seconds, min(_LONGEST, _LISTED * (time.monotonic() - begun)))

    def get(path: str) -> bytes:
        try:
            return fetching.fetch(f"{url}{_INDEX}{path}")
        except StatusError as error:
            if error.status in (404, 410):
                return b""  # its index has moved
            raise

    return _taken(config, hub, url, wanted, get, seconds)


# -- on a stick ---------------------------------------------------------------------------------


def given(config: Config, into: Path) -> None:
    """Writes this hub's public index for another into a folder; nothing without one."""
    root = config.public / _INDEX.strip("/")
    listed = listing.of(root)
    if not listed:
        return
    with zipfile.ZipFile(into / PACKED, "w", zipfile.ZIP_STORED) as made:
        for path in listed:
            made.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), (root / path).read_bytes())


def brought(config: Config, hub: str, url: str, found: Mapping[str, Path]) -> str:
    """Takes the index that a hub wrote on a stick; a sentence about it, empty when it is not kept
    here. Raises ContentError."""
    if hub not in config.search_mirror or PACKED not in found:
        return ""
    try:
        with safeio.reading_zip(), zipfile.ZipFile(found[PACKED]) as read:
            listed = listing.decode(listing.encode(_listed(read)))
            _taken(config, hub, url, listed, read.read, float("inf"))
    except zipfile.BadZipFile as error:
        raise _bad(PACKED, "is damaged") from error
    return f"the search index of {hub} is here: {len(listed):,} files"


def _listed(read: zipfile.ZipFile) -> Listed:
    listed = {}
    for info in read.infolist()[: listing.MOST_FILES + 1]:
        if info.compress_type != zipfile.ZIP_STORED or info.file_size > listing.MOST_FILE:
            raise _bad(info.filename, "is too large")
        listed[info.filename] = (
            info.file_size,
            hashlib.sha256(read.read(info)).hexdigest(),
        )
    return listed


# -- taking -------------------------------------------------------------------------------------


def _taken(
    config: Config,
    hub: str,
    url: str,
    wanted: Listed,
    get: Callable[[str], bytes],
    seconds: float,
) -> bool:
    if not HUB_ID.fullmatch(hub):
        raise ContentError(f"{hub[:80]} is no id of a hub", remedy="See `solicomm peer list`")
    root, end = folder(config, hub), time.monotonic() + seconds
    here = _here(config, hub)
    before = dict(here)
    lacking = sorted(name for name, (_, digest) in wanted.items() if here.get(name) != digest)
    if not lacking and here.keys() == wanted.keys():
        return True
    try:
        for number, name in enumerate(one for one in lacking if one != MANIFEST):
            if time.monotonic() > end:
                return False
            _fetch(root, name, url, wanted, get, here)
            if number % _REST == _REST - 1:
                _note(config, hub, here)
        if all(
            here.get(name) == digest for name, (_, digest) in wanted.items() if name != MANIFEST
        ):
            _fetch(root, MANIFEST, url, wanted, get, here)
    finally:
        _note(config, hub, here)
    if any(here.get(name) != digest for name, (_, digest) in wanted.items()):
        if here == before:
            raise FetchError(f"{url}{LIST}: the search index there is not what its list says")
        return False  # its index moved meanwhile; the next look has the new list
    for name in here.keys() - wanted.keys():
        (root / name).unlink(missing_ok=True)
        del here[name]
    _note(config, hub, here)
    outside.changed(config, "search")
    return True


def _fetch(
    root: Path,
    name: str,
    url: str,
    wanted: Listed,
    get: Callable[[str], bytes],
    here: dict[str, str],
) -> None:
    """One file; nothing when it is another one by now."""
    data = get(name)
    if hashlib.sha256(data).hexdigest() == wanted[name][1]:
        _put(root, name, _sound(name, data, url))
        here[name] = wanted[name][1]


def gone(config: Config, hub: str) -> None:
    """Takes the copy of a hub's index away. Safe to call again."""
    if HUB_ID.fullmatch(hub):
        shutil.rmtree(folder(config, hub), ignore_errors=True)
        _state(config, hub).unlink(missing_ok=True)


def _put(root: Path, name: str, data: bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    safeio.write_atomic(path, data, durable=False)


def _sound(name: str, data: bytes, url: str) -> bytes:
    """The file as it is kept: what it says, wrapped by us. Raises ContentError for what is none."""
    if not PATH.fullmatch(name) or len(data) > listing.MOST_FILE:
        raise _bad(name, "is none of an index")
    try:
        value = files.unwrap(data)
    except (ContentError, RecursionError) as error:
        raise _bad(name, "is not of its form") from error
    if name == MANIFEST:
        if not is_sound(value):
            raise _bad(name, "says what cannot be")
        value["base"] = url
        if "older" in value:
            value["older"] = [*_fitting(value)]
    elif isinstance(value, str):
        _unpack(name, value)
        if name.endswith(f"/{tiers.NAME}") and not _is_tier(data):
            raise _bad(name, "says what cannot be")
    elif not _is_table(name, value):
        raise _bad(name, "is not of its form")
    return files.wrap(name, value)


def _is_table(name: str, value: Any) -> bool:
    """Whether a file that is not packed says what one may say: rows, words, or bounds."""
    if not isinstance(value, dict):
        return False
    numbers = ("d", "n") if "/d/" in f"/{name}" or "/w" in name else ()
    for key, column in value.items():
        if key == "big":
            good = isinstance(column, dict) and all(map(_is_count, column.values()))
        elif key in numbers:
            good = isinstance(column, list) and all(
                type(n) is int and abs(n) < _LATEST for n in column
            )
        else:
            good = isinstance(column, list) and all(isinstance(one, str) for one in column)
        if not good:
            return False
    return True


def _unpack(name: str, value: str) -> None:
    """Raises ContentError for octets that are not packed, or unpack to more than is read."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        octets = unpacking.decompress(base64.b64decode(value, validate=True), _UNPACKED)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise _bad(name, "is not of its form") from error
    if not unpacking.eof or unpacking.unused_data or len(octets) >= _UNPACKED:
        raise _bad(name, "unpacks to too much")


def is_sound(said: Any) -> bool:
    """Whether a manifest says what one may say: another hub's must not take the memory of ours."""
    try:
        numbers = (*said["boosts"], said["k1"], said["b"])
        return (
            said["version"] == reader.VERSION
            and said["fields"] == list(FIELDS)
            and len(said["boosts"]) == len(FIELDS)
            and all(type(one) in (int, float) and 0 <= one < 1e15 for one in numbers)
            and _is_count(said["chunk"])
            and said["chunk"] > 0
            and all(_is_place(*one) for one in said["places"].items())
            and _is_counted(said)
            and isinstance(older := said.get("older", []), list)
            and all(map(_is_older, older))
            and len({one["id"] for one in older}) == len(older)
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return False


def _is_counted(said: Any) -> bool:
    """Whether the segments of a tier, and what they hold together, are such."""
    segments = said["segments"]
    return (
        len(said["lengths"]) == len(FIELDS)
        and all(type(one) is int and 0 <= one < 1e15 for one in said["lengths"])
        and all(_is_count(one) for one in (said["documents"], *said["languages"].values()))
        and len(segments) < 1000
        and all(map(_is_segment, segments))
        and sum(one["documents"] for one in segments) < _COUNT
    )


def _is_older(one: Any) -> bool:
    low, high = one.get("days", (0, 0))
    return (
        PATH.fullmatch(f"{one['id']}/{tiers.NAME}") is not None
        and _is_count(one["documents"])
        and type(low) is type(high) is int
    )


def _fitting(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The newest of the older tiers, as many as may be searched together."""
    total = said["documents"]
    for one in said["older"][:_TIERS]:
        total += one["documents"]
        if total >= _COUNT:
            return
        yield one


def _is_tier(data: bytes) -> bool:
    try:
        said = tiers.unpacked(data)
        return said is not None and _is_counted(said) and _is_summed(said)
    except (KeyError, TypeError, AttributeError, ValueError):
        return False


def _is_summed(said: Mapping[str, Any]) -> bool:
    """Whether a tier has as many documents as it says, for by that their sum is bounded
    (_fitting), and not many more that are gone."""
    dead = sum(len(one["dead"]) for one in said["segments"])
    live = sum(one["documents"] for one in said["segments"]) - dead
    return bool(said["documents"] == live) and dead < live + _GONE


def _is_count(one: Any) -> bool:
    return type(one) is int and 0 <= one < _COUNT


def _is_place(key: Any, said: Any) -> bool:
    titles = said["title"]
    return isinstance(said["kind"], str) and all(isinstance(one, str) for one in titles.values())


def _is_segment(one: Any) -> bool:
    lists = (one["places"], one["dead"], one.get("bounds", []), one.get("pages", []))
    return (
        all(_is_count(one[name]) for name in ("first", "documents"))
        and all(isinstance(some, list) for some in lists)
        and all(isinstance(name, str) for name in one["places"])
        and all(map(_is_count, one["dead"]))
        and all(map(_is_count, one.get("inside", [])))
        and PATH.fullmatch(f"{one['id']}/l.js") is not None
        and PATH.fullmatch(f"{one['table']}/0.js") is not None
        and _is_count(one.get("page", 0))
    )


def _bad(name: str, what: str) -> ContentError:
    remedy = "Nothing of it is searched. Ask the operator of that hub to look at it"
    return ContentError(f"its index: {name[:80]} {what}", remedy=remedy)


# -- what is here -------------------------------------------------------------------------------


def _here(config: Config, hub: str) -> dict[str, str]:
    """The digests, as that hub says them, of the files that are here."""
    try:
        found = json.loads(_state(config, hub).read_bytes())
    except (OSError, ValueError):
        return {}
    return dict(_still(folder(config, hub), found)) if isinstance(found, dict) else {}


def _still(root: Path, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, digest in found.items():
        if PATH.fullmatch(name) and (root / name).is_file():
            yield name, digest


def _note(config: Config, hub: str, here: Mapping[str, str]) -> None:
    path = _state(config, hub)
    path.parent.mkdir(parents=True, exist_ok=True)
    safeio.write_atomic(path, json.dumps(here, separators=(",", ":")).encode(), durable=False)


def _state(config: Config, hub: str) -> Path:
    return config.state / "search" / "peers" / f"{hub}.json"
