"""Answers from elsewhere wait for moderators as text, or are not taken at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from solicomm_build.features.fediverse import names, replies
from solicomm_build.features.fediverse.hearing import RefusedError, Said
from solicomm_build.features.fediverse.remote import Actor
from solicomm_build.features.fediverse.replies import Replies
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.outwards import Outwards
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import PostId
from solicomm_build.ingest.holding import decide, list_held
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.post import decision as decisions
from solicomm_build.post.conference import Conference
from solicomm_build.post.decision import Decision
from solicomm_build.testing import hubs, smallhub

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ANA = "https://social.example/users/ana"
BAR = Conference("bar", {"en": "Bar"}, posting="open")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A conference where everybody may write, and one post."""
    made = smallhub.make(tmp_path_factory.mktemp("replies") / "hub", BAR)
    hubs.add(made, "bar", [hubs.post("root", subject="Pay")])
    hubs.build(made)
    return replace(made, activitypub=Outwards(("bar",), "held"))


@pytest.fixture
def taking(hub: Config) -> Iterator[Replies]:
    made = Replies(hub)
    yield made
    made.close()
    spool = Spool(hub.spool_in)
    for path in spool.pending():
        path.unlink()
    spool.close()


def said(hub: Config, name: str = "1", who: str = ANA, **more: Any) -> Said:
    note = {
        "id": f"https://social.example/notes/{name}",
        "type": "Note",
        "attributedTo": who,
        "to": [PUBLIC],
        "inReplyTo": names.post(hub, "bar", hubs.mid("root")),
        "content": "<p>We stand <b>with</b> you<script>alert(1)</script> &amp; all</p>",
        "contentMap": {"en": ""},
        **more,
    }
    actor = Actor(who, f"{who}/inbox", "", f"{who.rpartition('/')[2]}@social.example", ())
    return Said("Create", actor, str(note["id"]), {"actor": who, "object": note})


def waiting(hub: Config) -> list[Item]:
    spool = Spool(hub.spool_in)
    try:
        return [item for path in spool.pending() for item in spool.read(path)]
    finally:
        spool.close()


def test_an_answer_is_a_mail_of_text_to_the_conference_that_nobody_is_answered_for(
    hub: Config, taking: Replies
) -> None:
    assert taking.take(said(hub), {"bar": BAR}).status == 202
    (item,) = waiting(hub)
    assert item.envelope.ours
    assert item.envelope.rcpt_tos == ("bar@hub.example",)
    assert item.envelope.mail_from == "noreply@hub.example"
    mail = parse(item.raw)
    assert mail.from_[0].name == "ana (social.example, fediverse)"
    assert mail.from_[0].addr_spec.endswith("@hub.example")
    assert mail.field("Auto-Submitted") == "auto-generated"
    assert mail.field("Reply-To") == "bar@hub.example"
    assert f"{hubs.mid('root')}@post.solicomm.invalid" in (mail.field("In-Reply-To") or "")
    assert b"We stand with you & all" in item.raw
    assert b"script" not in item.raw
    assert b"text/html" not in item.raw


def test_words_that_an_answer_stands_behind_come_with_it(hub: Config, taking: Replies) -> None:
    taking.take(said(hub, summary="About a death at work"), {"bar": BAR})
    (item,) = waiting(hub)
    assert parse(item.raw).text.startswith("About a death at work\n")
    assert "\n\nWe stand with you & all" in parse(item.raw).text


def test_an_answer_of_pictures_comes_with_the_words_that_describe_them(
    hub: Config, taking: Replies
) -> None:
    pictures = [
        {"type": "Document", "mediaType": "image/jpeg", "name": "Our picket\nat the gate"},
        {"type": "Document", "mediaType": "image/jpeg", "name": None},
        7,
    ]
    taking.take(said(hub, content="", attachment=pictures), {"bar": BAR})
    (item,) = waiting(hub)
    assert parse(item.raw).text.strip() == "Our picket at the gate"


def test_an_answer_of_a_picture_without_words_is_named_by_its_address(
    hub: Config, taking: Replies
) -> None:
    picture = {"type": "Image", "url": "https://social.example/1.jpg"}
    taking.take(said(hub, name="7", content="<p></p>", attachment=picture), {"bar": BAR})
    (item,) = waiting(hub)
    assert parse(item.raw).text.strip() == "https://social.example/notes/7"


@pytest.mark.parametrize(
    "more",
    [
        {"to": ["http://hub.example/ap/c/bar"]},
        {"attributedTo": "https://social.example/users/eve"},
        {"id": "https://elsewhere.example/notes/1"},
        {"id": 7},
        {"inReplyTo": "https://social.example/notes/0"},
        {"inReplyTo": f"http://hub.example/ap/c/bar/p/{hubs.mid('none')}"},
        {"inReplyTo": f"http://hub.example/ap/c/board/p/{hubs.mid('root')}"},
        {"inReplyTo": None},
        {"type": "Question"},
        {"content": "<script>x</script>"},
        {"content": None},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_is_no_public_answer_of_its_actor_to_a_post_of_ours_is_forgotten(
    hub: Config, taking: Replies, more: dict[str, Any]
) -> None:
    assert taking.take(said(hub, **more), {"bar": BAR}).status == 202
    assert waiting(hub) == []


def test_without_the_setting_no_answer_is_taken(hub: Config) -> None:
    off = Replies(replace(hub, activitypub=Outwards(("bar",))))
    assert off.take(said(hub), {"bar": BAR}).status == 202
    assert waiting(hub) == []
    off.close()


def test_an_answer_is_cut_and_so_many_come_a_day(hub: Config, taking: Replies) -> None:
    long = f"<p>{'word ' * 20_000}</p>"
    for number in range(replies.OF_AN_ACTOR):
        assert taking.take(said(hub, str(number), content=long), {"bar": BAR}).status == 202
    with pytest.raises(RefusedError) as error:
        taking.take(said(hub, "more"), {"bar": BAR})
    assert error.value.heard.status == 429
    assert taking.take(said(hub, "bo", f"{ANA}-bo"), {"bar": BAR}).status == 202
    found = waiting(hub)
    assert len(found) == replies.OF_AN_ACTOR + 1
    assert max(len(item.raw) for item in found) < replies.LONGEST + 2_000


def test_it_is_held_where_everybody_may_write_and_posted_when_a_moderator_says_so(
    hub: Config, taking: Replies
) -> None:
    for name in ("1", "1", "2"):  # servers send some things twice
        taking.take(said(hub, name), {"bar": BAR})
    ingest(hub, once=True)
    held = list_held(hub)
    assert [(one.rule, one.subject) for one in held] == [("fediverse", "Re: Pay")] * 2
    assert smallhub.sources(hub.conference_repo("bar")) == ["import"]
    now = clock.now()
    decide(hub, "bar", PostId(held[0].mid), Decision(decisions.ACCEPT, decisions.OPERATOR, now))
    blobs = smallhub.files(hub.conference_repo("bar"), "topics")
    tid = hubs.mid("root")
    (made,) = [text for path, text in blobs.items() if path.endswith(f"/{held[0].mid}.md")]
    assert any(f"{tid}/posts/{held[0].mid}.md" in path for path in blobs)  # where it belongs
    assert b"ana (social.example, fediverse)" in made
    assert b"We stand with you & all" in made


def test_who_is_banned_is_not_heard_and_who_is_trusted_waits_all_the_same(
    hub: Config, taking: Replies
) -> None:
    eve, bo = f"{ANA}-eve", f"{ANA}-bo"
    for name, who in (("e1", eve), ("b1", bo)):
        taking.take(said(hub, name, who), {"bar": BAR})
    authors = [parse(item.raw).from_[0].addr_spec for item in waiting(hub)]
    smallhub.add_events(
        hub,
        [
            rosterevents.standing("bar", author, standing, at=clock.now(), by="operator")
            for author, standing in zip(authors, ("banned", "trusted"), strict=True)
        ],
    )
    before = len(list_held(hub))
    ingest(hub, once=True)
    found = list_held(hub)[before:]
    assert [one.name for one in found] == ["ana-bo (social.example, fediverse)"]


def test_no_mail_from_outside_can_pass_for_one(hub: Config) -> None:
    raw = smallhub.mail("hello", "Fediverse-Object: https://social.example/notes/9")
    spool = Spool(hub.spool_in)
    spool.put([smallhub.item(raw)])
    spool.close()
    before = len(list_held(hub))
    ingest(hub, once=True)
    assert len(list_held(hub)) == before
    assert "mail" in smallhub.sources(hub.conference_repo("bar"))  # here everybody may write
