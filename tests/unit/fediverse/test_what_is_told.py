"""What servers elsewhere are told of a post: its name, and the files that follow it."""

from __future__ import annotations

from datetime import timedelta

from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs
from tests.unit.fediverse.peer import Peer
from tests.unit.fediverse.test_delivering import (
    SPOKEN,
    hub,
    moderated,
    new,
    other,
    server,
    told,
    write,
)

__all__ = ["hub", "other", "server"]


def test_a_topic_without_a_subject_has_a_name_there(hub: Config, server: Peer) -> None:
    write(hub, new("bare", subject="", body="Somos muchas y no nos vamos a callar nunca más.\n"))
    told(hub)
    (page,) = server.said("Create")
    assert page["object"]["type"] == "Page"
    assert page["object"]["name"] in {i18n.gettext(one, "(no subject)") for one in ("en", "es")}


def test_a_file_that_follows_its_post_is_told_of(hub: Config, server: Peer) -> None:
    """A post is shown and told at once, its files when they are clean."""
    row, file = hubs.attached(b"%PDF-1.7", "demands.pdf", "application/pdf")
    write(hub, new("root2", subject="Demands", attachments=[row]))
    write(hub, new("answer2", "root2", attachments=[row]))
    told(hub)
    assert [one["object"].get("attachment") for one in server.said("Create")] == [None, None]
    server.heard.clear()
    hubs.commit(hub.conference_repo("bar"), file, at=SPOKEN)
    hubs.build(hub)
    told(hub)
    updates = [one for one in server.said("Update") if one["actor"].endswith("/writers")]
    assert {one["object"]["id"].rpartition("/")[2] for one in updates} == {
        hubs.mid("root2"),
        hubs.mid("answer2"),
    }
    for one in updates:
        (attachment,) = one["object"]["attachment"]
        assert attachment["name"] == "demands.pdf"
    server.heard.clear()
    write(hub, new("other", subject="Other"))
    told(hub)
    assert server.said("Update") == []
    with clock.fixed(SPOKEN + timedelta(days=5)):
        moderated(hub, "retitle", 3, "root2", title="All demands")
        told(hub)
    renamed = {one["object"]["id"].rpartition("/")[2] for one in server.said("Update")}
    assert renamed == {hubs.mid("root2")}
