"""Messages of a hub of version 0.1 move to folders that stay short, and back again.

A repository as 0.1 left it → moved, killed after each commit, moved again → the same messages.
"""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest

from solicomm_build.foundation.types import PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, create
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post.cells import mailfolders
from solicomm_build.post.store.mailstore import MailStore, path, variant
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN

MESSAGES = 40


def _names() -> list[str]:
    some = random.Random(7)
    mids = [base64.b32encode(some.randbytes(20)).decode().lower() for _ in range(MESSAGES)]
    return [*mids, variant(PostId(mids[0]), "water")]


NAMES = _names()


@pytest.fixture
def old(tmp_path: Path) -> Repo:
    """A mail.git as 0.1 left it, with a held message and a mark that stay where they are."""
    repo = create(tmp_path / "mail.git")
    changes = [Change(f"messages/{one[:2]}/{one}.eml", one.encode()) for one in NAMES]
    changes += [Change("held/water/x.eml", b"held"), Change("erased/ab/abc", b"")]
    write_once(repo, changes, message="Mail", when=BEGUN)
    return repo


def _octets(repo: Repo) -> dict[str, bytes]:
    return {Path(one).stem: raw for one, raw in smallhub.files(repo.path, "messages").items()}


def _octets_at(repo: Repo, places: list[str]) -> list[bytes | None]:
    with Reader(repo) as reader:
        return [reader.at(MAIN, place) for place in places]


def test_all_are_found_where_they_moved_with_their_octets(old: Repo) -> None:
    before = _octets(old)
    assert mailfolders.lie_by_two(old)
    assert not mailfolders.lie_by_one(old)
    assert mailfolders.put_by_one(old, now=BEGUN) == len(NAMES)
    assert not mailfolders.lie_by_two(old)
    assert _octets(old) == before
    assert _octets_at(old, [path(one) for one in NAMES]) == [one.encode() for one in NAMES]
    assert smallhub.files(old.path, "held") == {"water/x.eml": b"held"}
    assert set(smallhub.files(old.path, "erased")) == {"ab/abc"}
    store = MailStore(old)
    assert store.raw(NAMES[3]) == NAMES[3].encode()
    assert store.find(PostId(NAMES[0]), "water") == NAMES[-1]
    store.close()
    assert mailfolders.put_by_one(old, now=BEGUN) == 0


def test_what_came_since_goes_back_with_the_rest(old: Repo) -> None:
    mailfolders.put_by_one(old, now=BEGUN)
    store = MailStore(old)
    store.add("zz" + NAMES[1][2:], b"new")
    store.checkpoint("Mail", when=BEGUN)
    store.close()
    before = _octets(old)
    assert mailfolders.lie_by_one(old)
    assert mailfolders.put_by_two(old, now=BEGUN) == len(NAMES) + 1
    assert not mailfolders.lie_by_one(old)
    assert _octets(old) == before
    assert all(one.count("/") == 1 for one in smallhub.files(old.path, "messages"))


@pytest.mark.parametrize("after", [0, 1, 2])
def test_killed_after_any_commit_it_goes_on(
    old: Repo, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _octets(old)
    monkeypatch.setattr(mailfolders, "_MOVED_AT_ONCE", 15)
    left = [after]

    def deadly(*args: object, **named: object) -> object:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return write_once(*args, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as killed:
        killed.setattr(mailfolders, "write_once", deadly)
        with pytest.raises(KeyboardInterrupt):
            mailfolders.put_by_one(old, now=BEGUN)
    assert _octets(old) == before
    assert mailfolders.put_by_one(old, now=BEGUN) == len(NAMES) - 15 * after
    assert _octets(old) == before
    assert not mailfolders.lie_by_two(old)


def test_an_empty_hub_has_nothing_to_move(tmp_path: Path) -> None:
    repo = create(tmp_path / "mail.git")
    assert not mailfolders.lie_by_two(repo)
    assert not mailfolders.lie_by_one(repo)
    assert mailfolders.put_by_one(repo, now=BEGUN) == 0
