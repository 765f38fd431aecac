"""The page *Look* of My hub: hosts change hub.yaml through the checks that the file has anyway."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.features.look import brandfile
from solicomm_build.features.look.brandfile import Wish
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.brand import Brand
from solicomm_build.foundation.hub.config import FILE
from solicomm_build.people import rosterevents
from solicomm_build.people.memberstore import appoint
from solicomm_build.people.roster import HUB
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.member import Browser, Seen
from tests.unit.web.myhub import Hub, living, press

HOST, MODERATOR, MEMBER = "ana@union.example", "bea@union.example", "cy@union.example"
NOW = clock.now()
LOOK = "/members/look/"
GOOD = {
    "name": "Dockers of the north",
    "sentence-en": "We answer for each other",
    "light": "#0b5d3b",
    "dark": "",
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    root = tmp_path / "hub"
    config = smallhub.make(root)
    text = hubyaml.template("Test", config.domain, url=config.url, languages=("en", "fr"))
    (root / FILE).write_text(text, "utf-8")
    config = hubyaml.parse(text, root)
    people = [
        rosterevents.member(number, address, at=NOW, consent=Consent("mail"), lang="en")
        for number, address in enumerate((HOST, MODERATOR, MEMBER), 1)
    ]
    roles = [
        rosterevents.role(HUB, 1, "host", at=NOW, by="operator"),
        rosterevents.role(HUB, 2, "moderator", at=NOW, by="operator"),
        rosterevents.role("bar", 3, "host", at=NOW, by="operator"),
    ]
    smallhub.add_events(config, [*people, *roles])
    with living(config) as hub:
        yield hub


def brand(hub: Hub) -> Brand:
    return hubyaml.load(hub.config.root).brand


def png(size: tuple[int, int] = (64, 64)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "navy").save(target, "PNG")
    return target.getvalue()


def test_only_hosts_of_the_hub_have_the_page(hub: Hub) -> None:
    host = hub.signed_in(HOST)
    assert 'href="/members/look/"' in host.get("/members/").text
    assert host.get(LOOK).status == 200
    before = (hub.config.root / FILE).read_bytes()
    for other in (MODERATOR, MEMBER):
        browser = hub.signed_in(other)
        assert "/members/look/" not in browser.get("/members/").text
        assert browser.get(LOOK).status == 404
        nothing = press(browser, "/members/nothing/", do="keep", **GOOD)
        assert press(browser, LOOK, do="keep", **GOOD).status == nothing.status == 405
    assert (hub.config.root / FILE).read_bytes() == before


def test_the_operator_and_whom_he_appoints_for_the_whole_hub_have_it(hub: Hub) -> None:
    visit = hub.signed_in(MEMBER)
    assert visit.get(LOOK).status == 404
    appoint(hub.config, HUB, MEMBER, "host")
    assert visit.get(LOOK).status == 200
    operated = replace(hub.config, operator=MODERATOR.upper())
    with webserver.running(operated) as address:
        assert Hub(operated, address).signed_in(MODERATOR).get(LOOK).status == 200


def test_what_is_saved_is_what_hub_yaml_says_and_pages_show(hub: Hub) -> None:
    host, file = hub.signed_in(HOST), hub.config.root / FILE
    file.chmod(0o640)
    before = file.read_text("utf-8")
    done = press(host, LOOK, do="keep", **GOOD)
    assert (done.status, done["location"]) == (303, f"{LOOK}?done=1")
    after = hubyaml.load(hub.config.root)
    assert after.name == "Dockers of the north"
    assert after.brand == Brand({"en": "We answer for each other"}, light="#0b5d3b")
    assert file.stat().st_mode & 0o777 == 0o640
    comments = [row for row in before.split("\n") if row.startswith("#")]
    assert [row for row in file.read_text("utf-8").split("\n") if row.startswith("#")] == comments
    assert 'value="We answer for each other"' in host.get(LOOK).text
    hubs.build(after)
    assert "We answer for each other" in hubs.page(after, "/")
    press(host, LOOK, do="keep", **GOOD | {"sentence-en": "", "light": "#96301f"})
    assert brand(hub) == Brand(), "the theme's own colour is none of the hub's"
    assert "brand:" not in [row for row in file.read_text("utf-8").split("\n")]


def test_a_colour_nobody_can_read_is_refused_and_nothing_typed_is_lost(hub: Hub) -> None:
    host = hub.signed_in(HOST)
    before = (hub.config.root / FILE).read_bytes()
    seen = press(host, LOOK, do="keep", **GOOD | {"light": "#ffcc00"})
    assert 'role="alert"' in seen.text
    assert "#ffcc00 has a contrast of 1.3 to 1" in seen.text
    assert "as with" in seen.text
    assert 'value="We answer for each other"' in seen.text
    assert (hub.config.root / FILE).read_bytes() == before


def test_a_preview_shows_day_and_night_and_changes_nothing(hub: Hub) -> None:
    before = (hub.config.root / FILE).read_bytes()
    seen = press(hub.signed_in(HOST), LOOK, do="preview", **GOOD)
    assert seen.text.count("<svg ") == 2
    assert 'fill="#0b5d3b"' in seen.text
    assert "style=" not in seen.text
    assert (hub.config.root / FILE).read_bytes() == before


def multipart(browser: Browser, fields: dict[str, str], files: dict[str, bytes]) -> Seen:
    mark = browser.get(LOOK).text.partition('name="mark" value="')[2].partition('"')[0]
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in (fields | {"mark": mark}).items()
    ]
    parts += [
        f'--b\r\nContent-Disposition: form-data; name="{key}"; filename="a b.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + data
        + b"\r\n"
        for key, data in files.items()
    ]
    headers = {"content-type": "multipart/form-data; boundary=b"}
    return browser._asked("POST", LOOK, b"".join(parts) + b"--b--\r\n", headers)


def test_pictures_are_put_into_the_hubs_folder_and_taken_away(hub: Hub) -> None:
    host = hub.signed_in(HOST)
    done = multipart(host, GOOD | {"do": "keep"}, {"logo": png(), "picture": png((900, 500))})
    assert done.status == 303
    assert (brand(hub).logo, brand(hub).picture) == ("brand/logo.png", "brand/picture.png")
    assert (hub.config.root / "brand/logo.png").read_bytes() == png()
    shown = hubyaml.load(hub.config.root)
    hubs.build(shown)
    assert "theme/logo." in hubs.page(shown, "/")
    wrong = multipart(host, GOOD | {"do": "keep"}, {"logo": b"MZ no picture"})
    assert "a b.png is no picture" in wrong.text
    seen = multipart(host, GOOD | {"do": "preview"}, {"logo": png()})
    assert "data:image/png;base64," in seen.text
    multipart(host, GOOD | {"do": "keep", "no-logo": "1"}, {})
    assert (brand(hub).logo, brand(hub).picture) == ("", "brand/picture.png")


def test_a_file_that_is_written_otherwise_is_left_alone(hub: Hub) -> None:
    file = hub.config.root / FILE
    text = "{name: A, domain: hub.example, url: 'http://hub.example'}\n"
    file.write_text(text, "utf-8")
    with pytest.raises(HubError, match="cannot change"):
        brandfile.keep(hub.config, Wish("B"))
    assert file.read_text("utf-8") == text
    file.write_text("name: [\n", "utf-8")
    assert "hub.yaml" in hub.signed_in(HOST).get(LOOK).text
