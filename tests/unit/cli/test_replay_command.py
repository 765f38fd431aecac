"""`solicomm replay`: what today's settings would have said, by the inputs of then."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result

from solicomm_build.features.renaming import places
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN, item, mail

Run = Callable[..., Result]


def _settings(hub: Config, posting: str) -> str:
    repo = open_repo(hub.conference_repo("bar"))
    data = settings.encode(Conference("bar", {"en": "Bar"}, posting=posting))
    write_once(repo, [Change(settings.FILE, data)], message="Settings\n", when=BEGUN)
    return str(repo.ref())


@pytest.fixture
def hub(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Config:
    """One post of a member, one held of a stranger, both proved; one discarded as a loop."""
    made = smallhub.make(tmp_path, Conference("bar", {"en": "Bar"}, posting="members"))
    text = hubyaml.template("Test", smallhub.DOMAIN)
    (tmp_path / "hub.yaml").write_text(text, "utf-8")
    monkeypatch.setenv("SOLICOMM_HUB", str(tmp_path))
    consent = Consent("owner", "test")
    events = [
        rosterevents.member(1, "ana@union.example", at=BEGUN, consent=consent),
        rosterevents.subscribe("bar", 1, at=BEGUN, consent=consent),
    ]
    smallhub.add_events(made, events)
    spool = Spool(made.spool_in)
    spool.put([item(mail("one"), proved=True)])
    stranger = mail("two", msgid="<2@union.example>", sender="Eve <eve@away.example>")
    spool.put([item(stranger, proved=True)])
    spool.put([item(mail("3", "X-Loop: bar@hub.example", msgid="<3@union.example>"))])
    ingest(made, once=True, log=maillog.to_nobody())
    return made


def _refs(hub: Config) -> dict[str, bytes]:
    repos = (hub.mail_repo, hub.roster_repo, hub.conference_repo("bar"))
    return {str(path): open_repo(path).git("for-each-ref") for path in repos}


def test_nothing_differs_by_the_same_settings(hub: Config, run: Run) -> None:
    before = _refs(hub)
    told = run("replay", "--since", "2026-01-01").output
    assert told == (
        "2 judged again, 0 would differ; 1 cannot be judged again: discarded mail is not kept\n"
    )
    assert _refs(hub) == before


def test_other_settings_and_those_of_a_commit(hub: Config, run: Run) -> None:
    first = str(open_repo(hub.conference_repo("bar")).git("rev-parse", "main~1").decode().strip())
    _settings(hub, "moderated")
    told = run("replay", "--since", "2026-01-01").output
    assert "was" not in told
    assert f"bar/{post_id('1@union.example')}: accept by member, now hold by moderated" in told
    assert f"bar/{post_id('2@union.example')}: hold by nonmember, now hold by moderated" in told
    assert "2 judged again, 2 would differ" in told
    done = run("replay", "--since", "2026-01-01", "--conference", "bar", "--commit", first[:12])
    assert "2 judged again, 0 would differ" in done.output


def test_one_message(hub: Config, run: Run) -> None:
    told = run("replay", "<1@union.example>").output
    assert "accept by member, and still accept by member" in told
    assert "its octets are not kept" in run("replay", post_id("3@union.example")).output
    found = json.loads(run("replay", "<2@union.example>", "--json").output)
    assert [(one["was"]["rule"], one["now"]["rule"]) for one in found] == [("nonmember",) * 2]


def test_the_members_are_those_of_then_unless_asked(hub: Config, run: Run) -> None:
    later, store = BEGUN + timedelta(days=1), RosterStore(open_repo(hub.roster_repo))
    left = rosterevents.unsubscribe("bar", 1, at=later, by="test")
    store.append([left], at=later, subject="Leave")
    store.close()
    assert "0 would differ" in run("replay", "<1@union.example>").output
    told = run("replay", "<1@union.example>", "--members-now").output
    assert "accept by member, now hold by nonmember" in told


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 64, "Write a MESSAGE_ID, or --since"),
        (("<1@union.example>", "--since", "2026-01-01"), 64, "Write a MESSAGE_ID, or --since"),
        (("--since", "yesterday"), 64, "is not a time"),
        (("--since", "2026-01-01", "--conference", "nowhere"), 66, "no conference nowhere"),
        (("--since", "2026-01-01", "--commit", "0123456789ab"), 64, "bar has no commit"),
        (("<never@came.example>",), 66, "No verdict on <never@came.example>"),
    ],
)
def test_wrong_words(hub: Config, run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    told = run("replay", *words)
    assert told.exit_code == code
    assert said in told.stderr


def test_what_was_judged_under_an_old_name(hub: Config, run: Run) -> None:
    places.rename(hub, "bar", "rivers")
    for name in ("bar", "rivers"):
        told = run("replay", "--since", "2026-01-01", "--conference", name).output
        assert told == (
            "2 judged again, 0 would differ; 1 cannot be judged again: discarded mail is not kept\n"
        )
