"""A conference for members goes to the hubs that it was offered to, and nobody else sees that there
is one."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.features.network import run, standing
from solicomm_build.features.network.command import command
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.sealed import offering, padding, sharedwith, tokens
from solicomm_build.features.network.trust import adding, peers
from solicomm_build.features.network.trust import card as cards
from solicomm_build.foundation import clock, fetching, maillog
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid, post_id
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change
from solicomm_build.people import access
from solicomm_build.post import conference as conferences
from solicomm_build.post.store import erasing
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.networks import NET, Network

CANARY = "Kingfisher"
"""A word that is in the conference for members alone."""
REPO = "conferences/net"
BOARD = replace(NET, title={"en": "Board"}, visibility="members", robots="noindex")


def members(folder: Path, names: str = "abc") -> Network:
    """Hubs that know each other; `net` at `a` is for members, and the others follow it."""
    made = Network(folder, names)
    made.push("a", Change(conferences.FILE, conferences.encode(BOARD)))
    made.write("a", hubs.post("one", subject=CANARY, body=f"{CANARY} sings.\n"))
    return made


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = members(tmp_path_factory.mktemp("net"))
    offering.offer(made.hubs["a"], REPO, made.id("b"))
    made.carry("a", "b")
    return made


def test_a_stick_is_written_for_who_has_taken_what_is_not_here(tmp_path: Path) -> None:
    net = members(tmp_path, "ab")
    offering.offer(net.hubs["a"], REPO, net.id("b"))
    net.carry("a", "b")
    net.carry("b", "a")
    repo, b = net.repo("a"), net.known("a").peers[net.id("b")]
    last = offers.held(repo, b.id, b.keys)
    assert last is not None
    more = replace(last, seq=last.seq + 1, has={net.id("a"): Oid("0" * 39 + "1")})
    offers.sign(repo, more, net.identity("b"), clock.now())
    net.write("a", hubs.post("two"))
    net.read("b", net.stick("a", "b"))
    assert net.tree("a") == net.tree("b")


def test_it_comes_in_for_members_at_the_hub_that_it_was_offered_to(net: Network) -> None:
    assert net.tree("a") == net.tree("b") != ""
    found = conferences.decode(net.files("b")[conferences.FILE])
    assert (found.visibility, found.home) == ("members", net.id("a"))
    net.write("b", hubs.post("answer", "one", subject=CANARY))
    report = net.carry("b", "a")
    assert any("1 post" in line for line in report.lines), report.lines
    assert net.tree("a") == net.tree("b")


def test_a_hub_that_it_was_not_offered_to_gets_nothing_from_either(net: Network) -> None:
    hub = net.hubs["c"]
    with pytest.raises(SoliCommError, match="nothing here"):
        net.stick("a", "c")
    net.carry("b", "c")
    assert not hub.conference_repo("net").exists()
    assert CANARY.encode() in b"".join(_octets(net.hubs["b"].root))
    assert CANARY.encode() not in b"".join(_octets(hub.root))


def test_a_stick_for_another_hub_is_of_no_use(net: Network) -> None:
    report = net.read("c", net.stick("a", "b"))
    assert not net.hubs["c"].conference_repo("net").exists()
    assert not any("net" in line for line in report.lines), report.lines


def test_who_finds_a_stick_reads_neither_words_nor_names(net: Network, tmp_path: Path) -> None:
    blob = net.stick("a", "b").read_bytes()
    for word in (CANARY, "conferences/net", "net.bundle", "Board", f"{hubs.mid('one')}"):
        assert word.encode() not in blob
    with zipfile.ZipFile(net.stick("a", "b")) as read:
        assert "sealed/for.age" in read.namelist()


def test_who_carries_on_a_stolen_stick_cannot_hand_it_to_a_third_hub(tmp_path: Path) -> None:
    """A hub that has it and hands it on all the same: the third one does not take it."""
    net = members(tmp_path)
    offering.offer(net.hubs["a"], REPO, net.id("b"))
    net.carry("a", "b")
    said = sharedwith.SharedWith((net.id("b"), net.id("c")))
    net.push("b", Change(sharedwith.FILE, sharedwith.encode(said)))
    report = net.carry("b", "c")
    assert not net.hubs["c"].conference_repo("net").exists()
    assert any("does not offer it to this hub" in line for line in report.lines), report.lines


def test_hubs_that_both_have_it_hand_on_each_others_words(tmp_path: Path) -> None:
    net = members(tmp_path)
    for other in "bc":
        offering.offer(net.hubs["a"], REPO, net.id(other))
    net.carry("a", "b")
    net.carry("b", "c")
    assert net.tree("b") == net.tree("c") != ""
    net.write("c", hubs.post("of c", "one"))
    net.carry("c", "b")
    net.carry("b", "a")
    assert net.tree("a") == net.tree("b") == net.tree("c")


def test_who_guesses_its_name_writes_nothing_into_it(tmp_path: Path) -> None:
    net = members(tmp_path)
    evil = net.hubs["c"]
    smallhub.add_conference(evil, replace(NET, home=net.id("a")))
    net.write("c", hubs.post("evil"))
    before = net.tip("a")
    report = net.carry("c", "a")
    assert net.tip("a") == before
    assert any("has no part in this conference" in line for line in report.lines), report.lines


def test_what_is_for_members_here_stays_so_when_its_home_opens_it(tmp_path: Path) -> None:
    net = members(tmp_path, "ab")
    offering.offer(net.hubs["a"], REPO, net.id("b"))
    net.carry("a", "b")
    net.push("a", Change(conferences.FILE, conferences.encode(NET)))
    net.carry("a", "b")
    assert conferences.decode(net.files("b")[conferences.FILE]).visibility == "members"
    assert REPO not in cards.read(_card(net, "b")).offers


def test_its_page_says_to_members_which_hubs_have_it(net: Network) -> None:
    for name in "ab":
        hubs.build(net.hubs[name])
        page = (net.hubs[name].member_pages / "conferences/net/index.html").read_text("utf-8")
        assert "Hubs whose operators can read what is written here:" in page
        assert not (net.hubs[name].public / "conferences/net").exists()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"visibility": "public"}, "it is public"),
        ({"visibility": "encrypted"}, "encrypted"),
        ({"pseudonyms": "required"}, "pseudonyms"),
        ({"archive": "none"}, "archive"),
        ({"home": "other-aaaaaaaa"}, "home at another hub"),
    ],
)
def test_settings_may_forbid_that_it_is_offered(
    net: Network, settings: dict[str, str], why: str
) -> None:
    name = why.rsplit(maxsplit=1)[-1].lower() + "-no"
    smallhub.add_conference(net.hubs["a"], replace(BOARD, id=name, **settings))  # type: ignore[arg-type]
    with pytest.raises(SoliCommError, match=why):
        offering.offer(net.hubs["a"], f"conferences/{name}", net.id("b"))


def test_the_shell_asks_twice_and_says_to_whom_words_go(net: Network) -> None:
    root = net.hubs["a"].root
    (root / "hub.yaml").write_text("name: a\ndomain: a.example\nurl: https://a.example\n")
    words = ["offer", REPO, "--to", net.id("b"), "--hub", str(root)]
    done = CliRunner().invoke(command, words)
    assert done.exit_code != 0
    assert "operator of b" in done.output
    done = CliRunner().invoke(command, [*words, "--yes"], catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_nobody_pushes_which_hubs_have_it() -> None:
    assert sharedwith.is_hubs(sharedwith.FILE)
    assert not sharedwith.is_pushed(sharedwith.FILE)


@pytest.mark.parametrize("size", [0, 1, 4000, 4096, 70_000])
def test_what_is_sealed_is_of_a_length_that_tells_little(net: Network, size: int) -> None:
    key, own = net.identity("b").public, net.identity("b")
    blob = padding.sealed(b"x" * size, key)
    assert padding.opened(blob, own) == b"x" * size
    assert padding.room(size + 8) <= size + 8 + max(4096, size / 8)
    with pytest.raises(SoliCommError):
        padding.opened(blob, net.identity("c"))


# -- over HTTP ----------------------------------------------------------------------------------


def _card(net: Network, name: str) -> bytes:
    net.sign(name)
    return (net.hubs[name].private / "network" / "card.yaml").read_bytes()


def _octets(root: Path) -> Iterator[bytes]:
    """Every file below a folder, and every object of every repository there, unpacked."""
    for path in root.rglob("*"):
        if path.is_file():
            yield path.read_bytes()
        elif path.suffix == ".git" and (path / "objects").is_dir():
            yield Repo(path).git("cat-file", "--batch-all-objects", "--batch")


class Wire:
    """Hub `a` on the net; the others look at it."""

    def __init__(self, net: Network, address: tuple[str, int]) -> None:
        self.net, self.url = net, f"http://{address[0]}:{address[1]}"
        for name in net.hubs.keys() - {"a"}:
            adding.add(net.hubs[name], _card(net, "a"), cards.read(_card(net, "a")), self.url)

    def look(self, name: str) -> None:
        """One round of the stage of a hub."""
        run.network(self.net.hubs[name], once=True, log=maillog.to_nobody())

    def clone(self, token: str, to: Path) -> int:
        """Somebody clones it with a token."""
        url = self.url.replace("http://", f"http://x:{token}@" if token else "http://")
        words = ["git", "clone", "-q", f"{url}/conferences/net.git", str(to)]
        return subprocess.run(words, check=False, capture_output=True).returncode


def _token(net: Network, name: str) -> str:
    """The token that a hub was given, as it opens it itself."""
    from solicomm_build.features.network.sealed import looking

    net.sign("a")
    sealed = tokens.sealed(net.hubs["a"], net.id(name), REPO)
    return looking.opened_token(sealed, net.identity(name))


def test_over_the_net_it_goes_by_a_token_that_ends_with_the_offer(tmp_path: Path) -> None:
    net = members(tmp_path)
    a = net.hubs["a"]
    offering.offer(a, REPO, net.id("b"))
    with webserver.running(a) as address:
        wire = Wire(net, address)
        for name in "bc":
            wire.look(name)
        assert net.tree("b") == net.tree("a") != ""
        assert not net.hubs["c"].conference_repo("net").exists()
        assert standing.read(net.hubs["b"], net.id("a")).fault == ""
        assert standing.read(net.hubs["c"], net.id("a")).fault == ""
        token = _token(net, "b")
        (grant,) = access.Access(a).grants().by_id.values()
        assert (grant.role, grant.write, grant.repos) == ("hub", False, (REPO,))
        assert grant.person == net.id("b")
        assert wire.clone(token, tmp_path / "one") == 0
        assert wire.clone("", tmp_path / "none") != 0
        offering.unoffer(a, REPO, net.id("b"))
        net.sign("a")
        assert wire.clone(token, tmp_path / "two") != 0
        net.write("a", hubs.post("later"))
        wire.look("b")
        assert hubs.mid("later") not in net.mids("b")
        assert "not offered to this hub any more" in standing.read(net.hubs["b"], net.id("a")).fault


def test_a_hub_that_is_removed_gets_nothing_more(tmp_path: Path) -> None:
    net = members(tmp_path, "ab")
    a = net.hubs["a"]
    offering.offer(a, REPO, net.id("b"))
    token = _token(net, "b")
    assert access.Access(a).of_token(token) is not None
    said = adding.remove(a, net.id("b"))
    assert REPO in said
    assert access.Access(a).of_token(token) is None
    assert sharedwith.decode(net.files("a")[sharedwith.FILE]).before == (net.id("b"),)


@pytest.mark.parametrize(("module", "name"), [(offering, "forget"), (peers, "forget")])
def test_a_hub_whose_removal_was_cut_gets_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    """It was known no more, and the log went on to tell other hubs that it may have all of it."""
    net = members(tmp_path, "ab")
    a, hub = net.hubs["a"], net.id("b")
    offering.offer(a, REPO, hub)
    token = _token(net, "b")

    def cut(*_words: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, name, cut)
        with pytest.raises(KeyboardInterrupt):
            adding.remove(a, hub)
    adding.remove(a, hub)
    assert sharedwith.decode(net.files("a")[sharedwith.FILE]).hubs == ()
    assert access.Access(a).of_token(token) is None


def _seen(net: Network, url: str) -> dict[str, object]:
    """Everything of `a` that a stranger, and the hub `c`, can ask for."""
    from solicomm_build.features.network.sealed import asking, looking

    net.sign("a")
    peer = net.known("c").peers[net.id("a")]
    seen: dict[str, object] = {"card offers": dict(cards.read(_card(net, "a")).offers)}
    for path in (
        "/network/offers",
        "/network/hubs",
        "/network/notices",
        f"/network/ids/{net.id('b')}/net",
        f"/network/ids/{net.id('c')}/net",
        f"/network/hubs/{net.id('a')}",
        "/conferences/net/",
        "/conferences/net.git/info/refs?service=git-upload-pack",
        "/network/",
        "/",
    ):
        answer = webserver.ask(_address(url), path)
        fields = {k: v for k, v in answer.headers.items() if k not in _CLOCK}
        body = answer.body if path != f"/network/hubs/{net.id('a')}" else b""
        if path == "/network/hubs":  # in the order of the keys, with moments
            body = b"%d" % len(json.loads(body)["hubs"])
        seen[path] = (answer.status, fields, body)
    table = looking.ask(net.identity("c"), peer, asking.TABLE)
    seen["table"] = json.loads(table)
    forged = asking.write(net.identity("c"), net.id("a"), asking.TABLE).replace(
        net.id("c").encode(), net.id("b").encode()
    )
    for name, body in {
        "in another's name": forged,
        "ids": asking.write(net.identity("c"), net.id("a"), "ids/net/"),
        "nonsense": b"x",
    }.items():
        try:
            got = fetching.exchange(url + asking.PATH, body)
            seen[name] = len(got) >> 10, padding.opened(got, net.identity("c"))  # age adds some
        except SoliCommError as error:
            seen[name] = error.public
    with zipfile.ZipFile(net.stick("a", "c")) as read:
        seen["packet"] = {
            one.filename: one.file_size >> 10
            for one in read.infolist()
            if not one.filename.startswith(("hubs/", "manifest"))
        }
    return seen


def _address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


def test_to_everybody_else_it_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    """Two hubs, alike but for a conference that is offered to `b`, with an erasure in it."""
    found = []
    for is_there in (True, False):
        net = members(tmp_path / str(is_there))
        a = net.hubs["a"]
        if is_there:
            offering.offer(a, REPO, net.id("b"))
        else:
            a.conference_repo("net").rename(tmp_path / "away")
        smallhub.add_conference(a, OPEN)
        net.carry("a", "b")
        if is_there:
            gone = [post_id("one@union.example")]
            erasing.erase_posts(a, gone, reason="x", by="x", log=maillog.to_nobody())
        net.carry("a", "b")
        net.carry("b", "a")
        hubs.build(a)
        with webserver.running(a) as address:
            wire = Wire(net, address)
            text = repr(_seen(net, wire.url)).replace(wire.url, "<url>")
        for name in "abc":
            text = text.replace(net.id(name), f"<{name}>")
        found.append(re.sub(r"[0-9a-f]{40}|[0-9T:-]{19}Z", "<oid or moment>", text))
        assert CANARY not in text
    assert found[0] == found[1]


OPEN = replace(NET, id="open", title={"en": "Open"})
_CLOCK = ("date", "etag", "last-modified")
"""Fields that tell when a page was built."""
