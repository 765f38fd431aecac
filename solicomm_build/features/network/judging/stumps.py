"""How far an offer went that is not kept, since its history holds what was erased here: the commit
at its tip and the names of its files, without its past, and without a word of what we have not.

    refs/known/<hub>   in the quarantine; `shallow` ends the history there (gitformat, shallow)

So git asks only for what came since, and not for the whole log whenever that hub signs anew. What
we have stands in our own repository, of which the quarantine borrows; in the place of every other
file lies an empty one under its name, since git asks whether it is there and not what it says.
Deleting all of it costs one whole fetch.
"""

from __future__ import annotations

import re
import shutil
import zlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from solicomm_build.features.network.judging import quarantine
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git import exchange
from solicomm_build.git import repo as repos
from solicomm_build.git.repo import Repo

_MOST = 20_000  # files that we have not: more of them are fetched again
_MID = re.compile(r"(?m)(?:/|^Message: )([a-z2-7]{32})(?:\.[a-z]+)?$")
_EMPTY = zlib.compress(b"blob 0\0")


def keep(place: Repo, ours: Repo, some: Mapping[str, Oid], gone: Collection[PostId]) -> None:
    """Leaves these tips in a quarantine and takes everything else away. One whose own commit speaks
    of what was erased is not left. Blocking."""
    path = place.path.with_name(f"{place.path.stem}.stump.git")
    shutil.rmtree(path, ignore_errors=True)
    ended = {*quarantine.tips(place).values()}
    good = {hub: tip for hub, tip in some.items() if tip in ended or _is_clean(place, tip, gone)}
    objects, lacking = _objects(place, ours, good.values())
    if not good or len(lacking) > _MOST:
        quarantine.empty(place)
        return
    made = repos.create(path, description="What other hubs offer, to be judged")
    quarantine.borrow(ours.path, path)
    exchange.pack_of(place, made, objects)
    for oid in lacking:
        _stand_in(path, oid)
    (path / "shallow").write_text("".join(f"{tip}\n" for tip in sorted({*good.values()})))
    for hub, tip in good.items():
        made.set_ref(quarantine.KNOWN + hub, tip, None)
    quarantine.remove(place.path)
    path.rename(place.path)


def _is_clean(place: Repo, tip: Oid, gone: Collection[PostId]) -> bool:
    """Whether a commit neither brought nor changed what was erased."""
    told = place.git("log", "-1", "--format=%B", "--name-only", "--end-of-options", tip)
    return {*_MID.findall(told.decode("utf-8", "replace"))}.isdisjoint(gone)


def _objects(place: Repo, ours: Repo, some: Iterable[Oid]) -> tuple[list[str], list[str]]:
    """Commits and trees that are to be kept, and files that we have not."""
    kept, files = dict[str, None](), dict[str, None]()
    for tip in some:
        kept[tip] = None
        kept[place.git("rev-parse", f"{tip}^{{tree}}").decode("ascii").strip()] = None
        told = place.git("ls-tree", "-r", "-t", "-z", "--full-tree", "--end-of-options", tip)
        for line in told.split(b"\0")[:-1]:
            _, kind, oid = line.partition(b"\t")[0].decode("ascii").split(" ")
            (kept if kind == "tree" else files)[oid] = None
    asked = "".join(f"{oid}\n" for oid in files).encode("ascii")
    found = ours.git("cat-file", "--batch-check=%(objectname)", input=asked).decode("ascii")
    return [*kept], [line.split(" ")[0] for line in found.splitlines() if " missing" in line]


def _stand_in(path: Path, oid: str) -> None:
    folder = path / "objects" / oid[:2]
    folder.mkdir(exist_ok=True)
    (folder / oid[2:]).write_bytes(_EMPTY)
