"""Decap itself in a real browser: it lists the pages, changes one, and the gate has its commit.

Decap is not part of the project: put `dist/decap-cms.js` of decap-cms 3.16.3 at
`build/npm/decap-cms-3.16.3.js` (docs/howto/decap.md says how to get it); without, this is skipped.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.people import access
from solicomm_build.testing import browsing, smallhub, webserver

DECAP = Path(__file__).parents[2] / "build" / "npm" / "decap-cms-3.16.3.js"


@pytest.mark.skipif(not DECAP.is_file(), reason="Decap is not installed in build/npm")
def test_decap_edits_a_page(tmp_path: Path) -> None:
    config = replace(smallhub.make(tmp_path / "hub"), cms=("127.0.0.1", 0))
    (config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    founding.new_union(config, "metal", title="Metal", lang="en")
    (config.root / "cms").mkdir()
    shutil.copy(DECAP, config.root / "cms" / "decap-cms.js")
    _, token = access.issue(config, "ana", ["unions/metal"])
    with webserver.with_cms(config) as (_, (host, port)), browsing.chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.set_default_timeout(30_000)
        page.goto(f"http://{host}:{port}/metal/")
        page.fill("[name=token]", token)
        page.click("form:has([name=token]) button")
        page.click("button:has-text('Login')")
        page.click("text=About us")
        title = page.locator("input[type=text]").first
        title.wait_for()
        title.fill("Who we are")
        page.click("text=Publish")
        page.click("text=Publish now")
        page.wait_for_selector("text=Published")
    text = smallhub.files(config.union_repo("metal"))["pages/about.en.md"].decode()
    assert "title: Who we are" in text
