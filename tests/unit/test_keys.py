"""The keys of tokens and of posts: made once, private, never replaced."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from solicomm_build.foundation import keys
from solicomm_build.foundation.errors import StoreError


def test_the_key_is_made_once_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "private" / "keys"
    key = keys.token_key(folder)
    assert len(key) == 32
    assert keys.token_key(folder) == key
    assert stat.S_IMODE((folder / keys.TOKEN_KEY).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [keys.TOKEN_KEY]
    assert keys.token_key(tmp_path / "other") != key


def test_all_who_ask_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: keys.token_key(tmp_path), range(32)))
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == [keys.TOKEN_KEY]


def test_a_damaged_key_is_named_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / keys.TOKEN_KEY
    path.write_bytes(b"short")
    with pytest.raises(StoreError, match="Bring it back from a backup"):
        keys.token_key(tmp_path)
    assert path.read_bytes() == b"short"


def test_the_key_of_posts_is_made_when_it_is_needed(tmp_path: Path) -> None:
    assert keys.post_key_if_any(tmp_path) is None
    key = keys.post_key(tmp_path)
    assert key == keys.post_key(tmp_path) == keys.post_key_if_any(tmp_path)
    assert key != keys.token_key(tmp_path)
    (tmp_path / keys.POST_KEY).write_bytes(b"short")
    with pytest.raises(StoreError, match="answers would not find posts"):
        keys.post_key_if_any(tmp_path)


def test_where_a_dkim_key_lies(tmp_path: Path) -> None:
    assert keys.dkim_key_path(tmp_path, "Hub.Example") == tmp_path / "dkim-hub.example.pem"
