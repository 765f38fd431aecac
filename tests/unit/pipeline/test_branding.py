"""A hub's own look: in the style sheet, on every page, and as soon as hub.yaml says so."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.builder.apart.pictures import Pictures
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import data
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, manifest, smallhub

BRAND = (
    "brand:\n  sentence: {en: We help each other, fr: Entraide}\n  logo: brand/logo.png\n"
    '  picture: brand/hall.jpg\n  colour: "#0b5d3b"\n'
)


def octets(kind: str, size: tuple[int, int], colour: str = "navy", exif: bytes = b"") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, kind, exif=exif)
    return target.getvalue()


def write(hub: Config, brand: str, name: str = "Dockers") -> Config:
    text = hubyaml.template(name, hub.domain, languages=("en", "fr")) + brand
    (hub.root / "hub.yaml").write_text(text, "utf-8")
    return hubyaml.parse(text, hub.root)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    hubs.add(made, "bar", [hubs.post("a", subject="First")])
    folder = made.root / "brand"
    folder.mkdir()
    (folder / "logo.png").write_bytes(octets("PNG", (900, 600)))
    exif = Image.Exif()
    exif[0x0110] = "Secret phone"
    (folder / "hall.jpg").write_bytes(octets("JPEG", (1600, 900), exif=exif.tobytes()))
    return write(made, BRAND)


def sheet(hub: Config) -> str:
    (name,) = (hub.public / "theme").glob("style.*.css")
    return name.read_text("utf-8")


def test_a_hub_is_dressed_as_it_asks(hub: Config) -> None:
    hubs.build(hub)
    front, french = hubs.page(hub, "/"), hubs.page(hub, "/fr/")
    assert "We help each other" in front
    assert "Entraide" in french
    assert "--accent:#0b5d3b" in sheet(hub)
    logo = re.search(r'<img src="(theme/logo\.[0-9a-f]{10}\.webp)" alt="" width="160"', front)
    assert logo is not None
    assert f'<link rel="icon" href="{logo[1]}">' in front
    assert (hub.public / logo[1]).stat().st_size <= 4_000
    picture = re.search(r'<img src="(theme/picture\.[0-9a-f]{10}\.webp)"', front)
    assert picture is not None
    shown = (hub.public / picture[1]).read_bytes()
    assert len(shown) <= 40_000
    assert b"Secret phone" not in shown
    for url in ("/conferences/bar/", f"/conferences/bar/t/{hubs.mid('a')}/", "/frame/ar.html"):
        assert "theme/logo." in hubs.page(hub, url), url


def test_a_change_of_hub_yaml_shows_while_the_builder_runs(hub: Config) -> None:
    builder = Builder(hub, data.theme())
    builder.build()
    assert builder.build().idle
    write(hub, BRAND.replace("#0b5d3b", "#14489b"), "Dockers of the north")
    assert builder.build().failures == []
    assert "Dockers of the north" in hubs.page(hub, "/frame/en.html")
    assert "--accent:#14489b" in sheet(hub), "and the old sheet is gone"
    (hub.root / "brand/logo.png").write_bytes(octets("PNG", (300, 300), "red"))
    before = hubs.page(hub, "/")
    builder.build()
    assert hubs.page(hub, "/") != before
    assert len(list((hub.public / "theme").glob("logo.*.webp"))) == 1
    good = hubs.page(hub, "/")
    (hub.root / "hub.yaml").write_text("name: [", "utf-8")
    assert builder.build().idle, "a file with a fault changes nothing"
    assert hubs.page(hub, "/") == good
    builder.close()


def test_step_by_step_is_as_from_nothing(hub: Config) -> None:
    plain = replace(hub, brand=replace(hub.brand, logo="", light=""))
    hubs.build(plain)
    hubs.build(hub)
    step_by_step = manifest.read(hub.public)
    shutil.rmtree(hub.public)
    hubs.build(hub, full=True)
    assert manifest.differences(step_by_step, manifest.read(hub.public)) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: file.unlink(), "Put the picture there"),
        (lambda file: file.write_bytes(b"no picture"), "cannot be read"),
        (lambda file: (file.unlink(), file.symlink_to("/etc/hostname")), "out of the hub's folder"),
    ],
)
def test_a_logo_that_is_none_stops_no_page(hub: Config, spoil, words: str) -> None:  # type: ignore[no-untyped-def]
    spoil(hub.root / "brand/logo.png")
    report = hubs.build(hub)
    assert [place for place, _ in report.failures] == ["brand/logo.png"]
    assert words in report.failures[0][1]
    front = hubs.page(hub, "/")
    assert "theme/logo." not in front
    assert "theme/icon." in front
    assert "theme/picture." in front


def test_a_logo_whose_reader_was_killed_is_read_again(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is shown without it meanwhile, and nothing need be written for it."""
    builder = Builder(hub, data.theme())

    def killed(*_: object, **__: object) -> None:
        raise StoreError("what reads pictures was killed")

    with monkeypatch.context() as patch:
        patch.setattr(Pictures, "get", killed)
        with pytest.raises(StoreError, match="killed"):
            builder.build()
    assert builder.build().failures == []
    builder.close()
    assert "logo." in hubs.page(hub, "/")
