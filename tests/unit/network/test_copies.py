"""What members get of posts that came from another hub: each once, and in digests, too."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from solicomm_build.features.network.carrying import messageids
from solicomm_build.foundation.types import PostId
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.message.parse import parse
from solicomm_build.testing import hubs
from solicomm_build.testing.bar import Bar

DAY = timedelta(days=1).total_seconds()


def _arrives(bar: Bar, name: str, body: str) -> None:
    """As the stage `network` writes it."""
    made = hubs.post(name, body=body)
    with Writer(open_repo(bar.config.conference_repo("bar"))) as writer:
        writer.commit(
            [Change(hubs.path_of(made), hubs.change(made).data)],
            author_name=made.name,
            when=bar.now,
            message=compose(made.subject, Source="peer", Message=made.mid, Origin="a-abcdefgh"),
        )


def test_a_copy_is_made_of_the_post_under_the_message_id_that_its_hub_told(tmp_path: Path) -> None:
    bar = Bar(tmp_path)
    bar.hub.members(["each@union.example"], to="bar")
    bar.hub.members(["daily@union.example"], to="bar", digest="daily")
    bar.look()
    messageids.keep(bar.config, {PostId(hubs.mid("far")): "far@union.example"})
    _arrives(bar, "far", "Words from far away.\n")
    _arrives(bar, "untold", "Others.\n")
    found = bar.look(1)
    copies = {one.raw for one in found if "each@union.example" in one.envelope.rcpt_tos}
    messages = {parse(raw).msgid: parse(raw) for raw in copies}
    assert set(messages) == {"far@union.example", "untold@union.example"}
    far = messages["far@union.example"]
    assert "Words from far away." in far.text
    assert (far.from_[0].name, far.from_[0].addr_spec) == ("Ana", "bar@hub.example")
    assert not [one for one in bar.look(1) if "each@union.example" in one.envelope.rcpt_tos]
    digest = [
        one
        for one in bar.look(DAY) + bar.look(DAY)
        if "daily@union.example" in one.envelope.rcpt_tos
    ]
    assert len(digest) == 1
    text = parse(digest[0].raw).text
    assert "Words from far away." in text
    assert "Others." in text
    bar.close()
