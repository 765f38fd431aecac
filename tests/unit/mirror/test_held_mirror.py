"""A post that holds the mirror is left out of it; the others are there."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from solicomm_build.features.mirror import maildir, run
from solicomm_build.features.tracing import takingback
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import quarantine
from solicomm_build.git.repo import open_repo
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import maildir as files
from solicomm_build.testing import holding
from solicomm_build.testing.listhub import ListHub, message


@pytest.mark.parametrize("kind", ["imap", "public-inbox"])
def test_a_post_that_holds_the_mirror_is_left_out_and_others_are_there(
    tmp_path: Path, kind: str
) -> None:
    hub = ListHub(tmp_path)
    hub.settings(hub.list, Conference("water", {"en": "Water"}, kind="list", mirror=(kind,)))
    _, held = hub.post(message(1, "endless words"))
    _, fine = hub.post(message(2, "Go on"))
    hub.close()
    ends = [
        holding.run(
            hub.config,
            "mirror",
            "mirror:endless",
            lambda watch: run.mirror(hub.config, once=True, log=maillog.to_nobody(), watch=watch),
        )
        for _ in range(2)
    ]
    assert ends == [-signal.SIGPROF, 0]
    if kind == "imap":
        there = {name for name, _ in files.files(maildir.folder_of(hub.config, "water"))}
        assert there == {fine}
    else:
        epoch = open_repo(hub.config.mirrors / "public-inbox" / "water" / "git" / "0.git")
        assert epoch.git("log", "--format=%s").decode().split("\n")[:-1] == ["Water 2"]
    (one,) = quarantine.aside(hub.config.spool_quarantine)
    assert (one.item, one.reason) == (
        f"post:water/{held}",
        "It held the mirror stage for longer than an item may",
    )


def test_after_a_mend_the_mirror_is_made_anew_with_the_post(tmp_path: Path) -> None:
    hub = ListHub(tmp_path)
    hub.settings(hub.list, Conference("water", {"en": "Water"}, kind="list", mirror=("imap",)))
    _, held = hub.post(message(1, "endless words"))
    hub.close()
    for word in ("mirror:endless", "mirror:endless"):
        holding.run(
            hub.config,
            "mirror",
            word,
            lambda watch: run.mirror(hub.config, once=True, log=maillog.to_nobody(), watch=watch),
        )
    (one,) = quarantine.aside(hub.config.spool_quarantine)
    takingback.tried_again(hub.config, one)
    holding.run(
        hub.config,
        "mirror",
        "",
        lambda watch: run.mirror(hub.config, once=True, log=maillog.to_nobody(), watch=watch),
    )
    assert {name for name, _ in files.files(maildir.folder_of(hub.config, "water"))} == {held}
