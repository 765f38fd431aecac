"""Who was erased while a union's site names them is asked no more, and who erases is told of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.privacy import erase
from solicomm_build.features.removing import places
from solicomm_build.features.sites import sitecontacts
from solicomm_build.foundation import clock, maillog
from solicomm_build.git.repo import HEADS, create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.parse import parse
from solicomm_build.post.store import erasing
from solicomm_build.testing.deskhub import NOW, DeskHub

ANA, BO, OPERATOR = "ana@docks.example", "bo@docks.example", "op@hub.example"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    """A hub with a union whose site names Ana as its contact, who agreed."""
    hub = DeskHub(tmp_path / "hub")
    create(hub.config.union_repo("docks"))
    say(hub, ANA)
    hub.work()
    return hub


def say(hub: DeskHub, address: str, **pages: str) -> None:
    """Somebody pushes a contact, and pages."""
    site = (
        "schema: solicomm/site@1\nunion: docks\ntitle: {en: Dockers}\nlanguages: [en]\n"
        f"contact: {{email: {address}}}\njoin: {{how: form}}\n"
    )
    files = {"site.yaml": site} | {f"pages/{name}.md": text for name, text in pages.items()}
    changes = [Change(path, text.encode()) for path, text in files.items()]
    write_once(open_repo(hub.config.union_repo("docks")), changes, message="Edit\n", when=NOW)


def erased(hub: DeskHub, address: str = ANA) -> None:
    with clock.fixed(hub.now):
        erase.erase(hub.config, address, reason="asked", by="op", log=maillog.to_nobody())


def written_to(hub: DeskHub) -> set[str]:
    """Whom the desk writes to, on this day and the two after it."""
    found = set()
    for _ in range(3):
        found |= {parse(item.raw).to[0].addr_spec for item in hub.work()}
        hub.now += timedelta(days=1)
    return found


def agreed(hub: DeskHub) -> str:
    site = sitecontacts.site_of(hub.config, "docks")
    assert site is not None
    return sitecontacts.agreed(hub.config, site)


def test_nobody_writes_to_who_was_erased(hub: DeskHub) -> None:
    """The desk asked the erased contact once more, as one that it had never heard of."""
    erased(hub)
    assert agreed(hub) == ""
    assert written_to(hub) == set()
    say(hub, "Ana@Docks.example", about="---\ntitle: About\n---\n")
    assert written_to(hub) == set(), "another push changes nothing"
    kept = (hub.config.private / "contacts" / "docks.json").read_text()
    assert "ana" not in kept.lower()


def test_another_contact_is_asked_as_ever(hub: DeskHub) -> None:
    erased(hub)
    say(hub, BO)
    assert written_to(hub) == {BO, OPERATOR}
    assert not sitecontacts.read(hub.config, "docks").erased


def test_one_that_was_never_agreed_is_not_asked_either(hub: DeskHub) -> None:
    say(hub, BO)
    question = next(one for one in map(lambda item: parse(item.raw), hub.work()))
    assert question.to[0].addr_spec in (ANA, OPERATOR)
    erased(hub, BO)
    assert agreed(hub) == ANA
    assert written_to(hub) == set()


def test_a_question_about_who_was_erased_since_is_moot(hub: DeskHub) -> None:
    say(hub, BO)
    asked = {parse(item.raw).to[0].addr_spec: parse(item.raw) for item in hub.work()}
    erased(hub, BO)
    told = hub.reply(asked[ANA], sender=ANA)
    assert {one.to[0].addr_spec for one in told} <= {ANA}
    assert agreed(hub) == ANA


def test_a_hub_from_before_the_rule_agrees_to_nobody_who_was_erased(tmp_path: Path) -> None:
    hub = DeskHub(tmp_path / "hub")
    create(hub.config.union_repo("docks"))
    say(hub, ANA)
    erased(hub)
    assert written_to(hub) == set()
    assert agreed(hub) == ""


def test_who_erases_is_told_which_files_name_the_person(hub: DeskHub) -> None:
    page = "---\ntitle: About\n---\nWrite to <Ana@docks.example>.\n"
    say(hub, ANA, about=page, other=page.replace("Ana@", "susAna@"))
    (hub.config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    words = ["--hub", str(hub.config.root)]
    done = CliRunner().invoke(main, ["erase", ANA, "--reason", "asked", *words])
    assert done.exit_code == 65, done.output
    (line,) = [one for one in done.stderr.splitlines() if "the site of docks" in one]
    assert "names the address: pages/about.md, site.yaml. Have its editors" in line
    said = CliRunner().invoke(main, ["site", "contact", "docks", *words])
    assert "somebody who was erased here" in said.output
    CliRunner().invoke(main, ["site", "contact", "docks", "--agree", *words])
    assert agreed(hub) == ANA, "as the operator says"


def test_drafts_and_a_site_that_can_come_back_are_looked_into(hub: DeskHub) -> None:
    """A draft has pages of its own, and a removed site is shown again as it was."""
    config, page = hub.config, b"---\ntitle: News\n---\nWrite to ana@docks.example.\n"
    say(hub, BO, about="---\ntitle: About\n---\n")
    repo, draft = open_repo(config.union_repo("docks")), f"{HEADS}draft-x"
    main = repo.ref()
    repo.set_ref(draft, main, None)
    write_once(repo, [Change("news/a.md", page)], message="Write\n", when=NOW, branch=draft)
    assert [*erasing.stays(config, [ANA])] == [
        _NAMED.format("docks", "news/a.md in the draft draft-x")
    ]
    repo.set_ref(draft, None, repo.ref(draft))
    write_once(repo, [Change("news/a.md", page)], message="Write\n", when=NOW)
    places.remove(config, places.Place("union", "docks"))
    assert [*erasing.stays(config, [ANA])] == [_NAMED.format("docks (removed)", "news/a.md")]


_NAMED = "the site of {} names the address: {}. Have its editors take it out there"
