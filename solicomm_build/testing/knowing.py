"""Files of every kind that know their sender, for tests: place, device, serial number, names,
history. Made here, so that none lies in the repository.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from random import Random
from typing import Any

from PIL import Image, PngImagePlugin

PERSON, DEVICE, SERIAL, FIRM, DELETED = (
    "Secret Steward",
    "Barphone SM-X",
    "SERIAL-4711",
    "Acme Secret Works",
    "what was struck out",
)
PLACE = "+05.6000-000.1800/"
PLANTED = (PERSON, DEVICE, SERIAL, FIRM, DELETED, "05.6000", "stewardsecret")
"""What must be found nowhere. The last one is an account's name in a path."""

_PATH = "C:\\Users\\stewardsecret\\Documents"


def picture(form: str, *, orientation: int = 1, size: tuple[int, int] = (320, 200)) -> bytes:
    """A picture with Exif, XMP, comments and a place."""
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x0110] = FIRM, DEVICE, DEVICE
    exif[0x0112], exif[0x013B], exif[0xA431] = orientation, PERSON, SERIAL
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (5.0, 36.0, 0.0), "W", (0.0, 10.0, 48.0)
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{PERSON} {PLACE}</x:xmpmeta>".encode()
    target, more = io.BytesIO(), dict[str, Any]()
    if form == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Author", PERSON)
        info.add_itxt("Comment", FIRM, zip=True)
        more = {"pnginfo": info, "exif": exif}
    elif form == "GIF":
        more = {"comment": PERSON.encode()}
    elif form == "TIFF":
        more = {"tiffinfo": {270: FIRM, 271: DEVICE, 315: PERSON}}
    elif form == "WEBP":
        more = {"exif": exif, "xmp": xmp}
    else:
        more = {"exif": exif, "comment": PERSON.encode(), "xmp": xmp}
    image.save(target, form, **more)
    return target.getvalue() + (SERIAL.encode() if form in ("JPEG", "PNG") else b"")


def moving(form: str) -> bytes:
    """An animation of three pictures, with a comment where there can be one."""
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    more: dict[str, Any] = {"comment": PERSON.encode()} if form == "GIF" else {}
    if form == "PNG":
        more["pnginfo"] = PngImagePlugin.PngInfo()
        more["pnginfo"].add_text("Author", PERSON)
    if form == "WEBP":
        about = (
            "<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' dc:rights='"
            + PERSON
            + "'/>"
        )
        rdf = f"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>{about}</rdf:RDF>"
        more["xmp"] = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{rdf}</x:xmpmeta>".encode()
    target = io.BytesIO()
    frames[0].save(
        target, form, save_all=True, append_images=frames[1:], duration=200, loop=0, **more
    )
    return target.getvalue()


def _zip(members: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 27, 9, 0, 0)), content, kind)
    return target.getvalue()


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PR = "http://schemas.openxmlformats.org/package/2006/relationships"
_CT = "http://schemas.openxmlformats.org/package/2006/content-types"
_CORE = (
    f'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    f'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{PERSON}'
    f"</dc:creator><cp:lastModifiedBy>{PERSON}</cp:lastModifiedBy></cp:coreProperties>"
)
_APP = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    f"<Company>{FIRM}</Company><Manager>{PERSON}</Manager></Properties>"
)


def _types(*parts: tuple[str, str]) -> str:
    rows = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in parts)
    return f'<Types xmlns="{_CT}"><Default Extension="xml" ContentType="application/xml"/>{rows}</Types>'


def _rels(*rows: tuple[str, str, str]) -> str:
    made = "".join(
        f'<Relationship Id="{key}" Type="{_R}/{kind}" Target="{target}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if target.startswith('file:') else ''}/>"
        for key, kind, target in rows
    )
    return f'<Relationships xmlns="{_PR}">{made}</Relationships>'


def docx(words: str = "Minutes of the meeting") -> bytes:
    """A text with properties, a photo, a comment, changes, people and a template on a disk."""
    who = f'w:author="{PERSON}" w:initials="SS" w:date="2026-11-27T09:00:00Z"'
    body = (
        f'<w:document xmlns:w="{_W}" xmlns:r="{_R}" xmlns:mc="http://schemas.openxmlformats.org/'
        'markup-compatibility/2006" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
        ' mc:Ignorable="w14"><w:body>'
        f'<w:p w:rsidR="00AB12CD" w14:paraId="77AA77AA"><w:r><w:t>{words}</w:t></w:r>'
        f'<w:ins w:id="1" {who}><w:r><w:t xml:space="preserve"> and more</w:t></w:r></w:ins>'
        f'<w:del w:id="2" {who}><w:r><w:delText>{DELETED}</w:delText></w:r></w:del></w:p>'
        f'<w:p><w:pPr><w:pPrChange w:id="3" {who}><w:pPr/></w:pPrChange></w:pPr>'
        '<w:commentRangeStart w:id="0"/><w:r><w:t>see</w:t></w:r><w:commentRangeEnd w:id="0"/>'
        "</w:p></w:body></w:document>"
    )
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    return _zip(
        {
            "[Content_Types].xml": _types(
                ("word/document.xml", f"{word}.document.main+xml"),
                (
                    "docProps/custom.xml",
                    "application/vnd.openxmlformats-officedocument.custom-properties+xml",
                ),
            ),
            "_rels/.rels": _rels(
                ("rId1", "officeDocument", "word/document.xml"),
                ("rId2", "extended-properties", "docProps/app.xml"),
                ("rId3", "custom-properties", "docProps/custom.xml"),
            ),
            "word/document.xml": body,
            "word/_rels/document.xml.rels": _rels(
                ("rId1", "comments", "comments.xml"),
                ("rId2", "image", "media/image1.jpeg"),
                ("rId3", "hyperlink", f"file:///{_PATH}\\x.doc"),
                ("rId4", "people", "people.xml"),
            ),
            "word/comments.xml": f'<w:comments xmlns:w="{_W}"><w:comment w:id="0" {who}><w:p><w:r><w:t>'
            "Check this</w:t></w:r></w:p></w:comment></w:comments>",
            "word/people.xml": f'<p:people xmlns:p="http://schemas.microsoft.com/office/word/2012/wordml">'
            f'<p:person p:author="{PERSON}"/></p:people>',
            "word/settings.xml": f'<w:settings xmlns:w="{_W}" xmlns:r="{_R}"><w:attachedTemplate r:id="rId1"/>'
            '<w:rsids><w:rsidRoot w:val="00AB12CD"/></w:rsids><w:zoom w:percent="100"/></w:settings>',
            "word/_rels/settings.xml.rels": _rels(
                ("rId1", "attachedTemplate", f"file:///{_PATH}\\a.dotx")
            ),
            "word/media/image1.jpeg": picture("JPEG"),
            "docProps/core.xml": _CORE,
            "docProps/app.xml": _APP,
            "docProps/custom.xml": f"<Properties><property>{SERIAL}</property></Properties>",
            "docProps/thumbnail.jpeg": picture("JPEG"),
            "customXml/item1.xml": f"<a>{PERSON}</a>",
        }
    )


def xlsx() -> bytes:
    """A table with a comment, people, a path and a printer."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return _zip(
        {
            "[Content_Types].xml": _types(("xl/workbook.xml", "x"), ("xl/persons/person.xml", "y")),
            "_rels/.rels": _rels(("rId1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{_R}" xmlns:x15ac="http://schemas.microsoft.com/'
            f'office/spreadsheetml/2010/11/ac"><fileSharing userName="{PERSON}"/><x15ac:absPath url="{_PATH}"/>'
            '<sheets><sheet name="Wages" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _rels(
                ("rId1", "worksheet", "worksheets/sheet1.xml"),
                ("rId2", "person", "persons/person.xml"),
            ),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}" xmlns:r="{_R}"><sheetData><row r="1"><c r="A1" t="n">'
            '<v>42</v></c></row></sheetData><pageSetup orientation="portrait" r:id="rId9"/></worksheet>',
            "xl/worksheets/_rels/sheet1.xml.rels": _rels(
                ("rId9", "printerSettings", "../printerSettings/printerSettings1.bin")
            ),
            "xl/printerSettings/printerSettings1.bin": DEVICE.encode("utf-16-le"),
            "xl/comments1.xml": f'<comments xmlns="{main}"><authors><author>{PERSON}</author></authors><commentList>'
            '<comment ref="A1" authorId="0"><text><t>too low</t></text></comment></commentList></comments>',
            "xl/persons/person.xml": f"<personList><person displayName='{PERSON}'/></personList>",
            "docProps/core.xml": _CORE,
            "docProps/app.xml": _APP,
        }
    )


def pptx() -> bytes:
    """Slides with the names of those who commented."""
    main = "http://schemas.openxmlformats.org/presentationml/2006/main"
    return _zip(
        {
            "[Content_Types].xml": _types(("ppt/presentation.xml", "x")),
            "_rels/.rels": _rels(("rId1", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{main}"/>',
            "ppt/commentAuthors.xml": f'<p:cmAuthorLst xmlns:p="{main}"><p:cmAuthor id="0" name="{PERSON}" '
            'initials="SS"/></p:cmAuthorLst>',
            "ppt/media/image1.png": picture("PNG"),
            "docProps/core.xml": _CORE,
        }
    )


def opendocument(kind: str = "text", words: str = "Minutes of the meeting") -> bytes:
    """An OpenDocument file with properties, changes, a note and the sender's printer."""
    ns = "urn:oasis:names:tc:opendocument:xmlns"
    head = (
        f'xmlns:office="{ns}:office:1.0" xmlns:text="{ns}:text:1.0" xmlns:meta="{ns}:meta:1.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0"'
    )
    who = f"<dc:creator>{PERSON}</dc:creator><dc:date>2026-11-27T09:00:00</dc:date>"
    content = (
        f"<office:document-content {head}><office:body><office:{kind}><text:tracked-changes>"
        f"<text:changed-region><text:deletion><office:change-info>{who}</office:change-info><text:p>"
        f"{DELETED}</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>"
        f'{words}<text:change text:change-id="c1"/><office:annotation>{who}<text:p>Check</text:p>'
        f"</office:annotation> by <text:author-name>{PERSON}</text:author-name> in time</text:p>"
        f"</office:{kind}></office:body></office:document-content>"
    )
    listed = "".join(
        f'<m:file-entry m:full-path="{name}" m:media-type="text/xml"/>'
        for name in ("content.xml", "meta.xml", "settings.xml", "Thumbnails/thumbnail.png")
    )
    return _zip(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": content,
            "meta.xml": f"<office:document-meta {head}><office:meta><meta:initial-creator>{PERSON}"
            f"</meta:initial-creator><meta:generator>{FIRM}</meta:generator></office:meta></office:document-meta>",
            "settings.xml": f"<office:document-settings {head}><office:settings><config:config-item>{DEVICE}"
            "</config:config-item></office:settings></office:document-settings>",
            "Thumbnails/thumbnail.png": picture("PNG"),
            "Pictures/1.jpg": picture("JPEG"),
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{ns}:manifest:1.0">{listed}</m:manifest>',
        }
    )


def epub() -> bytes:
    """A book whose package tells who made it, on which machine."""
    return _zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
            'version="1.0"><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>',
            "a.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
            f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">{SERIAL}</dc:identifier>'
            f'<dc:title>The guide</dc:title><dc:language>en</dc:language><dc:creator id="c">{PERSON}</dc:creator>'
            f'<meta refines="#c" property="file-as">{PERSON}</meta><meta name="generator" content="{DEVICE}"/>'
            '<meta property="dcterms:modified">2026-11-27T09:00:00Z</meta><meta property="schema:accessMode">'
            "textual</meta></metadata><manifest/><spine/></package>",
            "iTunesMetadata.plist": f"<plist>{PERSON}</plist>",
            "img.jpg": picture("JPEG"),
        }
    )


def pdf() -> bytes:
    """A document with Info, XMP, a note, a photo and a file inside; and an earlier version."""
    import pikepdf

    document = pikepdf.new()
    document.add_blank_page(page_size=(200, 200))
    with document.open_metadata(set_pikepdf_as_editor=False) as said:
        said["dc:creator"] = [PERSON]
        said["xmp:CreatorTool"] = DEVICE
    document.docinfo["/Author"] = PERSON
    document.docinfo["/Producer"] = DEVICE
    page = document.pages[0]
    photo = pikepdf.Stream(
        document,
        picture("JPEG"),
        Type=pikepdf.Name("/XObject"),
        Subtype=pikepdf.Name("/Image"),
        Width=320,
        Height=200,
        ColorSpace=pikepdf.Name("/DeviceRGB"),
        BitsPerComponent=8,
        Filter=pikepdf.Name("/DCTDecode"),
    )
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=photo))
    page.Contents = document.make_stream(b"q 200 0 0 100 0 0 cm /Im0 Do Q")
    page.PieceInfo = pikepdf.Dictionary(Firm=pikepdf.Dictionary(Private=FIRM))
    note = pikepdf.Dictionary(
        Type=pikepdf.Name("/Annot"),
        Subtype=pikepdf.Name("/Text"),
        Rect=[0, 0, 9, 9],
        Contents="Check this",
        T=PERSON,
        M="D:20261127090000",
    )
    page.Annots = pikepdf.Array([document.make_indirect(note)])
    document.attachments["table.docx"] = docx()
    target = io.BytesIO()
    document.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return target.getvalue() + f"\n% {DELETED}\n".encode()


def other_pdf(octets: bytes, number: int, more: int = 0) -> bytes:
    """The same document with another number in it, so that it stays another one when cleaned, and
    with `more` octets."""
    import pikepdf

    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(octets)) as document:
        document.Root.Number = number
        document.Root.More = document.make_stream(Random(number).randbytes(more))
        document.save(target, static_id=True)
    return target.getvalue()


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def film(brand: bytes = b"qt  ") -> bytes:
    """A film with a place, a device and a track of measurements; its samples are our words."""
    picture_octets, measured = b"\x01\x02\x03\x04" * 8, PLACE.encode() + SERIAL.encode()
    head = _box(b"ftyp", brand, bytes(4), brand)
    at = len(head) + 8
    tracks = [
        _track(b"vide", at, len(picture_octets)),
        _track(b"meta", at + len(picture_octets), len(measured)),
    ]
    xyz = struct.pack(">HH", len(PLACE), 0) + PLACE.encode()
    keys = _box(
        b"keys", bytes(4), struct.pack(">I", 1), _box(b"mdta", b"com.apple.quicktime.model")
    )
    value = _box(b"data", struct.pack(">II", 1, 0), DEVICE.encode())
    said = _box(
        b"meta",
        _box(b"hdlr", bytes(8), b"mdta", bytes(13)),
        keys,
        _box(b"ilst", _box(struct.pack(">I", 1), value)),
    )
    header = _box(
        b"mvhd", bytes(4), struct.pack(">IIII", 0xE6000000, 0xE6000000, 1000, 1000), bytes(80)
    )
    moov = _box(
        b"moov",
        header,
        *tracks,
        said,
        _box(b"udta", _box(b"\xa9xyz", xyz), _box(b"\xa9ART", PERSON.encode())),
    )
    return head + _box(b"mdat", picture_octets, measured) + moov


def _track(kind: bytes, at: int, size: int) -> bytes:
    table = _box(
        b"stbl",
        _box(b"stsz", bytes(4), struct.pack(">II", size, 1)),
        _box(b"stsc", bytes(4), struct.pack(">IIII", 1, 1, 1, 1)),
        _box(b"stco", bytes(4), struct.pack(">II", 1, at)),
    )
    media = _box(
        b"mdia",
        _box(b"mdhd", bytes(4), struct.pack(">IIII", 0xE6000000, 0xE6000000, 1000, 1000), bytes(4)),
        _box(b"hdlr", bytes(8), kind, bytes(12), DEVICE.encode() + b"\0"),
        _box(b"minf", table),
    )
    return _box(
        b"trak",
        _box(b"tkhd", bytes(4), struct.pack(">II", 0xE6000000, 0xE6000000), bytes(72)),
        media,
    )


def heic() -> bytes:
    """A picture of a telephone: an item of Exif and one of XMP. Nobody can decode the picture."""
    exif, xmp = Image.Exif(), f"<x>{PERSON} {PLACE}</x>".encode()
    exif[0x010F], exif[0x013B] = DEVICE, PERSON
    told = bytes(4) + exif.tobytes().removeprefix(b"Exif\0\0")
    shown = b"\x05" * 40
    info = _box(
        b"iinf",
        bytes(4),
        struct.pack(">H", 3),
        *(
            _box(b"infe", b"\x02\0\0\0", struct.pack(">HH", number, 0), kind, b"\0")
            for number, kind in ((1, b"hvc1"), (2, b"Exif"), (3, b"mime"))
        ),
    )
    head = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(start: int) -> bytes:
        rows, at = b"", start
        for number, one in ((1, shown), (2, told), (3, xmp)):
            rows += struct.pack(">HHHII", number, 0, 1, at, len(one))
            at += len(one)
        where = _box(b"iloc", bytes(4), b"\x44\0", struct.pack(">H", 3), rows)
        return _box(b"meta", bytes(4), _box(b"hdlr", bytes(8), b"pict", bytes(13)), info, where)

    return (
        head
        + (made := meta(len(head) + len(meta(0)) + 8))
        + _box(b"mdat", shown, told, xmp)
        + made[:0]
    )


def mp3() -> bytes:
    """Frames of silence with ID3v2, ID3v1 and APE."""
    from mutagen.apev2 import APEv2
    from mutagen.id3 import COMM, ID3, TALB, TPE1

    frame = b"\xff\xfb\x90\x64" + bytes(413)
    target = io.BytesIO(frame * 20)
    tags = ID3()
    tags.add(TPE1(encoding=3, text=PERSON))
    tags.add(TALB(encoding=3, text=FIRM))
    tags.add(COMM(encoding=3, lang="eng", text=SERIAL))
    tags.save(target, v1=2)
    target.seek(0)
    ape = APEv2()
    ape["Artist"] = PERSON
    ape.save(target)
    return target.getvalue()


def flac() -> bytes:
    """The head of a FLAC file with comments and a cover."""
    from mutagen.flac import FLAC, Picture

    info = (
        struct.pack(">HH", 4096, 4096) + bytes(6) + b"\x0a\xc4\x42\xf0\x00\x00\x00\x00" + bytes(16)
    )
    target = io.BytesIO(b"fLaC\x80\x00\x00\x22" + info + b"\xff\xf8" + bytes(20))
    sound: Any = FLAC(target)
    sound.add_tags()
    sound["artist"], sound["location"] = PERSON, PLACE
    cover = Picture()
    cover.data, cover.mime = picture("JPEG"), "image/jpeg"
    sound.add_picture(cover)
    target.seek(0)
    sound.save(target)
    return target.getvalue()


def wav() -> bytes:
    """A sound with a list of who made it, as recorders write it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) & 1)

    told = chunk(b"LIST", b"INFO" + chunk(b"IART", PERSON.encode()))
    body = b"WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)) + told
    body += chunk(b"bext", DEVICE.encode() + bytes(400)) + chunk(b"data", b"\x80" * 100)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def ogg() -> bytes:
    """Opus with comments: two pages of headers and one of sound (RFC 7845 5)."""
    words = [f"ARTIST={PERSON}".encode(), f"LOCATION={PLACE}".encode()]
    tags = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", len(words))
    tags += b"".join(struct.pack("<I", len(one)) + one for one in words)
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
    pages = [(2, 0, head), (0, 0, tags), (4, 960, b"\xf8\xff\xfe")]
    return b"".join(_page(number, *page) for number, page in enumerate(pages))


def _page(number: int, flags: int, granule: int, body: bytes) -> bytes:
    lacing = bytes([255] * (len(body) // 255) + [len(body) % 255])
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, 1, number, 0)
    page = head + bytes((len(lacing),)) + lacing + body
    return page[:22] + struct.pack("<I", _crc(page)) + page[26:]


def _crc(data: bytes) -> int:
    """The checksum of Ogg (RFC 3533 6): zlib's polynomial, not reflected."""
    value = 0
    for octet in data:
        value ^= octet << 24
        for _ in range(8):
            value = (value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1
        value &= 0xFFFFFFFF
    return value


def corpus() -> dict[str, bytes]:
    """A file of every kind, by the name that its sender would give it."""
    return {
        "march.jpg": picture("JPEG"),
        "turned.jpg": picture("JPEG", orientation=6),
        "poster.png": picture("PNG"),
        "drawing.gif": picture("GIF"),
        "wall.webp": picture("WEBP"),
        "scan.tiff": picture("TIFF"),
        "moving.gif": moving("GIF"),
        "moving.png": moving("PNG"),
        "moving.webp": moving("WEBP"),
        "minutes.docx": docx(),
        "wages.xlsx": xlsx(),
        "talk.pptx": pptx(),
        "minutes.odt": opendocument(),
        "wages.ods": opendocument("spreadsheet"),
        "talk.odp": opendocument("presentation"),
        "guide.epub": epub(),
        "report.pdf": pdf(),
        "rally.mov": film(),
        "rally.mp4": film(b"mp42"),
        "song.m4a": film(b"M4A "),
        "phone.heic": heic(),
        "song.mp3": mp3(),
        "song.flac": flac(),
        "speech.wav": wav(),
        "speech.opus": ogg(),
    }


def unpacked(data: bytes, depth: int = 0) -> bytes:
    """A file with what is compressed in it beside it, to look for words in."""
    parts = [data]
    if data.startswith(b"PK") and depth < 3:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts += [unpacked(archive.read(name), depth + 1) for name in archive.namelist()]
    if data.startswith(b"\x89PNG"):
        at = 8
        while at + 8 <= len(data):
            size, name = struct.unpack_from(">I4s", data, at)
            body = data[at + 8 : at + 8 + size]
            if name in (b"zTXt", b"iTXt") and b"\0\1\0" in body:
                parts.append(
                    zlib.decompress(body[body.index(b"\0\1\0") + 3 :].partition(b"\0")[2][1:])
                )
            at += 12 + size
    if b"%PDF-" in data[:1024]:
        import pikepdf

        with pikepdf.open(io.BytesIO(data)) as document:
            for thing in document.objects:
                if isinstance(thing, pikepdf.Stream):
                    try:
                        parts.append(thing.read_bytes())
                    except pikepdf.PdfError:
                        parts.append(thing.read_raw_bytes())
            for name in document.attachments:
                parts.append(
                    unpacked(document.attachments[name].get_file().read_bytes(), depth + 1)
                )
    return b"\n".join(parts)
