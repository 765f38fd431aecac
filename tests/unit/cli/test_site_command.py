"""`solicomm site`: history and going back, on a hub's own site."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result

from solicomm_build.config import Config
from solicomm_build.store.repo import open_repo
from solicomm_build.testing.hubs import START, Change, commit

Run = Callable[..., Result]


def test_history_and_rollback(run: Run, sample_hub: Config) -> None:
    where = ("--hub", sample_hub.root)
    repo = open_repo(sample_hub.union_repo("metal"))
    first = repo.ref()
    commit(repo.path, Change("pages/new.en.md", b"---\ntitle: New\n---\n\nWords.\n"), at=START)
    told = run("site", "history", "metal", "--count", "1", *where)
    assert told.exit_code == 0
    assert "2026-03-01 08:00" in told.output
    assert "pages/new.en.md" in told.output
    assert run("site", "rollback", "metal", *where).exit_code == 0
    tree = repo.git("rev-parse", f"{repo.ref()}^{{tree}}", f"{first}^{{tree}}").split()
    assert tree[0] == tree[1]
    assert run("site", "rollback", "metal", first, *where).exit_code == 66
    assert run("site", "rollback", "nobody", *where).exit_code == 66
