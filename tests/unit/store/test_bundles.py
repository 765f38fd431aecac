"""A bundle of a repository that somebody erases from meanwhile is made of what is there then."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.foundation.errors import StoreError
from solicomm_build.git import exchange
from solicomm_build.git.repo import MAIN, Repo, create
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing.smallhub import BEGUN

GONE = "5ecf782fac2c553785e98610ad2a3798b2c67505"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = create(tmp_path / "one.git")
    write_once(made, [Change("a.md", b"one\n")], message="One\n", when=BEGUN)
    return made


def tip_of(bundle: Path) -> str:
    return bundle.read_bytes().partition(b"\n\n")[0].splitlines()[-1].decode().split()[0]


def test_what_the_other_has_and_is_erased_here_counts_no_more(repo: Repo, tmp_path: Path) -> None:
    out = tmp_path / "a.bundle"
    exchange.bundle(repo, out, [MAIN], [GONE])
    assert tip_of(out) == repo.ref()
    other = create(tmp_path / "two.git")
    other.git("fetch", "-q", str(out), f"{MAIN}:{MAIN}")
    assert other.ref() == repo.ref()


def test_a_tip_that_goes_meanwhile_is_looked_for_again(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = exchange._packed, list[bytes]()

    def packed(of: Repo, wanted: bytes, how: tuple[str, ...], out: int) -> None:
        asked.append(wanted)
        if len(asked) == 1:
            write_once(of, [Change("b.md", b"two\n")], message="Two\n", when=BEGUN)
            raise StoreError("bad object")
        real(of, wanted, how, out)

    monkeypatch.setattr(exchange, "_packed", packed)
    exchange.bundle(repo, tmp_path / "a.bundle", [MAIN], [])
    assert len(asked) == 2
    assert tip_of(tmp_path / "a.bundle") == repo.ref()


def test_another_fault_is_told_at_once(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[bytes]()

    def packed(of: Repo, wanted: bytes, how: tuple[str, ...], out: int) -> None:
        asked.append(wanted)
        raise StoreError("no room")

    monkeypatch.setattr(exchange, "_packed", packed)
    with pytest.raises(StoreError, match="no room"):
        exchange.bundle(repo, tmp_path / "a.bundle", [MAIN], [])
    assert len(asked) == 1
