"""Three hubs, a week apart: two meet over the net, the third by stick. Real processes, real mail.
Nothing that is carried is private.

a ⇄ HTTP ⇄ b ⇄ stick ⇄ c
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.features.founding import founding
from solicomm_build.features.lists.command import command as member
from solicomm_build.features.network.command import command as peer
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo
from solicomm_build.post.store import postplaces
from solicomm_build.testing import mailservers, served, smallhub
from solicomm_build.testing.mailservers import World
from solicomm_build.testing.ports import free_ports
from solicomm_build.testing.served import Served

NAMES = "abc"


@dataclass
class Hub:
    """A hub with its own mail server beside it."""

    config: Config
    relay: World
    running: Served | None = None
    id: str = ""

    def run(self, *words: str) -> str:
        """A command of the shell."""
        command = {"peer": peer, "member": member}[words[0]]
        words = (*words[1:], "--hub", str(self.config.root))
        done = CliRunner().invoke(command, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    def tree(self) -> str:
        """What git calls all posts of the shared conference here."""
        return smallhub.tree(Repo(self.config.conference_repo("net")))

    def send(self, number: str, *above: str) -> None:
        """Somebody writes to the conference here."""
        fields = [f"References: <{above[0]}@union.example>"] if above else []
        raw = smallhub.mail(
            f"words {number}", *fields, msgid=f"<{number}@union.example>", subject=number
        )
        assert self.running is not None
        self.running.send(raw, f"net@{self.config.domain}")

    def posts(self) -> int:
        """How many posts are here."""
        return len(postplaces.mids(Repo(self.config.conference_repo("net")), "main"))


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Hub]]:
    folder = tmp_path_factory.mktemp("hubs")
    made: dict[str, Hub] = {}
    with contextlib.ExitStack() as stack:
        for name in NAMES:
            relay = stack.enter_context(mailservers.world())
            made[name] = Hub(_founded(folder / name, f"{name}.example", relay), relay)
        for hub in made.values():
            port = int(hub.config.url.rpartition(":")[2])
            hub.running = stack.enter_context(served.serving(hub.config, http=port))
        cards = {}
        for name, hub in made.items():
            hub.run("peer", "init")
            card = folder / f"{name}.card"
            card.write_text(hub.run("peer", "card"))
            found = re.search(r"(?m)^id: (\S+)", card.read_text())
            assert found is not None
            hub.id, cards[name] = found[1], card
        for name, hub in made.items():
            for other in NAMES:
                if other != name:
                    far = ["--by-stick"] if "c" in (name, other) else []
                    hub.run("peer", "add", str(cards[other]), "--yes", *far)
        yield made


def _founded(root: Path, domain: str, relay: World) -> Config:
    founding.found_hub(root, name=domain, domain=domain, sample=False)
    next_hop = f"{{host: 127.0.0.1, port: {relay.port}}}"
    (port,) = free_ports(1)
    text = f"url: http://127.0.0.1:{port}\ndelivery: relay\nrelay: {next_hop}\n"
    config = mailservers.configure(root, text)
    if domain.startswith("a"):
        founding.new_conference(
            config, "net", kind="conference", title="Net", posting="open", lang="en",
            visibility="public",
        )  # fmt: skip
    return config


def _agree(hubs: dict[str, Hub], names: str) -> str:
    trees = {hubs[name].tree() for name in names}
    return "yes" if len(trees) == 1 and trees != {""} else ""


def test_a_week_apart_each_post_comes_once_to_each_hub_s_own_members(hubs: dict[str, Hub]) -> None:
    a, b, c = hubs.values()
    assert a.running
    assert b.running
    for number in ("one", "two"):
        a.send(number)
    a.running.until(lambda: "yes" if a.posts() == 2 else "", "two posts")
    b.run("peer", "follow", a.id, "conferences/net", "--mode", "full")
    b.running.until(lambda: _agree(hubs, "ab"), "a's conference at b")
    stick = b.config.root / "s1.zip"
    b.run("peer", "bundle", str(stick), "--for", c.id)
    c.run("peer", "follow", a.id, "conferences/net", "--mode", "full")
    c.run("peer", "read", str(stick))
    assert _agree(hubs, "abc")
    for name, hub in hubs.items():
        hub.run("member", "add", "net", f"member@{name}-union.example")
    a.send("from-a", "one")
    b.send("from-b", "one")
    for hub in (a, b):
        hub.send("to-both")
    c.send("from-c", "two")
    a.running.until(lambda: "yes" if a.posts() == b.posts() == 5 else "", "posts of both")
    for _ in range(2):
        b.run("peer", "bundle", str(stick), "--for", c.id)
        c.run("peer", "read", str(stick))
        c.run("peer", "bundle", str(stick), "--for", b.id)
        b.run("peer", "read", str(stick))
    a.running.until(lambda: _agree(hubs, NAMES), "one tree at all three")
    assert a.posts() == 6
    new = {f"{one}@union.example" for one in ("from-a", "from-b", "from-c", "to-both")}
    for name, hub in hubs.items():
        running = hub.running
        assert running is not None
        to = f"member@{name}-union.example"
        running.until(lambda: "yes" if new <= {*_ids(hub, to)} else "", f"{new} at {to}")  # noqa: B023
        assert sorted(_ids(hub, to)) == sorted(new), "each once, under its own Message-ID"
    b.run("peer", "bundle", str(stick), "--for", c.id)
    _holds_nothing_private(stick)


def _ids(hub: Hub, to: str) -> list[str]:
    found = [message_from_bytes(raw) for _, raw in hub.relay.got(to)]
    return [str(one["Message-ID"]).strip("<>") for one in found if one["List-Id"]]


def _holds_nothing_private(path: Path) -> None:
    blob = path.read_bytes()
    for private in (b"member@b-union.example", b"ana@union.example", b"from-a@union.example"):
        assert private not in blob
