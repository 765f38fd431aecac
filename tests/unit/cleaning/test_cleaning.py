"""Files of every kind come out without what they knew, and are still what they were."""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import mutagen
import pikepdf
import pytest
from PIL import Image

from solicomm_build.cleaning import child, kinds, picture, stripping, worker
from solicomm_build.cleaning.result import BROKEN, CLEAN, CLEANED, SMALLER, UNKNOWN
from solicomm_build.gate import conferencefiles
from solicomm_build.testing import knowing

CORPUS = knowing.corpus()


def planted_in(data: bytes) -> list[str]:
    text = knowing.unpacked(data)
    codes = ("utf-8", "utf-16-le", "utf-16-be")
    return [word for word in knowing.PLANTED if any(word.encode(code) in text for code in codes)]


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_nothing_that_was_planted_is_left(name: str) -> None:
    assert planted_in(CORPUS[name]), "the file says nothing, so nothing is tried"
    made = child.clean(CORPUS[name])
    assert made.outcome == CLEANED
    assert planted_in(made.octets) == []
    assert kinds.kind_of(made.octets) == kinds.kind_of(CORPUS[name])


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_the_same_file_gives_the_same_copy_and_a_copy_is_clean(name: str) -> None:
    made = worker.clean(CORPUS[name], most=1 << 30)
    assert worker.clean(CORPUS[name], most=1 << 30) == made
    again = worker.clean(made.octets, most=1 << 30)
    assert again.is_safe
    assert planted_in(again.octets) == []


@pytest.fixture(scope="module")
def exiftool() -> Iterator[Callable[[Path], str]]:
    """What exiftool says of a file, as JSON. It stays: to load it takes longer than to ask it."""
    if shutil.which("exiftool") is None:
        pytest.skip("needs exiftool: make debian")
    with subprocess.Popen(
        ["exiftool", "-stay_open", "True", "-@", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        asked, said = process.stdin, process.stdout
        assert asked is not None
        assert said is not None

        def of(file: Path) -> str:
            words = ("-a", "-u", "-ee", "-G1", "-j", str(file), "-execute")
            asked.write("\n".join(words) + "\n")
            asked.flush()
            lines = []
            while (line := said.readline()) != "{ready}\n":
                assert line, "exiftool has ended"
                lines.append(line)
            return "".join(lines)

        yield of
        asked.write("-stay_open\nFalse\n")


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_exiftool_finds_no_one(name: str, tmp_path: Path, exiftool: Callable[[Path], str]) -> None:
    file = tmp_path / name
    file.write_bytes(CORPUS[name])
    assert _told(exiftool(file)) & set(knowing.PLANTED) or name.endswith(
        ("epub", "pptx", "odp", "heic", "odt", "ods")
    )
    file.write_bytes(child.clean(CORPUS[name]).octets)
    text = exiftool(file)
    said = json.loads(text)[0]
    assert not _told(text)
    assert not [key for key in said if "GPS" in key or "Serial" in key or "Author" in key]


def _told(text: str) -> set[str]:
    return {word for word in knowing.PLANTED if word in text}


@pytest.mark.parametrize("name", ["moving.gif", "moving.png", "moving.webp"])
def test_animations_stay_animations(name: str) -> None:
    with Image.open(io.BytesIO(child.clean(CORPUS[name]).octets)) as image:
        assert image.n_frames == 3


def test_a_turned_photo_comes_out_upright() -> None:
    with Image.open(io.BytesIO(child.clean(CORPUS["turned.jpg"]).octets)) as image:
        assert image.size == (200, 320)
        assert not image.getexif()


def test_a_photo_that_stands_upright_loses_no_quality() -> None:
    before, after = CORPUS["march.jpg"], child.clean(CORPUS["march.jpg"]).octets
    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as two:
        assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_too_large_is_made_smaller(form: str) -> None:
    target = io.BytesIO()
    _grain().save(target, form)
    made = child.clean(target.getvalue(), most=400_000, small=True)
    assert made.outcome == SMALLER
    assert len(made.octets) <= 400_000
    with Image.open(io.BytesIO(made.small)) as small:
        assert max(small.size) == 480


@pytest.mark.parametrize(("form", "most"), [("PNG", 60_000), ("TIFF", 60_000), ("JPEG", 30_000)])
def test_a_small_picture_is_never_larger_than_the_copy(form: str, most: int) -> None:
    """A copy that is narrower than a page's picture is not blown up, and none is made beside one
    that is small itself."""
    target = io.BytesIO()
    _grain().save(target, form)
    made = child.clean(target.getvalue(), most=most, small=True)
    with Image.open(io.BytesIO(made.octets)) as copy:
        side = max(copy.size)
    assert side < 480
    if len(made.octets) <= picture.SMALL_OCTETS:
        assert made.small == b""
    else:
        with Image.open(io.BytesIO(made.small)) as small:
            assert max(small.size) == side


def _grain() -> Image.Image:
    """What no format makes much smaller, the same in every run."""
    return Image.frombytes("L", (1400, 1000), random.Random(1).randbytes(1_400_000)).convert("RGB")


def test_words_of_an_office_file_stay_and_changes_are_accepted() -> None:
    with zipfile.ZipFile(io.BytesIO(child.clean(CORPUS["minutes.docx"]).octets)) as archive:
        body = archive.read("word/document.xml").decode()
        assert "Minutes of the meeting" in body
        assert " and more" in body
        assert "w:ins" not in body
        assert "w:del " not in body
        assert "rsid" not in body
        assert 'mc:Ignorable="w14"' in body
        assert "Check this" in archive.read("word/comments.xml").decode()
        assert "people.xml" not in archive.read("word/_rels/document.xml.rels").decode()
        assert "attachedTemplate" not in archive.read("word/settings.xml").decode()
    with zipfile.ZipFile(io.BytesIO(child.clean(CORPUS["wages.xlsx"]).octets)) as archive:
        assert "42" in archive.read("xl/worksheets/sheet1.xml").decode()
        assert "rId9" not in archive.read("xl/worksheets/sheet1.xml").decode()
    with zipfile.ZipFile(io.BytesIO(child.clean(CORPUS["minutes.odt"]).octets)) as archive:
        assert archive.namelist()[0] == "mimetype"
        content = archive.read("content.xml").decode()
        assert "Minutes of the meeting" in content
        assert " in time" in content
        assert "meta.xml" not in archive.read("META-INF/manifest.xml").decode()


def test_a_book_keeps_its_title_and_says_how_accessible_it_is() -> None:
    with zipfile.ZipFile(io.BytesIO(child.clean(CORPUS["guide.epub"]).octets)) as archive:
        package = archive.read("a.opf").decode()
    assert "The guide" in package
    assert "accessMode" in package
    assert "urn:uuid:" in package


def test_a_document_keeps_its_pages_and_notes() -> None:
    with pikepdf.open(io.BytesIO(child.clean(CORPUS["report.pdf"]).octets)) as document:
        assert len(document.pages) == 1
        assert str(document.pages[0].Annots[0].Contents) == "Check this"
        assert "/Info" not in document.trailer


@pytest.mark.parametrize("name", ["song.mp3", "song.flac", "speech.opus"])
def test_sounds_are_still_heard(name: str) -> None:
    sound = mutagen.File(io.BytesIO(child.clean(CORPUS[name]).octets))
    assert sound is not None
    assert not sound.tags


def test_a_film_keeps_its_pictures_where_they_are() -> None:
    before, after = CORPUS["rally.mov"], child.clean(CORPUS["rally.mov"]).octets
    assert len(before) == len(after)
    assert b"\x01\x02\x03\x04" * 8 in after
    assert after.index(b"\x01\x02\x03\x04" * 8) == before.index(b"\x01\x02\x03\x04" * 8)


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"Only words.\n", CLEAN),
        (b"a;b\n1;2\n", CLEAN),
        (b"\xd0\xcf\x11\xe0 an old office file", UNKNOWN),
        (b"{\\rtf1{\\info{\\author Jane}}}", UNKNOWN),
        (b"PK\x03\x04 no zip", BROKEN),
        (b"%PDF-1.4 no document", BROKEN),
        (b"\xff\xd8\xff no picture", BROKEN),
        (b"\0\1\2 anything", UNKNOWN),
        (b"", CLEAN),
    ],
)
def test_what_cannot_be_cleaned_is_said_and_stays_as_it_came(data: bytes, outcome: str) -> None:
    made = child.clean(data)
    assert (made.outcome, made.octets) == (outcome, data)
    assert made.is_safe == (outcome == CLEAN)


def test_programs_in_office_files_and_other_zips_are_not_looked_through() -> None:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(CORPUS["minutes.docx"])) as before,
        zipfile.ZipFile(target, "w") as after,
    ):
        for name in before.namelist():
            after.writestr(name, before.read(name))
        after.writestr("word/vbaProject.bin", b"\0" * 100)
    assert child.clean(target.getvalue()).outcome == UNKNOWN
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.jpg", CORPUS["march.jpg"])
    assert child.clean(target.getvalue()).outcome == UNKNOWN


def test_bombs_end_in_the_child() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * (150 << 20))
    assert child.clean(target.getvalue()).outcome == BROKEN
    swelling = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cccc">]><Types>&b;</Types>'
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", swelling)
    assert child.clean(target.getvalue()).outcome == BROKEN


def test_every_cut_and_every_broken_octet_ends_as_an_outcome() -> None:
    for name in (
        "march.jpg",
        "poster.png",
        "drawing.gif",
        "wall.webp",
        "rally.mov",
        "phone.heic",
        "speech.wav",
    ):
        data = CORPUS[name]
        for at in range(4, len(data), max(1, len(data) // 40)):
            assert worker.clean(data[:at], most=1 << 30).outcome in (
                BROKEN,
                CLEANED,
                CLEAN,
                UNKNOWN,
            )
            damaged = data[:at] + b"\xff" + data[at + 1 :]
            assert worker.clean(damaged, most=1 << 30).outcome in (BROKEN, CLEANED, CLEAN, UNKNOWN)


def test_a_push_can_see_what_a_picture_holds_beside_it() -> None:
    for name in ("march.jpg", "poster.png", "drawing.gif", "wall.webp"):
        assert stripping.tells(CORPUS[name])
        assert not stripping.tells(child.clean(CORPUS[name]).octets)
    for data in (b"", b"\xff\xd8\xff", b"RIFF", b"GIF89a", b"words"):
        assert not stripping.tells(data)
    found = conferencefiles.check_file(CORPUS["march.jpg"], "files/x", 1 << 20).faults
    assert "beside it" in found[0].fault


def test_a_photo_with_a_second_picture_behind_it_comes_out_upright_and_alone() -> None:
    exif, target = Image.Exif(), io.BytesIO()
    exif[0x0112], exif[0x013B] = 6, knowing.PERSON
    first, second = Image.new("RGB", (320, 200), "red"), Image.new("RGB", (80, 50), "blue")
    first.save(target, "MPO", save_all=True, append_images=[second], exif=exif)
    made = child.clean(target.getvalue())
    assert made.outcome == CLEANED
    assert planted_in(made.octets) == []
    with Image.open(io.BytesIO(made.octets)) as image:
        assert image.size == (200, 320)
        assert getattr(image, "n_frames", 1) == 1
