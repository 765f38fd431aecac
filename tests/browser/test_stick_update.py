"""The page of a stick that brings it up to date, by file://, with the browser's folders in place of
which the test writes the real ones.

update.zip + the folder of the stick ─update/index.html→ the new stick, octet by octet
"""

from __future__ import annotations

import base64
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import checking, sums, writing
from solicomm_build.features.pocket.updating import lists, making
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.testing import browsing, hubs

FOLDERS = """
const octets = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
const text = (octets) => {
  let signs = "";
  for (let at = 0; at < octets.length; at += 8192) {
    signs += String.fromCharCode(...octets.subarray(at, at + 8192));
  }
  return btoa(signs);
};
const none = () => new DOMException("not there", "NotFoundError");
const file = (path) => ({
  getFile: async () => new Blob([octets(await disk("read", path, ""))]),
  createWritable: async () => {
    const parts = [];
    return {
      write: async (one) => { parts.push(one); },
      close: async () => { await disk("write", path, text(parts[0])); },
    };
  },
});
const folder = (path) => ({
  name: "stick",
  getDirectoryHandle: async (name, { create } = {}) => {
    if (!await disk(create ? "make" : "folder", path + name, "")) throw none();
    return folder(`${path}${name}/`);
  },
  getFileHandle: async (name, { create } = {}) => {
    if (!create && !await disk("file", path + name, "")) throw none();
    return file(path + name);
  },
  removeEntry: async (name) => {
    const said = await disk("remove", path + name, "");
    if (said !== "gone") throw new DOMException(said, said);
  },
});
window.showDirectoryPicker = async () => folder("");
"""
"""What the browser has for folders (WICG, File System Access), on the test's own disk."""


class Disk:
    """What the stand-in for folders does; `left` writes succeed."""

    def __init__(self, root: Path) -> None:
        self.root, self.left = root, 10_000

    def __call__(self, act: str, path: str, octets: str) -> str | bool:
        place = self.root / path
        if act == "read":
            return base64.b64encode(place.read_bytes()).decode()
        if act == "make":
            place.mkdir(exist_ok=True)
        if act in ("make", "folder"):
            return place.is_dir()
        if act == "file":
            return place.is_file()
        if act == "remove":
            return self._remove(place)
        self.left -= 1
        if self.left < 0:
            raise OSError("pulled out")
        place.write_bytes(base64.b64decode(octets))
        return True

    def _remove(self, place: Path) -> str:
        if place.is_file():
            place.unlink()
        elif not place.is_dir():
            return "NotFoundError"
        elif any(place.iterdir()):
            return "InvalidModificationError"
        else:
            place.rmdir()
        return "gone"


class Sticks(NamedTuple):
    old: Path
    new: Path
    parts: tuple[Path, ...]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium(whole=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Sticks:
    place = tmp_path_factory.mktemp("update-page")
    config = hubyaml.load(shutil.copytree(founded_sample, place / "hub"))
    old, new, choice = place / "old", place / "new", Choice(conferences=("formation",))
    for number, name in enumerate(("first", "second")):
        hubs.add(config, "formation", [hubs.post(name, body=f"Words: {name}")])
        with clock.fixed(clock.now() + timedelta(minutes=number)):  # one is surely the older
            writing.write(config, new, choice, progress=lambda what, done, of: None)
        if not old.exists():
            shutil.copytree(new, old)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "LEAST_PART", 1)
        done = making.write(new, lists.found(str(old), None), place / "week.zip", part=60_000)
    assert len(done.paths) > 1
    return Sticks(old, new, done.paths)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in folder.rglob("*.*")
        if one.is_file()
    }


def opened(page: Page, made: Sticks, disk: Disk) -> None:
    page.expose_function("disk", disk)
    page.add_init_script(FOLDERS)
    page.goto((made.old / "update/index.html").as_uri())


def begin(page: Page, files: tuple[Path, ...]) -> None:
    page.locator("[data-part=files]").set_input_files(files)
    page.locator("[data-part=begin]").click()


def test_the_page_brings_a_stick_up_to_date_also_after_it_was_pulled_out(
    browser: Browser, made: Sticks, tmp_path: Path
) -> None:
    disk = Disk(shutil.copytree(made.old, tmp_path / "stick"))
    with browsing.page(browser, "file:") as page:
        opened(page, made, disk)
        expect(page.locator("[data-part=old]")).to_be_hidden()
        begin(page, made.parts[1:])
        expect(page.get_by_role("alert")).to_contain_text(str(len(made.parts)))
        disk.left = 6
        begin(page, made.parts)
        expect(page.get_by_role("alert")).to_contain_text("it goes on")
        assert checking.look(disk.root).unfinished
        disk.left = 10_000
        begin(page, made.parts)
        expect(page.get_by_role("status")).to_contain_text("files were written")
        begin(page, made.parts)
        expect(page.get_by_role("status")).to_contain_text("already")
        damaged = disk.root / "conferences/formation/index.html"
        damaged.write_bytes(b"x")
        begin(page, made.parts)
        expect(page.get_by_role("alert")).to_contain_text("conferences/formation/index.html")
        shutil.copy(made.new / "conferences/formation/index.html", damaged)
    assert checking.look(disk.root).is_sound
    assert tree(disk.root) == tree(made.new)


def test_the_page_refuses_what_does_not_fit_and_changes_nothing(
    browser: Browser, made: Sticks, tmp_path: Path
) -> None:
    disk = Disk(shutil.copytree(made.old, tmp_path / "stick"))
    with browsing.page(browser, "file:", javascript=True) as page:
        opened(page, made, disk)
        for number, (change, why) in enumerate(
            {
                "from": "is for a stick at 000000000000",
                "signature": "not of the hub",
                "gone": "damaged",
                "files": "damaged",
                "case": "damaged",
                "parts": "damaged",
                "data": "damaged",
            }.items()
        ):
            files = _changed(made, tmp_path / str(number), change)
            begin(page, files)
            expect(page.get_by_role("alert")).to_contain_text(why)
        begin(page, (made.old / "index.html",))
        expect(page.get_by_role("alert")).to_contain_text("no update of a stick")
        disk.root = shutil.copytree(made.new, tmp_path / "newer")
        older = making.write(made.old, lists.found(str(made.new), None), tmp_path / "older.zip")
        begin(page, older.paths)
        expect(page.get_by_role("alert")).to_contain_text("older than the stick")
    assert tree(disk.root) == tree(made.new)
    disk.root = tmp_path / "stick"
    assert tree(disk.root) == tree(made.old)


def _changed(made: Sticks, folder: Path, what: str) -> tuple[Path, ...]:
    """The update with one thing another."""
    folder.mkdir()
    for path in made.parts:
        with zipfile.ZipFile(path) as archive, zipfile.ZipFile(folder / path.name, "w") as target:
            for name in archive.namelist():
                octets = archive.read(name)
                if name == "update.json":
                    octets = json.dumps(_head(json.loads(octets), what)).encode()
                if what == "data" and name == "data/0.0":
                    octets = octets[:-1] + b"x"
                target.writestr(name, octets)
    return tuple(folder / path.name for path in made.parts)


def _head(head: dict[str, object], what: str) -> dict[str, object]:
    if what == "from":
        head["from"] = "0" * 64
    if what == "parts":
        head["parts"] = 10**10
    if head["part"] != 1:
        return head
    if what == "case":
        head["gone"] = ["_STICK/signers"]
    if what == "signature":
        lines = str(head["signature"]).splitlines()
        lines[-2] = ("A" if lines[-2][0] != "A" else "B") + lines[-2][1:]
        head["signature"] = "\n".join(lines) + "\n"
    if what == "gone":
        head["gone"] = ["outbox/mine.eml"]
    if what == "files":
        head["files"] = [[f"../{sums.SUMS}", "0" * 64, 1]]
    return head


def test_without_scripts_the_page_says_how_else(browser: Browser, made: Sticks) -> None:
    with browsing.page(browser, "file:", javascript=False) as page:
        page.goto((made.old / "es/update/index.html").as_uri())
        expect(page.locator("[data-part=begin]")).to_be_hidden()
        expect(page.locator("[data-part=old]")).to_be_visible()
        assert "aquí" not in page.locator("header.head").inner_text()  # nothing to choose it with
        link = page.locator("a[download]")
        script = (made.old / "es/update" / str(link.get_attribute("href"))).resolve()
        assert script == made.old / "_stick/apply.py"
        expect(page.locator("pre").first).to_have_text("python3 _stick/apply.py UPDATE.zip")
        expect(page.locator("pre").last).to_have_text(r"py _stick\apply.py UPDATE.zip")


def test_a_browser_that_cannot_write_says_what_it_can_do(browser: Browser, made: Sticks) -> None:
    with browsing.page(browser, "file:") as page:
        page.add_init_script("delete window.showDirectoryPicker")
        page.goto((made.old / "update/index.html").as_uri())
        expect(page.locator("[data-part=can]")).to_be_hidden()
        expect(page.locator("[data-part=old]")).to_contain_text("a small script does it")
        expect(page.locator("ol > li").nth(1)).to_contain_text("The script is on the stick")
        expect(page.get_by_text("Choose the update here")).to_be_hidden()
        page.locator("a[download]").click()  # a file of a stick is shown, and saved from there
        page.wait_for_url("**/_stick/apply.py")
