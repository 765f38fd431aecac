"""What somebody filled in is not lost while it waits, nor while something else is damaged."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta

import pytest

from solicomm_build.features.forms.values import form as forms
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.parse import parse
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_forms_by_mail import FORM, GOOD, hub, published, use

__all__ = ["hub"]


def test_an_answer_waits_for_its_author_as_long_as_the_letter_says(hub: DeskHub) -> None:
    (asked,) = hub.ask("forms", GOOD, subject=FORM, proven=False)
    assert "After 14 days it is forgotten" in " ".join(asked.text.split())
    hub.now += timedelta(days=13)
    hub.ask("forms", subject=FORM)  # what waited for too long is forgotten then
    hub.reply(asked, "yes", proven=False)
    assert len(published(hub)) == 1


def test_an_answer_that_lay_aside_for_weeks_waits_as_long(hub: DeskHub) -> None:
    hub.send("forms", GOOD, subject=FORM, proven=False)
    hub.now += timedelta(days=20)  # nobody was at the desk
    (asked,) = [parse(item.raw) for item in hub.work()]
    folder = hub.config.private / "forms" / "waiting"
    for file in folder.iterdir():
        os.utime(file, (hub.now.timestamp(), hub.now.timestamp()))
    hub.ask("forms", subject=FORM)  # what waited for too long is forgotten then
    hub.reply(asked, "yes", proven=False)
    assert len(published(hub)) == 1
    hub.now += timedelta(days=15)
    hub.ask("forms", subject=FORM)
    assert [*folder.iterdir()] == []


def test_what_was_written_goes_back_also_to_who_said_yes_to_it(hub: DeskHub) -> None:
    use(hub, f"{FORM}@1", posting="announce")
    (asked,) = hub.ask("forms", GOOD, subject=FORM, proven=False)
    (told,) = hub.reply(asked, "yes", proven=False)
    assert "Only people who may write to" in told.text
    assert "> Employer: =cmd() Ltd" in told.text


def test_a_union_whose_repository_is_damaged_stops_no_form(hub: DeskHub) -> None:
    (hub.config.unions / "damaged.git").mkdir(parents=True)
    (thanks,) = hub.ask("forms", GOOD, subject=FORM)
    (post,) = published(hub)
    assert post.mid[:10] in thanks.text


@pytest.mark.parametrize("head", [None, b"no branch"])
def test_a_damaged_conference_stops_no_form_of_another(hub: DeskHub, head: bytes | None) -> None:
    smallhub.add_conference(hub.config, Conference("all", {"en": "All"}))
    path = hub.config.conference_repo("all")
    if head is None:
        shutil.rmtree(path)
        path.mkdir()
    else:
        (path / "refs" / "heads" / "main").write_bytes(head)
    (thanks,) = hub.ask("forms", GOOD, subject=FORM)
    (post,) = published(hub)
    assert post.mid[:10] in thanks.text


@pytest.mark.parametrize("proven", [True, False])
def test_what_its_form_promised_not_to_show_is_shown_only_after_a_yes(
    hub: DeskHub, proven: bool
) -> None:
    """A later version shows it: who wrote into the earlier one, or said yes to that, is asked."""
    said = hub.ask("forms", GOOD, subject=FORM, proven=False) if not proven else []
    use(hub, f"{FORM}@1", f"{FORM}@2")
    repo = open_repo(hub.config.conference_repo("water"))
    path = forms.path(f"{FORM}@2")
    text = smallhub.files(repo.path)[path].replace(b"public: [", b"public: [workers, ")
    write_once(repo, [Change(path, text)], message="Show more\n", when=hub.now)
    (asked,) = hub.reply(said[0], "yes") if said else hub.ask("forms", GOOD, subject=FORM)
    assert published(hub) == []
    rows = " ".join(asked.text.split())
    assert "Workers covered: 1" in rows
    assert "Women among them (not public): 700" in rows
    hub.reply(asked, "yes", proven=False)
    (post,) = published(hub)
    assert post.answer.form == f"{FORM}@2"
    assert "Workers covered: 1" in post.body
    assert "Women among them" not in post.body
