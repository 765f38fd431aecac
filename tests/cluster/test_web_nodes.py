"""Pages, sessions and writing on machines without cell 0, while the machine that has it dies."""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from solicomm_build.testing import objectstores
from solicomm_build.testing.member import Browser
from tests.cluster import apart as aparts
from tests.cluster import world as worlds
from tests.cluster.apart import MEMBERS, Apart, conferences
from tests.cluster.world import HTTP, Host

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("SOLICOMM_MACHINES"), reason="some minutes: `make cluster` does it"
    ),
    pytest.mark.skipif(objectstores.missing(), reason="SeaweedFS is there with make dev"),
]

_KEPT = ("Content-Type", "Cache-Control", "ETag", "Content-Security-Policy")
_LINK = re.compile(r"/login/[0-9a-f]{24}[a-z2-7]{26}")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Apart]:
    if reason := worlds.missing():
        pytest.skip(reason)
    with aparts.apart(tmp_path / "w") as made:
        yield made


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    fields: Message


def get(host: Host, path: str) -> Answer:
    """What the machine answers; status 0 when nobody does."""
    try:
        with urllib.request.urlopen(f"http://{host.place.address}:{HTTP}{path}", timeout=5) as got:
            return Answer(got.status, got.read().decode(), got.headers)
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, refused.read().decode(), refused.headers)
    except OSError:
        return Answer(0, "", Message())


def letter(world: Apart) -> str:
    """The path of the link that lets in, of a letter to a member."""
    for host in world.hosts:
        path = host.root / "spool" / "sink.mbox"
        if path.exists() and (found := _LINK.search(path.read_text(errors="replace"))):
            return found[0]
    return ""


def test_pages_sessions_and_posts_while_the_machine_with_cell_0_dies(world: Apart) -> None:
    first, *others = world.hosts
    name = conferences()[1]
    page = f"/conferences/{name}/"
    for host in world.hosts:
        world.until(lambda host=host: get(host, page).status == 200, f"pages at {host.name}")  # type: ignore[misc]
    shown = [get(host, page) for host in world.hosts]
    assert len({(one.text, *(one.fields[field] for field in _KEPT)) for one in shown}) == 1
    assert [get(host, "/healthz?home").status == 404 for host in world.hosts] == [False, True, True]
    here, there = (Browser((host.place.address, HTTP)) for host in others)
    world.until(lambda: here.get("/login/").status == 200, "a roster as on the machine with cell 0")
    assert here.send("/login/", {"address": MEMBERS[0]}).status == 200
    world.until(lambda: letter(world), "a link by mail")
    first.dies()
    assert here.send(letter(world)).status == 303
    assert here.send(letter(world)).status == 404
    there.cookies = here.cookies
    assert there.get("/members/me").body == here.get("/members/me").body
    assert there.get("/members/").status == 200
    wrote = {"name": "Bo", "subject": "Pipes", "text": "They leak.", "key": "a1b2c3d4e5f60718" * 2}
    assert here.send(page, wrote).status in (200, 303)
    assert there.send(page, wrote).status in (200, 303), "the same once more, at another machine"
    assert here.send("/members/reading/", {"mark": "x"}).status == 503
    for host in others:
        assert get(host, page).status == 200
    world.taken([0], first)
    home = world.host(world.owners()[0])
    world.until(lambda: get(home, "/healthz?home").status in (200, 503), "its web server")
    for host in others:
        world.until(lambda host=host: "Pipes" in get(host, page).text, f"the post at {host.name}")  # type: ignore[misc]
    assert [*home.posts(name).values()] == [1]
    (left,) = [host for host in others if host is not home]
    assert get(left, "/healthz?home").status == 404
    assert get(left, page).text == get(home, page).text
    assert here.get("/members/me").body == there.get("/members/me").body
