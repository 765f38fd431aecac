"""News of a site that go to a list: once, from the union's address, by the list's own rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import access, rosterevents
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW, DeskHub

WON = b"---\ntitle: We won\ndate: 2026-11-24\n---\nAfter **three** weeks. [Join](page:join)\n"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    hub = DeskHub(tmp_path / "hub")
    founding.new_union(hub.config, "metal", title="Metal", lang="en")
    settings = smallhub.files(hub.config.union_repo("metal"))["site.yaml"]
    change(hub, {"site.yaml": settings + b"\nnews: {list: water}\n"})
    hub.work()  # the cursor begins here
    return hub


def change(hub: DeskHub, files: dict[str, bytes | None]) -> None:
    changes = [Change(path, blob) for path, blob in files.items()]
    write_once(open_repo(hub.config.union_repo("metal")), changes, message="Edit\n", when=NOW)


def posts(hub: DeskHub) -> list[Message]:
    """What the desk hands to ingest, taken away."""
    hub.work()
    spool, found = Spool(hub.config.spool_in), []
    for path in spool.pending():
        found += [parse(item.raw) for item in spool.read(path)]
        spool.done(path)
    return found


def test_new_news_is_a_post_from_the_union_once(hub: DeskHub) -> None:
    change(hub, {"news/2026/we-won.en.md": WON})
    (post,) = posts(hub)
    assert (post.subject, post.from_[0].addr_spec) == ("We won", "site-metal@hub.example")
    assert post.to[0].addr_spec == "water@hub.example"
    assert "After three weeks." in post.text
    assert "http://hub.example/unions/metal/news/we-won/" in post.text
    change(hub, {"news/2026/we-won.en.md": WON.replace(b"three", b"four")})
    assert posts(hub) == []


def test_a_draft_waits_until_it_is_published(hub: DeskHub) -> None:
    draft = WON.replace(b"date:", b"status: draft\ndate:")
    change(hub, {"news/2026/we-won.en.md": draft})
    assert posts(hub) == []
    change(hub, {"news/2026/we-won.en.md": WON, "news/2026/we-won.fr.md": WON})
    assert len(posts(hub)) == 1


def test_a_kill_sends_it_under_the_same_name(hub: DeskHub) -> None:
    change(hub, {"news/2026/we-won.en.md": WON})
    (first,) = posts(hub)
    change(hub, {"news/2026/we-won.en.md": None})
    assert posts(hub) == []
    change(hub, {"news/2026/we-won.en.md": WON})
    (again,) = posts(hub)
    assert again.msgid == first.msgid  # ingest knows it


def test_what_was_there_before_is_never_mailed(tmp_path: Path) -> None:
    hub = DeskHub(tmp_path / "hub")
    founding.new_union(hub.config, "metal", title="Metal", lang="en")
    assert posts(hub) == []


def test_a_site_whose_settings_name_no_list_mails_nothing(hub: DeskHub) -> None:
    settings = smallhub.files(hub.config.union_repo("metal"))["site.yaml"]
    for text in (b"", b"news: {list: nowhere}\n"):
        change(hub, {"site.yaml": settings.replace(b"news: {list: water}\n", text)})
        change(hub, {f"news/2026/n{len(text)}.en.md": WON})
        assert posts(hub) == []


def test_the_list_s_own_rules_decide(hub: DeskHub) -> None:
    """A stranger waits for a moderator; who is trusted goes through."""

    def taken() -> int:
        hub.work()
        with clock.fixed(hub.now):
            ingest(hub.config, once=True, log=maillog.to_nobody())
        there = smallhub.files(hub.config.conference_repo("water"))
        return sum(path.startswith("topics/") and path.endswith(".md") for path in there)

    change(hub, {"news/2026/we-won.en.md": WON})
    assert taken() == 0
    hub.note(
        rosterevents.standing("water", "site-metal@hub.example", "trusted", at=hub.now, by="test")
    )
    change(hub, {"news/2026/more.en.md": WON})
    assert taken() == 1


def test_links_of_news_lead_to_the_site_from_the_mail_too(hub: DeskHub) -> None:
    text = (
        "---\ntitle: Come\ndate: 2026-11-25\n---\n[Join](page:join), [us](about.md#aims), "
        "[more](news), [paper](media/a.pdf), [talk](conference:water), [pay](https://x.example/)\n"
    )
    change(hub, {"news/2026/come.en.md": text.encode()})
    (post,) = posts(hub)
    site = "http://hub.example/unions/metal"
    for there in (
        f"Join <{site}/join/>",
        f"us <{site}/about/#aims>",
        f"more <{site}/news/>",
        f"paper <{site}/media/a.pdf>",
        "talk <http://hub.example/conferences/water/>",
        "pay <https://x.example/>",
    ):
        assert there in post.text
    access.issue(hub.config, "ana@union.example", ["unions/metal"])
    (draft,) = hub.ask("site-metal", "See [us](page:about).", subject="news: See")
    assert f"us <{site}/about/>" in draft.text


def test_drafts_keep_no_news_back_that_come_with_them(hub: DeskHub) -> None:
    draft = WON.replace(b"date:", b"status: draft\ndate:")
    news: dict[str, bytes | None] = {f"news/2026/a{n}.en.md": draft for n in range(6)}
    change(hub, {**news, "news/2026/we-won.en.md": WON})
    assert [post.subject for post in posts(hub)] == ["We won"]
