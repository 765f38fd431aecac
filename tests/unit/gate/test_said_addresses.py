"""A push whose commits say somebody's address where whoever clones reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.post import post
from solicomm_build.testing import hubs
from solicomm_build.testing.clones import Author

_SIGNED = "x\n\nSigned-off-by: Ana Paz <ana.paz@real-union.org>\n"


@pytest.fixture
def author(tmp_path: Path) -> Author:
    """A member with a copy of a conference, and one commit that names nobody."""
    root = tmp_path / "hub"
    hub = founding.found_hub(root, name="Hub", domain="hub.example", sample=True)
    made = Author(hub, "conferences/organising", tmp_path / "copy", "member", "ana")
    one = hubs.post("signed")
    path = post.path(TopicId(post_id(one.message_id)), one.mid)
    made.put({path: post.encode(one)})
    return made


def _pushed(author: Author, *words: str) -> str:
    """What the hub says of the commit, made anew."""
    assert author.git("commit", "-q", "--amend", *words).returncode == 0
    done = author.git("push", "origin", "HEAD:main")
    return done.stderr.replace("remote: ", "") if done.returncode else ""


def test_what_a_sign_off_or_a_name_says_is_refused(author: Author) -> None:
    """`git commit -s` writes the address that one has set, and so do forges that join commits."""
    said = _pushed(author, "-m", _SIGNED)
    assert "the commits name the e-mail address ana.paz@real-union.org. Take it out" in said
    said = _pushed(author, "-m", "x", "--author", "bo@real-union.org <bo@users.hub.invalid>")
    assert "the commits name the e-mail address bo@real-union.org. Take it out" in said


@pytest.mark.parametrize(
    "line",
    [
        "Signed-off-by: Ana <ana@users.hub.invalid>",
        "Merge branch 'main' of git@forge.org:union/site",
        "Co-authored-by: Bo <1+bo@users.noreply.forge.org>",
    ],
)
def test_what_no_mail_goes_to_is_fine(author: Author, line: str) -> None:
    assert _pushed(author, "-m", f"x\n\n{line}\n") == ""
