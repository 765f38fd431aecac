"""Drafts and events of the studio where two work at once, and where clocks are odd."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.sites import drafts, siteedits
from solicomm_build.features.sites.siteedits import Changed, Edit, Editors
from solicomm_build.features.sites.studio import draftdesk, when
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import open_repo
from solicomm_build.people import access
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.member import Browser, Seen
from tests.unit.web.myhub import Hub, living

ANA, LEO = "ana@union.example", "leo@union.example"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with a site that two members edit."""
    made = DeskHub(tmp_path_factory.mktemp("drafts") / "hub")
    made.member(1, ANA, "water", name="Ana")
    made.member(2, LEO, "water", name="Leo")
    (made.config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    founding.new_union(made.config, "metal", title="Metal", lang="en")
    for one in (ANA, LEO):
        access.issue(made.config, one, ["unions/metal"])
    with living(made.config) as found:
        yield found


def form_of(page: str) -> dict[str, str]:
    """The form of a text as a browser sends it, but for its boxes."""
    form = page[page.index('<form class="text"') :]
    form = form[: form.index("</form>")]
    found = dict(re.findall(r'<input(?![^>]*checkbox)[^>]* name="(\w+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea name="(\w+)"[^>]*>\n(.*?)</textarea>', form, re.S))
    for name, inside in re.findall(r'<select name="(\w+)">(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        first = re.search(r'value="([^"]*)"', inside)
        found[name] = chosen[1] if chosen else first[1] if first else ""
    return {name: html.unescape(value) for name, value in found.items()}


def sent(browser: Browser, form: dict[str, str], **fields: str) -> Seen:
    return browser.send("/edit/metal/text", {**form, **fields})


def test_who_publishes_a_draft_takes_nothing_away_that_another_kept_in_it(hub: Hub) -> None:
    ana, leo = hub.signed_in(ANA), hub.signed_in(LEO)
    new = form_of(ana.get("/edit/metal/text?new=pages").text)
    sent(ana, new, title="Two", text="Begun.", do="keep")
    place = "/edit/metal/text?draft=draft-two-en"
    of_ana, of_leo = (form_of(one.get(place).text) for one in (ana, leo))
    sent(leo, of_leo, text="Two pages more.", do="keep")
    answer = sent(ana, of_ana, text="Begun, and done.", do="save")
    assert answer.status == 409
    assert "Two pages more." in answer.text
    assert "Begun, and done." in answer.text
    assert form_of(leo.get(place).text)["text"] == "Two pages more.\n"
    assert "pages/two.en.md" not in smallhub.files(hub.config.union_repo("metal"))
    both = sent(ana, form_of(answer.text), text="Begun, done, and two pages more.", do="save")
    assert "Published" in both.text
    assert "pages/two.en.md" in smallhub.files(hub.config.union_repo("metal"))


def test_a_draft_that_another_keeps_in_the_same_moment_is_not_written_over(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = Editors(hub.config).of_address(ANA, "metal")
    assert grant
    path = "pages/same.en.md"
    mine, theirs = (f"---\ntitle: Same\n---\n\n{one}.\n".encode() for one in ("Mine", "Theirs"))
    push = siteedits._push

    def second(*about: object) -> object:
        monkeypatch.setattr(siteedits, "_push", push)
        draftdesk.keep(hub.config, "metal", grant, Edit(path, theirs))
        return push(*about)  # type: ignore[arg-type]

    monkeypatch.setattr(siteedits, "_push", second)
    with pytest.raises(Changed):
        draftdesk.keep(hub.config, "metal", grant, Edit(path, mine))
    found = draftdesk.find(hub.config, "metal", "draft-same-en")
    assert found
    assert found.text.encode() == theirs
    assert draftdesk.keep(hub.config, "metal", grant, Edit(path, mine)) == "draft-same-en-2"


def test_a_draft_that_is_reworked_to_what_the_site_has_is_over(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    new = form_of(ana.get("/edit/metal/text?new=pages").text)
    assert "Published" in sent(ana, new, title="Calm", text="As it is.", do="save").text
    page = form_of(ana.get("/edit/metal/text?path=pages/calm.en.md").text)
    other = form_of(sent(ana, page, text="As it may be.", do="keep").text)
    assert other["draft"] == "draft-calm-en"
    answer = sent(ana, other, text="As it is.", do="keep")
    assert "It is on the site already." in answer.text
    assert "As it may be." not in answer.text
    assert draftdesk.find(hub.config, "metal", "draft-calm-en") is None
    before = drafts.branches(open_repo(hub.config.union_repo("metal")))
    assert "It is on the site already." in sent(ana, page, do="keep").text
    assert drafts.branches(open_repo(hub.config.union_repo("metal"))) == before, "none is begun"


def test_a_branch_that_somebody_pushed_is_not_written_over_by_a_draft(hub: Hub) -> None:
    grant = Editors(hub.config).of_address(ANA, "metal")
    assert grant
    repo = open_repo(hub.config.union_repo("metal"))
    tip = repo.ref()
    assert tip
    repo.set_ref("refs/heads/work", Oid(tip), None)
    text = b"---\ntitle: Branch\n---\n\nx\n"
    edit = Edit("pages/branch.en.md", text)
    assert draftdesk.keep(hub.config, "metal", grant, edit, name="work") == "draft-branch-en"
    assert repo.ref("refs/heads/work") == tip


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("2026-10-24T10:00:00+02:00", "2026-10-25T16:00:00+01:00"),
        ("2026-07-01T18:30:00-02:30", "2026-07-01T20:00:00-02:30"),
        ("2026-12-01T18:30:00+10:30", "2026-12-02"),
        ("2026-12-01T18:30:00+00:20", ""),
        ("2026-12-05", "2026-12-06T12:00:00Z"),
    ],
)
def test_an_event_that_is_saved_as_it_was_keeps_its_hours(hub: Hub, starts: str, ends: str) -> None:
    ana, path = hub.signed_in(ANA), "events/x.en.md"
    head = f"title: X\nstarts: {starts}\n" + (f"ends: {ends}\n" if ends else "")
    grant = Editors(hub.config).of_address(ANA, "metal")
    assert grant
    base = siteedits.look(hub.config, "metal").files.get(path)
    text = f"---\n{head}---\n\nCome.\n".encode()
    siteedits.save(
        hub.config, "metal", grant, [Edit(path, text, base)], subject="x", source="web", name="A"
    )
    shown = form_of(ana.get(f"/edit/metal/text?path={path}").text)
    assert "Published" in sent(ana, shown, text="Come all.", do="save").text
    made = smallhub.files(hub.config.union_repo("metal"))[path].decode()
    assert f"starts: {starts}\n" in made.replace("'", "").replace('"', "")
    if ends:
        assert f"ends: {ends}\n" in made.replace('"', "")


def test_the_zone_of_the_hub_is_among_the_differences_in_winter_and_summer() -> None:
    for month in (1, 7):
        at = datetime(2026, month, 1, tzinfo=UTC)
        missing = {when.offset(one, at) for one in available_timezones()} - {*when.offsets()}
        assert not missing


@pytest.mark.parametrize("do", ["save", "keep"])
def test_a_form_of_a_new_text_that_is_sent_twice_makes_one(hub: Hub, do: str) -> None:
    ana = hub.signed_in(ANA)
    form = form_of(ana.get("/edit/metal/text?new=news").text)
    words = {"title": f"Once {do}", "date": "2026-11-05", "text": "Said once.", "do": do}
    answers = [sent(ana, form, **words).text for _ in range(2)]
    assert all(("Published" if do == "save" else "Kept as a draft") in one for one in answers)
    files = smallhub.files(hub.config.union_repo("metal"))
    assert sum(one.startswith(f"news/2026/once-{do}") for one in files) == (do == "save")
    repo = open_repo(hub.config.union_repo("metal"))
    assert len([one for one in drafts.branches(repo) if "once" in one]) == (do == "keep")
    other = sent(ana, form, **{**words, "text": "Another, of the same title."}).text
    assert ("Published" if do == "save" else "Kept as a draft") in other
    if do == "keep":
        assert len([one for one in drafts.branches(repo) if "once" in one]) == 2
    else:
        assert "news/2026/once-save-2.en.md" in smallhub.files(repo.path)


def test_what_was_written_is_there_when_the_session_or_the_right_has_ended(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    form = form_of(ana.get("/edit/metal/text?new=pages").text)
    words = {"title": "Aims", "summary": "Short & good", "text": "Much <work>.", "do": "save"}
    out = sent(Browser(hub.address), form, **words)
    assert out.status == 403
    assert "Your token" in out.text
    anew = sent(hub.signed_in(ANA), {**form, "mark": "0" * 26}, **words)
    assert anew.status == 403
    for page in (out.text, anew.text):
        assert "Aims\n\nShort &amp; good\n\nMuch &lt;work&gt;.</textarea>" in page
    other = {"sec-fetch-site": "cross-site"}
    there = Browser(hub.address).send("/edit/metal/text", {**form, **words}, **other)
    assert "Much" not in there.text


def test_a_picture_that_is_too_large_costs_nobody_the_text(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    form = form_of(ana.get("/edit/metal/text?new=pages").text)
    form |= {"title": "Photo", "text": "Long work.", "picture_alt": "A hall", "do": "picture"}
    large = ("hall.jpg", b"\xff\xd8" + b"x" * (13 * 1024 * 1024))
    answer = ana.upload("/edit/metal/text", form, large)
    assert answer.status == 422
    assert "too large" in answer.text
    assert form_of(answer.text)["text"] == "Long work."


def test_a_form_of_very_many_fields_is_answered(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    answer = ana.send("/edit/metal/text", {f"x{number}": "y" for number in range(1500)})
    assert answer.status == 403
