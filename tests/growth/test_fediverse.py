"""A server of the fediverse that is silent, or gone, costs a look the same, whatever waits for it.

5 parcels for each of 4 servers, 200 parcels for each → who is due; an inbox goes → steps of SQLite
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from solicomm_build.features.fediverse.ties import LONGEST_PAUSE, Follower, Silence, Ties
from solicomm_build.testing import smallhub

_HOSTS = [f"s{number}.example" for number in range(4)]
_NOW = 1_000_000.0


def _ties(root: Path, parcels: int, followers: int = 0) -> Ties:
    """Something waits for each server, the last longest."""
    ties = Ties(smallhub.make(root))
    for number in range(followers):
        host = f"f{number}.example"
        at = f"https://{host}/u"
        row = Follower("bar", at, host, f"u@{host}", f"{at}/inbox", f"https://{host}/in", "", "", 0)
        ties.follow(row)
    with ties.change():
        for host in reversed(_HOSTS):
            for number in range(parcels):
                inboxes = [f"https://{host}/inbox", f"https://{host}/other"]
                ties.say("bar", f"m{number}", "a", "{}", inboxes, _NOW)
    return ties


def _steps(ties: Ties, work: Callable[[], object]) -> int:
    """How many instructions SQLite carries out."""
    count = [0]

    def one() -> int:
        count[0] += 1
        return 0

    db = ties._base
    db.set_progress_handler(one, 1)
    try:
        work()
    finally:
        db.set_progress_handler(None, 1)
    return count[0]


def test_who_is_due_is_found_by_a_look_at_each_server(tmp_path: Path) -> None:
    found: list[int] = []
    for parcels in (5, 200):
        with closing(_ties(tmp_path / str(parcels), parcels)) as ties:
            found.append(_steps(ties, lambda: ties.hosts_due(_NOW)))
    assert found[0] == found[1]


def test_who_waits_longest_comes_first_and_who_rests_does_not(tmp_path: Path) -> None:
    with closing(_ties(tmp_path, 3)) as ties:
        assert ties.hosts_due(_NOW) == _HOSTS[::-1]
        ties.keep_silence(Silence(_HOSTS[0], _NOW, 1, _NOW + 60, "silent"))
        ties.keep_silence(Silence(_HOSTS[1], _NOW, 1, _NOW - 60, "silent"))
        ties.keep_silence(Silence(_HOSTS[2], _NOW, 1, _NOW + 2 * LONGEST_PAUSE, "silent"))
        assert ties.hosts_due(_NOW) == [_HOSTS[3], _HOSTS[2], _HOSTS[1]]
        ties.give_up(_HOSTS[2])
        assert ties.hosts_due(_NOW) == [_HOSTS[3], _HOSTS[1]]
    with closing(Ties(smallhub.make(tmp_path / "new"))) as ties:
        ties.begin()
        assert ties.hosts_due(_NOW) == []


def test_an_inbox_that_is_gone_costs_no_look_at_all_who_follow(tmp_path: Path) -> None:
    found: list[int] = []
    for followers in (8, 100):
        with closing(_ties(tmp_path / str(followers), 1, followers)) as ties:
            found.append(_steps(ties, lambda: ties.drop_inbox("https://f3.example/in")))
            assert ties.followers("bar") == followers - 1
    assert found[0] == found[1]
