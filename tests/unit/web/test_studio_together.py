"""The studio where several work at once: nothing of another goes by an old page or form."""

from __future__ import annotations

import html
import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.features.founding import founding
from solicomm_build.features.sites import drafts, siteedits
from solicomm_build.features.sites.editing import editing
from solicomm_build.features.sites.siteedits import Edit, Editors
from solicomm_build.features.sites.studio import draftdesk
from solicomm_build.features.sites.values.site import decode_site
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
    made = DeskHub(tmp_path_factory.mktemp("together") / "hub")
    made.member(1, ANA, "water", name="Ana")
    made.member(2, LEO, "water", name="Leo")
    (made.config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    founding.new_union(made.config, "metal", title="Metal", lang="en")
    for one in (ANA, LEO):
        access.issue(made.config, one, ["unions/metal"])
    with living(replace(made.config, timezone="Europe/Madrid")) as found:
        yield found


def form_of(page: str, at: str = "/edit/metal/text") -> dict[str, str]:
    """The form that is sent to an address as a browser sends it, but for its boxes."""
    form = page[page.index(f'action="{at}"') :]
    form = form[: form.index("</form>")]
    found = dict(
        re.findall(r'<input(?![^>]*(?:radio|checkbox))[^>]* name="([\w-]+)" value="([^"]*)"', form)
    )
    found |= dict(re.findall(r'name="(\w+)" value="(\w+)" checked', form))
    found |= dict(re.findall(r'<textarea name="([\w-]+)"[^>]*>\n(.*?)</textarea>', form, re.S))
    for name, inside in re.findall(r'<select name="([\w-]+)">(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        first = re.search(r'value="([^"]*)"', inside)
        found[name] = chosen[1] if chosen else first[1] if first else ""
    return {name: html.unescape(value) for name, value in found.items()}


def sent(browser: Browser, form: dict[str, str], **fields: str) -> Seen:
    return browser.send("/edit/metal/text", {**form, **fields})


def new(browser: Browser, kind: str = "pages") -> dict[str, str]:
    return form_of(browser.get(f"/edit/metal/text?new={kind}").text)


def files(hub: Hub) -> dict[str, bytes]:
    return smallhub.files(hub.config.union_repo("metal"))


def photo(colour: str) -> tuple[str, bytes]:
    octets = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(octets, "PNG")
    return "image.png", octets.getvalue()


SETTINGS = "/edit/metal/settings"


@pytest.mark.parametrize("first", ["preview", "wrong"])
def test_who_looks_at_the_settings_first_takes_back_nothing_of_another(
    hub: Hub, first: str
) -> None:
    ana, leo = hub.signed_in(ANA), hub.signed_in(LEO)
    mine, theirs = (form_of(one.get(SETTINGS).text, SETTINGS) for one in (ana, leo))
    phone = {"preview": "+44 20 7946 0001", "wrong": "+44 20 7946 0002"}[first]
    leo.send(SETTINGS, {**theirs, "phone": phone, "do": "save"})
    change = {"country": "KE" if first == "preview" else "UG"}
    look = {"do": "preview"} if first == "preview" else {"do": "save", "email": "nowhere"}
    seen = form_of(ana.send(SETTINGS, {**mine, **change, **look}).text, SETTINGS)
    done = ana.send(SETTINGS, {**seen, "email": mine["email"], "do": "save"})
    assert "Saved." in done.text
    made = decode_site(files(hub)["site.yaml"], union="metal")
    assert (made.country, made.contact.phone) == (change["country"], phone)


def test_pressing_save_once_more_takes_back_only_what_the_page_names(hub: Hub) -> None:
    ana, leo = hub.signed_in(ANA), hub.signed_in(LEO)
    mine, theirs = (form_of(one.get(SETTINGS).text, SETTINGS) for one in (ana, leo))
    leo.send(SETTINGS, {**theirs, "phone": "+44 20 7946 0003", "title-en": "Theirs", "do": "save"})
    clash = ana.send(SETTINGS, {**mine, "title-en": "Mine", "do": "save"})
    assert clash.status == 409
    assert "title" in clash.text
    assert "Saved." in ana.send(SETTINGS, {**form_of(clash.text, SETTINGS), "do": "save"}).text
    made = decode_site(files(hub)["site.yaml"], union="metal")
    assert (made.title["en"], made.contact.phone) == ("Mine", "+44 20 7946 0003")


def dropping(page: str, name: str) -> dict[str, str]:
    """The form that ends a draft."""
    forms = re.findall(r'<form method="post" action="/edit/metal/drop">.*?</form>', page)
    found = (dict(re.findall(r'name="(\w+)" value="([^"]*)"', one)) for one in forms)
    return next(one for one in found if one["draft"] == name)


def test_a_draft_that_another_kept_since_is_not_dropped_by_an_old_page(hub: Hub) -> None:
    ana, leo = hub.signed_in(ANA), hub.signed_in(LEO)
    kept = form_of(sent(ana, new(ana), title="Fund", text="Begun.", do="keep").text)
    old = dropping(ana.get("/edit/metal/").text, "draft-fund-en")
    sent(leo, {**kept, "mark": new(leo)["mark"]}, text="Two hours of work.", do="keep")
    answer = ana.send("/edit/metal/drop", old)
    found = draftdesk.find(hub.config, "metal", "draft-fund-en")
    assert found
    assert "Two hours of work." in found.text
    assert "so it stays" in answer.text
    now = dropping(answer.text, "draft-fund-en")
    assert "The draft is gone." in ana.send("/edit/metal/drop", now).text
    assert draftdesk.find(hub.config, "metal", "draft-fund-en") is None


def test_a_picture_of_a_draft_whose_name_was_taken_meanwhile_is_published_beside_it(
    hub: Hub,
) -> None:
    ana, leo = hub.signed_in(ANA), hub.signed_in(LEO)
    kept = form_of(sent(ana, new(ana), title="March", text="On Monday.", do="keep").text)
    added = ana.upload(
        "/edit/metal/text", {**kept, "picture_alt": "Blue", "do": "picture"}, photo("blue")
    )
    draft = form_of(added.text)
    assert "![Blue](media/image.webp)" in draft["text"]
    leo.upload(
        "/edit/metal/text",
        {**new(leo), "title": "Hall", "text": "x", "picture_alt": "Red", "do": "picture"},
        photo("red"),
    )
    theirs = files(hub)["media/image.webp"]
    answer = sent(ana, draft, do="save")
    assert "Published" in answer.text
    made = files(hub)
    assert made["media/image.webp"] == theirs
    (name,) = re.findall(r"media/image-\d\.webp", made["pages/march.en.md"].decode())
    assert made[name] != theirs


def test_news_whose_day_moves_into_another_year_move_with_it(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    first = {"title": "Bells", "date": "2026-12-31", "text": "Soon."}
    sent(ana, new(ana, "news"), **first, do="save")
    form = form_of(ana.get("/edit/metal/text?path=news/2026/bells.en.md").text)
    answer = sent(ana, form, date="2027-01-01", do="save")
    assert "Published" in answer.text
    made = files(hub)
    assert "news/2026/bells.en.md" not in made
    assert b"date: 2027-01-01" in made["news/2027/bells.en.md"]
    kept = form_of(sent(ana, new(ana, "news"), **first | {"title": "Gongs"}, do="keep").text)
    again = form_of(sent(ana, kept, date="2027-01-02", do="keep").text)
    assert again["path"] == "news/2027/gongs.en.md"
    assert "Published" in sent(ana, again, do="save").text
    assert "news/2027/gongs.en.md" in files(hub)
    assert "draft-gongs-en" not in drafts.branches(open_repo(hub.config.union_repo("metal")))


def cloned(hub: Hub, folder: Path) -> Path:
    subprocess.run(["git", "clone", "-q", hub.config.union_repo("metal"), folder], check=True)
    return folder


def git(folder: Path, *words: str) -> str:
    them = ["-c", "user.name=Leo", "-c", "user.email=leo@users.hub.invalid"]
    done = subprocess.run(
        ["git", "-C", folder, *them, *words], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_a_draft_to_which_a_page_was_added_by_git_is_not_thrown_away_in_part(
    hub: Hub, tmp_path: Path
) -> None:
    ana = hub.signed_in(ANA)
    sent(ana, new(ana), title="Plan", text="The plan.", do="keep")
    folder = cloned(hub, tmp_path / "clone")
    git(folder, "checkout", "-q", "draft-plan-en")
    (folder / "pages/more.en.md").write_text("---\ntitle: More\n---\nMore.\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "More")
    git(folder, "push", "-q", hub.config.union_repo("metal").as_posix(), "draft-plan-en")
    page = ana.get("/edit/metal/text?draft=draft-plan-en")
    if page.status == 200:
        sent(ana, form_of(page.text), do="save")
    repo = open_repo(hub.config.union_repo("metal"))
    assert "pages/plan.en.md" in files(hub) or "draft-plan-en" in drafts.branches(repo)


def test_a_draft_that_was_reworked_by_git_is_published_as_it_is(hub: Hub, tmp_path: Path) -> None:
    ana = hub.signed_in(ANA)
    sent(ana, new(ana), title="Route", text="First.", do="keep")
    folder = cloned(hub, tmp_path / "clone")
    git(folder, "checkout", "-q", "draft-route-en")
    text = (folder / "pages/route.en.md").read_text()
    (folder / "pages/route.en.md").write_text(text.replace("First.", "Second."))
    git(folder, "commit", "-qam", "Second")
    git(folder, "push", "-q", hub.config.union_repo("metal").as_posix(), "draft-route-en")
    form = form_of(ana.get("/edit/metal/text?draft=draft-route-en").text)
    assert "Published" in sent(ana, form, do="save").text
    assert b"Second." in files(hub)["pages/route.en.md"]


def test_an_event_has_the_clock_of_its_own_day(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    form = new(ana, "events")
    assert form["zone"] == "Europe/Madrid"
    for day, zone in (("2027-01-05", "+01:00"), ("2027-07-05", "+02:00")):
        words = {"title": f"Day {day}", "starts": day, "starts_time": "18:00", "text": "Come."}
        assert "Published" in sent(ana, form, **words, do="save").text
        made = files(hub)[f"events/day-{day}.en.md"].decode()
        assert f"starts: {day}T18:00:00{zone}\n" in made
    over = {"starts": "2027-03-27", "starts_time": "20:00", "ends": "2027-03-28"}
    sent(ana, form, title="Night", text="Come.", **over, ends_time="09:00", do="save")
    made = files(hub)["events/night.en.md"].decode()
    assert "starts: 2027-03-27T20:00:00+01:00\nends: 2027-03-28T09:00:00+02:00\n" in made
    odd = sent(ana, form, title="Odd", text="x", **over, zone="../../etc/passwd", do="save")
    assert odd.status == 422 or b"+00:00" in files(hub)["events/odd.en.md"]


def test_what_could_be_better_is_said_after_publishing(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    text = "One.\n\n<div>Two.</div>\n\n## Three\n\n#### Four"
    answer = html.unescape(sent(ana, new(ana), title="Import", text=text, do="save").text)
    assert "Published" in answer
    assert "This could be better:" in answer
    assert "HTML is shown as it is typed" in answer
    assert "Line 7: the heading jumps from level 2 to 4" in answer


def test_texts_that_a_change_of_languages_hides_are_named(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    form = form_of(ana.get(SETTINGS).text, SETTINGS)
    ana.send(SETTINGS, {**form, "languages": "en, fr", "do": "save"})
    sent(ana, new(ana), title="Bonjour", text="Salut.", lang="fr", do="save")
    form = form_of(ana.get(SETTINGS).text, SETTINGS)
    answer = ana.send(SETTINGS, {**form, "languages": "en", "do": "save"}).text
    assert "Saved." in answer
    assert "pages/bonjour.fr.md: " in answer


def test_who_cannot_undo_is_told_which_page_stands_in_the_way(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    form = {**new(ana), "title": "Above", "picture_alt": "A flag", "do": "picture"}
    added = form_of(ana.upload("/edit/metal/text", form, photo("green")).text)
    assert "Published" in sent(ana, added, do="save").text
    page = ana.get("/edit/metal/history").text
    mark = re.search(r'name="mark" value="([0-9a-f]+)"', page)
    assert mark
    picture = re.findall(r'name="commit" value="([0-9a-f]+)"', page)[1]
    answer = ana.send("/edit/metal/history", {"commit": picture, "mark": mark[1]})
    assert answer.status == 422
    assert "Nothing was undone: pages/above.en.md: " in html.unescape(answer.text)


def test_a_picture_of_a_draft_can_stand_above_its_text(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    kept = form_of(sent(ana, new(ana), title="Flags", text="Soon.", do="keep").text)
    words = {**kept, "picture_alt": "A flag", "do": "picture"}
    added = ana.upload("/edit/metal/text", words, photo("orange")).text
    (path,) = re.findall(r"!\[A flag\]\((media/[\w.-]+)\)", form_of(added)["text"])
    assert f'<option value="{path}"' in added
    above = {"image": path, "alt": "A flag", "text": "Soon."}
    again = form_of(sent(ana, form_of(added), **above, do="keep").text)
    assert again["image"] == path
    assert "Published" in sent(ana, again, do="save").text
    made = files(hub)
    assert f"file: {path}" in made["pages/flags.en.md"].decode()
    assert path in made


def test_every_text_of_a_large_site_can_be_reached(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "_MOST", 4)
    ana, after, seen = hub.signed_in(ANA), 0, ""
    while f"?after={after + 4}" in (page := ana.get(f"/edit/metal/?after={after}").text):
        seen, after = seen + page, after + 4
    assert after
    texts = [one for one in files(hub) if one.startswith(("pages/", "news/", "events/"))]
    assert [one for one in texts if f"path={one}" not in seen + page] == []


def test_a_text_that_windows_wrote_has_its_fields(hub: Hub) -> None:
    """With a byte order mark and CR LF it was shown as a whole file, with its YAML."""
    ana, path = hub.signed_in(ANA), "pages/windows.en.md"
    grant = Editors(hub.config).of_address(ANA, "metal")
    assert grant
    text = b"\xef\xbb\xbf---\r\ntitle: Windows\r\n---\r\n\r\nHello.\r\n\r\nAll.\r\n"
    siteedits.save(
        hub.config, "metal", grant, [Edit(path, text)], subject="x", source="web", name="Ana"
    )
    form = form_of(ana.get(f"/edit/metal/text?path={path}").text)
    assert (form["title"], form["text"]) == ("Windows", "Hello.\n\nAll.\n")
    assert "Published" in sent(ana, form, text="Hello.\n\nAll of you.", do="save").text
    assert files(hub)[path] == b"---\ntitle: Windows\n---\n\nHello.\n\nAll of you.\n"


def test_who_edits_news_that_another_moves_into_the_next_year_goes_on_there(hub: Hub) -> None:
    ana, leo = hub.signed_in(ANA), hub.signed_in(LEO)
    sent(ana, new(ana, "news"), title="Drums", date="2026-12-31", text="Soon.", do="save")
    place = "/edit/metal/text?path=news/2026/drums.en.md"
    mine, theirs = (form_of(one.get(place).text) for one in (ana, leo))
    sent(leo, theirs, date="2027-01-01", do="save")
    clash = sent(ana, mine, text="Sooner.", do="save")
    assert clash.status == 409
    assert "date: 2027-01-01" in clash.text
    assert "Published" in sent(ana, form_of(clash.text), date="2027-01-01", do="save").text
    (made,) = [one for one in files(hub) if "drums" in one]
    assert made == "news/2027/drums.en.md"
    assert files(hub)[made].endswith(b"Sooner.\n")


def test_a_picture_that_was_chosen_goes_with_the_text(hub: Hub) -> None:
    """Who forgot to press *Add* below the text published it without."""
    ana, at = hub.signed_in(ANA), "/edit/metal/text"
    form = {**new(ana), "title": "Chosen", "text": "Look.", "picture_alt": "A flag", "do": "save"}
    for _ in range(2):  # pressed twice, it is one text
        assert "Published" in ana.upload(at, form, photo("purple")).text
    made = files(hub)
    (page,) = [one for one in made if one.startswith("pages/chosen")]
    (path,) = re.findall(r"!\[A flag\]\((media/[\w.-]+)\)", made[page].decode())
    assert path in made
    bare = ana.upload(at, {**form, "title": "Bare", "picture_alt": ""}, photo("pink"))
    assert bare.status == 422
    assert "describe it" in bare.text
    kept = ana.upload(at, {**form, "title": "Later", "do": "keep"}, photo("gold")).text
    assert "Kept as a draft" in kept
    (later,) = re.findall(r"!\[A flag\]\((media/[\w.-]+)\)", form_of(kept)["text"])
    assert files(hub).keys() == made.keys(), "what is a draft is not public"
    assert "Published" in sent(ana, form_of(kept), do="save").text
    assert later in files(hub)


def test_a_translation_of_what_nobody_may_see_yet_is_not_published(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    settings = form_of(ana.get(SETTINGS).text, SETTINGS)
    ana.send(SETTINGS, {**settings, "languages": "en, fr", "do": "save"})
    words = {"title": "Secret", "date": "2026-11-05", "text": "Not yet.", "status": "draft"}
    answer = sent(ana, new(ana, "news"), **words, do="save").text
    assert "Published." not in answer
    assert "Who may see it: Nobody on the site yet" in answer
    like = "new=news&like=news/2026/secret.en.md&in=fr"
    form = form_of(ana.get(f"/edit/metal/text?{like}").text)
    sent(ana, form, title="Secret", text="Pas encore.", do="save")
    assert b"\nstatus: draft\n" in files(hub)["news/2026/secret.fr.md"]
    settings = form_of(ana.get(SETTINGS).text, SETTINGS)
    ana.send(SETTINGS, {**settings, "languages": "en", "do": "save"})


def test_what_was_written_is_there_when_the_disk_is_full(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*about: object, **more: object) -> object:
        raise OSError(28, "No space left on device")

    ana = hub.signed_in(ANA)
    form, settings = new(ana), form_of(ana.get(SETTINGS).text, SETTINGS)
    monkeypatch.setattr(siteedits, "save_of_browser", full)
    answer = sent(ana, form, title="Long", text="A whole evening.", do="save")
    assert answer.status == 503
    assert "A whole evening.</textarea>" in answer.text
    wrote = {**settings, "description-en": "All who work at the quays", "do": "save"}
    answer = ana.send(SETTINGS, wrote)
    assert answer.status == 503
    assert "All who work at the quays" in answer.text
