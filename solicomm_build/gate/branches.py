"""Which branches may move, and how: main goes forward only, drafts do as they like.

Only `refs/heads/*` is taken. `refs/solicomm/*` holds the hub's own cursors, and git hides it from
pushes besides. Repositories of some kinds may have drafts beside main, which get a preview; others
have main alone, since their history is the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from solicomm_build.foundation.errors import ContentError
from solicomm_build.gate import hooks
from solicomm_build.gate.push import Place, Update
from solicomm_build.git import log, refs
from solicomm_build.git.repo import HEADS, MAIN, Repo

MOST = 20
"""Branches beside main in one repository."""

_DRAFT = re.compile(r"refs/heads/[a-z0-9][a-z0-9-]{0,39}", re.ASCII)


def check(repo: Repo, place: Place, updates: Sequence[Update]) -> Iterator[ContentError]:
    """The faults of what moves, by name; `repo` sees the new objects."""
    for update in updates:
        fault = _name(place, update) or (_main(repo, update) if update.ref == MAIN else None)
        if fault is not None:
            yield fault
    new = [one for one in updates if one.old is None and one.ref != MAIN]
    there = len(refs.below(repo.path, HEADS)) if new else 0
    if new and there + len(new) > MOST + 1:
        remedy = "Delete one that is no longer needed: git push origin --delete <name>"
        yield ContentError(f"there are more than {MOST} branches", file=new[0].ref, remedy=remedy)


def _name(place: Place, update: Update) -> ContentError | None:
    ref, remedy = update.ref, "Push to main: git push origin HEAD:main"
    if update.ref == MAIN:
        return None
    if not ref.startswith(HEADS):
        return ContentError("only branches are taken here", file=ref[:100], remedy=remedy)
    if hooks.drafts_of(place.kind) is None:
        return ContentError("there is one branch here, main", file=ref[:100], remedy=remedy)
    if not _DRAFT.fullmatch(ref) and update.new is not None:
        plain = "Use small letters a to z, digits and -"
        return ContentError(
            "a branch cannot be called so", file=ref[:100], remedy=plain
        )  # an address is made of it
    return None


def _main(repo: Repo, update: Update) -> ContentError | None:
    if update.new is None:
        remedy = "To undo a change: git revert HEAD, then git push"
        return ContentError("main cannot be deleted", file=update.ref, remedy=remedy)
    if update.old is not None and not log.is_ancestor(repo, update.old, update.new):
        remedy = "Somebody pushed before you, or you rewrote history: git pull --rebase, then push"
        return ContentError("main only goes forward", file=update.ref, remedy=remedy)
    return None
