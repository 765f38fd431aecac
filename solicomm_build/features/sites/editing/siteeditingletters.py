"""The desk's mails to the editors of unions' sites: the facts of each; the words are in
`sites/letters/`.

A text that can be corrected stands at the end, between its two lines, and is attached as a file as
well, for mail programs that break lines. Such a letter has no HTML, which programs that quote it
would change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from solicomm_build.desk import lettering, vocabulary
from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.features.sites.editing import siteeditingmail as mail
from solicomm_build.features.sites.editing.sitedrafts import Draft
from solicomm_build.features.sites.editing.siteeditor import Editor
from solicomm_build.features.sites.siteaddress import PREFIX
from solicomm_build.features.sites.siteedits import Finding
from solicomm_build.features.sites.studio.listing import language_of
from solicomm_build.features.sites.values import siteedit, sitefiles, sitelinks
from solicomm_build.foundation.i18n import gettext
from solicomm_build.message import richtext
from solicomm_build.message.text import hypertext
from solicomm_build.post.editorial import markup

_MOST_ROWS, _MOST_FAULTS, _MOST_NOTES = 200, 50, 10


@dataclass(frozen=True, slots=True)
class Offer:
    """What a draft lacks: pictures that could not be read, pictures without a description."""

    broken: Sequence[str] = ()
    missing: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """Why a text goes out (again)."""

    is_new: bool = False
    is_unclear: bool = False
    faults: Sequence[Finding] = ()
    theirs: str = ""
    broken: Sequence[str] = ()


def draft(editing: Editor, found: Draft, token: str, offer: Offer) -> Letter:
    """This is what we understood; publish it?"""
    rows, body = siteedit.parts(found.text)
    made = _letter(
        editing,
        "sites/draft",
        reply_to=_back(editing, token),
        title=siteedit.title_of(found.text.encode()),
        date=rows.get("date", ""),
        language=found.path.split(".")[-2],
        pictures=len(found.pictures),
        broken=[*offer.broken],
        missing=[*offer.missing],
        seen=_as_seen(editing, found.path, body),
        days=MODERATE.days,
    )
    return _with_text(made, found.path, found.text)


def text(editing: Editor, path: str, found: str, token: str, why: Returned) -> Letter:
    """The text of a page, to be corrected."""
    made = _letter(
        editing,
        "sites/text",
        reply_to=_back(editing, token),
        name=siteedit.called(path),
        is_new=why.is_new,
        is_unclear=why.is_unclear,
        faults=[
            *_placed(editing.lang, why.faults[:_MOST_FAULTS], path),
            *_unread(editing.lang, why.broken),
        ],
        theirs=bool(why.theirs),
        days=MODERATE.days,
    )
    more = (_file(f"my-{_name(path)}", why.theirs),) if why.theirs else ()
    return _with_text(made, path, found, *more)


def published(
    editing: Editor, path: str, found: str, notes: Sequence[Finding], broken: Sequence[str] = ()
) -> Letter:
    """It is on the site."""
    return _letter(
        editing,
        "sites/published",
        kind="",
        name=siteedit.called(path),
        page=address(editing, path),
        hints=[
            *_placed(editing.lang, notes[:_MOST_NOTES], path),
            *_unread(editing.lang, broken),
        ],
    )


def pages(editing: Editor, rows: Sequence[tuple[str, str]]) -> Letter:
    """What there is to edit."""
    word = vocabulary.shown(mail.WORDS, "edit", editing.lang)
    listed = [f"{word} {name}   {title}" for name, title in rows[:_MOST_ROWS]]
    return _letter(editing, "sites/pages", address=_address(editing), rows=listed)


def help_(editing: Editor) -> Letter:
    """What an editor can do by mail."""
    lang, words = editing.lang, mail.WORDS
    return _letter(
        editing,
        "sites/help",
        address=_address(editing),
        news=vocabulary.shown(words, "news", lang),
        edit=vocabulary.shown(words, "edit", lang),
        pages=vocabulary.shown(words, "list", lang),
        alt=vocabulary.shown(mail.FIELDS, "alt", lang),
        page=f"{editing.config.url}/edit/{editing.union}/",
    )


def spent(editing: Editor) -> Letter:
    """The token is used or over."""
    return _letter(editing, "sites/spent", kind="")


def dropped(editing: Editor) -> Letter:
    """The draft is gone."""
    return _letter(editing, "sites/dropped", kind="")


def link(office: Office, union: str, to: str, lang: str, found: str, *, kind: str) -> Letter:
    """The way into the editor in the browser."""
    made = lettering.letter(office, "sites/link", to, lang, kind=kind, link=found)
    return replace(made, sender=f"{PREFIX}-{union}", name=union, standalone=True)


def named(office: Office, union: str, to: str, lang: str, by: str, *, kind: str) -> Letter:
    """Somebody made a site and named the reader among its editors."""
    made = lettering.letter(
        office,
        "sites/named",
        to,
        lang,
        kind=kind,
        by=by,
        union=union,
        studio=f"{office.config.url}/edit/{union}/",
        address=f"{PREFIX}+{union}@{office.config.domain}",
    )
    return replace(made, sender=f"{PREFIX}-{union}", name=union)


def stranger(office: Office, union: str, to: str, lang: str) -> Letter:
    """Only editors may."""
    kind = f"site-stranger:{union}"
    made = lettering.letter(office, "sites/stranger", to, lang, kind=kind)
    return replace(made, sender=f"{PREFIX}-{union}")


def address(editing: Editor, path: str) -> str:
    """Where a text of the site can be seen."""
    base, lang = f"{editing.config.url}/unions/{editing.union}/", editing.look.lang
    if sitefiles.place(path) == "site":
        return base
    tongue = path.rpartition("/")[2].split(".")[1:-1]
    if tongue and tongue[0] != lang:
        base += f"{tongue[0]}/"
    folder, slug = sitefiles.place(path), sitefiles.slug_of(path)
    return f"{base}{slug}/" if folder == "pages" else f"{base}{folder}/{slug}/"


def _letter(
    editing: Editor, template: str, *, kind: str | None = None, reply_to: str = "", **facts: Any
) -> Letter:
    """A letter from a site, which is called what the site is called."""
    made = lettering.letter(
        editing.office,
        template,
        editing.to,
        editing.lang,
        kind=editing.kind if kind is None else kind,
        reply_to=reply_to,
        **facts,
    )
    site = editing.look.site
    called = site.title_in(editing.lang) if site else editing.union
    return replace(made, sender=f"{PREFIX}-{editing.union}", name=called)


def _with_text(letter: Letter, path: str, found: str, *more: Attached) -> Letter:
    """The letter with a text to correct."""
    whole = f"{letter.text}\n{richtext.literal(mail.framed(path, found))}"
    return replace(letter, text=whole, attached=(_file(_name(path), found), *more), plain=True)


def _back(editing: Editor, token: str) -> str:
    return f"{PREFIX}-{editing.union}+{token}"


def _address(editing: Editor) -> str:
    return editing.office.address(f"{PREFIX}-{editing.union}")


def _file(name: str, found: str) -> Attached:
    return Attached("text/markdown; charset=utf-8", found.replace("\n", "\r\n").encode(), name)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _placed(lang: str, faults: Sequence[Finding], path: str) -> list[str]:
    """Each fault with its line, and with its file where that is not the one at `path`."""
    rows = [
        gettext(lang, "Line %(line)s: %(fault)s", line=str(one.line), fault=one.said)
        if one.line
        else one.said
        for one in faults
    ]
    return [
        row if one.file in ("", path) else f"{one.file}: {row}"
        for one, row in zip(faults, rows, strict=True)
    ]


def _unread(lang: str, broken: Sequence[str]) -> list[str]:
    """Which pictures of an answer are not in the text, since nobody can read them."""
    told = gettext(lang, "We could not read these pictures:")
    return [f"{told} {', '.join(broken)}"] if broken else []


def _as_seen(editing: Editor, path: str, body: str) -> str:
    """The text as it will be read, as plain text; drawn by what draws the page."""
    look, hub = editing.look, editing.config.url
    languages = look.site.languages if look.site else (look.lang,)
    lang, base = language_of(path, look.lang), f"{hub}/unions/{editing.union}/"

    def resolve(link: str) -> str | None:
        return sitelinks.address(link, lang, languages, look.files, base=base, hub=hub)

    return hypertext.to_text(markup.render_page(body, resolve=resolve))
