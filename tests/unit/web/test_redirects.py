"""Addresses of old archives lead to the posts, over HTTP and in the maps for other web servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.features.migration import migration
from solicomm_build.foundation import formernames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.post.reading import topicpages
from solicomm_build.post.reading.oldlinks import Links
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.webserver import Address, ask
from solicomm_build.web import redirects

MANY = 102
LONG = [
    hubs.post("root", minutes=0),
    *(hubs.post(f"r{n}", "root", minutes=n) for n in range(1, MANY)),
]
HASH = hubs.mid("root").upper()
TOPIC = f"/conferences/water/t/{hubs.mid('root')}/"
FIRST = f"{TOPIC}#{hubs.mid('root')}"
WEIGHT = topicpages.weight("<p>Words.</p>\n", 0)
PAGE = topicpages.page_at(topicpages.breaks([WEIGHT] * MANY), MANY - 1)
LAST = f"{TOPIC}page/{PAGE}/#{hubs.mid(f'r{MANY - 1}')}"
MONTH = f"/conferences/water/{hubs.START:%Y/%m}/"
PAGES = {
    "/pipermail/Water/2020-March/000000.html": hubs.mid("root"),
    "/pipermail/Water/2020-March/000101.html": hubs.mid(f"r{MANY - 1}"),
    "/pipermail/Water/2020-March/000999.html": hubs.mid("never came"),
    "/pipermail/Water/2020-March/thread.html": f"{hubs.START:%Y/%m}/",
    "/pipermail/Water/": "",
    "/pipermail/Water/attachments/20200310/0a1b2c3d/*": hubs.mid("root"),
    '/pipermail/Water/"${uri};{x}.html': hubs.mid("root"),
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    water = Conference("water", {"en": "Water"}, posting="open")
    board = Conference("board", {"en": "Board"}, visibility="members")
    config = smallhub.make(tmp_path_factory.mktemp("old") / "hub", water, board)
    hubs.add(config, "water", LONG)
    hubs.add(config, "board", [hubs.post("secret")])
    migration.take_links(config, "water", Links(PAGES, ("water@old.example",)), sha256="a" * 64)
    secret = {"/pipermail/board/2020-March/000000.html": hubs.mid("secret")}
    migration.take_links(config, "board", Links(secret, ("board@old.example",)), sha256="a" * 64)
    hubs.build(config)
    return config


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/pipermail/Water/2020-March/000000.html", FIRST),
        ("/mailman/private/Water/2020-March/000000.html", FIRST),
        ("/pipermail/Water/2020-March/000101.html", LAST),
        ("/pipermail/Water/2020-March/thread.html", MONTH),
        ("/pipermail/Water/", "/conferences/water/"),
        ("/pipermail/Water/attachments/20200310/0a1b2c3d/minutes%20of.pdf", FIRST),
        (f"/hyperkitty/list/water@old.example/message/{HASH}/", FIRST),
        (f"/hyperkitty/list/Water@old.example/thread/{HASH}/", FIRST),
        (f"/archives/list/water@old.example/message/{HASH}", FIRST),
        (f"/mailman3/hyperkitty/list/water@old.example/thread/{HASH}/#{HASH}", FIRST),
        ("/hyperkitty/list/water@old.example/", "/conferences/water/"),
        (f"/hyperkitty/list/water@old.example/{hubs.START:%Y}/{hubs.START.month}/", MONTH),
        ("/sympa/arcsearch_id/water/2020-03/root%40union.example", FIRST),
        (f"/mid/{HASH}", FIRST),
        ("/mid/%3Croot@union.example%3E", FIRST),
        ("/mid/root@union.example", FIRST),
    ],
)
def test_an_old_address_leads_to_the_post(server: Address, old: str, new: str) -> None:
    answer = ask(server, old.partition("#")[0])
    assert (answer.status, answer.headers.get("location")) == (301, new)
    page = ask(server, new.partition("#")[0])
    assert page.status == 200
    if "#" in new:
        assert f'id="{new.partition("#")[2]}"'.encode() in page.body


@pytest.mark.parametrize(
    "path",
    [
        "/pipermail/Water/2020-March/000999.html",
        "/pipermail/Water/2020-March/000777.html",
        "/pipermail/board/2020-March/000000.html",
        f"/hyperkitty/list/board@old.example/message/{hubs.mid('secret').upper()}/",
        f"/hyperkitty/list/other@old.example/message/{HASH}/",
        "/hyperkitty/list/",
        "/mid/",
        f"/mid/{hubs.mid('secret')}",
        "/sympa/arcsearch_id/../x/y/z",
        "/pipermail/../../etc/passwd",
    ],
)
def test_what_is_not_here_or_not_public_leads_nowhere(server: Address, path: str) -> None:
    answer = ask(server, path)
    assert answer.status == 404
    assert "location" not in answer.headers


def test_only_reading_is_redirected(server: Address) -> None:
    assert ask(server, "/pipermail/Water/", method="POST").status == 405
    assert ask(server, "/pipermail/Water/", method="HEAD").status == 301


def test_the_map_for_nginx_says_the_same(hub: Config) -> None:
    text = redirects.nginx_map(hub)
    rows = dict(re.findall(r'^    "(/[^"]*)" "([^"]*)";$', text, re.MULTILINE))
    assert rows["/pipermail/Water/2020-March/000000.html"] == FIRST
    assert rows["/mailman/private/Water/2020-March/000101.html"] == LAST
    assert rows[f"/hyperkitty/list/water@old.example/message/{HASH}/"] == FIRST
    assert "secret" not in text
    assert "${" not in text.replace("$uri $solicomm_old", "")
    assert len(rows) == sum(line.startswith('    "') for line in text.splitlines())


def test_no_map_names_a_conference_for_members_only(hub: Config) -> None:
    """The front of its archive was in it whether there was one or not."""
    assert "board" not in redirects.nginx_map(hub)
    assert "board" not in redirects.caddy_map(hub)


def test_the_map_for_caddy_says_the_same(hub: Config) -> None:
    text = redirects.caddy_map(hub)
    assert f'\t"/pipermail/Water/2020-March/000000.html" "{FIRST}"\n' in text
    assert text.count("{") == text.count("}")
    assert hubs.mid("secret") not in text


def test_before_the_first_build_nothing_leads_anywhere(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    old = redirects.OldAddresses(config)
    assert old.find("/mid/root@union.example") is None
    assert list(old.all()) == []


def test_a_new_map_counts_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redirects, "_FRESH", -1.0)
    config = smallhub.make(tmp_path / "hub")
    hubs.add(config, "bar", [hubs.post("root")])
    hubs.build(config)
    old = redirects.OldAddresses(config)
    assert old.find("/pipermail/bar/") is None
    migration.take_links(config, "bar", Links({"/pipermail/bar/": ""}), sha256="a" * 64)
    assert old.find("/pipermail/bar/") == "/conferences/bar/"


def test_a_damaged_conference_takes_no_old_address_of_another_away(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    hubs.add(config, "bar", [hubs.post("root")])
    hubs.build(config)
    (config.conferences / "damaged.git").mkdir()
    old = redirects.OldAddresses(config)
    assert old.find("/mid/root@union.example") is not None
    assert list(old.all()) == []


def test_damaged_former_names_take_no_page_away(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    hubs.add(config, "bar", [hubs.post("root")])
    hubs.build(config)
    (config.private / formernames.FILE).write_bytes(b"{damaged")
    with webserver.running(config) as address:
        assert ask(address, "/conferences/bar/").status == 200


@pytest.mark.parametrize(("place", "name"), [("water", LAST), ("board", None), ("none", None)])
def test_a_post_is_found_by_its_conference_and_id(
    hub: Config, place: str, name: str | None
) -> None:
    last = hubs.mid(f"r{MANY - 1}" if place != "board" else "secret")
    assert redirects.OldAddresses(hub).find(f"/mid/{place}/{last}") == name
