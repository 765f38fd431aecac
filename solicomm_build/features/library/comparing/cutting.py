"""An agreement's text cut into clauses by its headings and numbers, and what each is about. Pure.

Runs in a child (clauseworker.py): the text is a stranger's. All expressions look at one line, and
are linear in it.

A heading is a Markdown heading, `Article 7`, `7. …`, `7.2 …`, `7ª …` or a line of capitals. The
words of a matter (matters.py) in a heading, or in the few words that a numbered clause begins with,
make the clause one of that matter; where no heading names a matter, the clause whose text speaks of
it most is proposed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from solicomm_build.features.library.comparing.matters import MATTERS, PATTERNS, folded

VERSION = "1"
"""Raised when texts are cut otherwise."""
MOST_TEXT = 1_000_000
"""Characters that are looked at."""
MOST_CLAUSE = 6_000
"""Characters of one matter in one agreement."""
_MOST_SECTIONS, _MOST_OF_ONE = 3_000, 4
_LONGEST = 160  # characters of a line that can be a heading
_RUN_IN = 60

_MARKDOWN = re.compile(r"(#{1,6})\s+(.{1,160}?)\s*#*")
_ARTICLE = re.compile(
    r"[*_#\s]{0,8}(?:article|art\.|articulo|artigo|clause|clausula|section|seccion|secao|chapter|"
    r"chapitre|capitulo|titre|titulo|annex|annexe|anexo|statia|статья|раздел|глава|пункт|приложение|"
    r"(?:ال)?ماده|(?:ال)?بند|(?:ال)?فصل)"
    r"\s{1,3}(?:n[o°º]\.?\s?)?([0-9]{1,3}(?:\.[0-9]{1,2})?(?:o|a|er|e)?|[ivxlc]{1,7}|[a-z]|"
    r"(?:primeir|segund|terceir|quart|quint|sext|setim|oitav|non|decim|primer|tercer|cuart|septim|"
    r"octav|noven)[ao]?|"
    r"(?:ال)?(?:اولي|اول|ثانيه|ثاني|ثالثه|ثالث|رابعه|رابع|خامسه|خامس|سادسه|سادس|سابعه|سابع|ثامنه|"
    r"ثامن|تاسعه|تاسع|عاشره|عاشر))\b.{0,160}"
)
_NUMBERED = re.compile(
    r"\s{0,3}[*_]{0,2}§?\s?([0-9]{1,2}(?:\.[0-9]{1,2}){0,2})(?:[.)]|[ªºa]\.?|°)?[*_]{0,2}[\s:–-]{1,4}\S.*"
)
_POINT = re.compile(r"\s{0,3}[*_]{0,2}§?\s?[0-9]{1,2}(?:\.[0-9]{1,2}){0,2}(?:[.)]|[ªº]\.?|°|\s{2})")
_CONTENTS = re.compile(r"(?:\.{4}|…{2}|\t)\s{0,16}[0-9]{1,4}\s{0,16}")
_BOLD = re.compile(r"[*_]{2}(.{1,80}?)[*_]{2}")
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


@dataclass(frozen=True, slots=True)
class Clause:
    """What an agreement says of one matter: the heading as it stands there, the text, the number of
    its page (0: not known)."""

    heading: str
    text: str
    page: int = 0


@dataclass(slots=True)
class _Section:
    """Lines from a heading on; the smaller `level`, the more stands below it."""

    level: int
    heading: str
    start: int
    end: int
    is_run_in: bool = False


def proposed(text: str) -> Mapping[str, Clause]:
    """By matter, what the text says of it; a matter that is not found is left out."""
    lines = text[:MOST_TEXT].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    pages = _pages(lines)
    lines = [line.replace("\f", "") for line in lines]
    sections = _sections(lines)
    named = [_matters_of(section.heading) for section in sections]
    if sections and _is_title(sections[0], lines):
        sections, named = sections[1:], named[1:]
    found = {}
    for matter in MATTERS:
        chosen = [n for n, about in enumerate(named) if matter in about]
        chosen = chosen or _by_text(matter, sections, lines, named)
        if clause := _clause(matter, chosen, sections, lines, named, pages):
            found[matter] = clause
    return found


def _is_title(first: _Section, lines: list[str]) -> bool:
    """Whether what looks like the first heading is the title of all."""
    is_first = not any(line.strip() for line in lines[: first.start])
    return is_first and (first.level in (1, 4) or not _POINT.match(lines[first.start]))


def _pages(lines: list[str]) -> list[int]:
    """The page on which each line stands; all 0 where the text knows no pages."""
    if not any("\f" in line for line in lines):
        return [0] * len(lines)
    pages, now = [], 1
    for line in lines:
        now += line.count("\f") if line.startswith("\f") else 0
        pages.append(now)
        now += 0 if line.startswith("\f") else line.count("\f")
    return pages


def _sections(lines: list[str]) -> list[_Section]:
    found: list[_Section] = []
    for number, line in enumerate(lines):
        began = _begun(line, number)
        if began is not None and len(found) < _MOST_SECTIONS:
            found.append(began)
    levels = {section.level for section in found}
    if sum(section.level == 3 for section in found) >= 3:
        # `Article 7` is what this document counts by: plain numbers within are its paragraphs
        found = [one for one in found if not (one.level >= 5 and one.is_run_in)]
    elif 2 in levels and sum(section.level < 3 for section in found) >= 4:
        found = [one for one in found if not one.is_run_in]
    for one, end in zip(found, [*(one.start for one in found), len(lines)][1:], strict=False):
        one.end = end
    return found


def _begun(line: str, number: int) -> _Section | None:
    """The section that a line begins, if it does."""
    plain = line.strip()
    if not plain or len(plain) > 2_000:
        return None
    head = plain[:_LONGEST]
    if found := _MARKDOWN.fullmatch(plain):
        return _Section(min(len(found[1]), 2), _clean(found[2]), number, number)
    if _CONTENTS.search(head[-20:]) and _CONTENTS.search(plain[-20:]):
        return None  # a line of the contents
    bare = folded(head).translate(_DIGITS)
    if _ARTICLE.fullmatch(bare):
        return _headed(3, plain, number)
    if (match := _NUMBERED.fullmatch(bare)) and _POINT.match(line[:40].translate(_DIGITS)):
        return _headed(5 + match[1].count("."), plain, number)
    letters = [char for char in plain if char.isalpha()]
    if len(letters) >= 4 and len(plain) <= 80 and plain.isupper():
        return _Section(4, plain, number, number)
    return None


def _headed(level: int, line: str, number: int) -> _Section:
    """A section whose line is a heading, or begins with one and goes on."""
    first = _first_words(line)
    is_whole = first == line and not line.endswith((".", ",", ";", ":"))
    return _Section(level, _clean(first), number, number, not is_whole)


def _first_words(line: str) -> str:
    """What a numbered clause begins with: its bold words, or those up to a colon, or some."""
    if bold := _BOLD.search(line[:120]):
        return f"{line[: bold.start()].strip()} {bold[1]}".strip()
    for mark in (":", " – ", " — ", ". "):
        before, found, _ = line[12 if line[:1].isalpha() else 4 : _RUN_IN + 20].partition(mark)
        if found:
            return line[: line.index(before)] + before
    if len(line) <= 80:
        return line
    return line[:_RUN_IN].rpartition(" ")[0] or line[:_RUN_IN]


def _clean(heading: str) -> str:
    return " ".join(re.sub(r"[*_#`]{1,6}", " ", heading).split())[:_LONGEST]


def _matters_of(heading: str) -> frozenset[str]:
    text = folded(heading)
    found = {matter for matter in MATTERS if PATTERNS[matter].search(text)}
    if "parental" in found:
        found.discard("leave")
    if "leave" in found or "parental" in found:
        found.discard("wage")  # paid leave
    return frozenset(found)


def _by_text(
    matter: str, sections: list[_Section], lines: list[str], named: list[frozenset[str]]
) -> list[int]:
    """The section whose text speaks of a matter most, twice at least; none that has its own."""
    best, most = -1, 1
    for number, section in enumerate(sections):
        if named[number] or section.level <= 1:
            continue
        body = folded("\n".join(lines[section.start : section.end])[:MOST_CLAUSE])
        hits = sum(1 for _ in _some(PATTERNS[matter].finditer(body)))
        if hits > most:
            best, most = number, hits
    return [best] if best >= 0 else []


def _some(found: Iterator[re.Match[str]]) -> Iterator[re.Match[str]]:
    for number, one in enumerate(found):
        if number >= 50:
            return
        yield one


def _clause(
    matter: str,
    chosen: list[int],
    sections: list[_Section],
    lines: list[str],
    named: list[frozenset[str]],
    pages: list[int],
) -> Clause | None:
    """The chosen sections as one clause, each with what stands below it."""
    parts: list[tuple[str, str, int]] = []
    until = 0
    for number in chosen:
        section = sections[number]
        if section.start < until or len(parts) >= _MOST_OF_ONE:
            continue
        end = section.end
        for other in range(number + 1, len(sections)):
            below = sections[other]
            if below.level <= section.level or (named[other] and matter not in named[other]):
                break
            end = below.end
        start = section.start if section.is_run_in else section.start + 1
        text = _text(lines, start, end) or _text(lines, section.start, end)
        if text:
            parts.append((section.heading, text, pages[section.start]))
            until = end
    if not parts:
        return None
    heading, text, page = parts[0]
    for other_heading, more, _ in parts[1:]:
        shows = _clean(more[:_LONGEST]).startswith(other_heading[:20])
        text += "\n\n" + (more if shows else f"{other_heading}\n\n{more}")
    return Clause(heading, text[:MOST_CLAUSE].strip(), page)


def _text(lines: list[str], start: int, end: int) -> str:
    """Lines as one text, without empty lines at its ends and more than one in it."""
    text = "\n".join(line.rstrip() for line in lines[start:end])
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
