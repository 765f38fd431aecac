"""What an operator sees and does of it: the settings, status, check, fsck, erasure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.fediverse import checks, fsck, names, privacy, reporting, signing
from solicomm_build.features.fediverse.ties import FILE, Follower, Silence, Ties
from solicomm_build.foundation.errors import ConfigError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.outwards import Outwards
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub, webserver

BASE = "name: Test\ndomain: hub.example\nurl: https://hub.example\n"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    made = smallhub.make(
        tmp_path_factory.mktemp("looking") / "hub",
        Conference("bar", {"en": "Bar"}),
        Conference("board", {"en": "Board"}, visibility="members"),
        Conference("far", {"en": "Far"}, home="water-3fk2q7ab"),
        Conference("bare", {"en": "Bare"}, archive="none"),
    )
    text = BASE + "activitypub: {conferences: [bar, board, far, bare, none]}\n"
    (made.root / "hub.yaml").write_text(text)
    return hubyaml.load(made.root)


@pytest.fixture
def ties(hub: Config) -> Iterator[Ties]:
    made = Ties(hub)
    yield made
    made.close()
    (hub.private / FILE).unlink(missing_ok=True)


def follower(name: str, conference: str = "bar") -> Follower:
    actor = f"https://other.example/users/{name}"
    inbox = f"{actor}/inbox"
    return Follower(conference, actor, "other.example", name, inbox, "", "k", "p", 1.0)


def test_without_the_key_everything_is_off(tmp_path: Path) -> None:
    assert hubyaml.parse(BASE, tmp_path).activitypub == Outwards((), "off", ())


def test_settings_are_read_and_each_fault_is_told(tmp_path: Path) -> None:
    text = "activitypub: {conferences: all, replies: held, inside: ['127.0.0.1:8431']}\n"
    found = hubyaml.parse(BASE + text, tmp_path).activitypub
    assert found == Outwards(("all",), "held", ("127.0.0.1:8431",))
    assert found.has("whatever")
    bad = "activitypub: {conferences: [all, Bär], replies: yes, inside: [here], follow: x}\n"
    with pytest.raises(ConfigError) as error:
        hubyaml.parse(BASE + bad, tmp_path)
    for words in ("'Bär' does not fit", "'yes'", "'here' does not fit", "follow"):
        assert words in str(error.value)
    with pytest.raises(ConfigError, match="names `all` and others"):
        hubyaml.parse(BASE + "activitypub: {conferences: [all, bar]}\n", tmp_path)


def test_status_says_what_can_be_followed_and_what_cannot_and_never_who_follows(
    hub: Config, ties: Ties
) -> None:
    for name in ("ana", "bo"):
        ties.follow(follower(name))
    ties.keep_silence(Silence("slow.example", 1.0, 3, 2.0, "the server answers 500"))
    ties.say("bar", "m", "a", "{}", ["https://slow.example/inbox"], 1.0)
    runner = CliRunner()
    said = runner.invoke(main, ["fediverse", "status", "--hub", str(hub.root)]).output
    assert "@bar@hub.example" in said
    assert "followers: 2" in said
    assert "slow.example does not answer since 1970-01-01: the server answers 500" in said
    assert "Waiting to be sent: 1" in said
    for name, why in (
        ("board", "its visibility is members"),
        ("far", "its home is another hub"),
        ("bare", "it has no pages"),
        ("none", "there is no conference of this id"),
    ):
        assert f"{name} cannot be followed: {why}" in said
    assert "users/ana" not in said
    told = runner.invoke(main, ["fediverse", "status", "--json", "--hub", str(hub.root)]).output
    assert json.loads(told)["conferences"]["bar"] == {"name": "@bar@hub.example", "followers": 2}
    assert "users/" not in told


def test_looking_makes_no_file(hub: Config) -> None:
    found = reporting.status(hub)
    assert found["waiting"] == 0
    assert not (hub.private / FILE).exists()


def test_check_says_what_is_wrong_and_is_fine_where_it_is_off(hub: Config, ties: Ties) -> None:
    (check,) = checks.CHECKS
    (off,) = check.look(replace(hub, activitypub=Outwards()))
    assert off.level == "fine"
    good = replace(hub, activitypub=Outwards(("bar",)))
    ties.follow(follower("ana"))
    assert [str(one.what) for one in check.look(good)] == [
        "conferences that can be followed: 1, by 1"
    ]
    plain = [one.what for one in check.look(replace(good, url="http://hub.example"))]
    assert "over https alone" in plain[0]
    ties.keep_silence(Silence("slow.example", 1.0, 3, 2.0, "500"))
    (slow,) = check.look(good)
    assert (slow.level, "slow.example" in slow.what) == ("warning", True)
    assert {one.level for one in check.look(hub)} == {"warning"}


def test_fsck_names_a_damaged_file_and_a_key_that_is_none(hub: Config, ties: Ties) -> None:
    look = [one for ask in fsck.LARGE for one in ask(hub)]
    assert look == []
    ties.begin()
    signing.public_pem(hub)
    assert [one for ask in fsck.LARGE for one in ask(hub)] == []
    ties.close()
    (hub.private / FILE).write_bytes(b"no database" * 100)
    key = hub.keys / signing.FILE
    key.write_bytes(b"no key")
    key.chmod(0o644)
    faults = [str(one) for ask in fsck.LARGE for one in ask(hub)]
    assert [one.partition(":")[0] for one in faults] == [
        "private/fediverse.sqlite",
        "private/keys/fediverse.pem",
        "private/keys/fediverse.pem",
    ]
    key.unlink()
    signing.key.cache_clear()
    for suffix in ("-wal", "-shm"):
        (hub.private / f"{FILE}{suffix}").unlink(missing_ok=True)


def test_a_damaged_file_takes_no_page_away(bare: Config, caplog: pytest.LogCaptureFixture) -> None:
    (bare.private / FILE).write_bytes(b"damaged, and no database at all")
    with webserver.running(bare) as address:
        for path in ("/login/", "/.well-known/webfinger?resource=acct:bar@hub.example"):
            assert webserver.ask(address, path).status == 200
    assert "private/fediverse.sqlite" in caplog.text


def test_what_waits_of_an_erased_post_is_taken_away(hub: Config, ties: Ties) -> None:
    for mid in ("a" * 32, "b" * 32):
        ties.say("bar", mid, "x", f"words of {mid}", ["https://other.example/i"], 1.0)
    counted: list[tuple[str, int]] = []
    gone, taking = (
        SimpleNamespace(mids=("a" * 32,)),
        SimpleNamespace(counted=lambda place, count: counted.append((place, count))),
    )
    for _ in range(2):
        privacy.ERASE(hub, gone, taking)  # type: ignore[arg-type]
    assert counted == [("private/fediverse.sqlite", 1)]
    ties.close()
    octets = b"".join(one.read_bytes() for one in hub.private.glob(f"{FILE}*"))
    assert b"words of aaa" not in octets
    assert b"words of bbb" in octets


def test_names_are_read_back(hub: Config) -> None:
    mid = "a" * 32
    assert names.of_post(hub, names.post(hub, "bar", mid)) == ("bar", mid)
    for other in ("https://hub.example/ap/c/bar/p/x", "https://else.example/ap/c/bar", "", "x"):
        assert names.of_post(hub, other) is None
