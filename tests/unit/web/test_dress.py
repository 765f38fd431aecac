"""Pages that the server makes wear the hub's theme, in the reader's language, and tell who is
signed in."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import brotli
import pytest

from solicomm_build.features.passkeys import showing
from solicomm_build.foundation import clock, data, i18n
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.pages import frame_url
from solicomm_build.testing import member, smallhub, webserver
from solicomm_build.testing.member import Browser
from solicomm_build.testing.webserver import Address, Answer, ask
from solicomm_build.web.dress.frames import Frames, frame_of

ANA = "ana@union.example"
SERVED = (
    "/login/",
    "/login/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/logout/",
    "/join/organising",
    "/join/nothing",
    "/confirm/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/unsubscribe/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/edit/metal/",
    "/nothing-here",
)


@dataclass
class Hub:
    config: Config
    address: Address

    def get(self, path: str, **headers: str) -> Answer:
        return ask(self.address, path, **{"accept-language": "es", **headers})


@pytest.fixture(scope="module")
def hub(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = shutil.copytree(built_sample, tmp_path_factory.mktemp("dress") / "hub")
    config = hubyaml.load(root)
    now = clock.now()
    smallhub.add_events(
        config,
        [
            rosterevents.member(9001, ANA, at=now, consent=Consent("mail"), lang="es"),
            rosterevents.subscribe("organising", 9001, at=now, consent=Consent("mail")),
        ],
    )
    with webserver.running(config) as address:
        yield Hub(config, address)


@pytest.fixture(scope="module")
def browser(hub: Hub) -> Browser:
    """Ana's, signed in."""
    return member.signed_in(hub.config, hub.address, ANA)


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8")


@pytest.mark.parametrize("path", SERVED)
def test_what_the_server_makes_has_the_themes_head_and_foot(hub: Hub, path: str) -> None:
    text = _text(hub.get(path))
    (top,) = re.findall(r'<header class="top">.*?</header>', text, re.DOTALL)
    assert hub.config.name in top
    assert "<nav" in top
    assert '<footer class="end">' in text
    sheets = re.findall(r'<link rel="stylesheet" href="(/theme/[a-z]+\.[0-9a-f]{10}\.css)">', text)
    assert sheets
    for sheet in sheets:
        assert hub.get(sheet).status == 200
    assert text.count("<h1") == text.count("<main") == 1
    assert "<!--" not in text
    assert "page.css" not in text
    assert re.search(r'<a href="/(es/)?">[^<]+</a>|<a class="button" href="/"', text), "a way back"


def test_a_page_is_in_the_language_that_was_asked_for_and_stays_so(hub: Hub) -> None:
    text = _text(hub.get("/login/?to=/members/", **{"accept-language": "fr"}))
    assert '<html lang="fr" dir="ltr">' in text
    assert 'href="?to=%2Fmembers%2F&amp;lang=ar"' in text, "what else was asked for stays"
    chosen = hub.get("/login/?to=/members/&lang=ar", **{"accept-language": "fr"})
    assert '<html lang="ar" dir="rtl">' in _text(chosen)
    assert 'name="to" value="/members/"' in _text(chosen)
    cookie = chosen.headers["set-cookie"].partition(";")[0]
    later = hub.get("/join/organising", cookie=cookie, **{"accept-language": "fr"})
    assert '<html lang="ar" dir="rtl">' in _text(later)
    strange = hub.get("/login/?lang=%22%3E%3Cb", **{"accept-language": "fr"})
    assert '<html lang="fr"' in _text(strange)
    assert "set-cookie" not in strange.headers
    assert "<b" not in re.sub(r"<(bdi|body|button|br)\b", "", _text(strange))


def test_what_a_form_answers_offers_no_language_that_would_lose_it(hub: Hub) -> None:
    form = "application/x-www-form-urlencoded"
    body = urlencode({"address": "nobody"}).encode()
    answer = ask(hub.address, "/login/", method="POST", body=body, content_type=form)
    assert answer.status == 400
    assert "?lang=" not in _text(answer).replace("/offline/?lang=", "")
    assert '<header class="top">' in _text(answer)


def test_the_head_tells_who_is_signed_in(hub: Hub, browser: Browser) -> None:
    mine = browser.get("/join/organising").text
    assert '<a href="/logout/">' in mine
    assert "My hub" in mine or "Mi espacio" in mine
    for cookie in ("", "solicomm-member=aaaa.bbbb; solicomm-signed-in=1"):
        strange = _text(hub.get("/join/organising", **({"cookie": cookie} if cookie else {})))
        assert "/logout/" not in strange
        assert "Entrar</a>" in strange
    assert hub.get("/join/organising").headers["cache-control"] == "no-store"


def test_the_answer_to_a_unions_form_wears_the_unions_site(hub: Hub) -> None:
    form = "application/x-www-form-urlencoded"
    answer = ask(
        hub.address, "/unions/metal/join/", method="POST", body=b"name=x", content_type=form
    )
    text = _text(answer)
    assert answer.status in (400, 503)
    assert '<header class="mast">' in text
    assert '<link rel="stylesheet" href="/theme/unions/metal.' in text
    assert "/members/" not in text.partition("<footer")[0], "the hub steps back into the footer"


def test_a_page_is_plain_with_a_way_back_before_the_first_build(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    with webserver.running(config) as address:
        text = _text(ask(address, "/login/"))
    assert re.search(r'<header>.*<a href="/">.*</header>', text)
    assert 'href="/unsubscribe/page.css"' in text
    assert 'type="email"' in text


def test_a_frame_is_read_again_when_it_is_another(tmp_path: Path) -> None:
    frames, file = Frames(tmp_path), tmp_path / frame_url("en").lstrip("/")
    assert frames.of("en") is None
    file.parent.mkdir()
    for word in ("one", "three"):
        other = file.with_suffix(".new")
        other.write_text(f"<title>Hub</title>{word}<!--main--><!--/main-->")
        os.replace(other, file)
        found = frames.of("xx")
        assert found is not None
        assert found.filled({"title": "T · {}", "main": "<!--main-->x<!--/main-->"}) == (
            f"<title>T · Hub</title>{word}<!--main-->x<!--/main-->"
        )
    assert frames.of("../../etc/passwd", "metal") is None
    assert frames.of("en", "../metal") is None
    file.write_text("<p>a theme without a place for the text</p>")
    assert frames.of("en") is None
    assert frame_of("") is None


def test_braces_that_somebody_types_come_back_as_they_are(hub: Hub) -> None:
    wrote = {"subject": "What is {}?", "text": "while (true) {} // {}", "preview": "1"}
    text = Browser(hub.address).send("/en/conferences/organising/", wrote).text
    assert "while (true) {} // {}</textarea>" in text
    assert 'value="What is {}?"' in text
    assert text.count("<h1") == 1
    frame = frame_of("<title>Hub</title><!--main--><!--/main-->")
    assert frame is not None
    assert frame.filled({"title": "What is {}? · {}", "main": "{}"}) == (
        "<title>What is {}? · Hub</title>{}"
    )


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_there_is_a_frame_for_each_language_that_the_server_speaks(hub: Hub, lang: str) -> None:
    frame = Frames(hub.config.public).of(lang)
    assert frame is not None
    said = {name: own for _, name, own in frame.pieces}
    assert set(said) == {"title", "head", "stranger", "member", "languages", "main"}
    assert i18n.gettext(lang, "Sign out") in said["member"]


def test_a_page_costs_little_more_in_its_dress(hub: Hub) -> None:
    frame = Frames(hub.config.public).of("ar")
    assert frame is not None
    assert len(frame.filled({}).encode()) < 8_000


def _me(hub: Hub, cookie: str = "", lang: str = "fr") -> Answer:
    more = {"cookie": cookie} if cookie else {}
    return hub.get(f"/members/me?lang={lang}", **more)


def test_a_built_page_learns_from_a_fragment_that_nobody_keeps_who_is_signed_in(
    hub: Hub, browser: Browser
) -> None:
    mine = browser.get("/members/me?lang=fr")
    assert json.loads(mine.text) == {
        "home": "Mon espace",
        "out": "Se déconnecter",
        "tools": "Modérer",
        "moderates": [],
    }
    assert ANA not in mine.text
    stranger = _me(hub)
    assert stranger.headers["cache-control"] == "private, no-store"
    assert stranger.headers["cross-origin-resource-policy"] == "same-origin"
    assert json.loads(stranger.body) == {}
    stale = _me(hub, "solicomm-member=aaaa.bbbb; solicomm-signed-in=1")
    assert json.loads(stale.body) == {}
    assert "solicomm-signed-in=" in stale.headers["set-cookie"], "the next page asks no more"


def test_a_strangers_page_is_the_same_octets_as_a_members(hub: Hub, browser: Browser) -> None:
    for path in ("/", "/conferences/organising/"):
        assert browser.get(path).body == hub.get(path).body
        assert b"/logout/" not in hub.get(path).body


def test_scripts_are_nine_kilobytes_in_all() -> None:
    static = data.theme() / "static"
    scripts = {path.name: path.read_text("utf-8") for path in static.glob("*.js")}
    assert {"solicomm.js", "mine.js"} <= set(scripts)
    sent = ["\n".join(data.script_lines(text)) for text in scripts.values()]  # without comments
    sizes = [len(brotli.compress(text.encode())) for text in sent]
    assert sum(sizes) <= 9 * 1024
    assert len(brotli.compress(scripts["me.js"].encode())) <= 400


def test_the_page_to_sign_in_has_nine_kilobytes_of_scripts_with_that_of_passkeys() -> None:
    static = data.theme() / "static"
    texts = [(static / name).read_bytes() for name in ("solicomm.js", "mine.js")]
    sizes = [len(brotli.compress(text)) for text in (*texts, showing.script())]
    assert sum(sizes) <= 9 * 1024
    assert sizes[-1] <= 1200


def test_a_form_of_any_kind_is_read(hub: Hub) -> None:
    kind = "multipart/form-data; boundary=x"
    body = b'--x\r\nContent-Disposition: form-data; name="address"\r\n\r\nnobody\r\n--x--\r\n'
    answer = ask(hub.address, "/login/", method="POST", body=body, content_type=kind)
    assert answer.status == 400
    assert b'value="nobody"' in answer.body
