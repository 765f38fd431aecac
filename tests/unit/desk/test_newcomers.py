"""Moderators who are asked about a newcomer's first message are asked to welcome, too."""

from __future__ import annotations

from dataclasses import replace

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.post.postingrules import PostingRules
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW, DeskHub


def test_a_first_message_asks_for_a_word_of_welcome(hub: DeskHub) -> None:
    rules = PostingRules("hold", first_posts=1)
    made = Conference("young", {"en": "Young"}, kind="list", policy=rules)
    smallhub.add_conference(hub.config, made)
    hub.member(1, "mod@union.example", "young", role="moderator", lang="en")
    agreed = Consent("web", "confirmed")
    hub.note(
        rosterevents.member(2, "new@union.example", at=NOW, consent=agreed),
        rosterevents.subscribe("young", 2, at=NOW, consent=agreed),
    )
    raw = smallhub.mail("Hello", sender="new@union.example").replace(b"bar@hub", b"young@hub")
    item = smallhub.item(raw, "young@hub.example", proved=True)
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put(
            [replace(item, envelope=replace(item.envelope, received_at=hub.now))]
        )
        ingest(hub.config, once=True, log=maillog.to_nobody())
    letters = [parse(one.raw) for one in hub.work()]
    (asked,) = [one for one in letters if one.to[0].addr_spec == "mod@union.example"]
    assert "a word of welcome" in " ".join(asked.text.split())
