"""Office documents, books and PDF."""

from __future__ import annotations

import io
import zipfile
from random import Random

from solicomm_build.testing.knowing.pictures import picture
from solicomm_build.testing.knowing.secrets import DELETED, DEVICE, FIRM, PATH, PERSON, SERIAL


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
                ("rId3", "hyperlink", f"file:///{PATH}\\x.doc"),
                ("rId4", "people", "people.xml"),
            ),
            "word/comments.xml": f'<w:comments xmlns:w="{_W}"><w:comment w:id="0" {who}><w:p><w:r><w:t>'
            "Check this</w:t></w:r></w:p></w:comment></w:comments>",
            "word/people.xml": f'<p:people xmlns:p="http://schemas.microsoft.com/office/word/2012/wordml">'
            f'<p:person p:author="{PERSON}"/></p:people>',
            "word/settings.xml": f'<w:settings xmlns:w="{_W}" xmlns:r="{_R}"><w:attachedTemplate r:id="rId1"/>'
            '<w:rsids><w:rsidRoot w:val="00AB12CD"/></w:rsids><w:zoom w:percent="100"/></w:settings>',
            "word/_rels/settings.xml.rels": _rels(
                ("rId1", "attachedTemplate", f"file:///{PATH}\\a.dotx")
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
            f'office/spreadsheetml/2010/11/ac"><fileSharing userName="{PERSON}"/><x15ac:absPath url="{PATH}"/>'
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
