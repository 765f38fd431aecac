"""Which fence comes before which: read from the files of the last steps, else asked of git."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica.fence import FENCE, Fence
from solicomm_build.git.repo import Repo, create


def chain(repo: Repo, count: int, *, on: Fence | None = None, node: str = "n1") -> list[Fence]:
    made = [on] if on else []
    for _ in range(count):
        last = made[-1] if made else None
        parent, seq = (last.oid, last.seq + 1) if last else (None, 0)
        made.append(fences.make(repo, parent, 7, seq, node, {"refs/heads/main": None}))
    return made[1:] if on else made


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return create(tmp_path / "one.git")


@pytest.mark.parametrize("is_packed", [False, True])
def test_each_of_a_chain_leads_to_all_after_it(repo: Repo, is_packed: bool) -> None:
    steps = chain(repo, 20)
    side = chain(repo, 3, on=steps[4], node="n2")
    repo.set_ref(FENCE, steps[-1].oid, None)
    repo.set_ref("refs/solicomm/side", side[-1].oid, None)
    if is_packed:
        repo.git("repack", "-a", "-d", "-q")
        repo.git("prune-packed", "-q")
        assert fences.read(repo, steps[3].oid) == steps[3]
    for older in (0, 4, 10, 18, 19):
        for newer in (0, 4, 10, 18, 19):
            said = fences.leads_to(repo, steps[older].oid, steps[newer].oid)
            assert said == (older <= newer)
    assert fences.leads_to(repo, steps[4].oid, side[-1].oid)
    assert not fences.leads_to(repo, steps[5].oid, side[-1].oid)
    assert not fences.leads_to(repo, side[0].oid, steps[-1].oid)


def test_what_is_not_here_leads_nowhere(repo: Repo) -> None:
    (step,) = chain(repo, 1)
    other = Oid("1" * 40)
    assert not fences.leads_to(repo, step.oid, other)
    assert not fences.leads_to(repo, other, step.oid)
    with pytest.raises(StoreError):
        fences.read(repo, other)


def test_a_file_that_is_no_commit_is_left_to_git(repo: Repo) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", input=b"epoch 1 seq 1\n").decode().strip()
    with pytest.raises(StoreError):
        fences.read(repo, Oid(blob))
