"""The studio at `/edit/`: which sites somebody may edit, and by which way in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import access
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.member import Browser
from solicomm_build.testing.webserver import ask
from tests.unit.web.myhub import Hub, living

ANA, LEO = "ana@union.example", "leo@union.example"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with two sites: Ana, a member, edits one of them, and Leo, who is none, both."""
    made = DeskHub(tmp_path_factory.mktemp("studio") / "hub")
    made.member(1, ANA, "water", name="Ana")
    made.member(2, LEO, "water", name="Leo")
    config = made.config
    (config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    for union in ("docks", "metal"):
        founding.new_union(config, union, title=union.title(), lang="en")
    access.issue(config, ANA, ["unions/metal"])
    with living(config) as found:
        yield found


def token(config: Config, *unions: str) -> str:
    return access.issue(config, "leo", [f"unions/{one}" for one in unions])[1]


def test_a_member_edits_without_a_token_what_the_grants_open(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    listed = ana.get("/edit/").text
    assert "Metal" in listed
    assert "Docks" not in listed
    assert "Add news" in ana.get("/edit/metal/").text
    assert "Your token" in ana.get("/edit/docks/").text


def test_what_a_member_saves_needs_the_mark_of_the_page(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    page = ana.get("/edit/metal/text?new=pages").text
    mark = re.search(r'name="mark" value="([0-9a-f]+)"', page)
    assert mark
    fields = {"kind": "pages", "title": "Aims", "text": "x", "do": "save"}
    assert ana.send("/edit/metal/text", {**fields, "mark": "0" * 26}).status == 403
    done = ana.send("/edit/metal/text", {**fields, "mark": mark[1]})
    assert "Published" in done.text
    assert "pages/aims.en.md" in smallhub.files(hub.config.union_repo("metal"))


def test_the_sites_of_an_editor_stand_in_my_hub_and_of_nobody_else(hub: Hub) -> None:
    mine = hub.signed_in(ANA).get("/members/").text
    assert '<a class="name" href="/edit/metal/">' in mine
    other = hub.signed_in(LEO)
    assert "/edit/" not in other.get("/members/").text
    assert "no site yet" in other.get("/edit/").text


def test_a_token_for_two_sites_opens_both_by_one_way_in(hub: Hub) -> None:
    leo = Browser(hub.address)
    assert "Your token" in leo.get("/edit/").text
    assert leo.send("/edit/", {"token": "a" * 26}).status == 403
    entered = leo.send("/edit/", {"token": token(hub.config, "docks", "metal")})
    assert entered["location"] == "/edit/"
    listed = leo.get("/edit/").text
    assert "Docks" in listed
    assert "Metal" in listed
    assert "Add news" in leo.get("/edit/docks/").text
    assert "Add news" in leo.get("/edit/metal/").text


def test_a_stranger_gets_the_same_page_whatever_sites_there_are_for_others(hub: Hub) -> None:
    first = ask(hub.address, "/edit/metal/").body
    assert first == ask(hub.address, "/edit/metal/").body
    assert b"ana@" not in first


def test_addresses_where_editors_used_to_be_lead_to_the_studio(hub: Hub) -> None:
    assert ask(hub.address, "/admin/").headers["location"] == "/edit/"
    with webserver.with_cms(replace(hub.config, cms=("127.0.0.1", 0))) as (_, old):
        assert ask(old, "/metal/").headers["location"] == "http://hub.example/edit/metal/"
        assert ask(old, "/nothing/x").headers["location"] == "http://hub.example/edit/"
