"""What was erased at one hub goes at all: from pages, histories and relayed logs, and who has
confirmed it is known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.desk.chores import Looked
from solicomm_build.desk.office import Office
from solicomm_build.features.network import reporting
from solicomm_build.features.network.carrying import wire
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.erasures import heeding, notices, relayed, reminding
from solicomm_build.features.network.judging import offers, quarantine
from solicomm_build.features.network.judging.taking import Taking
from solicomm_build.features.network.sealed import offering, privatenotices
from solicomm_build.features.privacy import erase
from solicomm_build.features.privacy.erasures import Order
from solicomm_build.foundation import clock, fetching, maillog
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import history
from solicomm_build.git.history import Cut
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as conferences
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import NET, Network

SECRET = "The words that have to go.\n"


def _blob(net: Network, name: str) -> str:
    (path,) = [path for path in net.files(name) if path.endswith(f"{hubs.mid('gone')}.md")]
    return net.repo(name).git("rev-parse", f"main:{path}").decode().strip()


def _is_anywhere(net: Network, name: str, blob: str) -> bool:
    """Whether a hub has an object still, in the conference or in what was fetched for it."""
    places = [net.repo(name).path, net.hubs[name].mirrors / "peers" / "net.git"]
    return any(path.exists() and Repo(path).succeeds("cat-file", "-e", blob) for path in places)


def _erase(net: Network, name: str, post: str = "gone") -> None:
    erase.erase(net.hubs[name], hubs.mid(post), reason="Asked for", by="test")


@dataclass
class _Taking:
    """Counts what was taken away."""

    counts: dict[str, int]

    def counted(self, place: str, count: int) -> None:
        self.counts[place] = count

    def cut(self, repo: Repo, what: Cut, objects: Iterable[str], count: int) -> None:
        raise AssertionError("nothing is cut here")

    def folders(self, place: str, gone: Iterable[Path]) -> None:
        raise AssertionError("no folder goes here")


def _status(net: Network, name: str) -> str:
    return "\n".join(reporting.lines(reporting.status(net.hubs[name])))


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, str]:
    """The home erases a post that three hubs have, all relaying each other, and two rounds go."""
    net = Network(tmp_path_factory.mktemp("erased"))
    net.write("a", hubs.post("gone", body=SECRET), hubs.post("stays", "gone"))
    for _ in range(2):
        for giver, taker in ("ab", "bc", "cb", "ba"):
            net.carry(giver, taker)
    assert net.tree("a") == net.tree("b") == net.tree("c")
    blob = _blob(net, "c")
    _erase(net, "a")
    assert not _is_anywhere(net, "a", blob), "nor in what the eraser relays"
    for _ in range(2):
        for giver, taker in ("ab", "bc", "cb", "ba"):
            net.carry(giver, taker)
    return net, blob


def test_an_erasure_is_told_though_the_stage_signs_in_the_middle_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left was signed before the network's part of the erasure: nothing lacked in it."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("gone", body=SECRET))
    net.carry("a", "b")
    own = relayed.erase

    def later(*facts: Any) -> None:
        net.sign("a")
        own(*facts)

    monkeypatch.setattr(relayed, "erase", later)
    _erase(net, "a")
    net.carry("a", "b")
    assert net.mids("b") == set()


def test_no_offer_of_ours_keeps_what_else_was_taken_out_of_a_history(tmp_path: Path) -> None:
    """Such as the name of an erased person in a poll, where the person wrote nothing."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("named", body=SECRET))
    net.carry("a", "b")
    repo, own = net.repo("a"), offers.ref(net.id("a"))
    (path,) = [path for path in net.files("a") if path.endswith(".md")]
    blob = Oid(repo.git("rev-parse", f"main:{path}").decode().strip())
    history.rewrite(repo, Cut(blobs={blob: b"Somebody.\n"}))
    assert repo.ref(own)
    order = Order("20261129T000000Z-aaaaaaaa", "", "", "", (), address="ana@union.example")
    counts: dict[str, int] = {}
    relayed.erase(net.hubs["a"], order, _Taking(counts))
    assert counts == {"content/conferences/net.git": 1}
    assert repo.ref(own) is None
    history.scrub(repo)
    assert not repo.succeeds("cat-file", "-e", blob)
    assert net.sign("a") == ["conferences/net"]


def test_no_object_of_it_is_at_any_of_three_hubs_after_two_rounds(
    erased: tuple[Network, str],
) -> None:
    net, blob = erased
    for name in "abc":
        assert not _is_anywhere(net, name, blob), name
        assert net.mids(name) == {hubs.mid("stays")}
    assert net.tree("a") == net.tree("b") == net.tree("c")


def test_who_has_confirmed_is_known_at_the_hub_that_erased(erased: tuple[Network, str]) -> None:
    net, _ = erased
    (found,) = reporting.status(net.hubs["a"])["erasures"]
    assert found["confirmed"] == sorted([net.id("b"), net.id("c")])
    assert not found["missing"]
    assert "confirmed:" in _status(net, "a")


def test_a_notice_says_nothing_of_what_was_erased(erased: tuple[Network, str]) -> None:
    net, _ = erased
    for blob in notices.files(net.hubs["b"]).values():
        said = re.sub(rb"[A-Za-z0-9+/]{40,}=*", b"", blob)  # keys and signatures, by chance
        assert not any(word in said for word in (b"words", b"union.example", b"Ana", b"Asked"))


def test_life_goes_on_after_an_erasure(erased: tuple[Network, str]) -> None:
    net, blob = erased
    net.write("c", hubs.post("later", "stays"))
    net.carry("c", "b")
    net.carry("b", "a")
    assert hubs.mid("later") in net.mids("a")
    assert net.tree("a") == net.tree("b") == net.tree("c")
    assert not any(_is_anywhere(net, name, blob) for name in "abc")


def test_a_hub_erases_what_it_wrote_and_a_stick_from_before_does_not_bring_it_back(
    tmp_path: Path,
) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("stays"))
    net.carry("a", "b")
    net.write("b", hubs.post("gone", "stays", body=SECRET))
    before = net.stick("b", "a")
    net.read("a", before)
    blob = _blob(net, "a")
    _erase(net, "b")
    net.carry("b", "a")
    assert hubs.mid("gone") not in net.mids("a")
    assert not _is_anywhere(net, "a", blob)
    report = net.read("a", before)
    assert hubs.mid("gone") not in net.mids("a")
    assert not _is_anywhere(net, "a", blob), report.lines


def test_a_notice_for_somebody_elses_post_is_refused_and_named(tmp_path: Path) -> None:
    net = Network(tmp_path)
    net.write("a", hubs.post("gone", body=SECRET))
    net.carry("a", "b")
    net.carry("a", "c")
    _erase(net, "b")
    assert not notices.files(net.hubs["b"]), "what others wrote goes here alone"
    forged = notices.make(net.identity("b"), "conferences/net", "message", [hubs.mid("gone")])
    notices.keep(net.hubs["b"], forged)
    for name in "ac":
        net.carry("b", name)
        assert hubs.mid("gone") in net.mids(name)
        assert hubs.mid("gone") in _status(net, name)
        assert "refused" in _status(net, name)
    assert not notices.confirmed(net.hubs["a"], notices.eid_of(forged))


def test_more_than_some_a_day_waits_for_the_operator(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    some = [hubs.post(f"p{n}") for n in range(heeding.MOST_A_DAY + 1)]
    net.write("a", *some)
    net.carry("a", "b")
    mids = [post.mid for post in some]
    blob = notices.make(net.identity("a"), "conferences/net", "person", mids)
    heeding.received(net.hubs["b"], net.identity("b"), net.known("b"), {"x.yaml": blob})
    log, who = maillog.to_nobody(), (net.hubs["b"], net.identity("b"), net.known("b"))
    (line,) = heeding.carry_out(*who, log)
    assert "solicomm peer allow" in line
    assert net.mids("b") == {*mids}
    assert not heeding.carry_out(*who, log)
    with pytest.raises(UsageError):
        heeding.allow(net.hubs["b"], "zzzz")
    eid = notices.eid_of(blob)
    shown = heeding.wanted(net.hubs["b"], eid[:8])
    assert (shown.words, shown.counts) == (("peer", "allow", eid), {"messages": len(mids)})
    assert not shown.is_done(clock.now())
    heeding.allow(net.hubs["b"], eid[:8])
    heeding.carry_out(*who, log)
    assert not net.mids("b")
    assert heeding.wanted(net.hubs["b"], eid).is_done(clock.now())


def test_a_notice_of_a_hub_that_nobody_compared_is_left(tmp_path: Path) -> None:
    net = Network(tmp_path / "one", "ab")
    other = Network(tmp_path / "other", "a")
    net.write("a", hubs.post("gone"))
    net.carry("a", "b")
    forged = notices.make(other.identity("a"), "conferences/net", "message", [hubs.mid("gone")])
    heeding.received(net.hubs["b"], net.identity("b"), net.known("b"), {"x.yaml": forged})
    assert not notices.files(net.hubs["b"])
    spoiled = forged.replace(hubs.mid("gone").encode(), b"a" * 32)
    lines = heeding.received(net.hubs["b"], net.identity("b"), net.known("b"), {"x.yaml": spoiled})
    assert "not taken" in lines[0]


def test_notices_and_receipts_go_by_wire_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("gone", body=SECRET))
    net.carry("a", "b")
    net.carry("b", "a")
    _erase(net, "a")

    def served(url: str, **_: object) -> bytes:
        """What the other hub's server says."""
        hub = net.hubs["a" if "//a." in url else "b"]
        name = url.partition(wire.NOTICES)[2].removeprefix("/")
        files = notices.files(hub)
        return files[name] if name else json.dumps([*files]).encode()

    monkeypatch.setattr(fetching, "fetch", served)
    for asks, of in ("ba", "ab"):
        hub, identity, known = net.hubs[asks], net.identity(asks), net.known(asks)
        log = maillog.to_nobody()
        assert not Syncing(hub, identity, known, log)._notices(known.peers[net.id(of)])
        heeding.carry_out(hub, identity, known, log)
    assert not net.mids("b")
    (found,) = reporting.status(net.hubs["a"])["erasures"]
    assert found["confirmed"] == [net.id("b")]


def test_the_operator_hears_once_who_has_not_confirmed_after_thirty_days(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("gone", body=SECRET))
    net.carry("a", "b")
    net.carry("b", "a")
    _erase(net, "a")
    hub = replace(net.hubs["a"], operator="op@union.example")
    looked: list[int] = []
    for days in (29, 31):
        with clock.fixed(clock.now() + timedelta(days=days)):
            office = Office(hub)
            found = [*reminding.steps(office, Looked())]
            looked.append(len(found))
    assert looked == [0, 1]
    (step,) = found
    assert net.id("b") in step.plan.letters[0].text
    (hub.private / "reminders").mkdir(exist_ok=True)
    (write,) = step.plan.writes
    (hub.private / write.path).write_text(write.text or "")
    with clock.fixed(clock.now() + timedelta(days=40)):
        assert not [*reminding.steps(Office(hub), Looked())]
    (hub.private / write.path).unlink()
    net.carry("a", "b")
    net.carry("b", "a")
    with clock.fixed(clock.now() + timedelta(days=40)):
        assert not [*reminding.steps(Office(hub), Looked())], "all have confirmed"


def _taken_over_the_net(net: Network, taker: str, giver: str) -> int:
    """What a look fetches that is new; its octets, as git packs them."""
    hub = net.hubs[taker]
    net.sign(giver)
    with quarantine.quarantine(hub, "net") as place:
        before = {*(place.path / "objects" / "pack").glob("*.pack")}
        quarantine.fetch(place, str(net.repo(giver).path), hubs=[net.id(giver)])
        new = {*(place.path / "objects" / "pack").glob("*.pack")} - before
        octets = sum(path.stat().st_size for path in new)
        taking = Taking(hub, net.identity(taker), net.known(taker), maillog.to_nobody())
        report = taking.take(place, "net", net.id(giver))
        assert not report.faults, report.lines
    return octets


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, str, int]:
    """`b`, which is not the home, has erased what the home wrote; what it fetches after that once,
    with the home's whole log, in octets."""
    net = Network(tmp_path_factory.mktemp("cut"), "ab")
    some = [hubs.post(f"p{n}", body=f"Words of {n}.\n" * 20) for n in range(120)]
    net.write("a", hubs.post("gone", body=SECRET), *some)
    net.carry("a", "b")
    blob = _blob(net, "b")
    _erase(net, "b")
    net.write("a", hubs.post("first", "gone"))
    return net, blob, _taken_over_the_net(net, "b", "a")


def test_who_erased_anothers_post_fetches_what_is_new_and_no_more(
    cut: tuple[Network, str, int],
) -> None:
    net, blob, whole = cut
    for number, root in enumerate(("gone", "p7", "first", "")):
        name = f"new{number}"
        net.write("a", hubs.post(name, root) if root else hubs.post(name))
        assert _taken_over_the_net(net, "b", "a") < whole / 10, name
        assert hubs.mid(name) in net.mids("b")
        assert hubs.mid("gone") not in net.mids("b")
        assert SECRET.encode() not in _everything(net, "b"), "an empty file stands in for it"
        assert net.repo("b").ref(f"refs/peers/{net.id('a')}") is None, "nor is it handed on"
        assert net.repo("b").succeeds("fsck", "--connectivity-only", "--no-dangling")
    assert blob in _names(net, "a")


def test_what_was_cut_short_and_does_not_fit_is_fetched_whole(
    cut: tuple[Network, str, int],
) -> None:
    net, _, whole = cut
    place = net.hubs["b"].mirrors / "peers" / "net.git"
    for pack in (place / "objects" / "pack").glob("pack-*"):
        pack.unlink()
    net.write("a", hubs.post("after", "p8"))
    assert _taken_over_the_net(net, "b", "a") >= whole / 2
    assert hubs.mid("after") in net.mids("b")
    assert SECRET.encode() not in _everything(net, "b")
    net.write("a", hubs.post("and then", "p9"))
    assert _taken_over_the_net(net, "b", "a") < whole / 10
    net.write("a", hubs.post("by stick", "p9"))
    assert not net.carry("a", "b").faults
    assert hubs.mid("by stick") in net.mids("b")
    assert SECRET.encode() not in _everything(net, "b")


def test_when_the_home_erases_it_too_its_log_is_kept_and_handed_on_again(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("gone", body=SECRET), hubs.post("stays"))
    net.carry("a", "b")
    _erase(net, "b")
    net.write("a", hubs.post("later", "stays"))
    _taken_over_the_net(net, "b", "a")
    with quarantine.quarantine(net.hubs["b"], "net") as place:
        assert quarantine.tips(place)
    _erase(net, "a")
    _taken_over_the_net(net, "b", "a")
    assert net.repo("b").ref(f"refs/peers/{net.id('a')}") is not None
    with quarantine.quarantine(net.hubs["b"], "net") as place:
        assert not quarantine.tips(place)


def _everything(net: Network, name: str) -> bytes:
    """What a hub has of a conference and of what was fetched for it, its packs unfolded."""
    told = net.repo(name).git("cat-file", "--batch-all-objects", "--batch", "--buffer")
    place = Repo(net.hubs[name].mirrors / "peers" / "net.git")
    packs = sorted((place.path / "objects" / "pack").glob("*.idx"))
    listed = b"".join(place.git("show-index", input=path.read_bytes()) for path in packs)
    oids = b"".join(line.split(b" ")[1] + b"\n" for line in listed.splitlines())
    return told + place.git("cat-file", "--batch", "--buffer", input=oids)


def _names(net: Network, name: str) -> str:
    return net.repo(name).git("cat-file", "--batch-all-objects", "--batch-check").decode()


def test_who_followed_a_conference_before_it_was_for_members_hears_of_erasures(
    tmp_path: Path,
) -> None:
    net = Network(tmp_path)
    net.write("a", hubs.post("gone", body=SECRET), hubs.post("too"), hubs.post("stays"))
    for giver, taker in ("ab", "ba"):
        net.carry(giver, taker)
    closed = replace(NET, visibility="members", robots="noindex")
    net.push("a", Change(conferences.FILE, conferences.encode(closed)))
    for post in ("gone", "too"):
        _erase(net, "a", post)
        net.carry("a", "b")
        net.carry("b", "a")
    assert net.mids("b") == {hubs.mid("stays")}
    said = reporting.status(net.hubs["a"])["erasures"]
    assert [one["confirmed"] for one in said] == [[net.id("b")]] * 2
    identity, known = net.identity("a"), net.known("a")
    assert not privatenotices.files(net.hubs["a"], identity, known, net.id("c"))
    assert not privatenotices.public(net.hubs["a"], identity, known)


def test_a_stick_brings_erasures_to_a_hub_that_gets_nothing_else_any_more(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    closed = replace(NET, visibility="members", robots="noindex")
    net.push("a", Change(conferences.FILE, conferences.encode(closed)))
    net.write("a", hubs.post("gone", body=SECRET), hubs.post("stays"))
    offering.offer(net.hubs["a"], "conferences/net", net.id("b"))
    net.carry("a", "b")
    offering.unoffer(net.hubs["a"], "conferences/net", net.id("b"))
    _erase(net, "a")
    net.write("a", hubs.post("later"))
    net.carry("a", "b")
    assert net.mids("b") == {hubs.mid("stays")}
