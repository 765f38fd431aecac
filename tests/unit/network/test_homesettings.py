"""`conference.yaml` as the hub itself changes it: what people wrote into it stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from solicomm_build.features.network.judging import homesettings
from solicomm_build.foundation import clock
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import conference
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub


def test_comments_stay_where_the_hub_changes_one_setting(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))
    repo = hub.conference_repo("bar")
    plain = smallhub.files(repo)[conference.FILE].decode()
    text = f"# Ask Leo first.\n{plain}# Every footer.\nfooter: yes  # since May\n"
    change = Change(conference.FILE, text.encode())
    write_once(open_repo(repo), [change], message="x\n", when=clock.now())

    def called(one: Conference) -> Conference:
        return replace(one, title={"en": "Baz"})

    assert homesettings.change(hub, "bar", called, "Call it Baz")
    made = smallhub.files(repo)[conference.FILE].decode()
    assert made == text.replace("en: Bar\n", "en: Baz\n") != text
