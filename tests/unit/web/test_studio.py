"""The studio at `/edit/`: which sites somebody may edit, and by which way in."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace

import pytest
from PIL import Image

from solicomm_build.features.founding import founding
from solicomm_build.features.sites import drawing
from solicomm_build.features.sites.values.site import PRESETS, decode_site
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.people import access, rosterevents
from solicomm_build.people.roster import HUB
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.deskhub import NOW, DeskHub
from solicomm_build.testing.member import Browser, Seen
from solicomm_build.testing.webserver import ask
from tests.unit.web.myhub import Hub, living

ANA, LEO, EVE, HOST = (f"{one}@union.example" for one in ("ana", "leo", "eve", "host"))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with two sites: Ana, a member, edits one of them, and Leo, who is none, both."""
    made = DeskHub(tmp_path_factory.mktemp("studio") / "hub")
    made.member(1, ANA, "water", name="Ana")
    made.member(2, LEO, "water", name="Leo")
    made.member(3, EVE, "water", name="Eve")
    made.member(4, HOST, "water", name="Host")
    smallhub.add_events(made.config, [rosterevents.role(HUB, 4, "host", at=NOW, by="test")])
    config = made.config
    (config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    for union in ("docks", "metal"):
        founding.new_union(config, union, title=union.title(), lang="en")
    access.issue(config, ANA, ["unions/metal"])
    with living(config) as found:
        yield found


def token(config: Config, *unions: str) -> str:
    return access.issue(config, "leo", [f"unions/{one}" for one in unions])[1]


def test_a_member_edits_without_a_token_what_the_grants_open(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    listed = ana.get("/edit/").text
    assert "Metal" in listed
    assert "Docks" not in listed
    assert "Add news" in ana.get("/edit/metal/").text
    assert "Your token" in ana.get("/edit/docks/").text


def test_what_a_member_saves_needs_the_mark_of_the_page(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    page = ana.get("/edit/metal/text?new=pages").text
    mark = re.search(r'name="mark" value="([0-9a-f]+)"', page)
    assert mark
    fields = {"kind": "pages", "title": "Aims", "text": "x", "do": "save"}
    assert ana.send("/edit/metal/text", {**fields, "mark": "0" * 26}).status == 403
    done = ana.send("/edit/metal/text", {**fields, "mark": mark[1]})
    assert "Published" in done.text
    assert "pages/aims.en.md" in smallhub.files(hub.config.union_repo("metal"))


def test_enter_in_the_title_shows_the_page_and_asks_for_no_picture(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    page = ana.get("/edit/metal/text?new=pages").text
    form = page[page.index('class="text"') :]
    pressed = re.search(r'<button name="do" value="([a-z]+)"', form)  # the first: HTML 4.10.21.2
    mark = re.search(r'name="mark" value="([0-9a-f]+)"', form)
    assert pressed
    assert mark
    fields = {"kind": "pages", "lang": "en", "title": "Strike fund", "text": "It *is* there."}
    seen = ana.send("/edit/metal/text", {**fields, "mark": mark[1], "do": pressed[1]})
    assert seen.status == 200
    assert "Choose a picture" not in seen.text
    assert "It *is* there." in html.unescape(seen.text)
    assert "<h2>Preview</h2>" in seen.text


def test_the_link_of_a_draft_that_is_over_says_so_in_the_language_of_who_opens_it(
    hub: Hub,
) -> None:
    over = ask(hub.address, f"/preview/{'a' * 26}/", accept_language="es", accept="text/html")
    assert over.status == 404
    assert "No hay nada en esta dirección" in over.body.decode()
    assert "noindex" in over.headers["x-robots-tag"]


def test_the_sites_of_an_editor_stand_in_my_hub_and_of_nobody_else(hub: Hub) -> None:
    mine = hub.signed_in(ANA).get("/members/").text
    assert '<a class="name" href="/edit/metal/">' in mine
    other = hub.signed_in(EVE)
    assert "/edit/" not in other.get("/members/").text
    assert "no site yet" in other.get("/edit/").text


def test_a_token_for_two_sites_opens_both_by_one_way_in(hub: Hub) -> None:
    leo = Browser(hub.address)
    assert "Your token" in leo.get("/edit/").text
    assert leo.send("/edit/", {"token": "a" * 26}).status == 403
    entered = leo.send("/edit/", {"token": token(hub.config, "docks", "metal")})
    assert entered["location"] == "/edit/"
    listed = leo.get("/edit/").text
    assert "Docks" in listed
    assert "Metal" in listed
    assert "Add news" in leo.get("/edit/docks/").text
    assert "Add news" in leo.get("/edit/metal/").text


def test_a_stranger_gets_the_same_page_whatever_sites_there_are_for_others(hub: Hub) -> None:
    first = ask(hub.address, "/edit/metal/").body
    assert first == ask(hub.address, "/edit/metal/").body
    assert b"ana@" not in first


def test_addresses_where_editors_used_to_be_lead_to_the_studio(hub: Hub) -> None:
    assert ask(hub.address, "/admin/").headers["location"] == "/edit/"
    with webserver.with_cms(replace(hub.config, cms=("127.0.0.1", 0))) as (_, old):
        assert ask(old, "/metal/").headers["location"] == "http://hub.example/edit/metal/"
        assert ask(old, "/nothing/x").headers["location"] == "http://hub.example/edit/"


def fields_of(page: str) -> dict[str, str]:
    """The form of a text as a browser would send it, but for its boxes."""
    form = page[page.index('<form class="text"') :]
    form = form[: form.index("</form>")]
    found = dict(re.findall(r'<input(?![^>]*checkbox)[^>]* name="(\w+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea name="(\w+)"[^>]*>\n(.*?)</textarea>', form, re.S))
    for name, inside in re.findall(r'<select name="(\w+)">(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items()}


def begun(browser: Browser, what: str, **fields: str) -> Seen:
    """Opens a form of the site `metal`, fills in and sends it."""
    form = fields_of(browser.get(f"/edit/metal/text?{what}").text)
    return browser.send("/edit/metal/text", {**form, **fields})


def text(hub: Hub, path: str) -> str:
    return smallhub.files(hub.config.union_repo("metal"))[path].decode()


def test_a_translation_lies_beside_its_original_which_is_shown(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    source = smallhub.files(hub.config.union_repo("metal"))["site.yaml"].decode()
    two = source.replace("languages: [en]", "languages: [en, sw]")
    assert "Published" in begun(ana, "path=site.yaml", source=two, do="save").text
    begun(ana, "new=news", title="We won", date="2026-11-03", text="At last.", do="save")
    listed = ana.get("/edit/metal/").text
    assert "new=news&amp;like=news/2026/we-won.en.md&amp;in=sw" in listed
    what = "new=news&like=news/2026/we-won.en.md&in=sw"
    assert "At last." in ana.get(f"/edit/metal/text?{what}").text
    begun(ana, what, title="Tumeshinda", text="Hatimaye.", do="save")
    made = text(hub, "news/2026/we-won.sw.md")
    assert "date: 2026-11-03" in made
    listed = ana.get("/edit/metal/").text
    assert listed.count("We won") == 1
    assert "text?path=news/2026/we-won.sw.md" in listed


def test_an_event_has_a_day_and_an_hour_of_its_place(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    moment = {"starts": "2026-12-05", "starts_time": "14:30", "zone": "+03:00"}
    begun(ana, "new=events", title="Rally", text="Come.", do="save", **moment)
    assert "starts: 2026-12-05T14:30:00+03:00\n" in text(hub, "events/rally.en.md")
    shown = fields_of(ana.get("/edit/metal/text?path=events/rally.en.md").text)
    assert {name: shown[name] for name in moment} == moment


def test_a_draft_is_seen_by_its_link_alone_until_it_is_published(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    kept = begun(ana, "new=pages", title="Secret plan", text="Not yet.", do="keep").text
    link = re.search(r'href="http://hub\.example(/preview/[a-z2-7]{26}/)"', kept)
    assert link
    path = "pages/secret-plan.en.md"
    assert path not in smallhub.files(hub.config.union_repo("metal"))
    form = fields_of(kept)
    again = ana.send("/edit/metal/text", {**form, "text": "Soon.", "do": "keep"}).text
    assert link[1] in again, "the link stays while one works on it"
    stale = ana.send("/edit/metal/text", {**form, "text": "Other tab.", "do": "keep"})
    assert stale.status == 409
    assert "Soon." in stale.text
    assert "Other tab." in stale.text
    assert "draft-secret-plan-en" in ana.get("/edit/metal/").text
    ana.send("/edit/metal/text", {**fields_of(again), "do": "save"})
    assert text(hub, path).endswith("Soon.\n")
    assert "draft-secret-plan-en" not in ana.get("/edit/metal/").text


def test_a_page_that_was_drawn_is_shown_to_the_editors_of_its_site_alone(hub: Hub) -> None:
    name = "a" * 32
    folder = drawing.place(hub.config, name)
    folder.mkdir(parents=True)
    head = '<head><link rel="stylesheet" href="../x.css"><script src="/x.js"></script></head>'
    (folder / "index.html").write_text(f"<html>{head}Soon.</html>")
    (folder / "a.css").write_text("p{}")
    done = drawing.Drawn("metal", "/unions/metal/about/", "index.html", "a.css")
    (folder / drawing.DONE).write_text(json.dumps(asdict(done)))
    ana = hub.signed_in(ANA)
    seen = ana.get(f"/edit/metal/seen/{name}/")
    assert '<base href="/unions/metal/about/">' in seen.text
    assert f'href="/edit/metal/seen/{name}/style.css"' in seen.text
    assert "<script" not in seen.text
    assert "sandbox" in seen["content-security-policy"]
    assert ana.get(f"/edit/metal/seen/{name}/style.css").text == "p{}"
    access.issue(hub.config, LEO, ["unions/docks"])
    leo = hub.signed_in(LEO)
    assert leo.get(f"/edit/docks/seen/{name}/").status == 404, "it is of another site"
    assert Browser(hub.address).get(f"/edit/metal/seen/{name}/").status == 404
    assert ana.get("/edit/metal/seen/../../x/").status == 404
    assert Browser(hub.address).get(f"/preview/../drawn/{name}/index.html").status == 404


def test_a_picture_of_a_draft_is_not_public_before_the_draft_is(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    kept = begun(ana, "new=pages", title="March", text="On Monday.", do="keep").text
    octets = io.BytesIO()
    Image.new("RGB", (60, 40), "blue").save(octets, "PNG")
    sent = {**fields_of(kept), "picture_alt": "A flag", "do": "picture"}
    added = ana.upload("/edit/metal/text", sent, ("Flag.png", octets.getvalue())).text
    assert "![A flag](media/flag.webp)" in fields_of(added)["text"]
    assert "media/flag.webp" not in smallhub.files(hub.config.union_repo("metal"))
    tree = open_repo(hub.config.union_repo("metal")).git(
        "ls-tree", "-r", "--name-only", "draft-march-en"
    )
    assert b"media/flag.webp" in tree
    assert "Published" in ana.send("/edit/metal/text", {**fields_of(added), "do": "save"}).text
    assert "media/flag.webp" in smallhub.files(hub.config.union_repo("metal"))
    assert text(hub, "pages/march.en.md").endswith("![A flag](media/flag.webp)\n")


def test_a_draft_can_be_dropped_and_other_drafts_are_left_alone(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    kept = begun(ana, "new=pages", title="Idle", text="x", do="keep").text
    mark = fields_of(kept)["mark"]
    assert ana.send("/edit/metal/drop", {"draft": "draft-idle-en"}).status == 403
    ana.send("/edit/metal/drop", {"draft": "main", "mark": mark})
    assert "pages/about.en.md" in smallhub.files(hub.config.union_repo("metal"))
    ana.send("/edit/metal/drop", {"draft": "draft-idle-en", "mark": mark})
    assert "draft-idle-en" not in ana.get("/edit/metal/").text


def test_a_change_is_undone_by_one_more_commit(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    before = text(hub, "pages/about.en.md")
    begun(ana, "path=pages/about.en.md", text="Oops.", do="save")
    page = ana.get("/edit/metal/history").text
    commit, mark = (
        re.search(rf'name="{name}" value="([0-9a-f]+)"', page) for name in ("commit", "mark")
    )
    assert commit
    assert mark
    sent = {"commit": commit[1], "mark": mark[1]}
    assert ana.send("/edit/metal/history", {**sent, "mark": "0"}).status == 403
    assert "Undone." in ana.send("/edit/metal/history", sent).text
    assert text(hub, "pages/about.en.md") == before
    assert "Taken back:" in ana.get("/edit/metal/history").text
    assert "nothing left" in ana.send("/edit/metal/history", sent).text


def test_undoing_never_takes_what_came_later_with_it(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    begun(ana, "path=pages/about.en.md", text="First.", do="save")
    page = ana.get("/edit/metal/history").text
    sent = dict(re.findall(r'name="(commit|mark)" value="([0-9a-f]+)"', page)[:2])
    begun(ana, "path=pages/about.en.md", text="Second.", do="save")
    answer = ana.send("/edit/metal/history", sent)
    assert answer.status == 409
    assert "pages/about.en.md" in answer.text
    assert text(hub, "pages/about.en.md").endswith("Second.\n")


def form_of(page: str, at: str) -> dict[str, str]:
    """The form that is sent to an address, as a browser would send it."""
    form = page[page.index(f'action="{at}"') :]
    form = form[: form.index("</form>")]
    found = dict(re.findall(r'<input(?![^>]*radio)[^>]* name="([\w-]+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'name="(\w+)" value="(\w+)" checked', form))
    found |= dict(re.findall(r'<textarea name="([\w-]+)"[^>]*>\n(.*?)</textarea>', form, re.S))
    for name, inside in re.findall(r'<select name="([\w-]+)">(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items()}


def set_(browser: Browser, name: str, **fields: str) -> Seen:
    """Opens a form of the settings of `metal`, changes some fields and saves."""
    at = f"/edit/metal/{name}"
    form = form_of(browser.get(at).text, at)
    sent = {key.replace("_", "-"): value for key, value in fields.items()}
    return browser.send(at, {**form, "do": "save", **sent})


@pytest.mark.parametrize("name", ["settings", "look", "menu"])
def test_a_form_of_the_settings_that_is_sent_as_it_was_changes_nothing(hub: Hub, name: str) -> None:
    ana = hub.signed_in(ANA)
    before = text(hub, "site.yaml")
    answer = set_(ana, name)
    assert answer.status == 200, answer.text
    assert text(hub, "site.yaml") == before


def test_settings_are_fields_and_comments_of_the_file_stay(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    assert (
        "Saved." in set_(ana, "settings", title_en='Metal: "all" of us', email="a@b.example").text
    )
    made = text(hub, "site.yaml")
    assert 'title: {en: "Metal: \\"all\\" of us"}' in made
    assert "contact: {email: a@b.example}" in made
    assert made.startswith("# The site's settings.")
    said = open_repo(hub.config.union_repo("metal")).git("log", "-1", "--format=%an|%s")
    assert said == b"Ana|Set settings of the site\n"


def test_what_is_wrong_with_a_setting_stands_beside_its_field(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    before = text(hub, "site.yaml")
    answer = set_(ana, "look", accent="#ffff00")
    assert answer.status == 422
    beside = re.search(r'Your colour<br><strong class="wrong">([^<]*)<', answer.text)
    assert beside
    assert "#ffff00" in beside[1]
    answer = set_(ana, "settings", email="nowhere", title_en="Kept")
    assert re.search(r'E-mail address<br><strong class="wrong">', answer.text)
    assert form_of(answer.text, "/edit/metal/settings")["title-en"] == "Kept"
    assert text(hub, "site.yaml") == before


def test_a_picture_that_cannot_be_read_leaves_what_was_chosen(hub: Hub) -> None:
    ana, at = hub.signed_in(ANA), "/edit/metal/look"
    form = form_of(ana.get(at).text, at) | {"do": "save", "accent": "#123456"}
    seen = ana.upload(at, form, ("logo.png", b"no picture"))
    assert seen.status == 422
    assert form_of(seen.text, at)["accent"] == "#123456"


def test_settings_that_were_typed_are_there_when_the_session_has_ended(hub: Hub) -> None:
    wrote = {"description-en": "All who work at the quays", "mark": "0" * 26}
    for browser in (Browser(hub.address), hub.signed_in(ANA)):
        seen = browser.send("/edit/metal/settings", wrote)
        assert seen.status == 403
        assert "All who work at the quays</textarea>" in seen.text
        forged = browser.send("/edit/metal/settings", wrote, origin="https://evil.example")
        assert "quays" not in forged.text


def test_the_look_is_chosen_by_looking(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    assert ana.get("/edit/metal/look").text.count("<svg") == len(PRESETS)
    set_(ana, "look", preset="journal", accent="#1b4f72")
    assert 'theme: {preset: journal, accent: "#1b4f72", dark: auto}' in text(hub, "site.yaml")


def test_the_menu_and_the_first_page_are_put_in_order(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    set_(ana, "menu", at_4="1", label_4_en="Join us", to_5="home", part_1="9", count_2="2")
    site = decode_site(text(hub, "site.yaml").encode(), union="metal")
    assert [str(item.to) for item in site.menu] == [
        "page:about",
        "join",
        "page:rights",
        "news",
        "events",
        "home",
    ]
    assert site.menu[1].label == {"en": "Join us"}
    assert [block.type for block in site.home] == ["text", "news", "events", "appeal"]
    assert site.home[1].count == 2
    set_(ana, "menu", to_5="")
    assert len(decode_site(text(hub, "site.yaml").encode(), union="metal").menu) == 5


def test_a_page_that_is_called_as_a_list_of_the_site_gets_an_address_of_its_own(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    form = form_of(ana.get("/edit/metal/text?new=pages").text, "/edit/metal/text")
    done = ana.send("/edit/metal/text", {**form, "title": "News", "text": "x", "do": "save"})
    assert "Published" in done.text
    made = smallhub.files(hub.config.union_repo("metal"))
    assert "pages/news-2.en.md" in made
    assert "pages/news.en.md" not in made


def test_a_site_is_made_on_a_page_by_who_looks_after_the_hub(hub: Hub) -> None:
    host = hub.signed_in(HOST)
    assert "/edit/new" in host.get("/edit/").text
    form = form_of(host.get("/edit/new").text, "/edit/new")
    assert (
        "no e-mail address" in host.send("/edit/new", {**form, "title": "x", "editors": "?"}).text
    )
    made = {**form, "title": "Портовики", "name": "port", "lang": "ru", "preset": "poster"}
    answer = host.send("/edit/new", {**made, "editors": EVE})
    assert answer["location"] == "/edit/port/?made=1"
    files = smallhub.files(hub.config.union_repo("port"))
    site = decode_site(files["site.yaml"], union="port")
    assert (site.theme.preset, site.languages) == ("poster", ("ru",))
    assert "pages/about.ru.md" in files
    assert "The site is made" in host.get("/edit/port/?made=1").text
    assert hub.signed_in(EVE).get("/edit/port/").text.count('class="items"') == 3
    assert "Your token" in hub.signed_in(ANA).get("/edit/port/").text
    spool = Spool(hub.config.spool_out)
    letters = (parse(item.raw) for path in spool.pending() for item in spool.read(path))
    (told,) = (one for one in letters if "edit" in one.subject.lower())
    assert told.subject == "You can edit a new site: port"
    assert HOST in told.text
    assert f"{hub.config.url}/edit/port/" in told.text
    again = host.send("/edit/new", made)
    assert again.status == 422
    assert "already" in again.text


def test_nobody_else_makes_sites(hub: Hub) -> None:
    for browser in (hub.signed_in(ANA), Browser(hub.address)):
        assert "/edit/new" not in browser.get("/edit/").text
        assert browser.get("/edit/new").status == 404
        assert browser.send("/edit/new", {"title": "x", "name": "mine"}).status == 404
    assert not hub.config.union_repo("mine").exists()


def test_two_who_change_settings_at_once_lose_nothing(hub: Hub) -> None:
    ana, at = hub.signed_in(ANA), "/edit/metal/settings"
    first = form_of(ana.get(at).text, at)
    second = dict(first)
    ana.send(at, {**first, "phone": "+44 20 7946 0000", "do": "save"})
    done = ana.send(at, {**second, "title-en": "The other tab", "do": "save"})
    assert "Saved." in done.text
    made = decode_site(text(hub, "site.yaml").encode(), union="metal")
    assert (made.title["en"], made.contact.phone) == ("The other tab", "+44 20 7946 0000")
    clash = ana.send(at, {**second, "title-en": "A third", "do": "save"})
    assert clash.status == 409
    again = form_of(clash.text, at)
    assert again["title-en"] == "A third"
    assert "The other tab" in text(hub, "site.yaml")
    ana.send(at, {**again, "do": "save"})
    assert "A third" in text(hub, "site.yaml")
