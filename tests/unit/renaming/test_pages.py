"""Pages after a renaming are those of a build from nothing, and lead to the name of today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from solicomm_build.builder.contents import Contents
from solicomm_build.builder.run import Builder
from solicomm_build.features.founding import founding
from solicomm_build.features.renaming import persons, places
from solicomm_build.features.sites.rendering.surroundings import Surroundings
from solicomm_build.features.topics import command as moderatetopics
from solicomm_build.foundation import data, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox, TopicId
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change
from solicomm_build.ingest.run import ingest
from solicomm_build.people import grants, memberstore
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import topicplaces
from solicomm_build.testing import hubs, smallhub
from solicomm_build.web import redirects

KEY = "2026-7qk3xa2m"
MENU = "menu:\n  - {to: library:papers}\n  - {to: conference:bar}\n"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A hub with a conference, a library and a site that leads to both; a post names a card."""
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    founding.new_library(made, "papers", title="Papers", lang="en")
    founding.new_union(made, "docks", title="Dock workers", lang="en")
    site = open_repo(made.union_repo("docks"))
    text = site.git("show", "main:site.yaml").decode()
    text = re.sub(r"(?m)^menu:\n(?:  .*\n)*", MENU, text)
    hubs.commit(site.path, Change("site.yaml", text.encode()))
    card = hubs.CARD.format(id=KEY, title="Heat", text="Hot.").encode()
    hubs.commit(made.library_repo("papers"), Change(f"entries/{KEY}/entry.md", card))
    hubs.add(made, "bar", [hubs.post("m1", subject="Heat", body=f"Read lib:{KEY}.\n")])
    return made


@pytest.fixture
def builder(hub: Config) -> Iterator[Builder]:
    """One that stays, as that of `solicomm serve`, and has built once."""
    made = Builder(hub, data.theme())
    made.build()
    yield made
    made.close()


def _links(hub: Config, url: str) -> set[str]:
    """What a page leads to in conferences and libraries."""
    return set(re.findall(r"(?:conferences|libraries)/[a-z]+/", hubs.page(hub, url)))


def test_what_is_renamed_is_built_as_from_nothing(hub: Config, builder: Builder) -> None:
    assert _links(hub, "/unions/docks/") >= {"conferences/bar/", "libraries/papers/"}
    for kind, old, new in (
        ("libraries", "papers", "rules"),
        ("conferences", "bar", "rivers"),
        ("unions", "docks", "harbour"),
    ):
        places.rename(hub, old, new, kind)
        builder.build()
        assert (hub.public / kind / new).is_dir()
        assert not (hub.public / kind / old).exists()
        assert hubs.differences(hub) == []
    here = {"conferences/rivers/", "libraries/rules/"}
    for page in ("/unions/harbour/", f"/conferences/rivers/t/{hubs.mid('m1')}/"):
        assert _links(hub, page) <= here
        assert "libraries/rules/" in _links(hub, page)
    places.rename(hub, "rules", "papers", "libraries")  # `--undo`
    builder.build()
    assert hubs.differences(hub) == []
    assert not (hub.public / "libraries/rules").exists()


def test_a_list_and_a_person_too(hub: Config, builder: Builder) -> None:
    smallhub.add_conference(hub, Conference("crane", {"en": "Crane"}, kind="list"))
    memberstore.subscribe(hub, "crane", [Mailbox("Ana", "ana@union.example")])
    builder.build()
    places.rename(hub, "crane", "winch")
    persons.rename(hub, "ana@union.example", "ana@elsewhere.example")
    builder.build()
    assert (hub.public / "conferences/winch").is_dir()
    assert hubs.differences(hub) == []


def test_a_carried_hub_leads_to_the_name_of_today(hub: Config) -> None:
    """It has no server that could lead an old address on, and no renaming lies in it."""
    places.rename(hub, "papers", "rules", "libraries")
    small = replace(hub, root=hub.root / "state" / "pocket" / "stick", borrows=hub.root)
    title = SimpleNamespace(settings=SimpleNamespace(title={"en": "Papers"}))
    found = Contents({}, {"library": {"rules": cast(Any, title)}})
    around = Surroundings(cast(Any, None), small, found, "")
    assert around.names["libraries"] == {"rules": "Papers", "papers": "Papers"}
    assert around.names["now"] == {"libraries/papers": "rules"}


def test_another_web_server_leads_old_addresses_on(hub: Config) -> None:
    places.rename(hub, "papers", "rules", "libraries")
    nginx, caddy = redirects.nginx_map(hub), redirects.caddy_map(hub)
    assert (
        '"~^(?<solicomm_lang>/(?:(?:[a-z]{2,3}|take)/)?)libraries/papers'
        '(?<solicomm_rest>/[A-Za-z0-9._~@:+=,/-]*)$" '
        "${solicomm_lang}libraries/rules$solicomm_rest;" in nginx
    )
    assert '"${1}libraries/rules${2}"' in caddy


def _moved(hub: Config, *to: str) -> str:
    """The topic, moved to one list after the other."""
    smallhub.add_conference(hub, Conference("crane", {"en": "Crane"}, posting="open"))
    for one in to:
        moderatetopics.act(hub, "move", "bar", hubs.mid("m1"), (one,))
    return hubs.mid("m1")


def test_a_topic_that_was_away_and_came_back_is_shown(hub: Config, builder: Builder) -> None:
    """The event that brought it back says the old name: it was shown nowhere any more."""
    tid = _moved(hub, "crane", "bar")
    builder.build()
    assert "Heat" in hubs.page(hub, "/conferences/bar/")
    places.rename(hub, "bar", "rivers")
    builder.build()
    assert "Heat" in hubs.page(hub, "/conferences/rivers/")
    assert (hub.public / f"conferences/rivers/t/{tid}/index.html").is_file()
    assert hubs.differences(hub) == []
    assert topicplaces.location(hub, "rivers", TopicId(tid), grants.read(hub)) == "rivers"


def test_a_topic_is_led_to_where_it_was_moved(hub: Config, builder: Builder) -> None:
    """Its old address showed nothing any more, and answers went to the old name."""
    tid = _moved(hub, "crane")
    builder.build()
    assert f"crane/t/{tid}/" in hubs.page(hub, f"/conferences/bar/t/{tid}/")
    places.rename(hub, "crane", "winch")
    builder.build()
    assert f"winch/t/{tid}/" in hubs.page(hub, f"/conferences/bar/t/{tid}/")
    assert hubs.differences(hub) == []
    assert topicplaces.location(hub, "bar", TopicId(tid), grants.read(hub)) == "winch"
    answer = smallhub.mail("Hot", "In-Reply-To: <m1@union.example>", msgid="<m2@union.example>")
    Spool(hub.spool_in).put([smallhub.item(answer)])
    ingest(hub, once=True, log=maillog.to_nobody())
    assert any(hubs.mid("m2") in path for path in smallhub.files(hub.conference_repo("winch")))
    places.rename(hub, "winch", "crane")  # `--undo`
    builder.build()
    assert f"crane/t/{tid}/" in hubs.page(hub, f"/conferences/bar/t/{tid}/")
    assert hubs.differences(hub) == []
