"""A poll's page: what it shows and when, and that whoever counts again gets the same table."""

from __future__ import annotations

import hashlib
import re
import subprocess
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.builder.run import Builder
from solicomm_build.cli.main import main
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import votefiles
from solicomm_build.features.polls.values.poll import Ballot, Closing, Opening, Option, Poll, Voter
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = "conferences/bar/polls/q-5f3a/index.html"


def poll(**how: object) -> Poll:
    known: dict[str, object] = {
        "id": "q-5f3a",
        "question": {"en": "Which <day>?", "ar": "أي يوم؟"},
        "type": "ranked",
        "options": tuple(Option(str(n), {"en": f"Day {n}", "fr": f"Jour {n}"}) for n in (1, 2, 3)),
        "closes": AT + timedelta(days=7),
    }
    return Poll(**known | how)  # type: ignore[arg-type]


def files(about: Poll, *choices: str) -> list[Change]:
    """A poll that is open, with these ballots of voters with names."""
    voters = [Voter(f"v_{letter * 10}", Fraction(1)) for letter in "abcdef"]
    text, listed = polls.encode(about), votefiles.encode_voters(about.id, voters)
    opening = Opening(AT, hashlib.sha256(text).hexdigest(), hashlib.sha256(listed).hexdigest())
    at = polls.folder(about.id)
    made = [
        Change(f"{at}poll.yaml", text),
        Change(f"{at}voters.yaml", listed),
        Change(f"{at}open.yaml", votefiles.encode_open(opening)),
    ]
    for voter, choice in zip(voters, choices, strict=False):
        ballot = Ballot(voter.id, AT + timedelta(hours=1), tuple(choice.split()), f"N{voter.id[2]}")
        made.append(Change(polls.ballot_path(about.id, ballot), votefiles.encode_ballot(ballot)))
    return made


def put(hub: Config, *changes: Change) -> None:
    repo = open_repo(hub.conference_repo("bar"))
    write_once(repo, list(changes), message="Poll\n\nSource: desk\n", when=AT)


def build(hub: Config, *, full: bool = False) -> None:
    builder = Builder(hub, data.theme())
    try:
        report = builder.build(full=full)
    finally:
        builder.close()
    assert report.failures == []


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


END = Change(
    "polls/q-5f3a/close.yaml", votefiles.encode_close(Closing(AT + timedelta(days=7), "deadline"))
)


def test_choices_are_shown_at_the_end_only(hub: Config) -> None:
    put(hub, *files(poll()))
    build(hub)
    page = (hub.public / PAGE).read_text("utf-8")
    assert "Open until 1 December 2026" in page
    assert "Which &lt;day&gt;?" in page
    assert "<svg" not in page.partition("<main")[2]
    assert 'href="../../../../members/vote/q-5f3a"' in page, "the same link for everybody"
    front = (hub.public / "conferences/bar/index.html").read_text("utf-8")
    assert "Open for your vote: Which &lt;day&gt;?" in front
    assert 'class="notice"><a href="polls/q-5f3a/"' in front
    put(hub, *files(poll(), "1 2", "2 3", "3 2", "2")[3:], END)
    build(hub)
    page = (hub.public / PAGE).read_text("utf-8")
    assert "Ended on" in page
    assert "Chosen: Day 2." in page
    assert page.count("<rect") == 6
    assert "Nb" in page
    front = (hub.public / "conferences/bar/index.html").read_text("utf-8")
    assert 'href="polls/"' in front
    assert "Open for your vote" not in front
    assert "/members/vote/" not in page
    assert "Jour 2" in (hub.public / "fr" / PAGE).read_text("utf-8")
    assert "Which &lt;day&gt;?" in (hub.public / "conferences/bar/polls/index.html").read_text()


def test_a_topic_says_that_a_vote_about_it_is_open_and_until_when(hub: Config) -> None:
    hubs.add(hub, "bar", [hubs.post("one", subject="Pipes"), hubs.post("two", subject="Hoses")])
    build(hub)

    def shown(name: str) -> str:
        where = hub.public / "conferences/bar/t" / str(hubs.mid(name)) / "index.html"
        return where.read_text("utf-8")

    before = shown("one")
    assert "Open for your vote" not in before
    topic = polls.topic_of(f"https://hub.example/conferences/bar/t/{hubs.mid('one')}/#x")
    about = poll(topic=topic)
    assert polls.decode(polls.encode(about)) == about
    put(hub, *files(about))
    build(hub)
    notice = "Open for your vote until 1 December 2026, 12:00 UTC: Which &lt;day&gt;?"
    assert notice in unescape(shown("one")).replace("<day>", "&lt;day&gt;")
    assert '<a href="../../polls/q-5f3a/"><bdi>Open for' in shown("one")
    assert "Open for your vote" not in shown("two")
    found = shown("one")
    build(hub, full=True)
    assert shown("one") == found, "a build from nothing says the same"
    put(hub, END)
    build(hub)
    assert shown("one") == before


@pytest.mark.parametrize("said", ["", "pipes", "https://hub.example/t/", "a" * 31])
def test_what_is_no_topic_is_none(said: str) -> None:
    with pytest.raises(ValueError, match="no topic's link"):
        polls.topic_of(said)


def test_while_open_the_turnout_is_told(hub: Config) -> None:
    noted = AT + timedelta(hours=3)
    put(
        hub,
        *files(poll()),
        Change(polls.turnout_path("q-5f3a", noted), votefiles.encode_turnout(noted, 2)),
    )
    build(hub)
    assert "Votes so far: 2 of 6" in (hub.public / PAGE).read_text("utf-8")


def test_a_live_poll_shows_its_table(hub: Config) -> None:
    put(hub, *files(poll(live=True), "1"))
    build(hub)
    page = (hub.public / PAGE).read_text("utf-8")
    assert page.count("<rect") == 6
    assert "Chosen" not in page


def test_incremental_is_full(hub: Config) -> None:
    put(hub, *files(poll()))
    build(hub)
    put(hub, *files(poll(), "1 2", "2 3")[3:])
    build(hub)
    put(hub, END)
    build(hub)
    before = {path: path.read_bytes() for path in hub.public.rglob("polls/**/index.html")}
    assert len(before) >= 4
    build(hub, full=True)
    assert before == {path: path.read_bytes() for path in hub.public.rglob("polls/**/index.html")}


def test_a_broken_poll_stops_no_page(hub: Config) -> None:
    put(hub, Change("polls/q-5f3a/poll.yaml", b"schema: solicomm/poll@1\n"))
    build(hub)
    assert "damaged" in (hub.public / PAGE).read_text("utf-8")


def rows_of(page: str) -> list[list[str]]:
    """The cells of the table of options."""
    table = page.partition('<table class="poll">')[2].partition("</table>")[0]
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]:
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        found.append([unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in cells])
    return found


def test_a_recount_from_a_clone_says_what_the_page_says(hub: Config, tmp_path: Path) -> None:
    put(hub, *files(poll(), "1 2", "2 3", "3 2", "2"), END)
    build(hub)
    page = (hub.public / PAGE).read_text("utf-8")
    clone = tmp_path / "bar"
    subprocess.run(["git", "clone", "-q", hub.conference_repo("bar"), clone], check=True)
    counted = CliRunner().invoke(main, ["poll", "recount", str(clone), "q-5f3a"])
    assert counted.exit_code == 0, counted.output
    lines = [line.split("  ") for line in counted.output.splitlines()]
    told = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    shown = rows_of(page)
    assert shown == [[*row, ""] for row in told[1 : 1 + len(shown)]]
    assert "Chosen: Day 2." in counted.output


def test_a_recount_names_what_was_tampered_with(hub: Config, tmp_path: Path) -> None:
    put(hub, *files(poll(), "1 2"), END)
    clone = tmp_path / "bar"
    subprocess.run(["git", "clone", "-q", hub.conference_repo("bar"), clone], check=True)
    ballot = next(clone.rglob("ballots/*"))
    ballot.write_bytes(ballot.read_bytes().replace(b"1 2", b"3 2"))
    counted = CliRunner().invoke(main, ["poll", "recount", str(clone), "q-5f3a"])
    assert counted.exit_code == 65
    assert "not the one of its name" in counted.output


def test_polls_of_members_stay_with_members(tmp_path: Path) -> None:
    board = Conference("bar", {"en": "Bar"}, visibility="members")
    hub = smallhub.make(tmp_path / "hub", board)
    put(hub, *files(poll(), "1 2"), END)
    build(hub)
    assert not (hub.public / "conferences/bar").exists()
    assert b"Which" not in b"".join(p.read_bytes() for p in hub.public.rglob("*") if p.is_file())
    assert "Ended on" in (hub.member_pages / PAGE).read_text("utf-8")


@pytest.mark.parametrize("then", ["another topic", "a fault"])
def test_a_topic_says_nothing_of_a_poll_that_is_no_more_about_it(tmp_path: Path, then: str) -> None:
    hub = smallhub.make(tmp_path / "hub")
    hubs.add(hub, "bar", [hubs.post(name, subject=name) for name in "ab"])
    topic = f"/conferences/bar/t/{hubs.mid('a')}/"
    put(hub, *files(poll(topic=hubs.mid("a"))))
    build(hub)
    assert "Open for your vote" in hubs.page(hub, topic)
    if then == "a fault":
        put(hub, Change("polls/q-5f3a/poll.yaml", b"id: ["))
    else:
        put(hub, *files(poll(topic=hubs.mid("b"))))
    build(hub)
    assert "Open for your vote" not in hubs.page(hub, topic)
    assert hubs.differences(hub) == []
