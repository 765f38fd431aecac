"""Letters that are written on a stick, by file:// and without a server.

page of a topic ─→ write/index.html ─→ letter.eml, or letters.zip
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import writing
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.message.parse import Message, parse
from solicomm_build.testing import browsing, hubs


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium(whole=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def stick(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small one, with a topic of one post."""
    root = shutil.copytree(founded_sample, tmp_path_factory.mktemp("write") / "hub")
    config = hubyaml.load(root)
    hubs.add(config, "formation", [hubs.post("first", subject="Wages, 2027: who & how?")])
    folder = root.parent / "stick"
    choice = Choice(conferences=("formation",))
    writing.write(config, folder, choice, progress=lambda what, done, of: None)
    return folder


def topic(stick: Path) -> str:
    page = stick / f"conferences/formation/t/{hubs.tid_of(hubs.post('first'))}/index.html"
    return page.as_uri()


def typed(page: Page, **said: str) -> None:
    for name, value in said.items():
        page.locator(f"[name={name}]").fill(value)


SAVE, ALL = "[type=submit]", "[data-part=all]"
LEADS = "p a.button[href*='write/index.html']"


def saved(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as found:
        page.locator(button).click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def read(octets: bytes) -> Message:
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    return parse(octets)


def test_an_answer_becomes_a_letter_that_finds_its_topic(
    browser: Browser, stick: Path, tmp_path: Path
) -> None:
    mid = hubs.tid_of(hubs.post("first"))
    with browsing.page(browser, "file:") as page:
        page.goto(topic(stick))
        page.locator(LEADS).first.click()
        expect(page.locator("[data-part=title]")).to_have_text("Wages, 2027: who & how?")
        text = "¿Qué hacemos?\n\n" + "نعم " * 600
        typed(page, text=text, name="Zoé “Z” Ñandú, of the port", email="zoe@union.example")
        path = saved(page, SAVE, tmp_path)
        expect(page.get_by_role("status")).to_contain_text(path.name)
        expect(page.locator("[name=text]")).to_have_value("")
    found = read(path.read_bytes())
    assert path.suffix == ".eml"
    assert (found.from_[0].name, found.from_[0].addr_spec) == (
        "Zoé “Z” Ñandú, of the port",
        "zoe@union.example",
    )
    assert found.to[0].addr_spec == f"formation+t-{mid}@hub.example"
    assert found.subject == "Re: Wages, 2027: who & how?"
    assert found.field("In-Reply-To") == f"<{mid}@post.solicomm.invalid>"
    assert found.text.replace("\r\n", "\n").strip() == text.strip()
    assert found.date is not None


def test_several_letters_with_a_picture_go_into_one_file(
    browser: Browser, stick: Path, tmp_path: Path
) -> None:
    picture = next(iter(stick.rglob("*.svg")))
    with browsing.page(browser, "file:", phone=True) as page:
        page.goto((stick / "index.html").as_uri())
        page.locator(LEADS).first.click()
        save = page.locator(SAVE)
        save.click()
        expect(page.get_by_role("alert")).to_contain_text("write something first")
        typed(page, subject="Hello\u2028Bcc: all@union.example", text="One", email="nobody")
        save.click()
        expect(page.get_by_role("alert")).to_contain_text("e-mail address")
        typed(page, name='Ana "A" Sol', email="ana@union.example")
        page.locator("[name=files]").set_input_files(picture)
        saved(page, SAVE, tmp_path)
        typed(page, subject="Second", text="Two\nFrom here on\n.\n")
        saved(page, SAVE, tmp_path)
        whole = saved(page, ALL, tmp_path)
    with zipfile.ZipFile(whole) as packed:
        assert packed.testzip() is None
        letters = [read(packed.read(name)) for name in packed.namelist()]
    assert [one.subject for one in letters] == ["Hello Bcc: all@union.example", "Second"]
    assert letters[0].from_[0].name == 'Ana "A" Sol'
    assert letters[0].attachments[0].name == picture.name
    assert letters[0].attachments[0].payload == picture.read_bytes()
    assert "From here on\n.\n" in letters[1].text.replace("\r\n", "\n")
    assert len({one.field("Message-ID") for one in letters}) == 2


OUTBOX = """
window.put = {};
const file = (name) => ({
  createWritable: async () => ({
    write: async (octets) => { window.put[name] = new TextDecoder().decode(octets); },
    close: async () => {},
  }),
});
const outbox = { name: "outbox", getFileHandle: async (name) => file(name) };
let asked = 0;
window.showDirectoryPicker = async () => {
  asked += 1;
  return { name: "stick", getDirectoryHandle: async () => {
    if (asked === 1) throw new DOMException("not there", "NotFoundError");
    return outbox;
  } };
};
"""
"""What the browser has for folders (WICG, File System Access), of which it asks a person."""


def test_where_the_browser_can_write_letters_go_straight_into_the_outbox(
    browser: Browser, stick: Path
) -> None:
    with browsing.page(browser, "file:") as page:
        page.add_init_script(OUTBOX)
        page.goto((stick / "es/write/index.html").as_uri())
        choose = page.locator("[data-part=choose]")
        choose.click()
        expect(page.get_by_role("alert")).to_contain_text("outbox")
        choose.click()
        expect(page.get_by_role("status")).to_contain_text("outbox")
        typed(page, subject="Hola", text="Adiós", email="ana@union.example")
        page.locator(SAVE).click()
        expect(page.locator("[data-part=letters] li")).to_have_count(1)
        put = page.evaluate("window.put")
    assert [name for name in put if name.endswith(".eml")] == [*put]
    assert "Adiós" in next(iter(put.values()))


def test_without_scripts_the_page_says_where_to_write_and_how(
    browser: Browser, stick: Path
) -> None:
    with browsing.page(browser, "file:", javascript=False) as page:
        page.goto((stick / "write/index.html").as_uri())
        expect(page.locator("form.form")).to_be_hidden()
        expect(page.get_by_role("link", name="formation@hub.example")).to_be_visible()
        expect(page.locator("pre")).to_contain_text("To: formation@hub.example")


def test_a_stick_opens_in_the_language_of_the_reader_once(browser: Browser, stick: Path) -> None:
    front = (stick / "index.html").as_uri()
    context = browser.new_context(locale="fr-CA")
    try:
        page = context.new_page()
        page.goto(front)
        expect(page).to_have_url((stick / "fr/index.html").as_uri())
        page.goto(front)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.wait_for_load_state("load")
        assert page.url == front
    finally:
        context.close()
    context = browser.new_context(locale="sw-KE", viewport={"width": 360, "height": 640})
    try:
        page = context.new_page()
        page.goto(front)
        page.wait_for_load_state("load")
        assert page.url == front
        # the head of a telephone: name and languages are one row, the way round another
        tops = "(one) => one.getBoundingClientRect().bottom"
        nav = page.locator(".top nav").evaluate("(one) => one.getBoundingClientRect().top")
        assert page.locator(".top .brand").evaluate(tops) <= nav
        assert page.locator(".top .langs").evaluate(tops) <= nav
        lines = "(all) => all.map((one) => one.getClientRects().length)"
        days = page.locator(".rows time").evaluate_all(lines)
        assert set(days) == {1}, "a day is not cut in two"
    finally:
        context.close()
