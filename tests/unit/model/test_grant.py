"""Roles as signed facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from solicomm_build.foundation.errors import ContentError
from solicomm_build.message.auth import signature
from solicomm_build.people import grant
from solicomm_build.people.grant import Grant, Grants

NOW = datetime(2026, 3, 4, 6, 12, 0, 500_000, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = signature.new_key()
PUBLIC = signature.public(KEY)


def fact(role: str, at: datetime = NOW, *, place: str = "water", via: str = "", **more: object):
    return Grant("p_aaaaaaaaaa", place, role, at, "operator", via=via, **more)  # type: ignore[arg-type]


def test_a_role_holds_from_the_second_it_was_given_until_it_is_taken_away() -> None:
    grants = Grants([fact("moderator"), fact("reader", NOW + DAY)])
    ask = lambda at: grants.role("p_aaaaaaaaaa", "water", at)  # noqa: E731
    assert ask(NOW - DAY) == "reader"
    assert ask(NOW.replace(microsecond=0)) == "moderator"
    assert ask(NOW + DAY / 2) == "moderator"
    assert ask(NOW + DAY) == "reader"
    assert grants.role("p_bbbbbbbbbb", "water", NOW) == "reader"
    assert grants.role("p_aaaaaaaaaa", "pay", NOW) == "reader"


def test_a_role_in_the_whole_hub_holds_everywhere_and_the_stronger_one_counts() -> None:
    grants = Grants([fact("moderator"), fact("host", place="*")])
    assert grants.role("p_aaaaaaaaaa", "water", NOW) == "host"
    assert grants.role("p_aaaaaaaaaa", "pay", NOW) == "host"


@pytest.mark.parametrize("name", ["operator", "policy", "hub"])
def test_the_hub_is_host_of_everything(name: str) -> None:
    assert Grants().role(name, "water", NOW) == "host"
    assert Grants().may(name, "water", NOW)


def test_what_a_token_gives_ends_with_it_and_takes_nothing_else_away() -> None:
    token = fact("host", via="t-aaaaaaaa", until=NOW + DAY)
    grants = Grants([fact("moderator"), token])
    assert grants.role("p_aaaaaaaaaa", "water", NOW) == "host"
    assert grants.role("p_aaaaaaaaaa", "water", NOW + DAY) == "moderator"
    gone = Grants([fact("moderator"), token, fact("reader", NOW + DAY / 2, via="t-aaaaaaaa")])
    assert gone.role("p_aaaaaaaaaa", "water", NOW + DAY / 2) == "moderator"


def test_two_roles_within_a_second_the_last_one_counts() -> None:
    later = NOW + timedelta(microseconds=1)
    assert Grants([fact("reader", later), fact("host")]).role("p_aaaaaaaaaa", "water", NOW) == (
        "reader"
    )


def test_a_signed_fact_comes_back_from_its_file_and_is_the_hubs() -> None:
    made = grant.signed(fact("moderator", until=NOW + DAY, via="k-22222222"), KEY)
    again = grant.decode(grant.encode(made))
    assert again == made
    assert grant.is_path(grant.path(made))
    assert grant.signed(again, KEY) == made
    grant.check(again, PUBLIC)


def test_an_altered_fact_does_not_count() -> None:
    made = replace(grant.signed(fact("moderator"), KEY), role="host")
    with pytest.raises(ContentError, match="signature of the role does not fit"):
        grant.check(made, PUBLIC, "roles/x.yaml")


def test_a_fact_of_another_key_does_not_count() -> None:
    with pytest.raises(ContentError, match="a key that is not the hub's"):
        grant.check(grant.signed(fact("host"), signature.new_key()), PUBLIC)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", "solicomm/grant@2"),
        ("person", "ana@union.example"),
        ("role", "king"),
        ("conference", "WATER"),
        ("at", "yesterday"),
        ("at", "2026-03-04T06:12:00"),
        ("signature", "00"),
        ("key", "?"),
        ("via", "x"),
        ("by", "a b"),
    ],
)
def test_a_fact_that_is_no_fact_is_refused(key: str, value: str) -> None:
    lines = grant.encode(grant.signed(fact("host", via="k-22222222"), KEY)).decode().splitlines()
    lines = [line for line in lines if not line.startswith(f"{key}:")]
    with pytest.raises(ContentError) as broken:
        grant.decode(("\n".join(lines) + f'\n{key}: "{value}"\n').encode(), "roles/x.yaml")
    assert broken.value.file == "roles/x.yaml"


def test_the_key_of_the_fold_changes_with_the_facts_alone() -> None:
    one, other = fact("host"), fact("moderator", NOW + DAY)
    assert Grants([one, other]).key == Grants([other, one]).key
    assert Grants([one]).key != Grants([one, other]).key


@pytest.mark.parametrize("name", ["operator", "p_aaaaaaaaaa", "a.b+c"])
def test_the_owner_of_a_token_is_never_called_like_a_person_or_the_hub(name: str) -> None:
    called = grant.token_name(name)
    assert called.startswith("t_")
    assert called not in grant.HOSTS


def test_what_is_no_key_is_said() -> None:
    with pytest.raises(ContentError, match="no private key"):
        signature.public(b"x")
    assert not signature.holds(b"short", b"", b"")
