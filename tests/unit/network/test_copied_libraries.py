"""A library of another hub is kept here to read: by its home's signed log alone, card for card."""

from __future__ import annotations

import hashlib
import io
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry, File
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.copies import fetched
from solicomm_build.features.network import reporting
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.sharing import choosing, nights, offered
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import ContentError, HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate.judge import judge
from solicomm_build.gate.push import Place, Pusher
from solicomm_build.git import elsewhere, receiving
from solicomm_build.git import repo as repos
from solicomm_build.git.quarantine import QuarantinedRepo
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.killing import killed
from solicomm_build.testing.networks import Network
from solicomm_build.testing.ports import free_port

WHEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LARGE = b"%PDF-1.4 a large document\n" * 100
SMALL = b"A small document.\n"
KEY = "2026-aaaaaaaa"
REPO = "libraries/agreements"


def file(name: str, data: bytes, kind: str) -> File:
    return File(hashlib.sha256(data).hexdigest(), name, kind, len(data))


def card(key: str = KEY, title: str = "The wage agreement", **more: object) -> bytes:
    made = Entry(
        f"lib:{key}",
        "report",
        {"en": title},
        languages=("en",),
        files=(file("large.pdf", LARGE, "application/pdf"), file("s.txt", SMALL, "text/plain")),
    )
    return entryfile.encode(replace(made, **more))  # type: ignore[arg-type]


def settings(**more: object) -> bytes:
    made = libraries.Library("agreements", {"en": "Agreements"}, {}, ("en",))
    return libraries.encode(replace(made, **more))  # type: ignore[arg-type]


def plant(hub: Config, name: str = "agreements") -> Repo:
    repo = repos.create(hub.library_repo(name))
    receiving.guard(hub, repo)
    write(repo, Change(libraries.FILE, settings(id=name)))
    return repo


def write(repo: Repo, *changes: Change, message: str = "Change\n") -> None:
    with Writer(repo) as writer:
        writer.commit(changes, author_name="x", when=WHEN, message=message)


def carded(key: str = KEY, **more: object) -> list[Change]:
    folder = f"entries/{key}"
    return [Change(f"{folder}/entry.md", card(key, **more)), Change(f"{folder}/s.txt", SMALL)]


@pytest.fixture
def net(tmp_path: Path) -> Network:
    made = Network(tmp_path, "ab")
    write(plant(made.hubs["a"]), *carded())
    choosing.follow(made.hubs["b"], made.id("a"), REPO)
    return made


def taken(net: Network, giver: str = "a", taker: str = "b") -> list[str]:
    """What the taker says of a round in which it told what it keeps, and got a stick."""
    net.carry(taker, giver)
    return net.carry(giver, taker).lines


def tips(net: Network) -> tuple[object, object]:
    return tuple(Repo(net.hubs[one].library_repo("agreements")).ref() for one in "ab")  # type: ignore[return-value]


def test_it_comes_by_stick_and_goes_on_by_fast_forward(net: Network) -> None:
    assert not any("agreements" in line for line in net.carry("a", "b").lines)  # not asked for yet
    lines = taken(net)
    first, here = tips(net)
    assert first == here
    assert not any("not followed here" in line for line in lines)
    write(Repo(net.hubs["a"].library_repo("agreements")), *carded("2026-bbbbbbbb"))
    taken(net)
    again, here = tips(net)
    assert again == here != first
    row = CardStore(net.hubs["b"], "agreements").read(KEY)
    assert row.id == f"lib:{KEY}"


def test_a_week_of_it_is_small_and_what_is_here_is_not_brought_again(net: Network) -> None:
    taken(net)
    net.carry("b", "a")
    whole = net.stick("a", "b").stat().st_size
    write(Repo(net.hubs["a"].library_repo("agreements")), *carded("2026-bbbbbbbb"))
    assert whole < net.stick("a", "b").stat().st_size < whole + 4000


def test_a_third_hub_gets_it_from_who_keeps_a_copy(tmp_path: Path) -> None:
    net = Network(tmp_path, "abc")
    write(plant(net.hubs["a"]), *carded())
    for one in "bc":
        choosing.follow(net.hubs[one], net.id("a"), REPO)
    taken(net)
    taken(net, "b", "c")
    assert Repo(net.hubs["c"].library_repo("agreements")).ref() == tips(net)[0]


def test_what_is_taken_away_at_home_goes_here(net: Network) -> None:
    taken(net)
    gone = [Change(f"entries/{KEY}/entry.md", None), Change(f"entries/{KEY}/s.txt", None)]
    write(Repo(net.hubs["a"].library_repo("agreements")), *gone)
    taken(net)
    with pytest.raises(HubError, match="there is no"):
        CardStore(net.hubs["b"], "agreements").read(KEY)


# -- what nobody but the home may do ------------------------------------------------------------


def test_nobody_changes_a_copy(net: Network) -> None:
    taken(net)
    store = CardStore(net.hubs["b"], "agreements")
    with pytest.raises(HubError, match=r"its home is a, .*https://a.example/libraries/agreements/"):
        store.withdraw(KEY, "Ours now", when=WHEN)
    assert tips(net)[0] == tips(net)[1]


def test_nobody_pushes_to_a_copy(net: Network) -> None:
    hub = net.hubs["b"]
    repo = QuarantinedRepo(hub.library_repo("agreements"))
    place = Place(hub, "libraries", "agreements")
    (fault,) = judge(repo, place, Pusher(), []).faults
    assert "https://a.example/libraries/agreements/" in fault.public


def test_a_log_that_does_not_go_on_is_refused_and_named(net: Network) -> None:
    taken(net)
    home = Repo(net.hubs["a"].library_repo("agreements"))
    before = tips(net)[1]
    first = home.git("rev-list", "--max-parents=0", "main").decode().strip()
    home.git("update-ref", MAIN, first)
    write(home, *carded("2026-bbbbbbbb"))
    lines = taken(net)
    assert any("does not go on from what is here" in line for line in lines)
    assert tips(net)[1] == before
    said = "\n".join(reporting.lines(reporting.status(net.hubs["b"])))
    assert "does not go on" in said
    assert re.search(r"met: [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC; 0 posts taken", said)


@pytest.mark.parametrize(
    "path", ["hooks/post-receive", ".gitattributes", "entries/2026-bbbbbbbb/Large Name.PDF"]
)
def test_a_file_that_has_no_place_there_is_refused(net: Network, path: str) -> None:
    taken(net)
    before = tips(net)[1]
    home = Repo(net.hubs["a"].library_repo("agreements"))
    write(home, Change(path, b"x"))
    write(home, Change(path, None))  # what only the history has counts, too
    assert any(path in line for line in taken(net))
    assert tips(net)[1] == before


def test_a_file_of_more_octets_than_may_be_pushed_is_refused(net: Network) -> None:
    taken(net)
    before = tips(net)[1]
    write(
        Repo(net.hubs["a"].library_repo("agreements")),
        Change("entries/2026-bbbbbbbb/entry.md", b"x" * 2_000_000),
    )
    assert any("bytes" in line for line in taken(net))
    assert tips(net)[1] == before


@pytest.mark.parametrize(
    "entry", [b"120000 s.txt", b"100644 ..", b"100644 .git", b"160000 s.txt", b"100644 a/b"]
)
def test_a_link_or_a_name_that_leads_elsewhere_is_refused(net: Network, entry: bytes) -> None:
    taken(net)
    before, home = tips(net)[1], Repo(net.hubs["a"].library_repo("agreements"))
    blob = home.git("hash-object", "-w", "--stdin", input=b"/etc/passwd").decode().strip()
    inner = _tree(home, entry, blob)
    folder = _tree(home, b"40000 2026-bbbbbbbb", inner)
    first = home.git("rev-parse", f"main:{libraries.FILE}").decode().strip()
    top = b"40000 entries\0" + bytes.fromhex(folder) + b"100644 library.yaml\0"
    tree = _written(home, "tree", top + bytes.fromhex(first))
    said = f"tree {tree}\nparent {tips(net)[0]}\nauthor x <x@x.invalid> 1 +0000\n"
    commit = _written(home, "commit", f"{said}committer x <x@x.invalid> 1 +0000\n\nx\n".encode())
    home.git("update-ref", MAIN, commit)
    assert any("agreements@" in line and "new commits" not in line for line in taken(net))
    assert tips(net)[1] == before


def _tree(repo: Repo, entry: bytes, oid: str) -> str:
    return _written(repo, "tree", entry + b"\0" + bytes.fromhex(oid))


def _written(repo: Repo, kind: str, data: bytes) -> str:
    words = ("hash-object", "-t", kind, "-w", "--stdin", "--literally")
    return repo.git(*words, input=data).decode().strip()


def test_an_offer_about_something_else_is_refused(net: Network) -> None:
    """Somebody who knows the home shows its signature of another library."""
    taken(net)
    before, hub = tips(net)[1], net.hubs["a"]
    other, home = plant(hub, "other"), Repo(hub.library_repo("agreements"))
    net.sign("a")
    tag = other.ref(offers.ref(net.id("a")))
    home.git("fetch", "-q", str(other.path), f"+{offers.ref(net.id('a'))}:refs/peers/x-aaaaaaaa")
    home.git("update-ref", offers.ref(net.id("a")), str(tag))
    lines = net.read("b", net_stick_unsigned(net))
    assert any("about something else" in line for line in lines.lines)
    assert tips(net)[1] == before


def net_stick_unsigned(net: Network) -> Path:
    """What hub a writes without signing anew."""
    from solicomm_build.features.network.carrying import packets

    out, known = net.folder / "evil.stick", net.known("a")
    peer, who = known.peers[net.id("b")], net.identity("a")
    packets.write(net.hubs["a"], who, known, out, peer, only=[REPO])
    return out


def test_a_library_that_is_closed_is_neither_offered_nor_taken(net: Network) -> None:
    taken(net)
    before = tips(net)[1]
    home = Repo(net.hubs["a"].library_repo("agreements"))
    write(home, Change(libraries.FILE, settings(visibility="members")))
    names = offered.names(net.hubs["a"], net.identity("a"), net.known("a"))
    assert REPO not in names
    taken(net)
    assert tips(net)[1] == before


# -- names --------------------------------------------------------------------------------------


def test_a_name_that_is_taken_here_is_refused_until_another_is_chosen(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    a, b = net.hubs["a"], net.hubs["b"]
    write(plant(a), *carded())
    mine = plant(b)
    with pytest.raises(UsageError, match="--as NAME"):
        choosing.follow(b, net.id("a"), REPO)
    choosing.follow(b, net.id("a"), REPO, name="water-agreements")
    taken(net)
    assert (
        Repo(b.library_repo("water-agreements")).ref() == Repo(a.library_repo("agreements")).ref()
    )
    assert mine.ref() != Repo(a.library_repo("agreements")).ref()
    net.carry("b", "a")
    assert offered.names(b, net.identity("b"), net.known("b"))[REPO] == net.id("b")
    choosing.unfollow(b, REPO)
    assert not b.library_repo("water-agreements").exists()
    assert mine.path.exists()


def test_a_second_run_ends_what_one_that_was_killed_began(tmp_path: Path) -> None:
    """The copy lay there still, was nobody's, and its name was taken."""
    net = Network(tmp_path, "ab")
    a, b = net.hubs["a"], net.hubs["b"]
    write(plant(a), *carded())
    choosing.follow(b, net.id("a"), REPO)
    taken(net)
    unfollow = partial(choosing.unfollow, b, REPO)
    assert killed(unfollow, "network.unfollowing")
    assert "is not kept here any more" in unfollow()
    assert not b.library_repo("agreements").exists()
    assert elsewhere.all_of(b) == {}
    choosing.follow(b, net.id("a"), REPO)


@pytest.mark.parametrize("repo", ["libraries/../x", "private/keys", "mail/x", "libraries/", "x"])
def test_nothing_else_is_followed(net: Network, repo: str) -> None:
    with pytest.raises(UsageError, match="nothing that can be followed"):
        choosing.follow(net.hubs["b"], net.id("a"), repo)


def test_a_hub_of_which_copies_are_kept_is_removed_after_them(net: Network) -> None:
    adding.unfollow(net.hubs["b"], "conferences/net")
    with pytest.raises(UsageError, match="unfollow libraries/agreements"):
        adding.remove(net.hubs["b"], net.id("a"))
    choosing.unfollow(net.hubs["b"], REPO)
    adding.remove(net.hubs["b"], net.id("a"))
    assert elsewhere.all_of(net.hubs["b"]) == {}


# -- over HTTP, pages and files -----------------------------------------------------------------


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Hub a is served, and b has the library of it over HTTP."""
    net = Network(tmp_path_factory.mktemp("wired"), "ab")
    port = free_port()
    a = net.hubs["a"] = replace(net.hubs["a"], url=f"http://127.0.0.1:{port}")
    write(plant(a), *carded())
    FileStore(a, "agreements").put(io.BytesIO(LARGE))
    assert hubs.build(a).failures == []
    net.sign("a")
    blob = cards.own(a, net.identity("a"), offered.names(a, net.identity("a"), net.known("a")))
    adding.add(net.hubs["b"], blob, cards.read(blob), a.url)
    choosing.follow(net.hubs["b"], net.id("a"), REPO)
    with webserver.running(a, port):
        known = net.known("b")
        looked = Syncing(net.hubs["b"], net.identity("b"), known, maillog.to_nobody())
        report = looked.look(known.peers[net.id("a")])
        assert report.faults == []
        assert hubs.build(net.hubs["b"]).failures == []
        yield net


def got(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_its_pages_say_where_its_home_is(wired: Network) -> None:
    assert Repo(wired.hubs["b"].library_repo("agreements")).ref() is not None
    public, home = wired.hubs["b"].public / "libraries/agreements", wired.hubs["a"].url
    front = (public / "index.html").read_text("utf-8")
    assert f'href="{home}/libraries/agreements/"' in front
    assert "deposit/" not in front
    page = (public / KEY / "index.html").read_text("utf-8")
    assert f'href="{home}/libraries/agreements/{KEY}/"' in page
    assert "correct/" not in page
    assert 'href="files/large.pdf"' in page


def test_a_large_file_comes_when_somebody_opens_it(wired: Network) -> None:
    hub = wired.hubs["b"]
    store, sha256 = FileStore(hub, "agreements"), hashlib.sha256(LARGE).hexdigest()
    assert store.path(sha256) is None
    with webserver.running(hub) as (host, port):
        card_ = f"http://{host}:{port}/libraries/agreements/{KEY}"
        assert got(f"{card_}/files/large.pdf") == (200, LARGE)
        assert got(f"{card_}/files/s.txt") == (200, SMALL)
        assert got(f"{card_}/files/none.pdf")[0] == 404
        assert got(f"{card_}/files/..%2fentry.md")[0] == 404
        status, page = got(f"http://{host}:{port}/libraries/agreements/deposit/")
        assert (status, wired.hubs["a"].url.encode() in page) == (409, True)
        assert got(f"{card_}/correct/")[0] == 409
    assert store.path(sha256) is not None


def test_all_large_files_come_at_night_when_that_is_wanted_and_go_with_their_card(
    wired: Network,
) -> None:
    hub, home = wired.hubs["b"], wired.id("a")
    store, sha256 = FileStore(hub, "agreements"), hashlib.sha256(LARGE).hexdigest()
    choosing.follow(hub, home, REPO, files="whole")
    store.place(sha256).unlink(missing_ok=True)
    assert nights.look(hub, wired.known("b").peers[home], 60.0) == ("", True)
    assert store.path(sha256) is not None
    stray, _ = store.put(io.BytesIO(b"of a card that is gone"))
    assert fetched.nightly(hub, home, "", 60.0)
    assert store.path(stray) is None
    assert store.path(sha256) is not None


def test_a_file_that_is_not_what_its_card_says_is_not_taken(wired: Network) -> None:
    hub = wired.hubs["b"]
    home = elsewhere.of(hub, "libraries", "agreements")
    assert home is not None
    wrong = replace(file("large.pdf", LARGE, "application/pdf"), sha256="0" * 64)
    with pytest.raises(ContentError, match="not what its card says"):
        fetched.fetch(hub, "agreements", KEY, home, wrong)
    huge = replace(wrong, size=1 << 40)
    with pytest.raises(ContentError, match="too large"):
        fetched.fetch(hub, "agreements", KEY, home, huge)
    assert FileStore(hub, "agreements").path("0" * 64) is None


def test_a_file_that_is_for_members_is_not_asked_for(wired: Network) -> None:
    assert fetched.wanted(wired.hubs["a"], "agreements", KEY, "large.pdf") is None  # our own
    assert fetched.wanted(wired.hubs["b"], "agreements", "../..", "large.pdf") is None
    assert fetched.wanted(wired.hubs["b"], "nowhere", KEY, "large.pdf") is None
