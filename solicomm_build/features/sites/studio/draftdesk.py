"""Drafts that are begun in the studio: each a branch `draft-…` that is main with one change.

A draft is shown at a secret address like every branch beside main (drafts.py). Published, its files
go to main in one commit and the branch goes; dropped, the branch goes alone. Whoever publishes what
main has changed meanwhile is told, as with every save.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from solicomm_build.features.sites import drafts, siteedits
from solicomm_build.features.sites.editing import picturenames
from solicomm_build.features.sites.siteedits import Changed, Edit
from solicomm_build.features.sites.studio.sitepage import Draft
from solicomm_build.features.sites.values import siteedit, sitefiles
from solicomm_build.foundation import clock
from solicomm_build.foundation.bell import of_builder
from solicomm_build.foundation.errors import ConflictError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import HEADS, MAIN, Repo, open_repo
from solicomm_build.people.gittoken import Grant

OURS = "draft-"
SHOWN = timedelta(days=30)
"""How long a draft is shown after it last moved (rendering/preview.py)."""
_LONGEST = 40
_TEXTS = ("pages", "news", "events")


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft of the studio: where its branch is (`tip`), its text with the blob in the draft
    (`held`) and the one on main that it was made of (`base`), and its pictures."""

    name: str
    tip: Oid
    path: str
    text: str
    held: Oid
    base: Oid | None
    pictures: tuple[Edit, ...] = ()


def every(config: Config, union: str) -> list[Draft]:
    """The drafts of a site, by name. Blocking; some processes of git for each."""
    repo, found = open_repo(config.union_repo(union)), []
    for name, tip in drafts.branches(repo).items():
        told = repo.git("show", "-s", "--format=%ct", "--end-of-options", tip).decode("ascii")
        opened = _opened(repo, name, tip)
        title = siteedit.title_of(opened.text.encode()) if opened else ""
        address = config.url + drafts.address(config, union, name)
        ends = min(log.moment(told.strip()), clock.now()) + SHOWN
        path = opened.path if opened else ""
        found.append(Draft(name, title or name, address, ends, str(tip), path))
    return found


def find(config: Config, union: str, name: str) -> Opened | None:
    """A draft of the studio; None when there is none of this name."""
    repo = open_repo(config.union_repo(union))
    tip = drafts.branches(repo).get(name)
    return _opened(repo, name, tip) if tip else None


def keep(
    config: Config,
    union: str,
    grant: Grant,
    edit: Edit,
    pictures: Sequence[Edit] = (),
    *,
    name: str = "",
    held: str = "",
) -> str:
    """Keeps a text as a draft, durable on return; its name. What the site has is none, and a draft
    that is reworked to it goes. Raises as siteedits.save does, Changed also when somebody else kept
    the same draft meanwhile (`held` is its blob as it was shown)."""
    there = find(config, union, name) if name else None
    if there is not None and there.held != held:
        raise Changed([edit.path])
    if _is_on_site(config, union, edit):
        if there is not None:
            drop(config, union, name, there.tip)
        return ""
    if there is None:  # new, dropped meanwhile, or made by git what the studio does not know
        if same := _same(config, union, edit):
            return same
        name = _free(config, union, edit.path)
    siteedits.save_of_browser(
        config,
        union,
        grant,
        picturenames.beside(config, union, [*pictures, edit]),
        f"Draft {siteedit.called(edit.path)}",
        branch=HEADS + name,
        over=there.tip if there else None,
    )
    return name


def drop(config: Config, union: str, name: str, tip: Oid | None = None) -> bool:
    """Ends a draft, with a `tip` only as it was there; its address is never given again. False when
    it is another by now, and stays. Safe to call twice."""
    repo = open_repo(config.union_repo(union))
    now = drafts.branches(repo).get(name)
    if now is None or tip not in (None, now):
        return now is None
    try:
        repo.set_ref(HEADS + name, None, now)
    except ConflictError:  # moved at this moment: somebody works on it
        return False
    drafts.forget(config, union, name)
    drafts.note(config, union)
    of_builder(config.state).ring()
    return True


def _opened(repo: Repo, name: str, tip: Oid) -> Opened | None:
    before = _before(repo, tip) if name.startswith(OURS) else None
    if before is None:  # somebody pushed a branch of this name that begins anew
        return None
    told = repo.git("diff-tree", "--no-commit-id", "--name-only", "-r", "-z", before, tip)
    paths = told.decode("utf-8", "surrogateescape").split("\0")[:-1]
    texts = [path for path in paths if sitefiles.place(path) != "media"]
    if len(texts) != 1 or sitefiles.place(texts[0]) not in _TEXTS:
        return None
    (path,) = texts
    with Reader(repo) as reader:
        held = reader.oid_at(tip, path)
        if held is None:
            return None
        pictures = tuple(
            Edit(one, reader.at(tip, one), reader.oid_at(before, one))
            for one in paths
            if sitefiles.place(one) == "media"
        )
        text = siteedit.text_of(reader.blob(held))
        return Opened(name, tip, path, text, held, reader.oid_at(before, path), pictures)


def _before(repo: Repo, tip: Oid) -> Oid | None:
    """What main was when a draft was begun: all of its commits count, also those that were pushed
    to it later."""
    try:
        told = repo.git("merge-base", "--end-of-options", MAIN, tip)
    except StoreError:
        return None
    return Oid(told.decode("ascii").strip())


def _is_on_site(config: Config, union: str, edit: Edit) -> bool:
    """Whether this very text is what everybody sees."""
    repo = open_repo(config.union_repo(union))
    with Reader(repo) as reader:
        return edit.data is not None and reader.at(MAIN, edit.path) == edit.data


def _same(config: Config, union: str, edit: Edit) -> str:
    """The draft that holds this very text, as when a form is sent twice; "" for none."""
    for name in drafts.branches(open_repo(config.union_repo(union))):
        found = find(config, union, name)
        if found and found.path == edit.path and found.text.encode() == edit.data:
            return name
    return ""


def _free(config: Config, union: str, path: str) -> str:
    taken = drafts.branches(open_repo(config.union_repo(union)))
    stem = path.rpartition("/")[2].removesuffix(".md").replace(".", "-").lower()
    wanted, number = f"{OURS}{stem}"[:_LONGEST], 2
    while wanted in taken:
        end = f"-{number}"
        wanted, number = f"{OURS}{stem}"[: _LONGEST - len(end)] + end, number + 1
    return wanted
