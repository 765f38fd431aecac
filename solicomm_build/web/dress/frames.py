"""Frames: pages of the theme whose middle the server fills.

The builder makes one for each language, `/frame/<lang>.html`, and one for each site of a union and
language, `/unions/<id>/frame/<lang>.html` (themes/solicomm/templates/frame.html). What is to be
filled stands between comments: `<!--main-->…<!--/main-->`. A frame is read when it is first wanted
and again when its file is another; one look at the file a page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation import i18n
from solicomm_build.post.pages import frame_url

_PLACE = re.compile(r"<!--(title|head|stranger|member|languages|main)-->")
_LONGEST = 262_144  # octets; ours has six thousand
_SITE = re.compile(r"[a-z0-9][a-z0-9-]*")

Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """A page in pieces: a text as it is, and what follows it with its name."""

    pieces: tuple[tuple[str, str, str], ...]
    end: str

    def filled(self, values: Mapping[str, str]) -> str:
        """The page with these values, which are HTML; what has none stays as the theme says it. The
        last `{}` of a title stands for that, since what people write may have some, too."""
        texts = []
        for before, name, own in self.pieces:
            value = values.get(name, own)
            if name == "title" and name in values:
                value = own.join(value.rsplit("{}", 1))
            texts += [before, value]
        return "".join(texts) + self.end


def frame_of(text: str) -> Frame | None:
    """The frame in a page of the theme; None when it has no place for the text."""
    text = text.replace("<title>", "<title><!--title-->", 1)
    text = text.replace("</title>", "<!--/title--></title>", 1)
    pieces, at = [], 0
    while found := _PLACE.search(text, at):
        own, end, _ = text[found.end() :].partition(f"<!--/{found[1]}-->")
        if not end:  # a place that has no end is none, and nor is what comes after it
            break
        pieces.append((text[at : found.start()], found[1], own))
        at = found.end() + len(own) + len(end)
    names = {name for _, name, _ in pieces}
    return Frame(tuple(pieces), text[at:]) if {"title", "main"} <= names else None


class Frames:
    """The frames below one folder of built pages."""

    def __init__(self, public: Path) -> None:
        self._public = public
        self._kept: dict[str, tuple[Mark, Frame | None]] = {}

    def of(self, lang: str, site: str = "") -> Frame | None:
        """The frame in a language, or in English where we do not speak it; of a union's site where
        one is named. None where the builder has made none yet. Blocking, for one small file."""
        if site and not _SITE.fullmatch(site):
            return None
        spoken = (lang, "en") if lang in i18n.LANGUAGES or site else ("en",)
        for one in spoken:
            found = self._read(frame_url(one, site)) if one.replace("-", "").isalnum() else None
            if found is not None:
                return found
        return None

    def _read(self, url: str) -> Frame | None:
        path = self._public / url.lstrip("/")
        try:
            found = os.stat(path)
            mark = (found.st_ino, found.st_mtime_ns, found.st_size)
            kept = self._kept.get(url)
            if kept is None or kept[0] != mark:
                text = path.read_text("utf-8") if found.st_size <= _LONGEST else ""
                kept = self._kept[url] = (mark, frame_of(text))
        except (OSError, ValueError):
            self._kept.pop(url, None)
            return None
        return kept[1]
