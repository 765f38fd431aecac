"""A poll of a network: each hub asks its own members, and the home counts what hubs report."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network import standing
from solicomm_build.features.network.counting import notes
from solicomm_build.features.network.sealed import offering
from solicomm_build.features.network.trust import signed
from solicomm_build.features.polls import pollbook
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.networked import collected
from solicomm_build.features.polls.values import networkvotes
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.networkvotes import Electorate, Report, Row
from solicomm_build.features.polls.values.poll import Option, Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Reader
from solicomm_build.git.writer import Change
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.post import conference as conferences
from solicomm_build.testing import hubs
from solicomm_build.testing.deskhub import NOW, DeskHub
from solicomm_build.testing.networks import NET, Network

ID = "q-5f3a"
POLL = Poll(
    ID,
    {"en": "Which day?"},
    "choice",
    (Option("1", {"en": "May"}), Option("2", {"en": "June"})),
    NOW + timedelta(days=1),
    "pseudonymous",
    reports=NOW + timedelta(days=10),
)
VOTES = {"a": "1", "b": "2", "c": "2"}
"""What everybody at a hub votes."""


class Voting:
    """A poll in the conference that `a`, `b` … share; each has two members more than the last."""

    def __init__(self, folder: Path, poll: Poll = POLL, names: str = "abc") -> None:
        self.net = Network(folder, names)
        self.desks = {name: DeskHub.on(hub) for name, hub in self.net.hubs.items()}
        for place, (name, desk) in enumerate(self.desks.items(), 1):
            for number in range(1, 2 * place + 1):
                desk.member(number, f"m{number}@{name}-union.example", "net", name=f"Member {name}")
        self.net.push("a", Change(f"polls/{ID}/poll.yaml", polls.encode(poll)))
        self.asked: dict[str, list[Message]] = {}

    def at(self, when: timedelta) -> None:
        for desk in self.desks.values():
            desk.now = NOW + when

    def carry(self, giver: str, taker: str) -> list[str]:
        with clock.fixed(self.desks[taker].now):
            return self.net.carry(giver, taker).lines

    def open(self, name: str) -> None:
        """The desk asks the members of a hub."""
        found = [parse(item.raw) for item in self.desks[name].work()]
        self.asked[name] = [one for one in found if "vote+" in (one.field("Reply-To") or "")]

    def vote(self, name: str, count: int = 9) -> None:
        for one in self.asked[name][:count]:
            self.desks[name].reply(one, VOTES[name], sender=one.to[0].addr_spec)

    def files(self, name: str = "a") -> PollFiles:
        with Reader(self.net.repo(name)) as reader:
            return store.load(reader, ID)

    def begun(self) -> Voting:
        """All are asked, and vote, and the time is over."""
        self.open("a")
        for name in self.desks.keys() - {"a"}:
            self.carry("a", name)
            self.open(name)
        for name in self.desks:
            self.vote(name)
        self.at(timedelta(days=2))
        for desk in self.desks.values():
            desk.work()
        return self


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Voting:
    return Voting(tmp_path_factory.mktemp("held")).begun()


def test_each_hub_asks_its_own_members_and_writes_nothing_into_the_conference(
    held: Voting,
) -> None:
    assert {name: len(asked) for name, asked in held.asked.items()} == {"a": 2, "b": 4, "c": 6}
    assert held.files("a").closing is not None
    for name in "bc":
        assert held.files(name).closing is None, "the home alone ends it"
        assert held.net.tree(name, f"polls/{ID}") != ""
        assert not any("Result" in line for line in held.net.files(name))
        found = collected.read(held.net.hubs[name], "net", ID)
        assert found is not None
        assert [(row.choice, row.votes) for row in found.rows] == [(("2",), found.voters)]


def test_what_was_reported_under_codes_is_nobodys_any_more(held: Voting) -> None:
    """Though the home, which may be gone, has not told yet that the vote has ended."""
    for name in "bc":
        assert held.files(name).closing is None
        assert not pollbook.book(held.net.hubs[name], "net", ID).folder.exists()


def test_the_home_counts_each_report_once_and_names_who_has_not_reported(held: Voting) -> None:
    own = held.files().tally
    assert own is not None
    assert own.winners == ("1",)
    with clock.fixed(held.desks["c"].now):
        (electorate, _) = sorted(
            notes.files(
                held.net.hubs["c"], held.net.identity("c"), held.net.known("c"), held.net.id("a")
            ).items()
        )
    held.carry("b", "a")
    taking = held.net.hubs["a"], held.net.identity("a"), held.net.known("a")
    held.carry("c", "a")
    both = held.files()
    assert {hub: one.voters for hub, one in both.electorates.items()} == {
        held.net.id("b"): 4,
        held.net.id("c"): 6,
    }
    found = both.tally
    assert found is not None
    assert (found.voters, found.cast, found.winners) == (12, 12, ("2",))
    before = held.net.tip("a")
    for name in "bcb":
        held.carry(name, "a")
    with clock.fixed(held.desks["a"].now):
        lines, is_new = notes.taken(*taking, dict([electorate]), maillog.to_nobody())
    assert (lines, is_new) == ([], False)
    assert held.net.tip("a") == before
    held.carry("a", "b")
    assert held.files("b").tally == found, "the page is the same at every hub"
    assert not notes.files(
        held.net.hubs["b"], held.net.identity("b"), held.net.known("b"), held.net.id("a")
    ), "what the home has is not brought again"


def test_the_page_shows_each_hub(held: Voting) -> None:
    a = held.net.hubs["a"]
    hubs.build(a)
    page = hubs.page(a, f"/conferences/net/polls/{ID}/")
    assert "Votes at each hub" in page
    assert f"b ({held.net.id('b')})" in page
    assert "Whoever is a member at two hubs can vote at both" in page
    assert "12 of 12" in page


def _results(voting: Voting) -> list[Message]:
    """The mails with a result that the home has for its conference."""
    spool = Spool(voting.net.hubs["a"].spool_in)
    found = [parse(item.raw) for path in spool.pending() for item in spool.read(path)]
    return [one for one in found if one.subject.startswith("Result")]


def test_who_was_told_the_result_is_told_once_what_it_is_with_all_hubs(held: Voting) -> None:
    a = held.desks["a"]
    for name in "bc":
        held.carry(name, "a")
    held.at(timedelta(days=9))
    a.work()
    assert len(_results(held)) == 1, "hubs may report still"
    held.at(timedelta(days=10))
    for _ in range(2):
        a.work()
        held.at(timedelta(days=11))
    first, second = sorted(_results(held), key=lambda one: one.date or NOW)
    assert first.msgid != second.msgid
    assert second.subject == "Result of all hubs: Which day?"
    assert second.to == first.to
    text = " ".join(second.text.split())
    assert "2. June: 10" in text
    assert "with the votes at 2 other hubs" in text
    assert "Without them: Chosen: May." in text
    held.at(timedelta(days=2))


def test_nobody_is_told_twice_when_no_hub_reported_or_long_after(tmp_path: Path) -> None:
    voting = Voting(tmp_path, names="ab").begun()
    assert len(_results(voting)) == 1
    voting.at(timedelta(days=11))
    voting.desks["a"].work()
    assert len(_results(voting)) == 1, "there is nothing new to tell"
    voting.at(timedelta(days=2))
    voting.carry("b", "a")
    voting.at(timedelta(days=18))
    voting.desks["a"].work()
    assert len(_results(voting)) == 1, "its time is over"


def test_a_hub_that_has_not_reported_is_named(tmp_path: Path) -> None:
    voting = Voting(tmp_path, names="ab")
    voting.open("a")
    voting.carry("a", "b")
    voting.open("b")
    voting.carry("b", "a")
    voting.vote("a")
    voting.at(timedelta(days=2))
    voting.desks["a"].work()
    assert [one.hub for one in voting.files().missing] == [voting.net.id("b")]
    hubs.build(voting.net.hubs["a"])
    assert "not reported yet" in hubs.page(voting.net.hubs["a"], f"/conferences/net/polls/{ID}/")
    found = voting.files().tally
    assert found is not None
    assert (found.voters, found.cast) == (6, 2)
    voting.at(timedelta(days=11))
    voting.desks["b"].work()
    assert any("counted reports until" in line for line in voting.carry("b", "a"))
    assert not voting.files().reports
    stand = standing.read(voting.net.hubs["a"], voting.net.id("b"))
    assert any(f"poll.net.{ID}.report" in reason for reason in stand.refused)


def test_the_end_that_the_home_sets_is_the_end_everywhere(tmp_path: Path) -> None:
    voting = Voting(tmp_path, replace(POLL, ballot="open"), names="ab")
    voting.open("a")
    voting.carry("a", "b")
    voting.open("b")
    voting.vote("b", 1)
    closing = polls.Closing(NOW + timedelta(hours=2), "moderator")
    from solicomm_build.features.polls.values import votefiles

    voting.net.push("a", Change(f"polls/{ID}/close.yaml", votefiles.encode_close(closing)))
    voting.at(timedelta(hours=3))
    voting.carry("a", "b")
    voting.desks["b"].work()
    voting.carry("b", "a")
    (report,) = voting.files().reports.values()
    assert report.rows == (Row(("2",), 1, "Member b"),)


def test_a_name_that_was_erased_is_not_reported(tmp_path: Path) -> None:
    voting = Voting(tmp_path, replace(POLL, ballot="open"), names="ab").begun()
    b = voting.net.hubs["b"]
    collected.without_names(b, "net", ID, {"Member b"})
    voting.carry("b", "a")
    (report,) = voting.files().reports.values()
    assert [(row.votes, row.name) for row in report.rows] == [(1, "")] * 4


def test_a_name_that_is_erased_later_goes_from_what_was_reported(tmp_path: Path) -> None:
    """It stood on the page of the result, at every hub, for good."""
    voting = Voting(tmp_path, replace(POLL, ballot="open"), names="ab").begun()
    b, own = voting.net.hubs["b"], voting.net.id("b")
    for giver, taker in ("ba", "ab"):
        voting.carry(giver, taker)
    assert {row.name for row in voting.files("b").reports[own].rows} == {"Member b"}
    before = voting.files().tally
    collected.without_names(b, "net", ID, {"Member b"})
    for giver, taker in ("ba", "ab"):
        lines = voting.carry(giver, taker)
    for name in "ab":
        rows = voting.files(name).reports[own].rows
        assert [(row.choice, row.votes, row.name) for row in rows] == [(("2",), 1, "")] * 4
        now = voting.files(name).tally
        assert before is not None
        assert now is not None
        assert replace(now, votes=()) == replace(before, votes=()), "it counts as it did"
    said = notes.files(b, voting.net.identity("b"), voting.net.known("b"), voting.net.id("a"))
    assert not said, lines
    more = Report(own, voting.files().reports[own].at, (Row(("1",), 1), *rows[1:]))
    name = f"poll.net.{ID}.unnamed-{'0' * 16}"
    blob = _note(voting, "b", name, networkvotes.encode_report(ID, more))
    taking = (voting.net.hubs["a"], voting.net.identity("a"), voting.net.known("a"))
    lines, is_new = notes.taken(*taking, {name: blob}, maillog.to_nobody())
    assert not is_new
    assert "does more to the report" in lines[0]


def _note(voting: Voting, hub: str, name: str, content: bytes, to: str = "a") -> bytes:
    """A note that the operator of a hub makes as he likes."""
    import hashlib

    values = {
        "schema": notes.SCHEMA,
        "hub": voting.net.id(hub),
        "to": voting.net.id(to),
        "name": name,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return signed.write(dict(values), voting.net.identity(hub)).rstrip(b"\n") + b"\n---\n" + content


def _report(voting: Voting, hub: str, *rows: Row) -> bytes:
    said = Report(voting.net.id(hub), NOW, rows)
    return networkvotes.encode_report(ID, said)


FORGED = {
    "more votes than may vote there": (("b", Row(("2",), 5)), "and its hub said that 4"),
    "a choice that is none": (("b", Row(("7",), 1)), "none of this poll"),
    "names where none are shown": (("b", Row(("2",), 1, "Ana")), "shows none"),
    "another hub's votes": (("c", Row(("2",), 1)), "of another hub"),
}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Voting:
    voting = Voting(tmp_path_factory.mktemp("declared"), names="abc")
    voting.open("a")
    voting.carry("a", "b")
    voting.open("b")
    voting.carry("b", "a")
    voting.at(timedelta(days=2))
    voting.desks["a"].work()
    return voting


@pytest.mark.parametrize("what", FORGED)
def test_a_report_that_may_not_count_is_refused_and_named(declared: Voting, what: str) -> None:
    (said_by, row), why = FORGED[what]
    before = declared.net.tip("a")
    name = f"poll.net.{ID}.report"
    blob = _note(declared, "b", name, _report(declared, said_by, row))
    taking = declared.net.hubs["a"], declared.net.identity("a"), declared.net.known("a")
    with clock.fixed(declared.desks["a"].now):
        lines, is_new = notes.taken(*taking, {name: blob}, maillog.to_nobody())
    assert not is_new
    assert why in lines[0].replace("another poll, or another hub", "of another hub")
    assert declared.net.tip("a") == before


@pytest.mark.parametrize("what", ["signed by another", "changed", "for another hub", "no part"])
def test_a_note_that_is_not_its_hubs_own_is_refused(declared: Voting, what: str) -> None:
    name = f"poll.net.{ID}.report"
    content = _report(declared, "b", Row(("2",), 1))
    blob = _note(declared, "b", name, content, to="c" if what == "for another hub" else "a")
    if what == "signed by another":
        blob = _note(declared, "c", name, content).replace(
            declared.net.id("c").encode(), declared.net.id("b").encode()
        )
    elif what == "changed":
        blob = blob.replace(b'votes: "1"', b'votes: "4"').replace(b"votes: 1", b"votes: 4")
    elif what == "no part":
        blob = _note(declared, "c", name, _report(declared, "c", Row(("2",), 1)))
    before = declared.net.tip("a")
    taking = declared.net.hubs["a"], declared.net.identity("a"), declared.net.known("a")
    with clock.fixed(declared.desks["a"].now):
        lines, is_new = notes.taken(*taking, {name: blob}, maillog.to_nobody())
    assert (len(lines), is_new) == (1, False)
    assert "is not taken" in lines[0]
    assert declared.net.tip("a") == before


def test_a_conference_for_members_is_asked_and_counted_likewise(tmp_path: Path) -> None:
    voting = Voting(tmp_path, names="ab")
    closed = replace(NET, visibility="members", robots="noindex")
    voting.net.push("a", Change(conferences.FILE, conferences.encode(closed)))
    offering.offer(voting.net.hubs["a"], "conferences/net", voting.net.id("b"))
    voting.begun()
    stick = voting.net.stick("b", "a").read_bytes()
    assert ID.encode() not in stick
    voting.carry("b", "a")
    (report,) = voting.files().reports.values()
    assert report.votes == 4


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("network: {reports: 2026-11-20T00:00:00Z}\n", "report in time"),
        ("network: {reports: 2027-11-20T00:00:00Z}\n", "report in time"),
        ("network: {reports: 2026-11-27T00:00:00Z}\nshow: live\n", "cannot report such votes"),
        ("network: {report: 2026-11-27T00:00:00Z}\n", "report"),
    ],
)
def test_a_poll_says_until_when_hubs_report(more: str, why: str) -> None:
    text = f"schema: solicomm/poll@1\nid: {ID}\nquestion: Go?\ncloses: 2026-11-25T00:00:00Z\n"
    with pytest.raises(ContentErrors, match=why):
        polls.decode(text + more)
    assert polls.decode(polls.encode(POLL)) == POLL


def test_electorates_are_read_as_written() -> None:
    said = Electorate("b-aaaaaaaa", "B", NOW, 4)
    blob = networkvotes.encode_electorate(ID, said)
    assert networkvotes.decode_electorate(blob, ID, said.hub) == said
    with pytest.raises(ContentErrors):
        networkvotes.decode_report(blob, ID, said.hub)
