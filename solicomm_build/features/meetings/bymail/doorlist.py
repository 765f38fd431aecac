"""The list for the door: who comes and may come, as CSV and as PDF to print and tick off.

The PDF is made of pictures of its pages, since names are in many scripts, some written from the
right and with joined letters: Pillow has HarfBuzz for that. Who wants to search takes the CSV. The
font is DejaVu Sans (Debian: fonts-dejavu-core).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.features.meetings import meetingterms as terms
from solicomm_build.features.meetings.bymail import meetingletters as letters
from solicomm_build.features.meetings.invited import outside
from solicomm_build.features.meetings.meeting import MAYBE, YES, Meeting
from solicomm_build.features.meetings.meetingbook import book
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import cell
from solicomm_build.people.membership import Member

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")

_WIDTH, _HEIGHT, _DPI = 1240, 1754, 150  # A4
_MARGIN, _ROW, _TEXT, _HEAD = 90, 52, 26, 36
_HEAD_ROWS = 6  # title, time and place, of two rows each
_ROWS = (_HEIGHT - 2 * _MARGIN - _HEAD_ROWS * _ROW) // _ROW
_BOX = 28


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody who comes, or may come."""

    name: str
    address: str
    choice: str


def rows(office: Office, conference: str, files: MeetingFiles) -> list[Row]:
    """Who comes, then who may come, each in the order of the alphabet."""
    people, found = office.roster().members, []
    for number, choice in said(office, conference, files).items():
        member = people.get(number)
        if member is not None and choice in (YES, MAYBE):
            found.append(Row(member.name, member.address, choice))
    return sorted(
        found, key=lambda one: (one.choice != YES, i18n.sort_key(one.name or one.address))
    )


def said(office: Office, conference: str, files: MeetingFiles) -> dict[int, str]:
    """What each member says now, by number; nothing of who is out of a list for members since."""
    found = book(office.config, conference, files.meeting.id).said(files.set_at)
    known = office.conference(conference)
    if known is not None and known.is_closed:
        for number in outside(office.roster(), conference, found.keys()):
            found.pop(number, None)
    return found


def attached(
    office: Office, conference: str, files: MeetingFiles, lang: str
) -> tuple[Attached, ...]:
    """The list as files of a letter; without the PDF where its font is missing."""
    found, meeting = rows(office, conference, files), files.meeting
    made = [Attached("text/csv; charset=utf-8", as_csv(found, lang), f"{meeting.id}.csv")]
    if FONT.exists():
        octets = as_pdf(found, meeting, lang)
        made.append(Attached("application/pdf", octets, f"{meeting.id}.pdf"))
    return tuple(made)


def _order(row: Row) -> tuple[bool, str]:
    return row.choice != YES, i18n.sort_key(row.name or row.address)


def told(office: Office, conference: str, files: MeetingFiles, lang: str) -> list[str]:
    """How many stand on it."""
    found = rows(office, conference, files)
    return [
        terms.counted(choice, sum(row.choice == choice for row in found), lang)
        for choice in (YES, MAYBE)
    ]


def letter(
    office: Office, conference: str, member: Member, files: MeetingFiles, *, notice: bool = False
) -> Letter:
    """The list for the door, to a moderator's own address."""
    lang = office.language_of(member.address, conference)
    meeting = files.meeting
    files_ = attached(office, conference, files, lang)
    rows = told(office, conference, files, lang)
    return letters.chair(
        office,
        conference,
        member,
        lang,
        meeting,
        "door",
        attached=files_,
        notice=notice,
        rows=rows,
    )


def _head(lang: str) -> list[str]:
    return [gettext(lang, "Name"), gettext(lang, "Address"), gettext(lang, "Answer")]


def as_csv(found: Iterable[Row], lang: str) -> bytes:
    """For a spreadsheet: UTF-8 with its mark, by which spreadsheets know it."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(_head(lang))
    for row in found:
        write.writerow(map(cell, (row.name, row.address, terms.label(row.choice, lang))))
    return out.getvalue().encode("utf-8-sig", "replace")


def as_pdf(found: Sequence[Row], meeting: Meeting, lang: str) -> bytes:
    """Pages of A4, with a box before each name."""
    parts = [found[at : at + _ROWS] for at in range(0, len(found), _ROWS)] or [found]
    pages = [
        _Sheet(meeting, lang, f"{number}/{len(parts)}").page(part)
        for number, part in enumerate(parts, 1)
    ]
    out = io.BytesIO()
    pages[0].save(
        out, "PDF", resolution=_DPI, save_all=True, append_images=pages[1:], title=meeting.title
    )
    return out.getvalue()


class _Sheet:
    """One page; mirrored for languages that are written from the right."""

    def __init__(self, meeting: Meeting, lang: str, number: str) -> None:
        self.meeting, self.lang, self.number = meeting, lang, number
        self.rtl = i18n.direction(lang) == "rtl"

    def page(self, found: Sequence[Row]) -> Image:
        from PIL import Image, ImageDraw

        image = Image.new("L", (_WIDTH, _HEIGHT), 255)
        draw = ImageDraw.Draw(image)
        y = _MARGIN
        for text, size in self._top():
            for row in _broken(draw, text, _font(size), _WIDTH - 2 * _MARGIN):
                self._write(draw, row, y, _MARGIN, size)
                y += _ROW
        y = _MARGIN + _HEAD_ROWS * _ROW
        for one in found:
            self._row(draw, one, y)
            y += _ROW
        self._write(draw, self.number, _HEIGHT - _MARGIN, _MARGIN, _TEXT)
        return image

    def _top(self) -> list[tuple[str, int]]:
        meeting = self.meeting
        where = terms.when(meeting, self.lang, meeting.local)
        top = [(meeting.title, _HEAD), (where, _TEXT), (meeting.place, _TEXT)]
        return [(text, size) for text, size in top if text]

    def _row(self, draw: ImageDraw, row: Row, y: int) -> None:
        left = self._at(_MARGIN, _BOX)
        draw.rectangle((left, y + 2, left + _BOX, y + 2 + _BOX), outline=0, width=3)
        name = _cut(draw, row.name or row.address, _font(_TEXT), 760)
        self._write(draw, name, y, _MARGIN + 2 * _BOX, _TEXT)
        self._write(draw, terms.label(row.choice, self.lang), y, _WIDTH - 330, _TEXT)
        draw.line((_MARGIN, y + _ROW - 10, _WIDTH - _MARGIN, y + _ROW - 10), fill=190)

    def _at(self, x: int, width: float) -> int:
        return round(_WIDTH - x - width) if self.rtl else x

    def _write(self, draw: ImageDraw, text: str, y: int, x: int, size: int) -> None:
        font = _font(size)
        direction = "rtl" if self.rtl else None
        width = draw.textlength(text, font)
        draw.text((self._at(x, width), y), text, 0, font, direction=direction)


def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(FONT), size)


def _broken(draw: ImageDraw, text: str, font: FreeTypeFont, width: int) -> list[str]:
    """A text on two lines at most."""
    words, lines = text.split(" "), [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [_cut(draw, row, font, width) for row in lines[:2]]


def _cut(draw: ImageDraw, text: str, font: FreeTypeFont, width: int) -> str:
    while len(text) > 1 and draw.textlength(text, font) > width:
        text = text[:-2].rstrip() + "…"
    return text
