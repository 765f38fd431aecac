"""The desk killed at any step of taking a filled form, and run again: one post, one private answer,
one word of thanks, one person id."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.forms import formstore
from solicomm_build.features.forms.values import form as forms
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.post import conference as settings
from solicomm_build.post import post as posts
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.killing import desk_killed

ROOT = Path(__file__).parents[2]
REF = "solidarity-appeal@1"
POINTS = (
    "after-staged",
    "after-plan",
    "after-roster",
    "after-mail",
    "after-deed",
    "after-added",
    "after-out",
    "before-done",
    "after-done",
)
ANSWER = (
    "Union: Hogar\nEmployer: Acme\nCountry: KE\nWhat happens: strike\nSince: 2026-05-01\n"
    "Demands: bread\nWhat others can do: write\nContact: me, secretly\n"
)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_every_step(tmp_path: Path, point: str) -> None:
    hub = DeskHub(tmp_path / "hub")
    hub.member(1, "ana@union.example", "water")
    repo = open_repo(hub.config.conference_repo("water"))
    used = replace(settings.decode(smallhub.files(repo.path)[settings.FILE]), forms=(REF,))
    blob = (ROOT / "content" / forms.path(REF)).read_bytes()
    changes = [Change(settings.FILE, settings.encode(used)), Change(forms.path(REF), blob)]
    write_once(repo, changes, message="Form\n", when=hub.now)
    hub.send("forms", ANSWER, subject="solidarity-appeal")
    deaths = 0
    for _ in range(2):
        deaths += desk_killed(hub, f"desk.{point}:1")
    assert deaths >= 1, point
    subjects = [parse(item.raw).subject for item in hub.work()]
    assert subjects == ["Thank you: Appeal for solidarity"]
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    found = [path for path in smallhub.files(repo.path) if posts.parse_path(path)]
    (kept,) = formstore.private_answers(hub.config, "water")
    assert [path.rpartition("/")[2] for path in found] == [f"{kept.mid}.md"]
    assert kept.values["contact"] == "me, secretly"
    assert kept.person == hub.roster.persons.of(1)
    left = [path for path in hub.config.spool_desk.rglob("*") if path.suffix in (".json", ".mail")]
    assert left == []
    assert Spool(hub.config.spool_in).pending() == []
