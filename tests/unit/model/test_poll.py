"""A poll's files: written and read back, and every fault named."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import votefiles
from solicomm_build.features.polls.values.poll import Ballot, Closing, Opening, Option, Poll, Voter
from solicomm_build.features.polls.values.pollfiles import assemble
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.people import token

AT = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
PROPOSAL = Poll(
    "q-5f3a",
    {"en": "Shall we join?", "ar": "هل ننضم؟"},
    "proposal",
    tuple(map(Option, polls.POSITIONS)),
    datetime(2026, 12, 1, 18, tzinfo=UTC),
)
CHOICE = replace(
    PROPOSAL,
    type="choice",
    quorum=Fraction(2, 5),
    live=True,
    unions={"metal": 1200, "port": 300},
    options=(Option("1", {"en": "No: 1"}), Option("2", {"en": "Yes", "fr": "Oui"})),
)
VOTERS = (Voter("v_aaaaaaaaaa"), Voter("v_bbbbbbbbbb", Fraction(1200, 7), "metal"))


@pytest.mark.parametrize("poll", [PROPOSAL, CHOICE, replace(PROPOSAL, ballot="pseudonymous")])
def test_a_poll_is_read_back(poll: Poll) -> None:
    assert polls.decode(polls.encode(poll)) == poll


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ballot: sealed", "sealed ballots cannot be held here"),
        ("ballot: pseudonymous\nshow: live", "shows nothing before its end"),
        ("ballot: pseudonymous\nweights: {by-union: {metal: 3}}", "their weight says whose"),
        ("weights: by-union", "cannot be 'by-union'"),
        ("weights: {by-union: {Metal!: 3}}", "no union's id"),
        ("quorum: {share: 40}", "is no share"),
        ("closes: 2026-12-01", "no moment with a time zone"),
        ("type: choice", "there are 0 options"),
        ("options: [{label: A}, {label: B}]", "a proposal has no options"),
        ("question: ask ben@union.example", "there is an e-mail address here"),
        ("wieghts: one-person", "Did you mean `weights`?"),
    ],
)
def test_a_fault_is_named_with_its_remedy(line: str, words: str) -> None:
    text = "schema: solicomm/poll@1\nid: q-5f3a\n"
    for each in ("question: Shall we?", "closes: 2026-12-01T18:00:00Z"):
        if each.partition(":")[0] not in line:
            text += each + "\n"
    with pytest.raises(ContentErrors) as caught:
        polls.decode(text + line)
    assert words in "\n".join(map(str, caught.value.faults))


_NETWORK = "network: {reports: soon}\ncloses: 2031-05-09T18:00:00Z"


@pytest.mark.parametrize("more", ["closes: soon", "", _NETWORK])
def test_the_moment_that_an_error_shows_can_still_be_written(more: str) -> None:
    text = f"schema: solicomm/poll@1\nid: q-5f3a\nquestion: Shall we?\n{more}\n"
    with clock.fixed(datetime(2031, 5, 1, tzinfo=UTC)), pytest.raises(ContentErrors) as caught:
        polls.decode(text)
    assert ": 2031-05-08T18:00:00Z" in str(caught.value)


def test_the_other_files_are_read_back() -> None:
    found = votefiles.decode_voters(votefiles.encode_voters("q-5f3a", VOTERS))
    assert found == {voter.id: voter for voter in VOTERS}
    ballot = Ballot("v_aaaaaaaaaa", AT, ("2", "1"), "Ana “A” Paz")
    assert votefiles.decode_ballot(votefiles.encode_ballot(ballot)) == ballot
    nothing = Ballot("v_aaaaaaaaaa", AT, ())
    assert votefiles.decode_ballot(votefiles.encode_ballot(nothing)) == nothing
    opening = Opening(AT, "a" * 64, "b" * 64)
    assert votefiles.decode_open(votefiles.encode_open(opening)) == opening
    assert votefiles.decode_close(votefiles.encode_close(Closing(AT, "deadline"))).why == "deadline"
    assert votefiles.decode_turnout(votefiles.encode_turnout(AT, 17)) == (AT, 17)


def test_a_name_taken_out_by_law_leaves_the_ballot_its_file() -> None:
    ballot = Ballot("v_aaaaaaaaaa", AT, ("agree",), "Ana Paz")
    nameless = replace(ballot, name="")
    assert polls.ballot_path("q-5f3a", ballot) == polls.ballot_path("q-5f3a", nameless)


def test_a_path_says_what_it_is() -> None:
    ballot = polls.ballot_path("q-5f3a", Ballot("v_aaaaaaaaaa", AT, ("1",)))
    found = polls.parse_path(ballot)
    assert found is not None
    assert found[:2] == ("q-5f3a", "ballot")
    assert polls.parse_path("polls/q-5f3a/poll.yaml") == ("q-5f3a", "poll", "")
    for other in ("polls/x/poll.yaml", "polls/q-5f3a/x.yaml", "polls/q-5f3a/ballots/1.yaml"):
        assert polls.parse_path(other) is None


def _files(poll: Poll) -> dict[str, bytes]:
    text, voters = polls.encode(poll), votefiles.encode_voters(poll.id, VOTERS)
    hashes = (hashlib.sha256(text).hexdigest(), hashlib.sha256(voters).hexdigest())
    ballot = Ballot("v_aaaaaaaaaa", AT + timedelta(hours=1), ("agree",))
    return {
        "polls/q-5f3a/poll.yaml": text,
        "polls/q-5f3a/voters.yaml": voters,
        "polls/q-5f3a/open.yaml": votefiles.encode_open(Opening(AT, *hashes)),
        polls.ballot_path("q-5f3a", ballot): votefiles.encode_ballot(ballot),
    }


def test_files_make_a_poll() -> None:
    found = assemble("q-5f3a", _files(PROPOSAL))
    assert found.tally is not None
    assert len(found.tally.votes) == 1
    assert not found.faults
    assert not found.is_shown


def test_changed_files_are_named_and_a_changed_ballot_does_not_count() -> None:
    files = _files(PROPOSAL)
    path = next(one for one in files if "ballots" in one)
    files[path] = files[path].replace(b"agree", b"block")
    files["polls/q-5f3a/voters.yaml"] += b"v_cccccccccc: 9\n"
    files["polls/q-5f3a/notes.txt"] = b""
    found = assemble("q-5f3a", files)
    assert found.tally is not None
    assert found.tally.votes == ()
    said = "\n".join(map(str, found.faults))
    for words in ("not the one of its name", "not the one with which", "no file of the poll"):
        assert words in said


def test_a_poll_of_another_name_is_none() -> None:
    files = {"polls/q-9999/poll.yaml": polls.encode(PROPOSAL)}
    with pytest.raises(ContentErrors, match="another poll"):
        assemble("q-9999", files)
    with pytest.raises(ContentErrors, match=r"no poll\.yaml"):
        assemble("q-9999", {})


def test_binary_rubbish_is_a_fault() -> None:
    for read in (
        votefiles.decode_ballot,
        votefiles.decode_open,
        votefiles.decode_close,
        votefiles.decode_turnout,
    ):
        with pytest.raises(ContentError):
            read(b"\xff\x00")


def test_a_vote_address_is_found_again_and_fits() -> None:
    key = b"k" * 32
    made = token.vote_token(key, "water", "q-5f3a", 4_000_000_000)
    local = voteaddress.local_part("q-123456789abc", made)
    assert len(local) <= 64
    found = voteaddress.split(voteaddress.local_part("q-5f3a", made).upper())
    assert found is not None
    assert (found.base, found.tag) == ("q-5f3a", made)
    assert token.read_vote_token(key, made, "q-5f3a") == 4_000_000_000
    assert token.read_vote_token(key, made, "q-5f3b") is None
    assert token.read_vote_token(b"x" * 32, made, "q-5f3a") is None
    assert token.read_leave_token(key, made, ["water"]) is None
    assert token.is_of(made, "water")
    assert not token.is_of(made, "board")
    for other in ("vote", "vote+q-5f3a", "vote+q-5f3a.abc", f"vote+x.{made}"):
        assert voteaddress.split(other) is None
