"""Has copies of repositories on other machines forget for good what an erasure took out of them.

    a place stands where we do → git gc there, with all that no ref leads to → are the objects gone?

A place that stands elsewhere has the old history still, and is brought up to date first. What came
within a minute is left by gc, since it may be on its way to a ref, with all that it leads to: such
as the commit that marks in mail.git what is to be erased. Then the place is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath

from solicomm_build.foundation import formernames, safeio
from solicomm_build.foundation.errors import ConflictError, DeposedError, NotKeptError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import maintenance
from solicomm_build.git.replica import comparing, machine
from solicomm_build.git.replica.carried import Carried, name_of
from solicomm_build.git.replica.moving import LOCK, Replicated
from solicomm_build.git.replica.places import Place, Places, run
from solicomm_build.git.repo import Repo

PURGE = "solicomm-purge"
"""What the account of a follower runs (deploy/cluster/follower-shell)."""
PATIENCE = 900.0  # seconds for one repository: all that stays is copied into one pack
FRESH = "1.minute.ago"
"""As deploy/cluster/follower-shell says."""
RECENT = "what came within a minute, and what that leads to, is let be till the next time"
_UNKNOWN = "This key is for the repositories of a hub alone"
"""What that says to a word that it does not know."""
_GC = ("-c", "pack.window=0", "-c", "gc.reflogExpire=now", "-c", "gc.reflogExpireUnreachable=now")


def at_places(
    config: Config, repositories: Sequence[str], objects: Sequence[str]
) -> Iterator[tuple[Place, Callable[[bool], str]]]:
    """Each place, the own one first, and what asks it: why it may have something still, empty when
    it has not; asked with False, why it could not be told so. Blocking; safe to do again."""
    mover = machine.pair(config)[0]
    for place in mover.places.all:
        yield place, partial(_at, config, mover, place, repositories, objects)


def carried(config: Config) -> list[str]:
    """The repositories of plain files, by path in the hub; this machine's own forget at once what
    went. Blocking."""
    count = cells.division(config).cells if config.cluster.divided else 1
    found: list[str] = []
    for cell in range(count):
        repo = Carried(config.in_cell(cell)).repo
        if repo.path.is_dir():
            with safeio.locked(repo.path / "solicomm.carried"):
                maintenance.purge(repo)
            found.append(name_of(cell))
    return found


def _at(
    config: Config,
    mover: Replicated,
    place: Place,
    repositories: Sequence[str],
    objects: Sequence[str],
    is_purged: bool,
) -> str:
    for name in [*repositories, *_former(config, repositories)]:
        repo = Repo(config.root / name)
        if not repo.path.is_dir():
            if is_purged and (why := _left_over(mover.places, place, name, objects)):
                return why
            continue
        if why := _stands(mover, repo, place):
            return why
        if is_purged:
            wanted = _not_in(repo, objects)
            if wanted is None:
                return f"{name} could not be looked at here"
            if why := purge(mover.places, place, name, wanted):
                return why
    return ""


def _former(config: Config, repositories: Sequence[str]) -> Iterator[str]:
    """Where these lay before they were renamed: places keep what they had under that name."""
    for path in map(PurePosixPath, repositories):
        for old in formernames.of(config.private, path.parent.name, path.stem):
            yield path.with_name(f"{old}.git").as_posix()


def _left_over(places: Places, place: Place, name: str, objects: Sequence[str]) -> str:
    """Why a place has something still in a repository that the hub has no more, as after it got
    another name: branches there lead to it, and nobody moves them."""
    if place.folder is not None and not (place.folder / name).is_dir():
        return ""
    why = purge(places, place, name, objects)
    is_left = why == RECENT
    return f"it has {name}, which the hub has no more: take that folder away" if is_left else why


def _not_in(repo: Repo, objects: Sequence[str]) -> list[str] | None:
    """Those that we have not either: what has the same octets as something else stays. None when
    that could not be looked up."""
    git = ["git", f"--git-dir={repo.path}", "cat-file", "--batch-check"]
    done = run(git, "".join(f"{oid}\n" for oid in objects), PATIENCE)
    lines = done.stdout.splitlines() if done is not None else []
    if done is None or done.returncode or len(lines) != len(objects):
        return None
    return [line.partition(" ")[0] for line in lines if line.endswith(" missing")]


def _stands(mover: Replicated, repo: Repo, place: Place) -> str:
    """Why a place does not stand where we do; empty when it does, as from then on nothing there
    leads to what we have not."""
    for is_brought in (False, True):
        if is_brought:
            try:
                mover.arrive(repo.path)
            except (NotKeptError, ConflictError, DeposedError) as error:
                return error.public
        with safeio.locked(repo.path / LOCK):  # nothing of ours is on its way to it now
            (row,) = comparing.look(repo, mover.places, [place])
        if row.state in (comparing.SAME, comparing.SILENT):
            break
    return "" if row.state == comparing.SAME else row.says


def purge(places: Places, place: Place, name: str, objects: Sequence[str]) -> str:
    """Has the repository of this name at a place take away for good what none of its refs leads to,
    and looks that these objects are not there; why that is not so, empty when it is. Blocking."""
    asked = "".join(f"{oid}\n" for oid in objects)
    if place.folder is None:
        if not place.address.startswith("ssh://"):
            return "it collects its garbage by itself: there is no way to ask it to"
        done = places.tell(place, PURGE, name, asked, PATIENCE)
        if done is not None and _UNKNOWN in done.stderr:
            return "its follower-shell is of an older version: put that of deploy/cluster there"
    else:
        git = ["git", f"--git-dir={place.folder / name}"]
        done = run([*git, *_GC, "gc", "--quiet", f"--prune={FRESH}"], "", PATIENCE)
        if done is not None and done.returncode == 0:
            look = ["cat-file", "--batch-check=%(objectname)"]
            done = run([*git, *look], asked, PATIENCE)
    if done is None:
        return f"it was not done in {PATIENCE:.0f} s"
    if done.returncode:
        return f"it was not done ({(done.stderr.strip().splitlines() or ['no reason'])[-1][:200]})"
    is_left = any(not line.endswith(" missing") for line in done.stdout.splitlines())
    return RECENT if is_left else ""
