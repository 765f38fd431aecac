"""Pages, sessions and writing on machines without cell 0, while the machine that has it dies."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from solicomm_build.testing import objectstores
from tests.cluster import apart as aparts
from tests.cluster import world as worlds
from tests.cluster.apart import Apart, conferences
from tests.cluster.world import HTTP, Host

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("SOLICOMM_MACHINES"), reason="some minutes: `make cluster` does it"
    ),
    pytest.mark.skipif(objectstores.missing(), reason="SeaweedFS is there with make dev"),
]


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


def test_pages_on_every_machine_and_one_dies(world: Apart) -> None:
    first, *others = world.hosts
    page = f"/conferences/{conferences()[1]}/"
    for host in world.hosts:
        world.until(lambda host=host: get(host, page).status == 200, f"pages at {host.name}")  # type: ignore[misc]
    kept = ("Content-Type", "Cache-Control", "ETag", "Content-Security-Policy")
    shown = [get(host, page) for host in world.hosts]
    assert len({(one.text, *(one.fields[name] for name in kept)) for one in shown}) == 1
    assert [get(host, "/healthz?home").status == 404 for host in world.hosts] == [False, True, True]
    first.dies()
    for host in others:
        assert get(host, page).text == shown[0].text
    world.taken([0], first)
    home = world.host(world.owners()[0])
    world.until(lambda: get(home, "/healthz?home").status in (200, 503), "its web server")
    (left,) = [host for host in others if host is not home]
    assert get(left, "/healthz?home").status == 404
    assert get(left, page).text == get(home, page).text == shown[0].text
