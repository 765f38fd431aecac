"""Commands about members that name a list as it was called before, or another address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.polls.bymail import pollcommands
from solicomm_build.features.renaming import places
from solicomm_build.features.sites.siteedits import Editors
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import access, memberstore
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing import smallhub

ANA = "ana@union.example"
Said = Callable[..., str]


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A list that was called bar, with a member who wants its posts collected."""
    made = smallhub.make(tmp_path / "hub")
    (made.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    found = hubyaml.load(made.root)
    memberstore.subscribe(found, "bar", [Mailbox("Ana", ANA)], options={"digest": "weekly"})
    places.rename(found, "bar", "rivers")
    return found


@contextmanager
def _roster(hub: Config) -> Iterator[Roster]:
    with closing(RosterStore.of(hub)) as store:
        yield store.roster()


def test_an_import_leaves_what_members_chose(hub: Config, said: Said) -> None:
    told = said("member", "import", "bar", "-", text=f"{ANA}\nben@union.example\n")
    assert told.startswith("1 of 2 are new")
    with _roster(hub) as roster:
        assert roster.listed_options("rivers", ANA) == {"digest": "weekly"}
        assert roster.is_listed("rivers", "ben@union.example")


def test_who_is_taken_off_is_off(hub: Config, said: Said) -> None:
    assert ANA in said("member", "list", "bar")
    said("member", "remove", "bar", ANA)
    with _roster(hub) as roster:
        assert not roster.is_listed("rivers", ANA)


def test_a_ban_ends(hub: Config, said: Said) -> None:
    said("member", "ban", "rivers", ANA)
    said("member", "ban", "bar", ANA, "--end")
    with _roster(hub) as roster:
        assert not roster.is_banned("rivers", ANA)


@pytest.mark.parametrize("place", ["bar", "*"])
def test_a_ban_of_a_whole_domain_ends(hub: Config, said: Said, place: str) -> None:
    said("member", "ban", place, "@Union.example")
    with _roster(hub) as roster:
        assert roster.is_banned("rivers", ANA)
    assert "as before" in said("member", "ban", place, "@union.example")
    assert "as before" not in said("member", "ban", place, "@union.example", "--end")
    with _roster(hub) as roster:
        assert not roster.is_banned("rivers", ANA)


def test_a_poll_has_its_delegates(hub: Config) -> None:
    pollcommands.delegate(hub, "bar", ANA, "dockers")


def test_what_the_old_address_could_edit_ends_with_it(hub: Config, said: Said) -> None:
    founding.new_union(hub, "docks", title="Docks", lang="en")
    _, mine = access.issue(hub, ANA, ["unions/docks"])
    _, other = access.issue(hub, "bo", ["unions/docks"])
    told = said("rename", "person", ANA, "ana@elsewhere.example", "--yes")
    assert f"tokens and keys for unions/docks end for good: they name {ANA}" in told
    assert access.Access(hub).of_token(mine) is None
    assert access.Access(hub).of_token(other) is not None
    assert Editors(hub).of_address(ANA, "docks") is None
    assert "tokens" not in said("rename", "person", "ana@elsewhere.example", ANA, "--yes")


def test_mail_that_was_sent_on_to_the_old_address_goes_to_the_new_one(
    hub: Config, said: Said
) -> None:
    new = "ana@elsewhere.example"
    for name, keep in (("paz", False), ("office", True)):
        memberstore.add_mailbox(hub, name, forward=ANA.upper(), keep=keep)
    memberstore.add_mailbox(hub, "bo", forward="bo@home.example", keep=False)
    told = said("rename", "person", ANA, new, "--yes")
    assert f"mail to office@{hub.domain}, paz@{hub.domain} is sent on to {new}" in told
    assert "in hub.yaml names" not in told
    rules = {rule.local_part: (rule.forward, rule.keep) for rule in memberstore.mailboxes(hub)}
    assert rules == {
        "paz": (new, False),
        "office": (new, True),
        "bo": ("bo@home.example", False),
    }


def test_a_new_address_here_that_is_sent_on_to_the_old_one_is_named(
    hub: Config, said: Said
) -> None:
    memberstore.add_mailbox(hub, "paz", forward=ANA, keep=False)
    told = said("rename", "person", ANA, f"paz@{hub.domain}", "--yes")
    assert f"mail to paz@{hub.domain} is sent on to {ANA} still" in told
    (rule,) = memberstore.mailboxes(hub)
    assert rule.forward == ANA, "no circle"


def test_the_operator_of_the_settings_is_named(hub: Config, said: Said) -> None:
    path = hub.root / "hub.yaml"
    path.write_text(path.read_text("utf-8") + f"operator: {ANA}\n", "utf-8")
    assert f"`operator` in hub.yaml names {ANA} still" in said(
        "rename", "person", ANA, "ana@elsewhere.example", "--yes"
    )
