"""Documents for the tests of this folder, made here: whole ones and hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pypdfium2
from PIL import Image

ODT = "application/vnd.oasis.opendocument.text"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DC = "http://purl.org/dc/elements/1.1/"


def zipped(members: dict[str, bytes], *, first: bytes = b"") -> bytes:
    """A zip; `first` is what an uncompressed first member `mimetype` holds."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr("mimetype", first, zipfile.ZIP_STORED)
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def odt(body: str, title: str = "Wage demands") -> bytes:
    content = (
        f'<office:document-content xmlns:office="{OFFICE}" xmlns:text="{TEXT}"><office:body>'
        f"<office:text>{body}</office:text></office:body></office:document-content>"
    )
    meta = (
        f'<office:document-meta xmlns:office="{OFFICE}" xmlns:dc="{DC}" '
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0">'
        f"<office:meta><dc:title>{title}</dc:title><dc:creator>Ana Paz</dc:creator>"
        "<dc:language>es</dc:language>"
        '<meta:document-statistic meta:page-count="3"/></office:meta></office:document-meta>'
    )
    return zipped({"content.xml": content.encode(), "meta.xml": meta.encode()}, first=ODT.encode())


def docx(*paragraphs: str) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    document = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    core = f'<cp:p xmlns:cp="x" xmlns:dc="{DC}"><dc:title>Rota</dc:title></cp:p>'
    app = '<Properties xmlns="y"><Pages>7</Pages></Properties>'
    return zipped(
        {
            "[Content_Types].xml": b"<Types/>",
            "word/document.xml": document.encode(),
            "docProps/core.xml": core.encode(),
            "docProps/app.xml": app.encode(),
        }
    )


def epub() -> bytes:
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/p.opf"/></rootfiles></container>'
    )
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="{DC}">'
        "<dc:title>Handbook</dc:title><dc:creator>Grace Otieno</dc:creator>"
        '<dc:language>en</dc:language></metadata><manifest><item id="a" href="one%20.xhtml"/>'
        '<item id="b" href="../../etc/passwd"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="none"/></spine></package>'
    )
    return zipped(
        {
            "META-INF/container.xml": container.encode(),
            "OPS/p.opf": package.encode(),
            "OPS/one .xhtml": b"<html><body><p>Ask for the rota in writing.</p></body></html>",
        },
        first=b"application/epub+zip",
    )


def pdf(pages: int) -> bytes:
    """Empty pages: a scan without its picture."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def locked_pdf() -> bytes:
    """A PDF that asks for a password nobody knows."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>endobj\n"
        b"4 0 obj<</Filter/Standard/V 1/R 2/P -44/O("
        + b"o" * 32
        + b")/U("
        + b"u" * 32
        + b")>>endobj\ntrailer<</Root 1 0 R/Encrypt 4 0 R/ID[(1234567890123456)(1234567890123456)]"
        b"/Size 5>>\n%%EOF\n"
    )


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose head promises these pixels and whose body is next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


def photo() -> bytes:
    """A JPEG with a place and a camera in its EXIF."""
    picture = Image.new("RGB", (900, 600), "teal")
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    target = io.BytesIO()
    picture.save(target, "JPEG", exif=exif)
    return target.getvalue()
