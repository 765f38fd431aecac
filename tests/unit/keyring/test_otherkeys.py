"""Keys that sign links in mails, and roles, are changed without anything that fails meanwhile."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.keyring import otherkeys
from solicomm_build.features.sites.editing import editlinks
from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.errors import HubError, StoreError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import access, grants, memberstore, srs, token
from solicomm_build.people.gittoken import Grant
from solicomm_build.post.store.fsck import check
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW

ANA = "ana@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    (made.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    return hubyaml.load(made.root)


def _good(key: bytes, made: dict[str, str]) -> list[bool]:
    return [
        token.read_leave_token(key, made["leave"], ["bar"]) == ("bar", 7),
        token.read_verp_tag(key, made["verp"]) == (7, 100),
        token.read_vote_token(key, made["vote"], "p") == 7,
        token.read_numbered_token(key, "follow", made["numbered"]) == 7,
        token.read_document_token(key, made["document"], "d", "s", "7") == 100,
        srs.original(key, made["srs"].partition("@")[0], 100) == ANA,
    ]


def _made(key: bytes) -> dict[str, str]:
    return {
        "leave": token.leave_token(key, "bar", 7),
        "verp": token.verp_tag(key, 7, 100),
        "vote": token.vote_token(key, "bar", "p", 7),
        "numbered": token.numbered_token(key, "follow", 7),
        "document": token.document_token(key, "d", "s", "7", 100),
        "srs": srs.rewritten(key, ANA, "hub.example", 100) or "",
    }


def test_tokens_of_the_old_key_are_good_for_their_term_and_then_not(hub: Config) -> None:
    held = keys.token_key(hub.keys)  # by a process that stays
    with clock.fixed(NOW):
        old = _made(held)
        list(otherkeys.tokens(hub, leaked=False))
        new = _made(keys.token_key(hub.keys))
        assert all(new[name] != old[name] for name in old)
        assert _made(held) == new, "a process that stays signs with it, too"
        assert all(_good(held, old) + _good(held, new))
    with clock.fixed(NOW + keys.TERM - timedelta(seconds=1)):
        assert all(_good(held, old))
    with clock.fixed(NOW + keys.TERM):
        assert not any(_good(held, old))
        assert all(_good(held, new))


def test_after_a_leak_nothing_of_before_is_good(hub: Config) -> None:
    held = keys.token_key(hub.keys)
    with clock.fixed(NOW):
        first = _made(held)
        list(otherkeys.tokens(hub, leaked=False))
        second = _made(held)
    with clock.fixed(NOW + timedelta(days=1)):
        list(otherkeys.tokens(hub, leaked=True))
        assert not any(_good(held, first) + _good(held, second))
        assert all(_good(held, _made(held)))


def test_a_hub_on_several_machines_is_told_to_copy_the_key(hub: Config) -> None:
    lease = replace(hub.cluster.lease, etcd=("http://127.0.0.1:2379",))
    several = replace(hub, cluster=replace(hub.cluster, lease=lease))
    assert not any("other machines" in one for one in otherkeys.tokens(hub, leaked=False))
    (said,) = [one for one in otherkeys.tokens(several, leaked=True) if "other machines" in one]
    assert said.endswith("they refuse what it signs, and take what was signed before")


def test_a_leaked_key_ends_also_after_the_clock_went_back(hub: Config) -> None:
    """The new one came before it, by its name: the leaked one signed on, and counted."""
    held = keys.token_key(hub.keys)
    with clock.fixed(NOW + timedelta(days=30)):
        list(otherkeys.tokens(hub, leaked=False))
        leaked = _made(held)
    with clock.fixed(NOW):
        list(otherkeys.tokens(hub, leaked=True))
        assert not any(_good(held, leaked))
        assert all(_good(held, _made(held)))


@pytest.mark.parametrize("leaked", [True, False])
def test_two_changes_within_a_second_are_two(hub: Config, leaked: bool) -> None:
    held = keys.token_key(hub.keys)
    with clock.fixed(NOW):
        list(otherkeys.tokens(hub, leaked=leaked))
        first = held.signing
        list(otherkeys.tokens(hub, leaked=leaked))
        assert held.signing != first
        assert (first in held.accepted) == (not leaked)


def test_changes_at_once_are_as_many_keys(hub: Config) -> None:
    with clock.fixed(NOW), ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: keys.change_token_key(hub.keys, alone=False), range(8)))
        assert len(keys.token_key(hub.keys).accepted) == 9


def test_links_for_editing_end_with_a_leak_too(hub: Config) -> None:
    grant = Grant("t-abcdefgh", "Ana", ("unions/metal",), "secret")
    with clock.fixed(NOW):
        link = editlinks.sealed(hub, "login", grant, "metal", timedelta(hours=1))
        list(otherkeys.tokens(hub, leaked=False))
        assert editlinks.opened(hub, "login", link) is not None
    with clock.fixed(NOW + timedelta(seconds=1)):
        list(otherkeys.tokens(hub, leaked=True))
        assert editlinks.opened(hub, "login", link) is None


def test_what_is_called_by_a_hash_of_the_key_keeps_its_name(hub: Config) -> None:
    before = keys.token_key(hub.keys)
    list(otherkeys.tokens(hub, leaked=True))
    assert keys.token_key(hub.keys) == before
    assert pickle.loads(pickle.dumps(keys.token_key(hub.keys))).signing != before
    (later,) = hub.keys.glob("token-*.key")
    assert later.stat().st_mode & 0o777 == 0o600
    later.write_bytes(b"short")
    with pytest.raises(StoreError, match="Bring it back from a backup"):
        _ = keys.token_key(hub.keys).signing


def test_roles_are_signed_anew_and_held_as_before(hub: Config) -> None:
    with pytest.raises(HubError, match="nobody has one"):
        list(otherkeys.roles(hub))
    memberstore.subscribe(hub, "bar", [Mailbox("Ana", ANA)])
    memberstore.appoint(hub, "bar", ANA, "moderator")
    grants.settle(hub)
    (person,) = grants.read(hub).persons("bar")
    since, key = grants.read(hub).moments(person, "bar"), grants.key_of(hub)
    said = CliRunner().invoke(main, ["keys", "rotate", "roles", "--hub", str(hub.root)])
    assert said.exit_code == 0, said.output
    assert "1 role is signed with a new key" in said.output
    assert grants.key_of(hub) != key
    known = grants.read(hub)
    assert (known.moments(person, "bar"), known.refused) == (since, ())
    assert known.may(person, "bar", clock.now())
    assert check(hub) == []
    assert otherkeys.resign(hub) == 0, "again is harmless"


def test_links_for_editing_of_a_clock_that_was_ahead_are_not_good(hub: Config) -> None:
    grant = Grant("t-abcdefgh", "Ana", ("unions/metal",), "secret")
    with clock.fixed(NOW + timedelta(days=4000)):
        link = editlinks.link(hub, grant, "metal")
        cookie = editlinks.sealed(hub, "cookie", grant, "metal", editlinks.STAYS)
        assert editlinks.opened(hub, "cookie", cookie) is not None
    with clock.fixed(NOW):
        assert editlinks.use(hub, link, "metal") is None
        assert editlinks.opened(hub, "cookie", cookie) is None


def test_a_token_with_an_end_of_a_clock_that_was_ahead_opens_nothing(hub: Config) -> None:
    """It can be ended still: it would be good again at its time."""
    ahead = NOW + timedelta(days=4000)
    with clock.fixed(ahead):
        _, ends = access.issue(hub, "ana", ["conferences/bar"], expires=ahead + timedelta(days=9))
        _, stays = access.issue(hub, "bea", ["conferences/bar"])
        assert access.Access(hub).of_token(ends) is not None
    with clock.fixed(NOW):
        assert access.Access(hub).of_token(ends) is None
        assert access.Access(hub).of_token(stays) is not None
        assert len(access.revoke(hub, "ana")) == 1
    with clock.fixed(ahead):
        assert access.Access(hub).of_token(ends) is None


def test_each_option_has_its_key(hub: Config) -> None:
    said = CliRunner().invoke(main, ["keys", "rotate", "roles", "--leaked", "--hub", str(hub.root)])
    assert said.exit_code == 64
    assert "--leaked for tokens" in said.output


def test_a_token_ends_also_after_the_clock_went_back(hub: Config) -> None:
    """Its end came before its grant, by the name of its file, and was passed over."""
    with clock.fixed(NOW + timedelta(days=30)):
        _, secret = access.issue(hub, "ana", ["conferences/bar"])
    with clock.fixed(NOW):
        assert access.Access(hub).of_token(secret) is not None
        access.revoke(hub, "ana")
        assert access.Access(hub).of_token(secret) is None
        with pytest.raises(HubError, match="has no token or key"):
            access.revoke(hub, "ana")
