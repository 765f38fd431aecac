"""Mail as union members write it: what was a plain list's, dressed as office programs dress it.

The words, names, ids and threads are those of the corpus. Each mail is then what one of five
programs would have made of them, in a turn that is always the same: text beside HTML with the style
sheet of a word processor, HTML alone in base64, webmail with nested quotes, pictures within the
text, and files beside it. Half of the texts are in windows-1252. Octets of files are made, not
compressible, and the same in each run.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import random
import re
from collections.abc import Callable

from tests.bench.corpus import Corpus

_CONTENT = re.compile(rb"^(?:content-|mime-version)[^\n]*\n(?:[ \t][^\n]*\n)*", re.I | re.M)
_LONGEST_TEXT = 8_000
"""Characters of a mail's own text: patches of a plain list are longer than what members write."""

_Part = tuple[str, bytes]
"""A part's header fields and its octets, encoded."""

_NAMES = ("Heading 1", "List Paragraph", "Plain Text", "Balloon Text", "Revision", "Hyperlink")
_STYLE = "\n".join(
    [
        "<!--",
        "/* Font Definitions */",
        *(
            f'@font-face\n\t{{font-family:"{face}";\n\tpanose-1:2 4 5 3 5 4 6 3 2 {number};}}'
            for number, face in enumerate(("Cambria Math", "Calibri", "Aptos", "Segoe UI"))
        ),
        "/* Style Definitions */",
        *(
            f"p.Mso{name.replace(' ', '')}, li.Mso{name.replace(' ', '')}\n"
            f'\t{{mso-style-name:"{name}";\n\tmso-style-priority:99;\n\tmargin:0cm;\n'
            '\tfont-size:11.0pt;\n\tfont-family:"Calibri",sans-serif;\n\tmso-ligatures:none;}'
            for name in ("Normal", *_NAMES)
        ),
        "@page WordSection1\n\t{size:612.0pt 792.0pt;\n\tmargin:70.85pt 70.85pt 2.0cm 70.85pt;}",
        "div.WordSection1\n\t{page:WordSection1;}",
        "-->",
    ]
)
_HEAD = (
    '<html xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">\n'
    '<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
    '<meta name="Generator" content="Microsoft Word 15 (filtered medium)">\n'
    f"<style>{_STYLE}</style><!--[if gte mso 9]><xml>\n"
    '<o:shapedefaults v:ext="edit" spidmax="1026" />\n</xml><![endif]-->\n</head>\n'
    '<body lang="EN-GB" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">\n'
)


def dressed(corpus: Corpus) -> Corpus:
    """The same mail, as office programs send it."""
    messages = [_dressed(raw, number) for number, raw in enumerate(corpus.messages)]
    return Corpus(f"{corpus.name}, as office programs send it", messages)


def _dressed(raw: bytes, number: int) -> bytes:
    head, _, body = raw.partition(b"\n\n")
    head = _CONTENT.sub(b"", head + b"\n")
    text = body.decode("utf-8", "replace").replace("\ufffd", "é")[:_LONGEST_TEXT]
    made = _PROGRAMS[number % len(_PROGRAMS)](text, random.Random(number))
    fields, octets = made
    return head + f"MIME-Version: 1.0\n{fields}\n".encode() + octets


# -- programs -----------------------------------------------------------------------------------


def _word_processor(text: str, chance: random.Random) -> _Part:
    """Text and HTML, both quoted-printable."""
    return _alternative(_plain(text, chance), _quoted(_processed(text), "html", chance))


def _exchange(text: str, chance: random.Random) -> _Part:
    """HTML alone, in base64."""
    page = _processed(text).encode("utf-8")
    return _based('text/html; charset="utf-8"', page)


def _webmail(text: str, chance: random.Random) -> _Part:
    """Text and HTML with quotes in quotes; what is 8-bit stays so. One of four is older: a text in
    windows-1252 that does not say so."""
    if chance.randrange(4) == 0:
        fields = "Content-Type: text/plain\nContent-Transfer-Encoding: 8bit\n"
        return fields, f"{text.rstrip()}\n\nAnaïs Müller, trésorière\n".encode("cp1252", "replace")
    own, quoted = _split(text)
    page = "".join(f'<div dir="ltr">{html.escape(line) or "<br>"}</div>\n' for line in own)
    if quoted:
        inner = "<br>\n".join(map(html.escape, quoted))
        page += (
            '<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, somebody '
            'wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;'
            'border-left:1px solid rgb(204,204,204);padding-left:1ex">'
            f"{inner}<br>\n</blockquote></div>\n"
        )
    fields = 'Content-Type: text/{}; charset="UTF-8"\nContent-Transfer-Encoding: 8bit\n'
    return _alternative(
        (fields.format("plain"), text.encode() + b"\n"), (fields.format("html"), page.encode())
    )


def _with_pictures(text: str, chance: random.Random) -> _Part:
    """A picture within the text, as a logo below a signature."""
    page = _processed(text).replace(
        "</div></body>", '<p class="MsoNormal"><img width="120" height="40" src="cid:logo"></p>'
        "</div></body>"
    )  # fmt: skip
    picture = _file("image/png", "image001.png", chance.randbytes(6_000), "logo")
    related = _multipart("related", (_quoted(page, "html", chance), picture))
    return _alternative(_plain(text, chance), related)


def _with_files(text: str, chance: random.Random) -> _Part:
    """Text and HTML, and one or two files beside them."""
    files = [
        _file(kind, name, start + chance.randbytes(chance.randrange(8_000, 120_000)))
        for kind, name, start in _FILES[: chance.randrange(1, 3)]
    ]
    return _multipart("mixed", (_word_processor(text, chance), *files))


_FILES = (
    ("application/pdf", "Minutes of the meeting.pdf", b"%PDF-1.7\n"),
    ("application/vnd.ms-excel", "Members.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
)
_PROGRAMS: tuple[Callable[[str, random.Random], _Part], ...] = (
    _word_processor, _exchange, _webmail, _with_pictures, _with_files,
)  # fmt: skip


# -- parts --------------------------------------------------------------------------------------


def _processed(text: str) -> str:
    """The page that a word processor makes: a paragraph a line, quotes below a border."""
    own, quoted = _split(text)
    page = [_HEAD, '<div class="WordSection1">\n', *map(_paragraph, own)]
    if quoted:
        page.append(
            '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm '
            '0cm"><p class="MsoNormal"><b><span lang="EN-US">From:</span></b><span lang="EN-US"> '
            "Somebody &lt;somebody@example.org&gt;<br>\n<b>Subject:</b> Re: this<o:p></o:p></span>"
            "</p></div></div>\n"
        )
        page += map(_paragraph, quoted)
    page.append("</div></body></html>\n")
    return "".join(page)


def _paragraph(line: str) -> str:
    shown = html.escape(line).replace("  ", " &nbsp;") or "&nbsp;"
    return (
        '<p class="MsoNormal"><span style="font-size:11.0pt;mso-fareast-language:EN-US">'
        f"{shown}<o:p></o:p></span></p>\n"
    )


def _split(text: str) -> tuple[list[str], list[str]]:
    """What is said, and what is quoted of others, without its marks."""
    lines = text.rstrip().split("\n")
    own = [line for line in lines if not line.startswith(">")]
    return own, [line.lstrip("> ") for line in lines if line.startswith(">")]


def _plain(text: str, chance: random.Random) -> _Part:
    return _quoted(text, "plain", chance)


def _quoted(text: str, kind: str, chance: random.Random) -> _Part:
    charset = chance.choice(("utf-8", "windows-1252"))
    errors = "xmlcharrefreplace" if kind == "html" else "replace"
    octets = binascii.b2a_qp(text.encode(charset, errors))
    fields = f'Content-Type: text/{kind}; charset="{charset}"\n'
    return fields + "Content-Transfer-Encoding: quoted-printable\n", octets


def _based(kind: str, octets: bytes, more: str = "") -> _Part:
    fields = f"Content-Type: {kind}\n{more}Content-Transfer-Encoding: base64\n"
    return fields, base64.encodebytes(octets)


def _file(kind: str, name: str, octets: bytes, cid: str = "") -> _Part:
    shown = (
        f"inline; filename={name}\nContent-ID: <{cid}>" if cid else f'attachment; filename="{name}"'
    )
    return _based(f'{kind}; name="{name}"', octets, f"Content-Disposition: {shown}\n")  # fmt: skip


def _alternative(*parts: _Part) -> _Part:
    return _multipart("alternative", parts)


def _multipart(kind: str, parts: tuple[_Part, ...]) -> _Part:
    seed = b"".join(octets[:200] for _, octets in parts) + kind.encode()
    boundary = f"_{len(parts):03d}_{hashlib.sha256(seed).hexdigest()[:40].upper()}_"
    whole = b"".join(
        f"--{boundary}\n{fields}\n".encode() + octets.rstrip(b"\n") + b"\n\n"
        for fields, octets in parts
    )
    head = f'Content-Type: multipart/{kind};\n\tboundary="{boundary}"\n'
    return head, whole + f"--{boundary}--\n".encode()
