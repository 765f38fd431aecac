"""A stick in Firefox, by file://: found, read and answered.

search/index.html ─→ a topic ─→ write/index.html ─→ letter.eml
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import writing
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.message.parse import parse
from solicomm_build.testing import hubs
from solicomm_build.testing.firefox import firefox

SAID = {"text": "¿Qué hacemos? نعم", "name": "Zoé “Z” Ñandú", "email": "zoe@union.example"}


@pytest.fixture(scope="module")
def stick(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = shutil.copytree(founded_sample, tmp_path_factory.mktemp("firefox") / "hub")
    config = hubyaml.load(root)
    post = hubs.post("first", subject="Zeppelins, 2027", body="The zeppelins are on strike.\n")
    hubs.add(config, "formation", [post])
    folder = root.parent / "stick"
    writing.write(config, folder, Choice(), progress=lambda what, done, of: None)
    return folder


def test_firefox_finds_reads_and_answers(stick: Path, tmp_path: Path) -> None:
    result = "document.querySelector('ol.results > li a')"
    with firefox(tmp_path / "profile") as browser:
        browser.open((stick / "index.html").as_uri())
        assert browser.run("return document.querySelector('h1').textContent.trim() !== ''")
        browser.open(f"{(stick / 'search/index.html').as_uri()}?q=zeppelin+strike")
        assert browser.until(f"return ({result} || {{}}).textContent") == "Zeppelins, 2027"
        browser.open(browser.run(f"return {result}.href"))
        assert browser.run("return document.querySelector('h1').textContent") == "Zeppelins, 2027"
        assert "on strike" in browser.run("return document.querySelector('main').textContent")
        leads = "document.querySelector(\"p a.button[href*='write/index.html']\").href"
        browser.open(browser.run(f"return {leads}"))
        for name, value in SAID.items():
            field = f"document.querySelector('[name={name}]')"
            browser.until(f"return {field} !== null && {field}.offsetParent !== null")
            browser.run(f"{field}.value = arguments[0]", value)
        browser.run("document.querySelector('[type=submit]').click()")
        saved, ends = tmp_path / "profile" / "downloads", time.monotonic() + 60
        while not (found := [path for path in saved.glob("*.eml") if path.stat().st_size]):
            assert time.monotonic() < ends, "no letter was saved"
            time.sleep(0.05)
        letter = parse(found[0].read_bytes())
    assert letter.subject == "Re: Zeppelins, 2027"
    assert SAID["text"] in letter.text
    assert letter.from_[0].name == SAID["name"]
