"""A poll by mail, spoken through: opened by a moderator, voted on, ended by time, told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solicomm_build.features.polls import pollbook, voteaddress
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import votefiles
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.features.privacy import erase, personal
from solicomm_build.features.removing import places
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.post.store import fsck
from solicomm_build.testing.deskhub import DeskHub

MOD = "mo@union.example"
TEXT = "Shall we join?\nquestion (fr): Participons-nous ?\ncloses: 2026-11-30 18:00\n"
PEOPLE = {
    2: ("ana@union.example", "Ana Paz", "es"),
    3: ("ben@union.example", "", "fr"),
    4: ("cid@union.example", "Cid", "ar"),
}


@pytest.fixture
def water(hub: DeskHub) -> DeskHub:
    hub.member(1, MOD, "water", name="Mo", lang="en", role="moderator")
    for number, (address, name, lang) in PEOPLE.items():
        hub.member(number, address, "water", name=name, lang=lang)
    return hub


def opened(hub: DeskHub, text: str = TEXT) -> dict[str, Message]:
    """Opens a poll by mail; the letters to the voters by address."""
    (preview,) = hub.ask("water-poll", text, sender=MOD)
    assert "Open this vote?" in preview.subject, preview.text
    told = hub.reply(preview, sender=MOD)
    return {one.to[0].addr_spec: one for one in told if "vote+q-" in (one.field("Reply-To") or "")}


def files(hub: DeskHub) -> PollFiles:
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        (identifier,) = store.identifiers(reader)
        return store.load(reader, identifier)


def end(hub: DeskHub) -> None:
    hub.now = files(hub).poll.closes + timedelta(seconds=1)
    hub.work()


def said_yes(hub: DeskHub, asked: Message, sender: str) -> list[Message]:
    """What the mail leads to whose author was asked, when he says that he wrote it."""
    assert hub.reply(asked, sender=sender) == []
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    return [parse(item.raw) for item in hub.work()]


def posts(hub: DeskHub) -> list[Message]:
    """What waits for ingest."""
    spool = Spool(hub.config.spool_in)
    return [parse(item.raw) for path in spool.pending() for item in spool.read(path)]


def test_the_whole_way(water: DeskHub) -> None:
    asked = opened(water)
    assert set(asked) == {MOD, *(address for address, _, _ in PEOPLE.values())}
    assert "Participons-nous ?" in asked["ben@union.example"].text
    assert "1. Agree" in asked[MOD].text
    assert "cannot be both secret and verifiable" in asked[MOD].text
    (answer,) = water.reply(
        asked["ana@union.example"], "Sí\n\n> 1. Agree", sender="ana@union.example"
    )
    assert files(water).ballots == (), "choices stay private until the end"
    water.reply(asked["ben@union.example"], "oui", sender="ben@union.example")
    water.reply(asked["cid@union.example"], "٣", sender="cid@union.example")
    (changed,) = water.reply(answer, "2", sender="ana@union.example")
    (undone,) = water.reply(changed, "deshacer", sender="ana@union.example")
    assert undone.to[0].addr_spec == "ana@union.example"
    end(water)
    found = files(water)
    assert found.closing is not None
    assert found.closing.at == found.poll.closes
    assert found.tally is not None
    assert [row.ballots for row in found.tally.rows] == [2, 0, 1, 0]
    assert sorted(one.name for one in found.ballots) == ["", "Ana Paz", "Cid"]
    (post,) = posts(water)
    assert post.subject == "Result: Shall we join?"
    assert "Agreed." in post.text
    (late,) = water.reply(asked[MOD], "no", sender=MOD)
    assert "does not count" in late.text
    assert not water.aside()


def test_no_vote_is_asked_back_and_changes_nothing(water: DeskHub) -> None:
    asked = opened(water)
    ask = asked["ana@union.example"]
    water.reply(ask, "1", sender="ana@union.example")
    for text in ("si", "Yes, but only with the others", "1 2", "7", "", "> 1"):
        (answer,) = water.reply(ask, text, sender="ana@union.example")
        assert answer.field("Reply-To") == ask.field("Reply-To"), text
    end(water)
    found = files(water).tally
    assert found is not None
    assert [vote.choice for vote in found.votes] == [("agree",)]


def test_a_program_never_votes(water: DeskHub) -> None:
    asked = opened(water)
    ask = asked["ana@union.example"]
    for field in ("Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <x.example>"):
        assert water.reply(ask, "1", sender="ana@union.example", fields=[field]) == []
    assert water.reply(ask, "1", sender="ana@union.example", mail_from=None) == []
    end(water)
    found = files(water).tally
    assert found is not None
    assert found.votes == ()


def test_a_forwarded_mail_votes_but_the_voter_hears_of_it(water: DeskHub) -> None:
    asked = opened(water)
    (told,) = water.reply(asked[MOD], "no", sender="eve@evil.example", proven=False)
    assert told.to[0].addr_spec == MOD
    assert "from another address" in told.text
    water.reply(told, "undo", sender=MOD)
    end(water)
    found = files(water).tally
    assert found is not None
    assert found.votes == ()


def test_a_vote_counts_by_the_time_at_which_it_came(water: DeskHub) -> None:
    asked = opened(water)
    poll = files(water).poll
    water.now = poll.closes - timedelta(seconds=2)
    local = (asked[MOD].reply_to[0].addr_spec).partition("@")[0]
    water.send(local, "1", sender=MOD)  # a second before the end
    water.now = poll.closes + timedelta(minutes=1)
    water.work()
    found = files(water).tally
    assert found is not None
    assert len(found.votes) == 1
    assert files(water).closing is not None


def test_pseudonymous(water: DeskHub) -> None:
    asked = opened(water, TEXT + "ballot: pseudonymous\n")
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    water.reply(asked["cid@union.example"], "3", sender="cid@union.example")
    identifier = files(water).poll.id
    book = pollbook.book(water.config, "water", identifier)
    codes = {number: voter for voter, number in book.voters().items()}
    assert codes[2] in asked["ana@union.example"].text
    end(water)
    water.work()
    found = files(water)
    shown = {ballot.voter: (ballot.choice, ballot.name) for ballot in found.ballots}
    assert shown == {codes[2]: (("agree",), ""), codes[4]: (("disagree",), "")}
    assert len({ballot.at for ballot in found.ballots}) == 1, "no time says whose mail it was"
    assert not book.folder.exists(), "nobody can tie a code to a member any more"


def test_live_votes_are_public_at_once(water: DeskHub) -> None:
    asked = opened(water, TEXT + "show: live\n")
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    assert [one.name for one in files(water).ballots] == ["Ana Paz"]
    water.reply(asked["ana@union.example"], "2", sender="ana@union.example")
    end(water)
    found = files(water)
    assert len(found.ballots) == 2
    assert found.tally is not None
    assert [row.ballots for row in found.tally.rows] == [0, 1, 0, 0]


def test_turnout_is_told_hourly(water: DeskHub) -> None:
    asked = opened(water)
    water.reply(asked[MOD], "1", sender=MOD)
    assert files(water).turnout is None
    water.now += timedelta(hours=1)
    water.work()
    noted = files(water).turnout
    assert noted is not None
    assert noted[1] == 1


def test_unions_cast_their_votes_through_delegates(water: DeskHub) -> None:
    for number, union in ((2, "metal"), (3, "metal"), (4, "port")):
        water.note(
            rosterevents.about_poll(
                "delegate", at=water.now, conference="water", number=number, union=union
            )
        )
    text = (
        "schema: solicomm/poll@1\nquestion: Shall we?\ncloses: 2026-11-30T18:00:00Z\n"
        "weights: {by-union: {metal: 1000, port: 300, rail: 50}}\n"
    )
    (preview,) = water.ask("water-poll", text, sender=MOD)
    assert "rail" in preview.text
    asked = {
        m.to[0].addr_spec: m
        for m in water.reply(preview, sender=MOD)
        if "vote+" in str(m.field("Reply-To"))
    }
    assert set(asked) == {address for address, _, _ in PEOPLE.values()}
    assert "500" in asked["ana@union.example"].text
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    water.reply(asked["cid@union.example"], "3", sender="cid@union.example")
    end(water)
    found = files(water).tally
    assert found is not None
    assert (int(found.cast), int(found.entitled), found.outcome) == (800, 1350, "agreed")


def test_orders_of_moderators(water: DeskHub) -> None:
    asked = opened(water)
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    (rows,) = water.ask("water-poll", "list", sender=MOD)
    assert "1 of 4" in rows.text
    (missing,) = water.ask("water-poll", "who has not voted", sender=MOD)
    assert "ben@union.example" in missing.text
    assert "ana@union.example" not in missing.text
    reminded = water.ask("water-poll", "remind", sender=MOD)
    letters = [one for one in reminded if "vote+" in str(one.field("Reply-To"))]
    to = sorted(one.to[0].addr_spec for one in letters)
    assert to == ["ben@union.example", "cid@union.example", MOD]
    again = water.ask("water-poll", "remind", sender=MOD)
    assert len(again) == 1, "one reminder a day"
    water.ask("water-poll", "close", sender=MOD)
    found = files(water)
    assert found.closing is not None
    assert found.closing.why == "moderator"
    (late,) = water.reply(asked[MOD], "1", sender=MOD)
    assert "does not count" in late.text


def test_orders_and_polls_of_others_do_nothing(water: DeskHub) -> None:
    (told,) = water.ask("water-poll", TEXT, sender="ana@union.example")
    assert "+" not in (told.field("Reply-To") or "")
    (asked,) = water.ask("water-poll", TEXT, sender="eve@evil.example", proven=False)
    assert "confirm" in (asked.field("Reply-To") or ""), "whoever claims is asked, member or not"
    (told,) = said_yes(water, asked, "eve@evil.example")
    assert "+" not in (told.field("Reply-To") or ""), "who is proved to be a stranger opens nothing"
    with Reader(open_repo(water.config.conference_repo("water"))) as reader:
        assert store.identifiers(reader) == []
    opened(water)
    (asked,) = water.ask("water-poll", "close", sender=MOD, proven=False)
    assert "confirm" in (asked.field("Reply-To") or "")
    assert files(water).closing is None
    said_yes(water, asked, MOD)
    assert files(water).closing is not None


def test_who_moderates_no_more_when_he_answers_is_told(water: DeskHub) -> None:
    (preview,) = water.ask("water-poll", TEXT, sender=MOD)
    water.note(rosterevents.role("water", 1, "", at=water.now, by="test"))
    (told,) = water.reply(preview, sender=MOD)
    assert told.to[0].addr_spec == MOD
    assert told.subject == "Your vote was not opened"
    with Reader(open_repo(water.config.conference_repo("water"))) as reader:
        assert store.identifiers(reader) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Shall we?", "when the vote ends"),
        ("Shall we?\ncloses: 1/12/2026", "no moment"),
        ("Shall we?\ncloses: 2020-01-01", "is over"),
        ("Shall we?\n1. A\n3. B\ncloses: 2026-12-01", "numbered"),
        ("Shall we?\ncloses: 2026-12-01\nwhatever", "whatever"),
        ("Shall we?\ncloses: 2026-12-01\nballot: sealed", "cannot be held by mail"),
        ("Write to x@y.example?\ncloses: 2026-12-01", "e-mail address"),
    ],
)
def test_a_faulty_text_is_told_what_is_wrong(water: DeskHub, text: str, words: str) -> None:
    (answer,) = water.ask("water-poll", text, sender=MOD)
    assert words in answer.text
    assert "+" not in (answer.field("Reply-To") or "")


def test_who_left_or_moved(water: DeskHub) -> None:
    asked = opened(water)
    water.note(
        rosterevents.member(
            2, "ana@new.example", at=water.now, consent=rosterevents.Consent("mail"), name="Ana"
        ),
        rosterevents.unsubscribe("water", 3, at=water.now, by="mail"),
    )
    (told,) = water.reply(asked["ana@union.example"], "1", sender="ana@new.example")
    assert told.to[0].addr_spec == "ana@new.example"
    (told,) = water.reply(asked["ben@union.example"], "1", sender="ben@union.example")
    assert told.to[0].addr_spec == "ben@union.example", (
        "the list is frozen: who left may still vote"
    )
    end(water)
    found = files(water).tally
    assert found is not None
    assert len(found.votes) == 2


def test_a_token_of_another_poll_is_none(water: DeskHub) -> None:
    asked = opened(water)
    local = asked[MOD].reply_to[0].addr_spec.partition("@")[0]
    forged = local.replace(files(water).poll.id, "q-zzzzzzzz")
    (letter,) = water.ask(forged, "1", sender=MOD)
    assert "nobody has read your mail" in letter.text
    assert voteaddress.POLL_ID.fullmatch(files(water).poll.id)


def test_an_erased_voter_counts_on_without_a_name(water: DeskHub) -> None:
    asked = opened(water)
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    water.reply(asked["cid@union.example"], "3", sender="cid@union.example")
    end(water)
    before = files(water).tally
    with clock.fixed(water.now):
        erase.erase(water.config, "ana@union.example", reason="asked for it", by="operator")
    found = files(water)
    assert sorted(one.name for one in found.ballots) == ["", "Cid"]
    assert found.faults == ()
    assert found.tally is not None
    assert before is not None
    assert found.tally.rows == before.rows
    repo = open_repo(water.config.conference_repo("water"))
    assert "Ana Paz" not in repo.git("log", "-p", "--all").decode()
    kept = "\n".join(path.read_text() for path in water.config.private.rglob("voters.json"))
    assert " 2" not in kept


def test_an_erased_voter_has_no_name_where_the_conference_comes_back(water: DeskHub) -> None:
    """What says whose a ballot is was gone by then, and the name was there for good."""
    asked = opened(water, TEXT + "show: live\n")
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    place = places.Place("list", "water")
    places.remove(water.config, place)
    with clock.fixed(water.now):
        erase.erase(water.config, "ana@union.example", reason="asked for it", by="operator")
    places.restore(water.config, place)
    assert [one.name for one in files(water).ballots] == [""]
    repo = open_repo(water.config.conference_repo("water"))
    assert "Ana Paz" not in repo.git("log", "-p", "--all").decode()


def test_an_erased_voter_of_an_open_poll(water: DeskHub) -> None:
    asked = opened(water)
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    with clock.fixed(water.now):
        erase.erase(water.config, "ana@union.example", reason="asked for it", by="operator")
    assert water.reply(asked["ana@union.example"], "1", sender="ana@union.example") == []
    end(water)
    found = files(water).tally
    assert found is not None
    assert (len(found.votes), found.voters) == (0, 4)


_COUNTS_NO_MORE = (
    "private/polls, in votes that still run: what the person had voted counts there no more"
)


def test_who_erases_is_told_of_a_vote_that_counts_no_more(water: DeskHub) -> None:
    """It went without a word, in the middle of a vote."""
    asked = opened(water)
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    with clock.fixed(water.now):
        _, ana = erase.erase(water.config, "ana@union.example", reason="asked", by="operator")
        _, ben = erase.erase(water.config, "ben@union.example", reason="asked", by="operator")
    assert ana.removed[_COUNTS_NO_MORE] == 1
    assert _COUNTS_NO_MORE not in ben.removed, "who has not voted loses none"
    assert ben.removed["private/polls"] == 1


@pytest.mark.parametrize("is_over", [True, False])
def test_of_one_that_others_have_seen_nothing_is_said(water: DeskHub, is_over: bool) -> None:
    asked = opened(water, TEXT if is_over else TEXT + "show: live\n")
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    if is_over:
        end(water)
    with clock.fixed(water.now):
        _, ana = erase.erase(water.config, "ana@union.example", reason="asked", by="operator")
    assert _COUNTS_NO_MORE not in ana.removed
    if not is_over:
        end(water)
    found = files(water).tally
    assert found is not None
    assert len(found.votes) == 1


def test_a_voter_is_told_what_is_kept(water: DeskHub) -> None:
    asked = opened(water)
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    kept = personal.about(water.config, "ana@union.example", water.roster).facts["polls"]
    (row,) = kept
    assert row["conference"] == "water"
    assert row["ballots"][0]["choice"] == ["agree"]
    assert personal.about(water.config, "new@union.example", water.roster).facts["polls"] == []


def test_fsck_names_a_ballot_that_somebody_changed(water: DeskHub) -> None:
    asked = opened(water, TEXT + "show: live\n")
    water.reply(asked["ana@union.example"], "1", sender="ana@union.example")
    assert [str(one) for one in fsck.check(water.config) if "polls/" in one.where] == []
    (ballot,) = files(water).ballots
    path = polls.ballot_path(files(water).poll.id, ballot)
    octets = votefiles.encode_ballot(ballot).replace(b"agree", b"block")
    repo = open_repo(water.config.conference_repo("water"))
    write_once(repo, [Change(path, octets)], message="Cheat", when=water.now)
    (fault,) = [str(one) for one in fsck.check(water.config) if "polls/" in one.where]
    assert "not the one of its name" in fault


def test_a_name_that_is_an_address_is_masked(water: DeskHub) -> None:
    water.member(5, "eve@union.example", "water", name="eve@union.example")
    asked = opened(water, TEXT + "show: live\n")
    ask = asked["eve@union.example"]
    water.reply(ask, "1", sender="eve@union.example")
    (ballot,) = files(water).ballots
    assert "union.example" not in ballot.name
    assert f"“{ballot.name}”" in ask.text


def test_a_vote_after_a_moderators_end_is_refused_though_the_desk_ends_it_later(
    water: DeskHub,
) -> None:
    asked = opened(water)
    identifier = files(water).poll.id
    wish = rosterevents.about_poll(
        "poll-wish", at=water.now, conference="water", poll=identifier, wish="close", by="operator"
    )
    water.note(wish)
    (told,) = water.reply(asked[MOD], "1", sender=MOD)  # read before the poll is ended
    assert "does not count" in told.text
    found = files(water)
    assert found.closing is not None
    assert found.ballots == ()


def test_a_vote_that_nobody_may_cast_any_more_is_not_called_open(water: DeskHub) -> None:
    (preview,) = water.ask("water-poll", TEXT, sender=MOD)
    went = [
        rosterevents.unsubscribe("water", number, at=water.now, by="test") for number in range(1, 5)
    ]
    water.note(*went)
    told = [one for one in water.reply(preview, sender=MOD) if "vote" in one.subject.lower()]
    assert [one.subject for one in told] == ["Your vote was not opened"]
    assert "Nobody may vote in it." in told[0].text
    with Reader(open_repo(water.config.conference_repo("water"))) as reader:
        assert list(store.identifiers(reader)) == []
