"""A form whose home is another hub: the public part of an answer goes there as a post, the rest
sealed, once, and to the home alone."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.forms import formhome, formstore, privacy
from solicomm_build.features.forms.formstore import PrivateAnswer
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.network import hooks, standing
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.counting import notes, settled
from solicomm_build.features.network.judging import quarantine
from solicomm_build.features.network.judging.taking import Taking
from solicomm_build.features.network.sealed import answering, asking, looking, padding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers, signed
from solicomm_build.features.network.trust.peers import Peer
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.types import Giver
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change
from solicomm_build.ingest.run import ingest
from solicomm_build.post import conference as conferences
from solicomm_build.post.store import erasing
from solicomm_build.testing import hubs
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.networks import NET, Network

CONTENT = Path(__file__).parents[3] / "content" / "forms"
FORM = "collective-agreement@1"
CANARY = "canary of the remarks"
ANSWER = f"""Form: {FORM}
Union: Hogar Digno
Employer: Hotel Sol
Country: Kenya
Sector: I
In force from: 2026-05-01
In force until: 2028-04-30
Workers covered: 1200
Remarks: {CANARY}
"""


class Filled:
    """Three hubs that have a conference with a form; somebody fills it in at `b`."""

    def __init__(self, folder: Path) -> None:
        self.net = Network(folder, "abc")
        self.net.write("a", hubs.post("one"))
        form = (CONTENT / f"{FORM}.yaml").read_bytes()
        self.use(replace(NET, forms=(FORM,)), Change(forms.path(FORM), form))
        for name in "bc":
            self.net.carry("a", name)
        self.desk = DeskHub.on(self.net.hubs["b"])
        self.desk.member(1, "ana@b-union.example", "net", name="Ana Paz")
        self.mid = self.fill_in("Hotel Sol")

    def use(self, settings: conferences.Conference, *changes: Change) -> None:
        self.net.push("a", Change(conferences.FILE, conferences.encode(settings)), *changes)

    def fill_in(self, employer: str) -> str:
        """Somebody at `b` does; the id of the report."""
        before = {one.mid for one in self.private("b")}
        text = ANSWER.replace("Hotel Sol", employer)
        self.desk.ask("net-form", text, sender="ana@b-union.example")
        with clock.fixed(self.desk.now):
            ingest(self.net.hubs["b"], once=True)
        return next(one.mid for one in self.private("b") if one.mid not in before)

    def private(self, name: str) -> list[PrivateAnswer]:
        return list(formstore.private_answers(self.net.hubs[name], "net"))

    def carry(self, giver: str, taker: str) -> list[str]:
        with clock.fixed(self.desk.now):
            return self.net.carry(giver, taker).lines

    def note(self, hub: str, said: PrivateAnswer, mid: str = "", by: str = "") -> list[str]:
        """A note that the operator of a hub makes as he likes, taken at the home."""
        name, content = f"form.net.{mid or said.mid}", said.encode().encode()
        values = {
            "schema": notes.SCHEMA,
            "hub": self.net.id(hub),
            "to": self.net.id("a"),
            "name": name,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        head = signed.write(dict(values), self.net.identity(by or hub)).rstrip(b"\n")
        lines, _ = notes.taken(
            self.net.hubs["a"],
            self.net.identity("a"),
            self.net.known("a"),
            {name: head + b"\n---\n" + content},
            maillog.to_nobody(),
        )
        return lines

    def owed(self) -> list[str]:
        """What `b` still has for the home."""
        b = self.net.hubs["b"]
        known = self.net.known("b")
        return [*notes.files(b, self.net.identity("b"), known, self.net.id("a"))]


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The answer of `b` has come to `c` first, and then to the home."""
    made = Filled(tmp_path_factory.mktemp("brought"))
    made.carry("b", "c")
    made.carry("b", "a")
    made.carry("c", "a")
    return made


def test_an_answer_is_on_the_homes_table_and_its_private_part_lies_at_the_home(
    brought: Filled,
) -> None:
    a = brought.net.hubs["a"]
    hubs.build(a)
    table = hubs.page(a, f"/conferences/net/forms/{forms.parse_ref(FORM)[0]}/table/")  # type: ignore[index]
    assert "Hotel Sol" in table
    assert CANARY not in table
    (here,), (there,) = brought.private("a"), brought.private("b")
    assert (here.mid, here.values) == (brought.mid, there.values)
    assert here.values["remarks"] == CANARY
    assert (here.person, here.hub) == ("", brought.net.id("b"))
    assert there.person
    assert not brought.private("c"), "the home alone gets it"


def test_the_form_says_where_it_goes(brought: Filled) -> None:
    b = brought.net.hubs["b"]
    hubs.build(b)
    page = hubs.page(b, f"/conferences/net/forms/{FORM.partition('@')[0]}/")
    words = "has its home at another hub, which gets these lines, too"
    assert words in " ".join(page.split())
    (empty,) = brought.desk.ask("net-form", subject=FORM.partition("@")[0], sender="x@y.example")
    assert words in " ".join(empty.text.split())
    assert "another hub" not in hubs.page(
        brought.net.hubs["a"], f"/conferences/net/forms/{FORM.partition('@')[0]}/"
    )


def test_it_is_brought_until_the_home_says_that_it_has_it(tmp_path: Path) -> None:
    filled = Filled(tmp_path)
    assert filled.owed() == [f"form.net.{filled.mid}"]
    filled.carry("b", "a")
    assert filled.owed(), "nobody has said yet that it came"
    lines = filled.carry("b", "a")
    assert not any("not public" in line for line in lines)
    assert len(filled.private("a")) == 1
    filled.carry("a", "b")
    assert not filled.owed()
    told = settled.told(filled.net.hubs["a"], filled.net.identity("a"), filled.net.id("b"))
    assert CANARY.encode() not in told
    for forged in (
        told.replace(filled.mid.encode(), b"a" * 32),
        settled.told(filled.net.hubs["a"], filled.net.identity("c"), filled.net.id("b")),
    ):
        formhome.owe(filled.net.hubs["b"], "net", filled.mid)
        peer = filled.net.known("b").peers[filled.net.id("a")]
        with pytest.raises(Exception, match=r"signature|changed|that hub's word"):
            settled.heard(
                filled.net.hubs["b"], filled.net.identity("b"), filled.net.known("b"), peer, forged
            )
        assert filled.owed()


def test_it_waits_for_a_home_that_is_not_reached_for_months(tmp_path: Path) -> None:
    filled = Filled(tmp_path)
    folder = filled.net.hubs["b"].private / "forms" / "for-home"
    never = folder / f"net.{'a' * 32}"
    never.write_bytes(b"")  # its post was not taken
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    filled.desk.ask("net-form", "help", sender="ana@b-union.example")
    assert [path.name for path in folder.iterdir()] == [f"net.{filled.mid}"]
    filled.carry("b", "a")
    assert [one.mid for one in filled.private("a")] == [filled.mid]


def test_over_the_net_it_is_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = Filled(tmp_path)
    net, asked = filled.net, list[str]()
    names = {net.id(name): name for name in "abc"}

    def ask(identity: Identity, peer: Peer, want: str) -> bytes:
        asked.append(want)
        body = asking.write(identity, peer.id, want)
        answer = answering.answer(net.hubs[names[peer.id]], body)
        assert answer is not None
        assert CANARY.encode() not in answer
        return padding.opened(answer, identity)

    monkeypatch.setattr(looking, "ask", ask)

    def look(taker: str, giver: str) -> None:
        syncing = Syncing(
            net.hubs[taker], net.identity(taker), net.known(taker), maillog.to_nobody()
        )
        syncing._for_us_alone(net.known(taker).peers[net.id(giver)])

    look("a", "b")
    assert not filled.private("a"), "its post is not here yet, so nobody can say whose it is"
    assert f"note/form.net.{filled.mid}" not in asked
    with zipfile.ZipFile(net.stick("b", "a")) as read:
        read.extract("conferences/net.bundle", tmp_path)
    with quarantine.quarantine(net.hubs["a"], "net") as place:
        quarantine.fetch(place, str(tmp_path / "conferences/net.bundle"))
        taking = Taking(net.hubs["a"], net.identity("a"), net.known("a"), maillog.to_nobody())
        taking.take(place, "net", net.id("b"))
    for _ in range(3):
        look("a", "b")
    assert asked.count(f"note/form.net.{filled.mid}") == 1
    assert len(filled.private("a")) == 1
    look("b", "a")
    assert not filled.owed()
    asked.clear()
    look("b", "a")
    assert asked == ["table"], "who waits for nothing asks for nothing more"


def test_nothing_private_is_in_clear_in_any_packet_ref_or_repository(brought: Filled) -> None:
    for giver, taker in ("ba", "bc", "ab", "cb", "ac"):
        stick = brought.net.stick(giver, taker)
        assert CANARY.encode() not in stick.read_bytes()
        with zipfile.ZipFile(stick) as read:
            for name in read.namelist():
                assert CANARY.encode() not in read.read(name), name
    for name in "abc":
        told = brought.net.repo(name).git("cat-file", "--batch-all-objects", "--batch", "--buffer")
        assert CANARY.encode() not in told
    public = brought.net.hubs["a"].public
    files = [path for path in public.rglob("*") if path.is_file()]
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]


def _forged(brought: Filled) -> Iterator[tuple[str, list[str]]]:
    (here,) = brought.private("b")
    own = replace(here, person="", values={"remarks": "forged"})
    yield "another private part", brought.note("b", own)
    yield "was not written at that hub", brought.note("c", own)
    yield "no hub that is known here has signed it", brought.note("b", own, by="c")
    yield "cannot be read", brought.note("b", own, mid="a" * 31 + "b")
    root = replace(own, mid=str(hubs.mid("one")), message_id="one@x.example")
    yield "does not answer", brought.note("b", root)
    yield "names another message", brought.note("b", replace(own, message_id="x@b.example"))
    for values in (
        {"employer": "Other"},
        {"remarks": "x" * 30_000},
        {"workers": ["1"]},
        {"no": "x"},
    ):
        yield "does not ask that in private", brought.note("b", replace(own, values=values))
    yield "does not answer other@1", brought.note("b", replace(own, form="other@1"))


def test_what_is_forged_is_refused_named_and_changes_nothing(brought: Filled) -> None:
    before = brought.private("a")
    for why, lines in _forged(brought):
        if why == "cannot be read":
            assert lines == [], "there is no such post, so it waits"
            continue
        assert len(lines) == 1, why
        assert why in lines[0]
        assert brought.private("a") == before
    stand = standing.read(brought.net.hubs["a"], brought.net.id("c"))
    assert any("was not written at that hub" in reason for reason in stand.refused)


@pytest.mark.parametrize(
    ("says", "counts"),
    [
        ("c.example", "c.example"),
        ("a.example", ""),
        ("b.example", ""),
        ("union.example", ""),
    ],
)
def test_a_domain_that_is_ours_or_another_hubs_proves_nothing(
    brought: Filled, monkeypatch: pytest.MonkeyPatch, says: str, counts: str
) -> None:
    """The card of `c` says what its operator writes; whose the domain is, it does not prove."""
    net, givers = brought.net, list[Giver]()

    def take(_config: Config, _name: str, giver: Giver, _rest: str, _content: bytes) -> str:
        givers.append(giver)
        return ""

    home = replace(net.hubs["a"], mail_domains={"union.example": "union"})
    monkeypatch.setitem(net.hubs, "a", home)
    monkeypatch.setattr(hooks, "from_hub", lambda: {"form": take})
    path = peers.folder(home) / "hubs" / f"{net.id('c')}.yaml"
    before = path.read_bytes()
    lying = replace(cards.read(before), domain=says, contact=f"postmaster@{says}")
    path.write_bytes(cards.write(lying, net.identity("c")))
    try:
        brought.note("c", brought.private("b")[0])
    finally:
        path.write_bytes(before)
    assert givers == [Giver(net.id("c"), counts)]


def test_whoever_brought_what_is_refused_hears_why_and_brings_it_no_more(tmp_path: Path) -> None:
    filled = Filled(tmp_path)
    other = replace(filled.private("b")[0], person="", values={"remarks": "first"})
    filled.carry("b", "a")
    path = formstore.private_repo(filled.net.hubs["a"], "net")
    assert path.exists()
    filled.note("b", other)
    lines = filled.carry("a", "b")
    assert any("has not taken" in line and "another private part" in line for line in lines)
    assert not filled.owed()
    stand = standing.read(filled.net.hubs["b"], filled.net.id("a"))
    assert any("another private part" in reason for reason in stand.refused)
    (facts,) = privacy.FACTS["forms"](filled.net.hubs["b"], filled.desk.roster, 1, frozenset())
    assert facts["at_home"].startswith("not taken: ")


def test_a_form_that_ended_or_has_a_next_version_takes_what_was_filled_in_before(
    tmp_path: Path,
) -> None:
    filled = Filled(tmp_path)
    form = (CONTENT / f"{FORM}.yaml").read_bytes().replace(b"version: 1\n", b"version: 2\n", 1)
    next_ = FORM.replace("@1", "@2")
    filled.use(replace(NET, forms=(next_,)), Change(forms.path(next_), form))
    filled.carry("b", "a")
    (kept,) = filled.private("a")
    assert (kept.form, kept.values["remarks"]) == (FORM, CANARY)
    filled.use(NET)
    second = filled.fill_in("Hotel Luna")
    filled.carry("b", "a")
    assert {one.mid for one in filled.private("a")} == {filled.mid, second}


def test_an_erasure_takes_it_at_both_and_mydata_says_who_has_it(tmp_path: Path) -> None:
    filled = Filled(tmp_path)
    net = filled.net
    b = net.hubs["b"]
    (facts,) = privacy.FACTS["forms"](b, filled.desk.roster, 1, frozenset())
    assert facts["values"]["remarks"] == CANARY
    assert (facts["home"], facts["at_home"]) == (net.id("a"), "not brought yet")
    filled.carry("b", "a")
    assert filled.private("a")
    filled.carry("a", "b")
    (facts,) = privacy.FACTS["forms"](b, filled.desk.roster, 1, frozenset())
    assert facts["at_home"] == "it has it"
    late = filled.fill_in("Hotel Luna")
    with clock.fixed(filled.desk.now):
        erasing.erase_posts(b, [filled.mid, late], reason="test", by="op", log=maillog.to_nobody())  # type: ignore[list-item]
    assert not filled.owed(), "what was erased is not brought any more"
    assert not [*(b.private / "forms" / "at-home").iterdir()]
    filled.carry("b", "a")
    assert not filled.private("b")
    assert not filled.private("a")
    repo = open_repo(formstore.private_repo(net.hubs["a"], "net"))
    told = repo.git("cat-file", "--batch-all-objects", "--batch", "--buffer")
    assert CANARY.encode() not in told
    filled.carry("b", "a")
    assert not filled.private("a")
