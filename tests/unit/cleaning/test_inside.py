"""What is done within a file, without a child."""

from __future__ import annotations

import base64
import io
import zlib
from typing import Any, SupportsIndex

import pikepdf
import pytest

from solicomm_build.cleaning import books, boxes, pdf, xml
from solicomm_build.cleaning.members import Members
from solicomm_build.cleaning.result import BROKEN, CLEANED, Cleaned
from solicomm_build.testing import knowing


class _Counted(bytearray):
    """Counts the octets that are written."""

    written = 0

    def __setitem__(self, key: SupportsIndex | slice, value: Any) -> None:
        self.written += len(value)
        super().__setitem__(key, value)


def _edited(octets: str, gone: str, opened: str) -> str:
    def edit(root: xml.Element) -> None:
        for element in xml.elements(root):
            if xml.name(element) == gone:
                xml.remove(element)
            elif xml.name(element) == opened:
                xml.unwrap(element)

    return xml.edited(octets.encode(), edit).decode().partition("\n")[2]


def test_text_around_what_goes_stays() -> None:
    before = "<a>1<g>2</g>3<b/>4<g><g/>5</g>6<g/>7<c/>8</a>"
    assert _edited(before, "g", "o") == "<a>13<b/>467<c/>8</a>"


def test_what_is_opened_leaves_all_that_is_in_it() -> None:
    before = "<a>1<o>2<b/>3<o>4<c>5</c><g>6</g>7</o>8</o>9<o/>0<o>x</o></a>"
    assert _edited(before, "g", "o") == "<a>12<b/>34<c>5</c>7890x</a>"


def test_what_is_opened_leaves_the_prefixes_that_its_content_needs() -> None:
    before = '<a><o xmlns:p="urn:p"><p:b p:c="1"/></o></a>'
    assert _edited(before, "g", "o") == '<a><p:b xmlns:p="urn:p" p:c="1"/></a>'


def test_the_root_stays() -> None:
    assert _edited("<g><o>1</o></g>", "g", "o") == "<g>1</g>"


def test_what_overlaps_is_overwritten_once() -> None:
    target = _Counted(b"a" * 1_000)
    boxes.erase(target, [(10, 500), (0, 5), (0, 5), (400, 200), *[(20, 300)] * 1_000])
    assert target == bytearray(5) + b"a" * 5 + bytes(590) + b"a" * 400
    assert target.written == 595


def test_what_leads_out_of_a_file_is_none() -> None:
    with pytest.raises(ValueError, match="out of the file"):
        boxes.erase(bytearray(9), [(0, 5), (8, 2)])


@pytest.mark.parametrize(
    ("runs", "counts"),
    [
        ([(1, 3)], [3, 3, 3, 3]),
        ([(1, 3), (3, 2), (4, 1)], [3, 3, 2, 1]),
        ([(2, 5), (2, 4)], [0, 4, 4, 4]),
        ([(3, 7), (1, 2)], [2, 2, 2, 2]),
        ([], [0, 0, 0, 0]),
    ],
)
def test_a_chunk_has_as_many_samples_as_the_last_run_that_holds_it(
    runs: list[tuple[int, int]], counts: list[int]
) -> None:
    assert list(boxes._counts(runs, 4)) == counts
    old = [next((n for first, n in reversed(runs) if first <= k), 0) for k in range(1, 5)]
    assert old == counts


def _shown(kind: pikepdf.Name, first: bytes) -> list[list[str]]:
    """What of one list of 200 pictures each of three pages keeps; the first of the list is of a
    kind, and holds something."""
    made = pikepdf.new()
    listed = pikepdf.Dictionary()
    for number in range(200):
        octets, what = (first, kind) if number == 0 else (b"a", pikepdf.Name.Image)
        picture = pikepdf.Stream(made, octets, Type=pikepdf.Name.XObject, Subtype=what)
        listed[f"/P{number}"] = made.make_indirect(picture)
    shared = made.make_indirect(pikepdf.Dictionary(XObject=listed, Font=pikepdf.Dictionary()))
    for content in (b"/P0 Do", b"/P1 Do/P2 Do", b"/P3 Do"):
        page = made.add_blank_page(page_size=(9, 9))
        page.obj.Resources = shared
        streams = [pikepdf.Stream(made, b"q"), pikepdf.Stream(made, content)]
        page.obj.Contents = pikepdf.Array(made.make_indirect(one) for one in streams)
    target = io.BytesIO()
    made.save(target)
    copy = pdf.clean(target.getvalue(), lambda data, depth: Cleaned(BROKEN, data), 0)
    with pikepdf.open(io.BytesIO(copy.octets)) as found:
        return [sorted(page.resources["/XObject"].keys()) for page in found.pages]


def test_pages_keep_what_they_show_of_a_list_for_all() -> None:
    assert _shown(pikepdf.Name.Image, b"a") == [["/P0"], ["/P1", "/P2"], ["/P3"]]


def test_a_form_keeps_what_it_takes_from_the_page() -> None:
    assert "/P9" in _shown(pikepdf.Name.Form, b"/P9 Do")[0]


@pytest.mark.parametrize("before", [[], ["/ASCII85Decode"], ["/ASCII85Decode", "/FlateDecode"]])
def test_a_photo_in_a_pdf_loses_what_the_camera_wrote_however_it_is_packed(
    before: list[str],
) -> None:
    photo = knowing.picture("JPEG")
    packed = zlib.compress(photo) if "/FlateDecode" in before else photo
    packed = base64.a85encode(packed) + b"~>" if before else packed
    document = pikepdf.new()
    document.add_blank_page(page_size=(200, 200))
    image = pikepdf.Stream(document, packed)
    image["/Subtype"] = pikepdf.Name("/Image")
    image["/Filter"] = pikepdf.Array([pikepdf.Name(one) for one in (*before, "/DCTDecode")])
    document.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    document.pages[0].Contents = document.make_stream(b"/Im0 Do")
    target = io.BytesIO()
    document.save(target)
    made = pdf.clean(target.getvalue(), lambda data, _: Cleaned(BROKEN, data), 0)
    with pikepdf.open(io.BytesIO(made.octets)) as copy:
        kept = copy.pages[0].Resources.XObject.Im0
        assert (str(kept.Filter), b"Exif" in photo) == ("/DCTDecode", True)
        octets = kept.read_raw_bytes()
    assert octets.startswith(b"\xff\xd8")
    assert b"Exif" not in octets


@pytest.mark.parametrize("apart", [True, False])
def test_a_file_that_hangs_on_a_note_of_a_pdf_is_cleaned(apart: bool) -> None:
    document = pikepdf.new()
    document.add_blank_page(page_size=(200, 200))
    stored = document.make_stream(b"PK\x03\x04 by Ana")
    spec = pikepdf.Dictionary(F="a.docx", EF=pikepdf.Dictionary(F=stored, UF=stored))
    note = pikepdf.Dictionary(
        Type=pikepdf.Name("/Annot"),
        Subtype=pikepdf.Name("/FileAttachment"),
        Rect=[0, 0, 9, 9],
        FS=document.make_indirect(spec) if apart else spec,
    )
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(note)])
    target = io.BytesIO()
    document.save(target)
    seen: list[bytes] = []

    def inner(data: bytes, _depth: int) -> Cleaned:
        seen.append(data)
        return Cleaned(CLEANED, b"PK\x03\x04")

    made = pdf.clean(target.getvalue(), inner, 0)
    assert seen == [b"PK\x03\x04 by Ana"], "once, however often it is named"
    with pikepdf.open(io.BytesIO(made.octets)) as copy:
        found = copy.pages[0].Annots[0].FS.EF
        assert found.F.read_bytes() == found.UF.read_bytes() == b"PK\x03\x04"
    broken = pdf.clean(target.getvalue(), lambda data, _: Cleaned(BROKEN, data), 0)
    assert broken.outcome == BROKEN


def test_a_book_whose_title_stands_one_level_deeper_keeps_it() -> None:
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" unique-identifier="id"><metadata>'
        '<dc-metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Heat</dc:title>'
        '<dc:language>en</dc:language><dc:identifier id="id">ana-17</dc:identifier>'
        "<dc:creator>Ana</dc:creator></dc-metadata>"
        '<x-metadata><meta name="cover" content="c"/><meta name="owner" content="Ana"/>'
        "</x-metadata></metadata></package>"
    )
    members = Members({"a.opf": package.encode()})
    assert books.clean(members)
    said = members.files["a.opf"].decode()
    assert "<dc:title>Heat</dc:title><dc:language>en</dc:language>" in said
    assert 'id="id">urn:uuid:' in said
    assert '<meta name="cover" content="c"/>' in said
    assert "Ana" not in said
    assert "ana-17" not in said
