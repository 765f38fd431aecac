"""What is attached to a mail or given to a library needs no more than n^1.3 to be read or cleaned.

many of one thing in a file → what the child does with it, in this process → how it grows
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pikepdf

from solicomm_build.cleaning import boxes, pdf, sound, zipped
from solicomm_build.cleaning.result import Cleaned
from solicomm_build.extraction import office
from solicomm_build.extraction.archive import Archive
from solicomm_build.features.library.versions import wording
from tests.growth.measure import Work, grows, in_children

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def _zip(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name, octets in files.items():
            made.writestr(name, octets)
    return target.getvalue()


def _inner(data: bytes, depth: int) -> Cleaned:
    raise AssertionError("nothing is embedded")


def _cleaned(files: dict[str, bytes]) -> Callable[[], object]:
    return partial(zipped.clean, _zip({"[Content_Types].xml": _TYPES, **files}), _inner, 0)


def _document(body: str) -> bytes:
    return f'<w:document xmlns:w="{_WORD}"><w:p>{body}</w:p></w:document>'.encode()


def _changes(size: int) -> Callable[[], object]:
    body = "<w:ins><w:r/></w:ins>a<w:del/>" * (4 * size // 30)
    return _cleaned({"word/document.xml": _document(body)})


def _relationships(size: int) -> Callable[[], object]:
    rels = {f"word/{n}/document.xml.rels": b"<r/>" for n in range(size // 300)}
    return _cleaned({"word/document.xml": _document("<w:r/>" * (size // 12)), **rels})


def _tags(size: int) -> Callable[[], object]:
    return partial(sound._mp3, b"ID3\4\0\0\0\0\0\0" * (32 * size // 10) + b"\xff\xfb" + b"a" * 99)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _measurements(size: int) -> Callable[[], object]:
    """A track of measurements, each of its chunks in a run of its own."""
    count = size // 8
    runs = b"".join(struct.pack(">III", number + 1, 1, 1) for number in range(count))
    tables = _box(b"stsz", struct.pack(">III", 0, 1, count))
    tables += _box(b"stsc", struct.pack(">II", 0, count) + runs)
    tables += _box(b"stco", struct.pack(">II", 0, count) + bytes(4 * count))
    head = _box(b"hdlr", bytes(8) + b"meta" + bytes(16))
    media = _box(b"mdia", head + _box(b"minf", _box(b"stbl", tables)))
    return partial(boxes.film, _box(b"moov", _box(b"trak", media)))


def _book(items: str, spine: str, about: str, others: int) -> Callable[[], object]:
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{about}</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = b'<container xmlns="a"><rootfile full-path="a.opf"/></container>'
    files = {"META-INF/container.xml": container, "a.opf": package.encode()}
    octets = _zip(files | {f"{number}": b"" for number in range(others)})
    kept: Any = io.BytesIO(octets)
    return lambda: office._epub(Archive(kept))


def _spine(size: int) -> Callable[[], object]:
    items = '<item id="a" href="gone"/>'
    return _book(items, '<itemref idref="a"/>' * (size // 5), "", size // 50)


def _authors(size: int) -> Callable[[], object]:
    depth = size // 10
    return _book("", "", "<dc:creator>a" * depth + "</dc:creator>" * depth, 0)


def _pdf(made: pikepdf.Pdf) -> Callable[[], object]:
    target = io.BytesIO()
    made.save(target)
    return partial(pdf.clean, target.getvalue(), _inner, 0)


def _pages(size: int) -> Callable[[], object]:
    """Pages that show a picture each, out of one list for all."""
    made, count = pikepdf.new(), size // 128
    picture = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image}
    shown = {
        f"/P{number}": made.make_indirect(pikepdf.Stream(made, b"a", **picture))
        for number in range(count)
    }
    shared = made.make_indirect(pikepdf.Dictionary(XObject=pikepdf.Dictionary(shown)))
    for name in shown:
        page = made.add_blank_page(page_size=(9, 9))
        page.obj.Resources = shared
        page.obj.Contents = pikepdf.Stream(made, f"{name} Do".encode())
    return _pdf(made)


def _enclosed(size: int) -> Callable[[], object]:
    made = pikepdf.new()
    made.add_blank_page(page_size=(9, 9))
    for number in range(size // 64):
        made.attachments[f"{number}.txt"] = pikepdf.AttachedFileSpec(made, b"a")
    return _pdf(made)


def _lines(size: int) -> Callable[[], object]:
    """Lines of one paragraph, as they stand on paper."""
    return partial(wording._sentences, f"{'a' * 49}\n" * (size // 6))


WORKS: dict[str, Work] = {
    "tracked changes": _changes,
    "files of relationships": _relationships,
    "tags before a sound": _tags,
    "measurements beside a film": _measurements,
    "pages with one list of pictures": _pages,
    "files in a document": _enclosed,
    "lines of an agreement": _lines,
    "the spine of a book": _spine,
    "authors within authors": _authors,
}


def test_no_attached_file_needs_more_than_a_little_over_linear_time() -> None:
    faults = in_children((name, partial(_faults, work)) for name, work in WORKS.items())
    assert not faults, "\n".join(faults)


def _faults(work: Work) -> Iterator[str]:
    if said := grows(work):
        yield said
