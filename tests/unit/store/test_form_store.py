"""What is kept of answers in private: found, given to its person, erased; and forms as commands
bring them in."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.forms import formadding, formstore, unposted
from solicomm_build.features.forms.formstore import PrivateAnswer, Submission
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.privacy import erase, personal
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.removed import Removed
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.people import roster, rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN

ANA, PERSON, MID = "ana@union.example", "p_aaaaaaaaaa", "a" * 32


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path, Conference("bar", {"en": "Bar"}, posting="open"))
    consent = Consent("owner", "test")
    smallhub.add_events(
        made,
        [
            rosterevents.member(1, ANA, at=BEGUN, consent=consent),
            rosterevents.person(1, PERSON, at=BEGUN),
        ],
    )
    for mid, person in ((MID, PERSON), ("b" * 32, "p_bbbbbbbbbb")):
        answer = PrivateAnswer(mid, f"{mid}@x", "f@1", person, BEGUN.isoformat(), "T", {"k": mid})
        formstore.keep(made, "bar", mid, answer.encode(), BEGUN)
    waits = Submission("bar", "f", "Union: secret words", ANA, "Ana", "en", BEGUN.isoformat())
    path = made.private / formstore.waiting_path("c" * 32)
    path.parent.mkdir(parents=True)
    path.write_text(formstore.encode_waiting(waits))
    return made


def members(hub: Config) -> roster.Roster:
    store = RosterStore(open_repo(hub.roster_repo))
    try:
        return store.roster()
    finally:
        store.close()


def test_an_answer_is_kept_once(hub: Config) -> None:
    before = open_repo(formstore.private_repo(hub, "bar")).ref()
    formstore.keep(hub, "bar", MID, "other", BEGUN)
    assert open_repo(formstore.private_repo(hub, "bar")).ref() == before
    assert [one.mid for one in formstore.private_answers(hub, "bar")] == [MID, "b" * 32]


def test_a_person_gets_what_is_kept_of_forms_and_nobody_elses(hub: Config) -> None:
    told = json.dumps(personal.about(hub, ANA, members(hub)).facts["forms"])
    assert MID in told
    assert "secret words" in told
    assert "b" * 32 not in told


def test_an_erased_person_leaves_no_answer(hub: Config) -> None:
    erase.erase(hub, ANA, reason="asked", by="test")
    assert [one.mid for one in formstore.private_answers(hub, "bar")] == ["b" * 32]
    assert formstore.waiting_of(hub, ANA) == []
    kept = b"".join(p.read_bytes() for p in (hub.private / "forms").rglob("*") if p.is_file())
    assert b"secret words" not in kept
    repo = open_repo(formstore.private_repo(hub, "bar"))
    assert MID not in repo.git("log", "--all", "--name-only", "--format=%B").decode()


def test_one_answer_is_found_without_a_look_into_the_others(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, real = list[str](), formstore.of_facts
    monkeypatch.setattr(
        formstore, "of_facts", lambda facts: [read.append(facts["mid"]), real(facts)][1]
    )
    (one,) = formstore.private_answers(hub, "bar", lambda mid: mid.startswith("bb"))
    assert (one.mid, one.person) == ("b" * 32, "p_bbbbbbbbbb")
    assert read == ["b" * 32]
    assert [one.mid for one in formstore.private_answers(hub, "bar")] == [MID, "b" * 32]


def test_what_nobody_confirmed_is_forgotten(hub: Config) -> None:
    with clock.fixed(BEGUN + timedelta(days=13)):
        formstore.sweep(hub)
    assert formstore.waiting(hub, "c" * 32) is not None
    with clock.fixed(BEGUN + timedelta(days=15)):
        formstore.sweep(hub)
    assert formstore.waiting(hub, "c" * 32) is None


def _answers(hub: Config) -> list[str]:
    return [one.mid for one in formstore.private_answers(hub, "bar")]


def _looks(hub: Config, *days: float) -> None:
    for one in days:
        with clock.fixed(BEGUN + timedelta(days=one)):
            unposted.let_go(hub)


def test_what_no_post_came_of_is_forgotten_for_good(hub: Config) -> None:
    raw = smallhub.item(smallhub.mail("one", msgid="1@union.example"), "bar@hub.example")
    Spool(hub.spool_in).put([raw])
    ingest(hub, once=True, log=maillog.to_nobody())
    there = smallhub.files(hub.conference_repo("bar"))
    (mid,) = {path[-35:-3] for path in there if "/posts/" in path}
    answer = PrivateAnswer(mid, "1@x", "f@1", PERSON, BEGUN.isoformat(), "T", {"k": mid})
    formstore.keep(hub, "bar", mid, answer.encode(), BEGUN)
    assert len(_answers(hub)) == 3
    _looks(hub, 80, 89)
    assert len(_answers(hub)) == 3
    _looks(hub, 91, 91.5)
    assert len(_answers(hub)) == 3, "a post may be on its way after a long rest"
    _looks(hub, 92)
    assert _answers(hub) == [mid]
    repo = open_repo(formstore.private_repo(hub, "bar"))
    assert MID not in repo.git("log", "--all", "--name-only", "--format=%B").decode()


def test_what_waits_for_a_moderator_or_may_come_back_keeps_its_answers(hub: Config) -> None:
    held = Change(f"held/bar/{MID}.json", b"{}")
    write_once(open_repo(hub.mail_repo), [held], message="Hold\n", when=BEGUN)
    removed.note(hub, Removed("conferences", "fire", clock.now(), {}))
    _looks(hub, 91, 92.5)
    assert len(_answers(hub)) == 2
    shutil.rmtree(removed.folder(hub, "conferences", "fire"))
    _looks(hub, 94, 95.5)
    assert _answers(hub) == [MID]


def test_a_form_is_added_and_withdrawn_and_the_rest_of_the_settings_stays(hub: Config) -> None:
    repo = hub.conference_repo("bar")
    before = smallhub.files(repo)[settings.FILE]
    assert formadding.add(hub, "bar", "collective-agreement")[1]
    assert not formadding.add(hub, "bar", "collective-agreement")[1]
    found = formstore.of_conference(hub, "bar")
    assert found is not None
    assert list(found[1]) == ["collective-agreement"]
    text = smallhub.files(repo)[settings.FILE]
    assert text == before + b"forms: [collective-agreement@1]\n"
    assert formadding.withdraw(hub, "bar", "collective-agreement")
    assert not formadding.withdraw(hub, "bar", "collective-agreement")
    files = smallhub.files(repo)
    assert files[settings.FILE] == before
    assert forms.path("collective-agreement@1") in files


def test_a_form_that_is_there_is_never_changed(hub: Config, tmp_path: Path) -> None:
    formadding.add(hub, "bar", "collective-agreement")
    other = tmp_path / "collective-agreement@1.yaml"
    text = formadding.shipped()["collective-agreement"].read_text("utf-8")
    other.write_text(text.replace("max: 120", "max: 121"))
    with pytest.raises(UsageError, match="write `version: 2`"):
        formadding.add(hub, "bar", str(other))
    with pytest.raises(UsageError, match="There is no form nothing"):
        formadding.add(hub, "bar", "nothing")


def test_comments_stay_where_forms_are_named_a_line_each(hub: Config) -> None:
    repo = hub.conference_repo("bar")
    before = smallhub.files(repo)[settings.FILE].decode() + "# Ours.\n"
    text = f"{before}forms:\n- collective-agreement@1\n# The end.\nfooter: yes\n"
    change = Change(settings.FILE, text.encode())
    write_once(open_repo(repo), [change], message="x\n", when=BEGUN)
    assert formadding.withdraw(hub, "bar", "collective-agreement")
    assert smallhub.files(repo)[settings.FILE].decode() == f"{before}# The end.\nfooter: yes\n"
