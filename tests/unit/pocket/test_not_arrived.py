"""Letters of a stick that the home of their conference never took: their authors are told, once
each, why and what they can do; the operator hears of those that no mail can reach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.desk.chores import Looked
from solicomm_build.desk.office import Office
from solicomm_build.desk.run import desk
from solicomm_build.features.pocket.letters import aside, onward, sweeping, taking, telling
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


@pytest.fixture
def whole(tmp_path: Path) -> Network:
    """Two hubs, of which `b` follows a conference of `a`."""
    made = Network(tmp_path / "net", "ab")
    made.write("a", hubs.post("one"))
    made.carry("a", "b")
    made.carry("b", "a")
    return made


def read(hub: Config, name: str, sender: str, lang: str = "en") -> None:
    head = [f"From: {sender}", "To: <net@a.example>", f"Message-ID: <{name}@there.example>"]
    head += [f"Subject: Wages {name}", f"Content-Language: {lang}", "", "A secret word.", ""]
    file = hub.root / f"{name}.eml"
    file.write_bytes("\r\n".join(head).encode())
    assert taking.read(hub, (file,)).onward == {file.name: "a"}


def told(hub: Config, when: datetime) -> list[Message]:
    """What the desk writes now, after a minute."""
    with clock.fixed(when):
        desk(hub, once=True, log=maillog.to_nobody())
    spool, found = Spool(hub.spool_out), []
    for path in spool.pending():
        found += [parse(one.raw) for one in spool.read(path)]
        spool.done(path)
    return found


def refuse(hub: Config, why: str) -> None:
    for name, _ in onward.given(hub, "net", ""):
        onward.settled(hub, "net", name, why)


def levels(hub: Config) -> Iterator[str]:
    return (one.level for one in onward.look(hub))


def test_the_author_is_told_once_with_the_reason_and_what_can_be_done(whole: Network) -> None:
    b, now = whole.hubs["b"], clock.now()
    read(b, "1", "ana@union.example")
    refuse(b, "a.eml: it is larger than the 1 MB that this hub takes")
    assert [*levels(b)] == ["fine", "fine"], "nobody need do anything"
    (said,) = told(b, now)
    assert [one.addr_spec for one in said.to] == ["ana@union.example"]
    assert "net@a.example did not arrive" in (said.subject or "")
    for words in ("Wages 1", "too large", "leave out files", "https://a.example", "We keep your"):
        assert words in said.text
    assert "secret" not in said.text, "nobody has us carry words to others"
    assert told(b, now + timedelta(minutes=5)) == []
    (one,) = (one for one in aside.look(b))
    assert (one.level, "were told" in one.what) == ("fine", True)
    with clock.fixed(now + timedelta(days=31)):
        sweeping.run(b, Looked())
    assert [*(b.private / aside.FOLDER).iterdir()] == []


def test_the_words_of_a_home_that_are_not_known_are_shown_as_its_own(whole: Network) -> None:
    b, now = whole.hubs["b"], clock.now()
    read(b, "1", "ana@union.example", "es")
    refuse(b, "[press](http://evil.example)")
    (said,) = told(b, now)
    assert "[press](http://evil.example)" in said.text
    assert "no llegó" in (said.subject or "")


def test_a_letter_that_nobody_took_in_ninety_days_is_told_of_too(whole: Network) -> None:
    b, now = whole.hubs["b"], clock.now()
    later = now + timedelta(days=91)
    read(b, "1", "ana@union.example")
    with clock.fixed(later):
        assert [*onward.given(b, "net", "")] == []
    assert onward.waiting(b) == []
    (said,) = told(b, now)  # by the time of the file it was put aside just now
    assert "For ninety days nobody took it there" in said.text
    aside.forget(aside.kept(b)[0])
    read(b, "2", "ana@union.example")
    with clock.fixed(later):
        onward.sweep(b)
    assert aside.why(*aside.kept(b)[:1]) == onward.LATE


@pytest.mark.parametrize("sender", ["own@b.example", "net@a.example", "anybody@a.example"])
def test_no_hub_is_written_to_and_the_operator_hears_of_it(whole: Network, sender: str) -> None:
    b = whole.hubs["b"]
    aside.put(b, "net." + "0" * 40, f"From: {sender}\r\n\r\nHi\r\n".encode(), "no")
    assert told(b, clock.now()) == []
    (one,) = aside.look(b)
    assert (one.level, "tell their authors" in one.remedy) == ("warning", True)


def test_a_stick_full_of_letters_bombs_nobody(whole: Network) -> None:
    """As what else unproven mail causes; who was not told today is told when there is room, and the
    operator hears of those who wait for longer than a day."""
    b, now = whole.hubs["b"], clock.now()
    for number in range(30):
        read(b, str(number), "victim@union.example")
    refuse(b, "no")
    assert len(told(b, now)) == 11
    assert [*levels(b)][:2] == ["fine", "fine"]
    tomorrow = now + timedelta(days=1, minutes=1)
    with clock.fixed(tomorrow):
        assert [*levels(b)][:2] == ["fine", "warning"]
    assert len(told(b, tomorrow)) == 11


def test_it_rests_between_two_looks(whole: Network) -> None:
    office, looked = Office(whole.hubs["b"]), Looked[None]()
    try:
        aside.put(office.config, "net." + "0" * 40, b"From: ana@union.example\r\n\r\nHi\r\n", "no")
        assert len([*telling.steps(office, looked)]) == 1
        assert [*telling.steps(office, looked)] == []
    finally:
        office.close()
