"""Letters of a stick that are for another hub: they go to the home of the conference that they are
to, whose authors are asked there; or it is said whom to give the stick to.

stick at b ─read→ b ─signed, sealed→ a, the home of `net` ─→ its author is asked
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.desk.chores import Looked
from solicomm_build.desk.run import desk
from solicomm_build.features.network.counting import notes
from solicomm_build.features.pocket import network, privacy
from solicomm_build.features.pocket.letters import aside, onward, sweeping, taking
from solicomm_build.features.pocket.letters.taking import Report
from solicomm_build.features.privacy import erase, leftovers
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import HubError, MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Giver
from solicomm_build.message.parse import parse
from solicomm_build.people.addresses import OtherHub
from solicomm_build.people.roster import Roster
from solicomm_build.post.store import erasing
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Two hubs, of which `b` follows a conference of `a`."""
    made = Network(tmp_path_factory.mktemp("net"), "ab")
    made.write("a", hubs.post("one"))
    made.carry("a", "b")
    made.carry("b", "a")
    return made


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick" / "outbox").mkdir(parents=True)
    return tmp_path / "stick"


def letter(to: str, name: str = "1", text: str = "Hi") -> bytes:
    head = ["From: Ana <ana@union.example>", f"To: <{to}>", f"Message-ID: <{name}@there.example>"]
    return "\r\n".join([*head, "Subject: Wages", "", text, ""]).encode()


def read(hub: Config, stick: Path, octets: bytes) -> Report:
    (stick / "outbox" / "a.eml").write_bytes(octets)
    return taking.read(hub, (stick,))


def spooled(hub: Config) -> Iterator[tuple[tuple[str, ...], bool, str]]:
    """What waits for ingest: to whom, whether a stick brought it, and what it says."""
    spool = Spool(hub.spool_in)
    for path in spool.pending():
        for item in spool.read(path):
            text = parse(item.raw).text.strip()
            yield tuple(item.envelope.rcpt_tos), item.envelope.carried, text


def test_a_letter_to_a_conference_that_is_followed_goes_to_its_home(
    whole: Network, stick: Path
) -> None:
    a, b = whole.hubs["a"], whole.hubs["b"]
    octets = letter("net@a.example", "goes", "To the home")
    report = read(b, stick, octets)
    assert (report.onward, report.taken, report.refused) == ({"a.eml": "a"}, [], {})
    assert (stick / "outbox/read/a.eml").exists()
    (found,) = onward.look(b)
    assert (found.level, "1 of sticks wait for the homes of net" in found.what) == ("fine", True)
    assert read(b, stick, octets).known == ["a.eml"], "it is read once"
    assert [*spooled(b)] == []
    lines = whole.carry("b", "a").lines
    assert any("has brought letter" in line and "its author is asked" in line for line in lines), (
        lines
    )
    assert [*spooled(a)] == [(("net@a.example",), True, "To the home")]
    assert not [line for line in whole.carry("b", "a").lines if "letter" in line]
    assert len([*spooled(a)]) == 1, "it comes once"
    whole.carry("a", "b")
    assert [one.what for one in onward.look(b)] == ["no letter of a stick waits for another hub"]
    assert not [*onward.given(b, "net", "")]


def test_one_that_waits_for_long_is_warned_of_and_goes_at_last(whole: Network, stick: Path) -> None:
    b = whole.hubs["b"]
    report = read(b, stick, letter("net@a.example", "waits"))
    assert report.onward == {"a.eml": "a"}
    assert [*onward.lasting(b)] == []
    with clock.fixed(clock.now() + timedelta(days=8)):
        (found,) = onward.lasting(b)
        assert (found.level, "peer bundle" in found.remedy) == ("warning", True)
    with clock.fixed(clock.now() + timedelta(days=91)):
        assert [*onward.given(b, "net", "")] == []
    assert [*onward.given(b, "net", "")] == []
    (late,) = aside.kept(b)
    assert aside.why(late) == onward.LATE
    aside.forget(late)


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("other@a.example", r"not followed here.*people of a \(https://a.example\)"),
        ("other@nowhere.example", "people of nowhere.example, or open the file with a mail"),
        ("b@elsewhere.example", "which is no conference here"),
    ],
)
def test_for_any_other_it_is_said_whom_to_give_the_stick_to(
    whole: Network, stick: Path, to: str, says: str
) -> None:
    b = whole.hubs["b"]
    report = read(b, stick, letter(to, "stays"))
    assert report.onward == {}
    assert (stick / "outbox/a.eml").exists()
    (said,) = report.refused.values()
    assert re.search(says, said), said


def test_what_is_too_large_or_too_much_is_said(
    whole: Network, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = whole.hubs["b"]
    monkeypatch.setattr(onward, "MOST", 200)
    (said,) = read(b, stick, letter("net@a.example", "large", "x" * 300)).refused.values()
    assert "larger than" in said
    assert "Give the stick" in said
    monkeypatch.setattr(onward, "MOST_WAITING", 0)
    (said,) = read(b, stick, letter("net@a.example", "much")).refused.values()
    assert "wait already" in said
    assert onward.MOST < notes.MOST


def test_a_hub_brings_letters_to_the_conference_it_names_and_to_no_other(whole: Network) -> None:
    """Whatever stands in the letter: no member, no command, no other conference."""
    a, giver = whole.hubs["a"], Giver("b-1", "b.example")
    before = [*spooled(a)]
    for number, to in enumerate(("net-request@a.example", "ana@union.example", "b@a.example")):
        with pytest.raises(MessageError, match="which is no conference here"):
            taking.brought(a, "net", giver, f"x{number}", letter(to, f"x{number}"))
    assert [*spooled(a)] == before
    here = onward.by_hand(OtherHub("a", "A", ""))
    assert here == "Give the stick, or this file, to the people of A"


def test_one_that_its_home_refuses_is_kept_and_shown_until_thirty_days_went_by(
    whole: Network, stick: Path
) -> None:
    """Its author is told where a mail may go there (test_not_arrived.py): not to a hub."""
    b = whole.hubs["b"]
    octets = letter("net@a.example", "refused").replace(b"ana@union.example", b"net@a.example")
    assert read(b, stick, octets).onward == {"a.eml": "a"}
    whole.carry("b", "a")
    assert [*onward.lasting(b)] == []
    whole.carry("a", "b")
    whole.carry("a", "b")
    assert not [*onward.given(b, "net", "")]
    desk(b, once=True, log=maillog.to_nobody())
    (found,) = onward.lasting(b)
    assert re.search(r"conferences: net\.[0-9a-f]{10} \(its author would be net@a", found.what)
    assert "tell their authors" in found.remedy
    (kept,) = aside.kept(b)
    assert kept.read_bytes() == octets
    sweeping.run(b, Looked())
    assert aside.kept(b) == [kept]
    with clock.fixed(clock.now() + timedelta(days=31)):
        sweeping.run(b, Looked())
    assert [*kept.parent.iterdir()] == []
    assert [*onward.lasting(b)] == []


def test_whom_a_letter_names_as_its_author_gets_it_by_mydata_and_has_it_erased(
    whole: Network, stick: Path
) -> None:
    b = whole.hubs["b"]
    read(b, stick, letter("net@a.example", "waits-2", "Mine"))
    read(b, stick, letter("net@a.example", "refused-2", "Mine, too"))
    first, _ = onward.given(b, "net", "")
    network.SETTLED["letter"](b, "net", first[0], "no")
    other = letter("net@a.example", "other").replace(b"ana@", b"bo@")
    read(b, stick, other)
    told = privacy.FACTS["stick_letters"](b, Roster(), 0, frozenset({"Ana@union.example"}))
    assert sorted(one.get("refused", "") for one in told) == ["", "no"]
    assert sorted("Mine, too" in one["message"] for one in told) == [False, True]
    assert erasing.keeps(b, "ana@union.example")
    assert not erasing.keeps(b, "cy@union.example")
    _, receipt = erase.erase(b, "ana@union.example", reason="asked", by="cli")
    assert receipt.removed["private/pocket/onward"] == 1
    assert receipt.removed["private/pocket/refused"] == 1
    assert [octets for _, octets in onward.given(b, "net", "")] == [other]
    assert aside.kept(b) == []
    assert not erasing.keeps(b, "ana@union.example")


def test_one_that_waits_or_was_refused_is_erased_by_its_message_id(
    whole: Network, stick: Path
) -> None:
    b = whole.hubs["b"]
    said = {f"by-id-{number}": f"Foreman {number} took all rosters home" for number in "1234"}
    for name in ("by-id-1", "by-id-2", "by-id-3"):
        read(b, stick, letter("net@a.example", name, said[name]))
    named = {name: octets for name, octets in onward.given(b, "net", "")}
    refused = next(name for name, octets in named.items() if b"by-id-2" in octets)
    network.SETTLED["letter"](b, "net", refused, "no")
    read(b, stick, letter("own@b.example", "by-id-4", said["by-id-4"]))
    for name, place in (
        ("<by-id-1@there.example>", "private/pocket/onward"),
        ("by-id-2@there.example", "private/pocket/refused"),
        ("<by-id-4@there.example>", "spool/in"),
    ):
        order, receipt = erase.erase(b, name, reason="asked", by="cli")
        assert receipt.removed == {place: 1}
        assert not [*leftovers.search(b, receipt, order.needles)]
    left = b"".join(octets for _, octets in onward.given(b, "net", ""))
    assert [b"by-id-1" in left, b"by-id-3" in left] == [False, True]
    assert read(b, stick, letter("net@a.example", "by-id-1")).known == ["a.eml"]
    with pytest.raises(HubError, match="Nothing here is called"):
        erase.erase(b, "<by-id-9@there.example>", reason="asked", by="cli")
