"""The files of a site as they are pushed or saved: may each stay, and do they fit together. Pure.

The gate, `solicomm gate check` and an editor in the browser ask the same questions here. Faults
refuse; warnings are only said. One file is looked at with what the others are called (`Names`), so
that a push of one page costs one page.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from solicomm_build.extraction import media
from solicomm_build.features.sites.values import sitecheck
from solicomm_build.features.sites.values.site import (
    FILE,
    Block,
    Event,
    News,
    Site,
    SitePage,
    Target,
    decode_event,
    decode_news,
    decode_page,
    decode_site,
)
from solicomm_build.foundation import characters, frontmatter
from solicomm_build.foundation.errors import ContentError, Findings, SoliCommError, listed
from solicomm_build.post.editorial import markup

MAX_TEXT = frontmatter.MAX_DOCUMENT

_PLACES = (
    ("pages", re.compile(r"pages/[a-z0-9][a-z0-9-]{0,59}(\.[A-Za-z-]{2,12})?\.md", re.ASCII)),
    ("news", re.compile(r"news/\d{4}/[a-z0-9][a-z0-9-]{0,59}(\.[A-Za-z-]{2,12})?\.md", re.ASCII)),
    ("events", re.compile(r"events/[a-z0-9][a-z0-9-]{0,59}(\.[A-Za-z-]{2,12})?\.md", re.ASCII)),
    ("media", re.compile(r"media/[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)),
    ("site", re.compile(r"site\.yaml")),
)
_DECODERS: dict[str, Callable[..., SitePage | News | Event]] = {
    "pages": decode_page,
    "news": decode_news,
    "events": decode_event,
}
_HIDDEN = characters.any_of("\x01-\x1f\x7f", characters.DIRECTION, but="\t\n\r")
_BUILT_IN = ("home", "news", "events", "people", "join", "library")
_FIXED = ("news", "events", "join", "media", "feed.xml", "calendar.ics", "sitemap.xml", "404.html")
"""What every site has at addresses of their own."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Names:
    """What can be linked to: the slugs of `pages`, the names in `media`, and the ids of the hub's
    conferences and libraries that everybody may know of."""

    pages: Collection[str] = ()
    media: Collection[str] = ()
    conferences: Container[str] = ()
    libraries: Container[str] = ()


def place(path: str) -> str:
    """`site`, `pages`, `news`, `events` or `media`; empty for what has no place in a site."""
    return next((kind for kind, pattern in _PLACES if pattern.fullmatch(path)), "")


def misplaced(path: str) -> ContentError:
    """The fault of a file that has no place in a site."""
    folder, _, name = path.partition("/")
    if folder in ("pages", "news", "events") and name.endswith(".md"):
        example = {"news": "news/2026/we-won.en.md", "events": "events/meeting.en.md"}.get(folder)
        remedy = f"Call it for example {example or 'pages/about-us.en.md'}"
        return ContentError("the name is not understood", file=path, remedy=remedy)
    remedy = "Files of a site are site.yaml, pages/, news/<year>/, events/ and media/"
    return ContentError("this file has no place in a site", file=path, remedy=remedy)


def names(
    paths: Collection[str], *, conferences: Container[str], libraries: Container[str]
) -> Names:
    """What the files of a site can link to."""
    return Names(
        pages={slug_of(path) for path in paths if place(path) == "pages"},
        media={path.removeprefix("media/") for path in paths if place(path) == "media"},
        conferences=conferences,
        libraries=libraries,
    )


def slug_of(path: str) -> str:
    """`about-us` of `pages/about-us.en.md`."""
    return path.rpartition("/")[2].removesuffix(".md").partition(".")[0]


def kept(site: Site | None, lang: str) -> dict[str, str]:
    """Names that no page in a language may have, with the addresses where the site itself is read
    in its place, or that lead elsewhere."""
    found = {name: f"/{name}/" for name in ("news", "events")}
    if site is not None:
        found |= {"people": "/people/"} if site.people else {}
        found |= {"library": "/library/"} if site.has_shelf else {}
        others = site.languages[1:] if lang == site.languages[0] else ()
        found |= {other: f"/{other}/" for other in others}
        home = "" if lang == site.languages[0] else f"{lang}/"
        away = {p.removeprefix(home): old for p, old in _away(site).items() if p.startswith(home)}
        found |= {one: old for one, old in away.items() if "/" not in one and one not in _FIXED}
    return found


def doubles(
    paths: Collection[str], changed: Collection[str], site: Site | None
) -> Iterator[ContentError]:
    """Changed files whose address another file has: `about.md` and `about.en.md`, or news of one
    name in two years; or the site itself, as its list of news."""
    lang = site.languages[0] if site else "en"
    owners: dict[tuple[str, str, str], str] = {}
    for path in sorted(paths, key=lambda one: (one in changed, one)):
        kind = place(path)
        if kind not in _DECODERS:
            continue
        slug, _, named = path.rpartition("/")[2].removesuffix(".md").partition(".")
        first = owners.setdefault((kind, slug, named or lang), path)
        if kind == "pages":
            first = kept(site, named or lang).get(slug, first)
        if first != path and path in changed:
            fault = f"the page has the same address as {first}"
            yield ContentError(fault, file=path, remedy="Rename one of them")


def unseen(changed: Collection[str], site: Site | None) -> Iterator[ContentError]:
    """Changed texts that no page shows, since the site does not speak their language."""
    if site is None:
        return
    for path in sorted(changed):
        lang = path.rpartition("/")[2].removesuffix(".md").partition(".")[2]
        if place(path) in _DECODERS and lang and lang not in site.languages:
            fault = f"`languages` in site.yaml does not name `{lang}`: nobody sees this text"
            yield ContentError(fault, file=path, remedy="Add the language there")


def shadowed(
    paths: Collection[str], changed: Collection[str], before: Site, site: Site
) -> Iterator[ContentError]:
    """Files that did not change, whose address is another's since the settings did: with another
    first language `about.md` and `about.sw.md` are two pages of one address."""
    were = {fault.file for fault in doubles(paths, paths, before)}
    for fault in doubles(paths, paths, site):
        if fault.file not in were and fault.file not in changed:
            yield fault


def unspoken(paths: Collection[str], before: Site, site: Site) -> set[str]:
    """The texts in languages that the settings do not name any more."""
    lost = set(before.languages) - set(site.languages)
    tongues = ((one, one.rpartition("/")[2].removesuffix(".md").partition(".")[2]) for one in paths)
    return {path for path, tongue in tongues if tongue in lost}


def check_settings(blob: bytes, union: str, known: Names) -> tuple[Site | None, Findings]:
    """`site.yaml`: the site, or None when it cannot be read, and what was found."""
    found = Findings()
    try:
        site = decode_site(blob, FILE, union=union)
    except SoliCommError as error:
        found.faults += listed(error, FILE)
        return None, found
    lines = Lines("\n".join(blob.decode("utf-8", "replace").splitlines()))
    found.faults += [*_dead_targets(site, known, lines), *_taken(site, lines)]
    found.warnings += _dead_names(site, known, lines)
    return site, found


def check_text(blob: bytes, path: str, known: Names, *, default_lang: str = "en") -> Findings:
    """A page, piece of news or event: all that is wrong in its head and in its text, in one
    answer."""
    found, image = Findings(), None
    try:
        image = _DECODERS[place(path)](blob, path, default_lang=default_lang).image
    except SoliCommError as error:
        found.faults += listed(error, path)
    try:
        body = frontmatter.divided(blob, file=path)[1]
    except SoliCommError:
        return found  # neither head nor text can be told: that is the fault
    text = blob.decode("utf-8-sig")
    lines = Lines(text.replace("\r\n", "\n"))
    found.faults += _hidden(lines.text.split("\n"), path)
    if image and image.file.removeprefix("media/") not in known.media:
        fault = f"no file {image.file}"
        line = lines.first(image.file)
        found.faults.append(ContentError(fault, file=path, line=line, remedy="Add the picture"))
    found.faults += sitecheck.check_text(text, path)
    found.warnings += sitecheck.warn_text(text, path)
    found.warnings += _without_zone(blob, path) if place(path) == "events" else []
    _check_body(body, lines, path, known, found)
    return found


def check_media(blob: bytes, path: str, *, most: int) -> Findings:
    """A file in media."""
    found = Findings()
    name = path.removeprefix("media/")
    fault = sitecheck.check_media(name, len(blob), most=most)
    fault = fault or media.check(name, blob, file=path)
    if fault is not None:
        found.faults.append(fault)
    elif media.has_place(blob):
        found.warnings.append(
            ContentError(
                "the picture says where it was taken",
                file=path,
                remedy="The pages do not show that, but whoever copies the repository can read it",
            )
        )
    return found


def links_to(blob: bytes, gone: Names) -> list[str]:
    """The links in a file, and the picture above its text, to what is in `gone`: for files that did
    not change when another one was taken away. `gone` holds pages and media only."""
    try:
        found = frontmatter.document(blob, file="")
    except SoliCommError:
        return []
    links = markup.inspect(found.body).links
    if found.table.has("image"):
        links = [found.table.section("image").text("file"), *links]
    return [link for link in links if _names_one_of(link, gone)]


def dead_link(path: str, line: int, link: str) -> ContentError:
    """The fault of a link that leads nowhere."""
    shown = link[:80]
    scheme = _SCHEME.match(link)
    if scheme and not Target.parse(link.partition("#")[0]):
        remedy = "Links begin with https:, mailto: or tel:, or name a page: page:about"
        return ContentError(f"`{shown}` is no link here", file=path, line=line, remedy=remedy)
    remedy = "Add what it names, or write page:<name>, news, events, media/<file> or https://…"
    return ContentError(f"`{shown}` leads nowhere", file=path, line=line, remedy=remedy)


class Lines:
    """The lines of a file, which is asked for many texts and looked through once for its ends."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ends = [found.start() for found in re.finditer("\n", text)]

    def first(self, text: str) -> int:
        """The first line that holds a text; 1 when none does."""
        at = self.text.find(text)
        return 1 if at < 0 else bisect_left(self._ends, at) + 1


def _check_body(body: str, lines: Lines, path: str, known: Names, found: Findings) -> None:
    seen = markup.inspect(body)
    if seen.plain:
        fault = "the text has too many marks in one paragraph, or nests too deeply"
        found.faults.append(ContentError(fault, file=path, remedy="Divide it with empty lines"))
        return
    if seen.many:
        remedy = f"At most {markup.MAX_LINKS}"
        found.faults.append(ContentError("the text has too many links", file=path, remedy=remedy))
        return
    for link in dict.fromkeys(seen.links):
        if not _leads_somewhere(link, known):
            found.faults.append(dead_link(path, lines.first(link), link))
    if seen.html:
        fault = "HTML is shown as it is typed"
        found.warnings.append(ContentError(fault, file=path, remedy="Use Markdown in its place"))


def _leads_somewhere(link: str, known: Names) -> bool:
    """As the pages resolve it: `media/x.png`, `page:about`, `about.md`, `news`, …"""
    target = target_of(link)
    if isinstance(target, str):
        return target in known.media
    if target is None:
        return False
    if target.kind == "page":
        return target.name in known.pages
    if target.kind == "conference":
        return target.name in known.conferences
    if target.kind == "library" and target.name:
        return target.name in known.libraries
    return target.kind in _BUILT_IN


def _names_one_of(link: str, gone: Names) -> bool:
    target = target_of(link)
    if isinstance(target, str):
        return target in gone.media
    return target is not None and target.kind == "page" and target.name in gone.pages


def target_of(link: str) -> Target | str | None:
    """A file in media by its name, or a place of a site; None for anything else."""
    name = unquote(link).removeprefix("../").removeprefix("./").removeprefix("/")
    path = name.partition("#")[0]
    if path.startswith("media/"):
        return path.removeprefix("media/")
    if path.endswith(".md"):
        path = "page:" + slug_of(path)
    return Target.parse(path)


def _dead_targets(site: Site, known: Names, lines: Lines) -> Iterator[ContentError]:
    targets = [item.to for item in site.menu] + [redirect.to for redirect in site.redirects]
    for target in dict.fromkeys(targets):
        if not _leads_somewhere(str(target), known):
            yield dead_link(FILE, lines.first(str(target)), str(target))
    for block in dict.fromkeys(site.home):
        yield from _dead_block(block, known, lines)
    files = [site.theme.logo, *(person.photo for person in site.people)]
    for file in dict.fromkeys(file for file in files if file):
        if file.removeprefix("media/") not in known.media:
            line = lines.first(file)
            yield ContentError(f"no file {file}", file=FILE, line=line, remedy="Add the picture")


def _dead_names(site: Site, known: Names, lines: Lines) -> Iterator[ContentError]:
    """Conferences and lists whose topics the site would show, and that nobody finds."""
    shown = [name for block in site.home for name in block.ids]
    for name in dict.fromkeys([*shown, *filter(None, (site.news_from,))]):
        if name not in known.conferences:
            yield dead_link(FILE, lines.first(name), f"conference:{name}")


def _away(site: Site) -> dict[str, str]:
    """What the site's redirects take: places as those of pages, `about` of `/about/index.html`, and
    how they are written."""
    olds = [redirect.old for redirect in site.redirects]
    return {old.strip("/").removesuffix("/index.html").casefold(): old for old in olds}


def _taken(site: Site, lines: Lines) -> Iterator[ContentError]:
    """Redirects from where the site itself has a page or a file; those of pages: `kept`."""
    others, fixed = site.languages[1:], list(_FIXED)
    fixed += ["people"] if site.people else []
    fixed += ["library"] if site.has_shelf else []
    for place, old in _away(site).items():
        tongue, _, rest = place.partition("/")
        if place in others or (rest if tongue in others else place) in fixed:
            fault = f"`{old}` is redirected, and it is the address of /{place}"
            line = lines.first(old)
            yield ContentError(fault, file=FILE, line=line, remedy="Take the redirect out")


def _dead_block(block: Block, known: Names, lines: Lines) -> Iterator[ContentError]:
    if block.page and block.page not in known.pages:
        line = lines.first(block.page)
        remedy = f"Add pages/{block.page}.md"
        yield ContentError(f"no page `{block.page}`", file=FILE, line=line, remedy=remedy)


def _without_zone(blob: bytes, path: str) -> list[ContentError]:
    """Hours of an event that do not say by which clock they are, as other programs write them."""
    found = []
    with contextlib.suppress(SoliCommError, ValueError):
        table = frontmatter.document(blob, file=path).table
        for key in ("starts", "ends"):
            written = table.text(key)
            if len(written) > len("2026-12-05") and not datetime.fromisoformat(written).tzinfo:
                fault = f"`{key}` has no time zone: it is taken for UTC"
                remedy = "Write it as in `2026-12-05T14:00:00+03:00`"
                found.append(ContentError(fault, file=path, line=table.line(key), remedy=remedy))
    return found


def _hidden(lines: list[str], path: str) -> Iterator[ContentError]:
    for number, line in enumerate(lines, 1):
        if _HIDDEN.search(line):
            fault = "the line holds an invisible control character"
            yield ContentError(fault, file=path, line=number, remedy="Type it anew")
