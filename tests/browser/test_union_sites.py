"""Union sites in a real browser: hostile texts run nothing, all looks are accessible and fit.

Every page here also promises (testing/browsing.py): no error in the console, no violation of the
content security policy, nothing loaded from elsewhere. axe-core and the Nu checker come by
testing/judges.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from solicomm_build.features.sites.values.preset import PRESETS
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.testing import browsing, hubs, judges, webserver

LOOKS = {
    "plain": "municipal",
    "banner": "metal",
    "poster": "hogar",
    "journal": "enseignants",
    "bulletin": "rodoviarios",
    "night": "nightshift",
}
"""Which union of the sample shows which preset."""
HOSTILE = [
    "<script>hit()</script>",
    "<img src=x onerror=hit()>",
    "<svg onload=hit()><animate onbegin=hit() attributeName=x dur=1s>",
    "[a](javascript:hit())",
    "[b](JaVaScRiPt&#58;hit())",
    "[c](&#x6a;avascript:hit())",
    "[d](java\tscript:hit())",
    "[e](data:text/html,<script>hit()</script>)",
    "[f](vbscript:hit())",
    '![g" onerror="hit()](media/x.png)',
    '![h](media/x.png "t\\" onerror=\\"hit()")',
    "![i](javascript:hit())",
    "![j](https://elsewhere.example/pixel.gif)",
    "<javascript:hit()>",
    "<a href='javascript:hit()'>k</a>",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
    "<style>@import 'https://elsewhere.example/x.css';</style>",
    "<details open ontoggle=hit()>l</details>",
    "<math><mtext><table><mglyph><style><img src=x onerror=hit()>",
    '<noscript><p title="</noscript><img src=x onerror=hit()>">',
    "`</code><script>hit()</script>`",
    '```"><script>hit()</script>\n</pre><script>hit()</script>\n```',
    '# <script>hit()</script>\n\n## x" onmouseover="hit()',
    "| a | <script>hit()</script> |\n|---|:-:|\n| <b onclick=hit()> | [m](javascript:hit()) |",
    "[^1]\n\n[^1]: <script>hit()</script> [n](javascript:hit())",
    "[o]: javascript:hit()\n\n[o] [p][o]",
    "<form action=javascript:hit()><button>q</button></form>",
    "<base href=https://elsewhere.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:hit()'>",
    "<link rel=stylesheet href=https://elsewhere.example/x.css>",
    "{{ 7*7 }} {% include '/etc/passwd' %} {attach}/etc/passwd",
    "\u202egnp.exe\u2066 &lt;script&gt;hit()&lt;/script&gt;",
]
FIELD = '\\"><script>hit()</script><img src=x onerror=hit()>'


@dataclass(frozen=True)
class Site:
    """A built hub and where it is served."""

    hub: Config
    url: str


@pytest.fixture(scope="module")
def site(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = shutil.copytree(built_sample, tmp_path_factory.mktemp("unions") / "hub")
    hub = hubyaml.load(root)
    create(hub.union_repo("evil"))
    files = {
        "site.yaml": f"""\
schema: solicomm/site@1
union: evil
title: {{en: "{FIELD}"}}
description: {{en: "{FIELD}"}}
languages: [en]
contact: {{email: office@evil.example, address: {{en: "{FIELD}"}}}}
theme: {{preset: poster, accent: "#8a1020"}}
people: [{{name: "{FIELD}", role: {{en: "{FIELD}"}}}}]
menu: [{{to: page:all, label: {{en: "{FIELD}"}}}}, {{to: news}}, {{to: events}}, {{to: people}}]
home: {{blocks: [{{type: text, page: all}}, {{type: news}}, {{type: events}}, {{type: appeal}}]}}
join: {{how: form}}
"""
    }
    front = f'---\ntitle: "{FIELD}"\nsummary: "{FIELD}"\n'
    files["pages/all.md"] = f"{front}---\n" + "\n\n".join(HOSTILE)
    for number, text in enumerate(HOSTILE):
        files[f"pages/p{number}.md"] = f"{front}---\n{text}\n"
    files["news/2026/n.md"] = f'{front}date: 2026-01-01\nauthor: "{FIELD}"\n---\n{HOSTILE[1]}\n'
    files["events/e.md"] = (
        f'{front}starts: 2030-01-01\nplace: "{FIELD}"\nonline: "https://x.example/?{"%22"}"\n'
        f"---\n{HOSTILE[0]}\n"
    )
    hubs.commit(
        hub.union_repo("evil"), *(Change(name, text.encode()) for name, text in files.items())
    )
    hubs.build(hub)
    with webserver.running(hub) as (host, port):
        yield Site(hub, f"http://{host}:{port}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


def test_hostile_texts_run_nothing(site: Site, browser: Browser) -> None:
    """Each page is opened, all its links and buttons are hovered; nothing calls `hit`."""
    hits: list[str] = []
    folder = site.hub.public / "unions" / "evil"
    paths = sorted(path.parent.relative_to(site.hub.public) for path in folder.rglob("index.html"))
    assert len(paths) > len(HOSTILE)
    with browsing.page(browser, site.url) as page:
        page.expose_function("hit", lambda: hits.append(page.url))
        for path in paths:
            page.goto(f"{site.url}/{path.as_posix()}/")
            found = page.evaluate(
                """() => [...document.querySelectorAll("*")].flatMap((one) =>
                  [...one.attributes].filter((a) => /^on/i.test(a.name) ||
                    /^\\s*(javascript|vbscript|data):/i.test(a.value)).map((a) => a.name))"""
            )
            assert found == [], path
            assert page.locator("main script, main iframe, main style, main base").count() == 0
    assert hits == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("preset", LOOKS)
def test_every_look_is_accessible(site: Site, browser: Browser, preset: str, dark: bool) -> None:
    assert sorted(LOOKS) == sorted(PRESETS)
    home = f"/unions/{LOOKS[preset]}/"
    scheme = "dark" if dark else "light"
    with browser.new_context(color_scheme=scheme, bypass_csp=True) as context:
        page = context.new_page()
        for path in ("", "join/", "news/", "events/"):
            page.goto(site.url + home + path)
            assert judges.violations(page) == [], f"{home}{path}"


@pytest.mark.parametrize("path", ["/unions/metal/ar/", "/unions/enseignants/ar/news/arrieres/"])
def test_arabic_is_accessible_and_mirrored(site: Site, browser: Browser, path: str) -> None:
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(site.url + path)
        assert judges.violations(page) == []
        box = page.locator(".brand").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] > 600 or "enseignants" in path


@pytest.mark.parametrize("preset", LOOKS)
def test_every_look_fits_a_phone_and_needs_little(
    site: Site, browser: Browser, preset: str
) -> None:
    """WCAG 2.2 1.4.10 (320 pixels), and the first view in one round trip of a bad line."""
    with browsing.page(browser, site.url, javascript=False, phone=True) as page:
        page.set_viewport_size({"width": 320, "height": 640})
        answers = []
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - takes no builtin
        page.goto(f"{site.url}/unions/{LOOKS[preset]}/")
        assert browsing.overflow(page) <= 0
        scripts = page.locator("script[src]").evaluate_all("all => all.map((one) => one.src)")
        assert len(scripts) == page.locator("script").count() == 1
        assert "/me." in scripts[0], "the one that says who is signed in; it is tiny"
        assert len({answer.url for answer in answers}) <= 4
        octets = 0
        for answer in answers:
            if answer.headers["content-type"].startswith(("text/html", "text/css")):
                head = sum(len(k) + len(v) + 4 for k, v in answer.all_headers().items())
                octets += int(answer.headers["content-length"]) + head
        assert 0 < octets <= 14_600


def test_the_form_is_sent_without_a_script(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, javascript=False) as page:
        page.goto(f"{site.url}/unions/rodoviarios/join/")
        page.get_by_label("Como contatá-lo").fill("ana@home.example")
        page.get_by_role("button", name="Enviar").click()
        page.wait_for_url("**/join/thanks/")
        assert "quadro@rodoviarios.example" in page.locator("main").inner_text()


def test_the_nu_checker_finds_no_error(site: Site) -> None:
    pages = sorted((site.hub.public / "unions").rglob("*.html"))
    assert len(pages) > 60
    assert judges.html_errors(pages) == ""
