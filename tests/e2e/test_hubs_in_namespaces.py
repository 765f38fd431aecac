"""Three hubs on machines of their own, cut off for a week; then by wire, stick and mail.

    a ═══ a cable that is pulled out ═══ b ── stick ─→ c ── mail ─→ b

Each is a real `solicomm serve` in a network namespace; c reaches nobody. What each mailed its own
members is read from its sink.
"""

from __future__ import annotations

import json
import mailbox
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import event as events
from solicomm_build.post.store import postplaces
from solicomm_build.testing import hubs, mailservers, namespaces, smallhub
from solicomm_build.testing.namespaces import Place
from solicomm_build.testing.served import Served

WIRE = {"a": "10.199.0.1", "b": "10.199.0.2"}
HTTP, SMTP = 8080, 8025
SOLICOMM = [sys.executable, "-m", "solicomm_build.cli.main"]
SECRET = "Words that have to go everywhere.\n"


@dataclass
class Hub:
    """One of the three."""

    name: str
    config: Config
    place: Place
    running: Served | None = None
    id: str = ""

    def run(self, *words: str) -> str:
        """A command of its operator; one that reaches others runs on the hub's own machine."""
        words = (*words, "--hub", str(self.config.root))
        if words[1] != "sync":
            ran = CliRunner().invoke(main, words, catch_exceptions=False)
            assert ran.exit_code == 0, ran.output
            return ran.output
        done = subprocess.run(
            [*self.place.words, *SOLICOMM, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def tree(self, what: str = "topics") -> str:
        """What git calls all posts and events here."""
        return smallhub.tree(Repo(self.config.conference_repo("net")), what)

    def posts(self) -> int:
        """How many posts are here."""
        path = self.config.conference_repo("net")
        return len(postplaces.mids(open_repo(path), "main")) if path.exists() else 0

    def send(self, name: str, *above: str, text: str = "") -> None:
        """Somebody writes here."""
        fields = [f"References: <{one}@union.example>" for one in above]
        msgid = f"<{name}@union.example>"
        raw = smallhub.mail(text or f"words {name}", *fields, msgid=msgid, subject=name)
        assert self.running is not None
        self.running.send(raw, f"net@{self.name}.example")

    def until(self, look: object, what: str) -> None:
        """Waits until something is so."""
        assert self.running is not None
        self.running.until(lambda: "yes" if look() else "", what)  # type: ignore[operator]

    def mailed(self) -> list[tuple[str, str, bytes]]:
        """Recipient, Message-ID and octets of what went out."""
        path = self.config.sink
        if not path.exists():
            return []
        found = []
        for one in mailbox.mbox(path, create=False):
            found.append((str(one["To"] or ""), str(one["Message-ID"]).strip("<>"), bytes(one)))
        return found


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Hub]]:
    if reason := namespaces.missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("three")
    with namespaces.places("abc") as places:
        namespaces.lay(places["a"], places["b"], (WIRE["a"], WIRE["b"]))
        made = {name: Hub(name, _founded(folder, name), places[name]) for name in "abc"}
        try:
            for hub in made.values():
                hub.running = _served(hub)
            for hub in made.values():
                assert hub.running is not None
                hub.running.ready()
            _acquainted(made, folder)
            yield made
        finally:
            for hub in made.values():
                if hub.running is not None:
                    hub.running.kill()


def _founded(folder: Path, name: str) -> Config:
    root, domain = folder / name, f"{name}.example"
    founding.found_hub(root, name=domain, domain=domain, sample=False)
    url = f"http://{WIRE.get(name, '10.198.0.1')}:{HTTP}"
    config = mailservers.configure(root, f"url: {url}\ndelivery: sink\n")
    if name == "a":
        founding.new_conference(
            config, "net", kind="conference", title="Net", posting="open", lang="en",
            visibility="public",
        )  # fmt: skip
    return config


def _served(hub: Hub) -> Served:
    log = hub.config.root.with_suffix(".log")
    words = ["serve", "--hub", str(hub.config.root)]
    words += ["--http", f"0.0.0.0:{HTTP}", "--smtp", f"0.0.0.0:{SMTP}"]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*hub.place.words, *SOLICOMM, *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    where = hub.place.address
    return Served(hub.config, (where, HTTP), (where, SMTP), process, log)


def _acquainted(made: dict[str, Hub], folder: Path) -> None:
    cards = {}
    for name, hub in made.items():
        hub.run("peer", "init")
        cards[name] = folder / f"{name}.card"
        cards[name].write_text(hub.run("peer", "card"))
        found = re.search(r"(?m)^id: (\S+)", cards[name].read_text())
        assert found is not None
        hub.id = found[1]
    for name, hub in made.items():
        for other, card in cards.items():
            if other != name:
                far = ["--by-stick"] if "c" in (name, other) else []
                hub.run("peer", "add", str(card), "--yes", *far)


def _stick(giver: Hub, taker: Hub) -> None:
    stick = giver.config.root.with_suffix(".zip")
    giver.run("peer", "bundle", str(stick), "--for", taker.id)
    taker.run("peer", "read", str(stick))


def _by_mail(giver: Hub, taker: Hub) -> None:
    """The mail leaves c with whoever travels, and is handed in at the other hub's port 25."""
    before = len(giver.mailed())
    giver.run("peer", "send", taker.id)

    def left() -> list[bytes]:
        return [raw for to, _, raw in giver.mailed()[before:] if to.startswith("peer@")]

    giver.until(left, "mail for the other hub")
    assert taker.running is not None
    taker.running.send(left()[0], "peer@b.example", sender="hub@c.example")


def _agree(three: dict[str, Hub]) -> bool:
    trees = {hub.tree() for hub in three.values()}
    return len(trees) == 1 and trees != {""}


def _a_week_apart_and_one_tree_after_two_rounds(three: dict[str, Hub]) -> None:
    a, b, c = three.values()
    for name in ("one", "two"):
        a.send(name)
    a.send("gone", text=SECRET)
    a.until(lambda: a.posts() == 3, "three posts")
    b.run("peer", "follow", a.id, "conferences/net", "--mode", "full")
    b.until(lambda: b.tree() == a.tree(), "a's conference over the wire")
    c.run("peer", "follow", a.id, "conferences/net", "--mode", "full")
    _stick(b, c)
    assert _agree(three)
    for name, hub in three.items():
        hub.run("member", "add", "net", f"member@{name}-union.example")

    namespaces.pull(a.place, out=True)
    for hub in three.values():
        for number in range(3):
            hub.send(f"{hub.name}{number}", "one")
    for hub in (a, b):
        hub.send("both", "two")
    for hub in (a, c):
        hub.send("twice", "two", text=f"As {hub.name} heard it.")
    a.until(lambda: a.posts() == 8, "what a got")
    b.until(lambda: b.posts() == 7, "what b got")
    c.until(lambda: c.posts() == 7, "what c got")
    a.until(lambda: any(mid == "a0@union.example" for _, mid, _ in a.mailed()), "a0's copy")
    _hide(a, "a0", "one")  # a copy that is out stays out; one that is not is sent no more
    namespaces.pull(a.place, out=False)
    for _ in range(2):
        for hub in (a, b):
            hub.run("peer", "sync", "--once")
        _stick(b, c)
        _by_mail(c, b)
        b.until(lambda: {hubs.mid("c0")} <= _mids(b), "c's posts by mail")
        a.run("peer", "sync", "--once")
        if _agree(three):
            break
    assert _agree(three), {hub.name: hub.posts() for hub in three.values()}
    assert len({hub.tree("files") for hub in three.values()}) == 1
    new = [f"{name}{number}" for name in "abc" for number in range(3)] + ["both", "twice"]
    for hub in three.values():
        assert {hubs.mid(name) for name in new} <= _mids(hub)
        _each_once(hub, {f"{name}@union.example" for name in new})


def _hide(hub: Hub, name: str, *above: str) -> None:
    """A moderator of the home takes a post off the pages."""
    post = hubs.post(name, *above)
    event = events.make("hide", at=clock.now(), by="operator", data={"post": post.mid})
    change = Change(events.path(hubs.tid_of(post), event), events.encode(event))
    repo = open_repo(hub.config.conference_repo("net"))
    write_once(repo, [change], message="Hide\n\nSource: web\n", when=clock.now())


def _mids(hub: Hub) -> set[str]:
    path = hub.config.conference_repo("net")
    return set(postplaces.mids(open_repo(path), "main")) if path.exists() else set()


def _each_once(hub: Hub, new: set[str]) -> None:
    """Every new post went once to this hub's one member. One that the home hid may come with the
    word that it is hidden, and is then mailed to nobody else."""
    hidden = "a0@union.example"
    wanted = new if hub.name == "a" else new - {hidden}

    def got() -> Counter[str]:
        return Counter(mid for _, mid, raw in hub.mailed() if b"List-Id" in raw)

    hub.until(lambda: wanted <= got().keys(), f"copies at {hub.name}")
    found = got()
    assert {name: found[name] for name in wanted} == dict.fromkeys(wanted, 1)
    assert set(found.values()) == {1}, "nor anything else twice"


def _an_erasure_is_told_by_wire_and_stick_and_confirmed(three: dict[str, Hub]) -> None:
    """The notice goes over `/network/notices` of a real server, and on a stick."""
    a, b, c = three.values()
    path = hubs.path_of(hubs.post("gone"))
    blob = open_repo(a.config.conference_repo("net")).git("rev-parse", f"main:{path}")
    a.run("erase", hubs.mid("gone"), "--reason", "Asked for")
    b.until(lambda: hubs.mid("gone") not in _mids(b), "the erasure at b")
    for _ in range(2):
        _stick(b, c)
        _stick(c, b)
        for hub in (b, a):
            hub.run("peer", "sync", "--once")
    assert hubs.mid("gone") not in _mids(c)
    for hub in three.values():
        for place in (hub.config.conferences, hub.config.mirrors / "peers"):
            for repo in place.glob("net.git"):
                assert not open_repo(repo).succeeds("cat-file", "-e", blob.decode().strip())
    assert _agree(three)
    said = json.loads(a.run("peer", "status", "--json"))
    assert said["erasures"][0]["confirmed"] == sorted([b.id, c.id])


def test_a_week_apart_one_tree_and_an_erasure_that_all_confirm(three: dict[str, Hub]) -> None:
    """One after the other: the second begins where the first ends."""
    _a_week_apart_and_one_tree_after_two_rounds(three)
    _an_erasure_is_told_by_wire_and_stick_and_confirmed(three)
