"""On which days a list sent posts."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.git.repo import create
from solicomm_build.post.store.postdays import post_days
from solicomm_build.testing.listhub import WHEN, ListHub, message

DAY = int(WHEN.timestamp()) // 86_400


def test_days_with_mail_only(tmp_path: Path) -> None:
    hub = ListHub(tmp_path)
    assert post_days(hub.list, DAY - 5, DAY + 5) == frozenset()  # settings are no post
    hub.post(message(1), source="import")
    assert post_days(hub.list, DAY - 5, DAY + 5) == frozenset()
    hub.post(message(2))
    assert post_days(hub.list, DAY - 5, DAY + 5) == frozenset({DAY})
    assert post_days(hub.list, DAY, DAY) == frozenset({DAY})
    assert post_days(hub.list, DAY + 1, DAY + 5) == frozenset()
    assert post_days(hub.list, DAY + 1, DAY) == frozenset()
    hub.close()


def test_a_list_without_commits(tmp_path: Path) -> None:
    assert post_days(create(tmp_path / "new.git"), 0, DAY) == frozenset()
