"""What a clock made that was far ahead lets nobody in, and keeps nobody out, once it is right."""

from __future__ import annotations

import os
from collections import deque
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.mailboxes.passwordsection import MailboxPassword
from solicomm_build.features.writing import keeping
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.values import Attachment
from solicomm_build.people.access import Access
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.web.doorkeeper import Doorkeeper, Refusal
from solicomm_build.web.uploads.chosen import ChosenFiles

YEARS = timedelta(days=4000)
FILE = ("guide.txt", b"octets")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))


def test_files_that_were_chosen_then_are_gone(hub: Config) -> None:
    chosen, now = ChosenFiles(hub, "chosen"), clock.now()
    with clock.fixed(now + YEARS):
        ahead = chosen.put("papers", [FILE], "192.0.2.1")
        assert ahead is not None
        assert chosen.get("papers", ahead) == ("guide.txt",)
    folder = chosen.file(ahead, 0).parent
    far = (now + YEARS).timestamp()
    os.utime(folder, (far, far))  # as a file system dates it whose clock is the machine's
    assert chosen.get("papers", ahead) is None
    after = chosen.put("papers", [FILE], "192.0.2.1")
    assert after is not None
    assert chosen.get("papers", after) == ("guide.txt",)
    assert not folder.exists(), "they would lie there for years"


def test_files_that_a_form_kept_then_are_gone(hub: Config) -> None:
    token = keeping.keep(hub, "bar", [Attachment("a.txt", "text/plain", b"octets")])
    assert len(keeping.kept(hub, "bar", token)) == 1
    far = (clock.now() + YEARS).timestamp()
    (path,) = (
        path for path in hub.private.rglob("*") if path.is_file() and "octets" in _text(path)
    )
    os.utime(path, (far, far))
    assert keeping.kept(hub, "bar", token) == []
    assert not path.exists()


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def test_who_tried_wrong_tokens_then_is_kept_out_no_longer(hub: Config) -> None:
    door = Doorkeeper(Access(hub), lambda kind, name: False)
    repo = hub.conference_repo("bar")

    def tried() -> int:
        said = door.admit(
            repo, "conferences", pushes=False, authorization="Bearer wrong", client="192.0.2.1"
        )
        assert isinstance(said, Refusal)
        return said.status

    now = clock.now()
    with clock.fixed(now + YEARS):
        assert {tried() for _ in range(25)} == {401, 429}
    with clock.fixed(now):
        assert tried() == 401


def test_who_mistyped_a_password_then_is_kept_out_no_longer() -> None:
    section = MailboxPassword.__new__(MailboxPassword)
    section._wrong, now = {7: deque(maxlen=10)}, clock.now()
    with clock.fixed(now + YEARS):
        for _ in range(10):
            section._missed(7)
        assert section._is_tired(7)
    with clock.fixed(now):
        assert not section._is_tired(7)
