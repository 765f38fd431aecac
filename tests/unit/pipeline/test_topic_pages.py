"""What pages show of what moderators said: built hubs, looked at as a reader would."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import TopicId
from solicomm_build.git.writer import Change
from solicomm_build.message.auth import signature
from solicomm_build.people import grant, grants
from solicomm_build.people.grant import Grant
from solicomm_build.post import conference
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import mid, page

BAR = "/conferences/bar/"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """Two open conferences: bar, and ice, to which topics move."""
    return smallhub.make(
        tmp_path / "hub",
        *(Conference(name, {"en": name.capitalize()}, posting="open") for name in ("bar", "ice")),
    )


def say(hub: Config, kind: str, minute: int, on: str, *, by: str = "operator", **data: str) -> None:
    """An event in the stored thread called `on`, committed when it was made."""
    made = events.make(kind, at=hubs.after(minute), by=by, data=data)
    path = events.path(TopicId(mid(on)), made)
    change = Change(path, events.encode(made))
    hubs.commit(hub.conference_repo("bar"), change, at=hubs.after(minute))


def topic_url(name: str) -> str:
    return f"{BAR}t/{mid(name)}/"


def flat(text: str) -> str:
    """A page's text without tags, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def articles(text: str) -> list[str]:
    """The mids of a page's posts in the order they stand there."""
    return re.findall(r'<article id="([a-z2-7]{32})"', text)


def test_summary_answer_translations_and_what_came_late(hub: Config) -> None:
    hubs.add(
        hub,
        "bar",
        [
            hubs.post("a"),
            hubs.post("b", "a", minutes=1, author="Bea"),
            hubs.post("s", "a", minutes=2, body="First summary.\n"),
            hubs.post("fr", "a", minutes=3, body="Des mots.\n", author="Tess"),
            hubs.post("sfr", "s", minutes=4, body="Premier résumé.\n"),
            hubs.post("s2", "a", minutes=5, body="Second summary.\n"),
            hubs.post("late", "a", minutes=60),
        ],
    )
    say(hub, "summary", 10, "a", post=mid("s"), covers="1 to 3 March")
    say(hub, "summary", 11, "a", post=mid("s2"), covers="1 to 9 March")
    say(hub, "answer", 12, "a", post=mid("b"))
    say(hub, "translation", 13, "a", post=mid("fr"), of=mid("a"), lang="fr")
    say(hub, "translation", 14, "s", post=mid("sfr"), of=mid("s"), lang="fr")
    say(hub, "close", 15, "a", reason="It is signed.")
    hubs.build(hub)
    text = page(hub, topic_url("a"))
    assert articles(text) == [mid(name) for name in ("a", "fr", "b", "s", "sfr", "s2", "late")]
    assert text.count('class="pair"') == 2
    above, _, posts = text.partition("data-posts")
    assert "Second summary." in above
    assert "First summary." not in above
    assert "1 to 9 March" in above
    assert f'href="#{mid("s")}"' in above.partition("Earlier summaries:")[2]
    assert f'href="#{mid("b")}">#2 <bdi>Bea</bdi>' in above.partition(">Accepted answer</h2>")[2]
    assert "It is signed." in above
    assert "t-" not in posts.partition("</article>")[0], "a closed topic is not answered"
    assert 'lang="fr"' in posts.partition(f'id="{mid("fr")}"')[2].partition("</article>")[0]
    first, summary = (
        flat(posts.partition(f'id="{mid(name)}"')[2].partition("</article>")[0])
        for name in ("fr", "sfr")
    )
    assert "Translation of #1" in first
    assert "The original has changed since." not in first
    assert "The original has changed since." in summary, "another summary is newer than this one's"
    assert posts.count("This post arrived after the topic was closed.") == 1
    assert "arrived after" in posts.partition(f'id="{mid("late")}"')[2]

    say(hub, "hide", 70, "a", post=mid("s2"))
    say(hub, "hide", 71, "a", post=mid("b"))
    say(hub, "reopen", 72, "a")
    hubs.build(hub)
    text = page(hub, topic_url("a"))
    assert "Second summary." not in text
    assert "First summary." in text.partition("data-posts")[0], "the newest that readers see"
    assert "Accepted answer:" not in text
    assert "arrived after" not in text
    assert hubs.differences(hub) == []


def test_a_long_summary_is_linked_from_the_top(hub: Config) -> None:
    hubs.add(hub, "bar", [hubs.post("a"), hubs.post("s", "a", body="Many words. " * 800)])
    say(hub, "summary", 10, "a", post=mid("s"))
    hubs.build(hub)
    above, _, posts = page(hub, topic_url("a")).partition("data-posts")
    assert "Read the whole summary" in above
    assert "Many words." not in above + posts
    assert f'href="page/2/#{mid("s")}"' in above
    assert "Many words." in page(hub, f"{topic_url('a')}page/2/")


def test_pinned_topics_are_first_and_labels_have_pages(hub: Config) -> None:
    hubs.add(
        hub,
        "bar",
        [
            hubs.post("a", subject="Rules"),
            hubs.post("b", subject="Water", minutes=60),
            hubs.post("c", subject="Heat", minutes=90),
        ],
    )
    say(hub, "pin", 100, "a")
    say(hub, "label", 101, "b", add="Wages")
    say(hub, "label", 102, "c", add="wages")
    hubs.build(hub)
    front = page(hub, BAR)
    assert re.findall(r'href="t/([a-z2-7]{32})/"><bdi>', front) == [mid("a"), mid("c"), mid("b")]
    assert "Pinned · Ana" in flat(front)
    assert 'href="labels/"' in front
    assert "Wages 2" in flat(page(hub, f"{BAR}labels/"))
    listed = page(hub, f"{BAR}labels/wages/")
    assert re.findall(r'/t/([a-z2-7]{32})/"><bdi>', listed) == [mid("c"), mid("b")]
    assert 'href="../../labels/wages/"' in page(hub, topic_url("b"))

    for name in ("b", "c"):
        events_of = hub.conference_repo("bar")
        kind, minute, word = ("label", 101, "Wages") if name == "b" else ("label", 102, "wages")
        made = events.make(kind, at=hubs.after(minute), by="operator", data={"add": word})
        hubs.commit(events_of, Change(events.path(TopicId(mid(name)), made), None))
    hubs.build(hub)
    assert not (hub.public / "conferences" / "bar" / "labels" / "wages").exists()
    assert "labels/" not in page(hub, BAR)
    assert hubs.differences(hub) == []


def test_split_and_merged_topics_name_each_other(hub: Config) -> None:
    hubs.add(
        hub,
        "bar",
        [
            hubs.post("a", subject="Water"),
            hubs.post("b", "a", minutes=1, subject="Re: Water"),
            hubs.post("h", "a", minutes=2, subject="Heat (was: Water)"),
            hubs.post("h2", "a", "h", minutes=3, subject="Re: Heat"),
            hubs.post("w", minutes=9, subject="Water again"),
        ],
    )
    hubs.build(hub)
    text = page(hub, topic_url("a"))
    assert re.findall(r"Subject:</span> <bdi>([^<]*)", text) == ["Heat (was: Water)"]
    say(hub, "split", 20, "a", post=mid("h"))
    say(hub, "merge", 21, "a", topic=mid("w"))
    hubs.build(hub)
    text, part = page(hub, topic_url("a")), page(hub, topic_url("h"))
    assert articles(text) == [mid("a"), mid("b"), mid("w")]
    assert articles(part) == [mid("h"), mid("h2")]
    assert "Topics that were split from this one: Heat" in flat(text)
    assert "Topics that were joined to this one: Water again" in flat(text)
    assert "This topic was split from: Water" in flat(part)
    assert f"../{mid('a')}/" in page(hub, topic_url("w")), "the old address leads on"
    say(hub, "unsplit", 30, "a", post=mid("h"))
    hubs.build(hub)
    assert f"../{mid('a')}/" in page(hub, topic_url("h")), "it was given out"
    assert hubs.differences(hub) == []


def test_a_moved_topic_leads_only_to_what_everybody_may_know_of(hub: Config) -> None:
    hubs.add(hub, "bar", [hubs.post("a", subject="Secret ballot"), hubs.post("b", subject="Heat")])
    hubs.add(hub, "ice", [hubs.post("a", subject="Secret ballot")])
    say(hub, "move", 10, "a", to="ice")
    hubs.build(hub)
    assert f"/conferences/ice/t/{mid('a')}/" in page(hub, topic_url("a"))
    for path in (hub.public / "conferences" / "bar").rglob("*.html"):
        assert "Secret ballot" not in path.read_text(), path
    assert "Secret ballot" not in page(hub, f"{BAR}feed.xml")
    members = Conference("ice", {"en": "Ice"}, posting="open", visibility="members")
    change = Change(conference.FILE, conference.encode(members))
    hubs.commit(hub.conference_repo("ice"), change)
    hubs.build(hub)
    assert not (hub.public / topic_url("a").strip("/")).exists()
    for path in hub.public.rglob("*.html"):
        assert "conferences/ice" not in path.read_text(), path
    say(hub, "move", 20, "a", to="bar")
    hubs.build(hub)
    assert articles(page(hub, topic_url("a"))) == [mid("a")]
    assert hubs.differences(hub) == []


def test_who_is_no_moderator_changes_nothing(hub: Config) -> None:
    hubs.add(hub, "bar", [hubs.post("a"), hubs.post("b", "a", minutes=1)])
    hubs.build(hub)
    before = page(hub, topic_url("a"))
    for number, (kind, data) in enumerate(
        (("split", {"post": mid("b")}), ("hide", {"post": mid("b")}), ("close", {}))
    ):
        say(hub, kind, 10 + number, "a", by="p_else", **data)
    hubs.build(hub)
    assert page(hub, topic_url("a")) == before


def test_with_other_roles_events_are_judged_anew(hub: Config) -> None:
    """What Ana said before she was a moderator has no effect; what she said as one counts, though
    her role came here later, and no more when the role turns out to have ended before."""
    ana = "p_7h2kqm3x9d"
    hubs.add(hub, "bar", [hubs.post("a"), hubs.post("b", "a", minutes=1)])
    say(hub, "retitle", 5, "a", by=ana, title="Early")
    role = Grant(ana, "bar", "moderator", hubs.after(10), "operator")
    say(hub, "hide", 20, "a", by=ana, post=mid("b"))
    say(hub, "retitle", 21, "a", by=ana, title="Later")
    hubs.build(hub)
    assert "Words." in page(hub, topic_url("a")).partition(mid("b"))[2]
    assert "Later" not in page(hub, topic_url("a"))
    give(hub, role)
    hubs.build(hub)
    text = page(hub, topic_url("a"))
    assert "A moderator has hidden this post." in text
    assert "Later" in text
    assert "Early" not in page(hub, BAR)
    assert page(hub, f"{BAR}feed.xml").count("Words.") == 1
    assert hubs.differences(hub) == []
    give(hub, replace(role, role="reader", at=hubs.after(15)))
    hubs.build(hub)
    assert "Later" not in page(hub, topic_url("a"))
    assert hubs.differences(hub) == []


def give(hub: Config, role: Grant) -> None:
    """A role as a signed fact in the hub's repository."""
    pem = grants.key_of(hub)
    public = Change(grant.PUBLIC_KEY, f"{signature.public(pem).hex()}\n".encode())
    signed = grant.signed(role, pem)
    hubs.commit(hub.site_repo, public, Change(grant.path(signed), grant.encode(signed)))
