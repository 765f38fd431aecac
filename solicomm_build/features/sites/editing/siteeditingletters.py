"""The desk's mails to the editors of unions' sites: one function a mail, in the editor's language.

A text that can be corrected stands at the end, between its two lines, and is attached as a file as
well, for mail programs that break lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from solicomm_build.desk import vocabulary
from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.desk.words import line, paragraphs
from solicomm_build.features.sites.editing import siteeditingmail as mail
from solicomm_build.features.sites.editing.siteeditor import Editor
from solicomm_build.features.sites.siteaddress import PREFIX
from solicomm_build.features.sites.sitedrafts import Draft
from solicomm_build.features.sites.siteedits import Finding
from solicomm_build.features.sites.values import siteedit, sitefiles
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.message import richtext
from solicomm_build.message.text import hypertext
from solicomm_build.post.editorial import markup

_MOST_ROWS = 200


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


def draft(editing: Editor, found: Draft, token: str, offer: Offer) -> Letter:
    """This is what we understood; publish it?"""
    lang = editing.lang
    rows, body = siteedit.parts(found.text)
    facts = [
        line(gettext(lang, "Title") + f": {rows.get('title', '').strip(chr(34))}"),
        line(gettext(lang, "Date") + f": {rows.get('date', '')}"),
        line(gettext(lang, "Language") + f": {found.path.split('.')[-2]}"),
        line(gettext(lang, "Pictures") + f": {i18n.format_number(lang, len(found.pictures))}"),
    ]
    seen = _as_seen(editing, found.path, body)
    return _with_text(
        editing,
        gettext(lang, "Draft: %(title)s", title=rows.get("title", "").strip('"')),
        found.path,
        found.text,
        token,
        gettext(lang, "This is what we understood. Nobody else sees it yet.")
        + "\n"
        + "\n".join(facts),
        *(
            [gettext(lang, "We could not read these pictures:") + "\n" + _rows(offer.broken)]
            if offer.broken
            else []
        ),
        *(
            [
                gettext(
                    lang,
                    "Please describe these pictures, after “alt:” in the text below; "
                    "people who cannot see them need it:",
                )
                + "\n"
                + _rows(offer.missing)
            ]
            if offer.missing
            else []
        ),
        gettext(lang, "This is how it will read:"),
        "\n".join(f"  {row}" for row in seen.split("\n")),
        gettext(
            lang,
            "To publish it, answer this mail; you need not write anything. To change "
            "something, change it in the text below and send that back. To drop it, answer "
            "with “no”.",
        ),
    )


def text(editing: Editor, path: str, found: str, token: str, why: Returned) -> Letter:
    """The text of a page, to be corrected."""
    lang = editing.lang
    parts = [gettext(lang, "This is the text of %(name)s.", name=siteedit.called(path))]
    if why.is_new:
        parts = [
            gettext(
                lang,
                "There is no %(name)s yet. This is what it may begin with.",
                name=siteedit.called(path),
            )
        ]
    if why.is_unclear:
        parts = [
            gettext(
                lang,
                "We did not find the text in your answer. Please leave the two lines "
                "of “=” where they are, or attach the text as a file.",
            )
        ]
    if why.faults:
        rows = "\n".join(line(_placed(lang, fault)) for fault in why.faults[:50])
        parts = [gettext(lang, "It was not published: something is not right yet.") + "\n" + rows]
    if why.theirs:
        parts = [
            gettext(
                lang,
                "Somebody else changed this page meanwhile, so yours was not "
                "published. Below is the page as it is now. Your text is attached; "
                "please put the two together.",
            )
        ]
    more = (_file(f"my-{_name(path)}", why.theirs),) if why.theirs else ()
    return _with_text(
        editing,
        gettext(lang, "Text: %(name)s", name=siteedit.called(path)),
        path,
        found,
        token,
        *parts,
        gettext(
            lang,
            "Change what you like between the two lines of “=” and send it back. It is on "
            "the site in a moment then.",
        ),
        more=more,
    )


def published(editing: Editor, path: str, found: str, notes: Sequence[Finding]) -> Letter:
    """It is on the site."""
    lang = editing.lang
    hints = "\n".join(line(_placed(lang, note)) for note in notes[:10])
    return _letter(
        editing,
        gettext(lang, "Published: %(name)s", name=siteedit.called(path)),
        gettext(lang, "In a moment it is on the site."),
        richtext.button(gettext(lang, "Look at it"), address(editing, path)),
        *([gettext(lang, "This could be better:") + "\n" + hints] if hints else []),
        kind="",
    )


def pages(editing: Editor, rows: Sequence[tuple[str, str]]) -> Letter:
    """What there is to edit."""
    lang, word = editing.lang, vocabulary.shown(mail.WORDS, "edit", editing.lang)
    listed = "\n".join(line(f"{word} {name}   {title}") for name, title in rows[:_MOST_ROWS])
    return _letter(
        editing,
        gettext(lang, "Pages of the site"),
        gettext(lang, "To get the text of a page, write one of these lines as subject to:")
        + "\n"
        + line(_address(editing)),
        listed,
        kind=editing.kind,
    )


def help_(editing: Editor) -> Letter:
    """What an editor can do by mail."""
    lang, words = editing.lang, mail.WORDS
    news, edit = vocabulary.shown(words, "news", lang), vocabulary.shown(words, "edit", lang)
    alt = vocabulary.shown(mail.FIELDS, "alt", lang)
    return _letter(
        editing,
        gettext(lang, "Editing the site by mail"),
        gettext(lang, "Write to this address, with one of these subjects:")
        + "\n"
        + line(_address(editing)),
        gettext(
            lang,
            "News: the mail's text is the text, attached pictures are its pictures. For "
            "each picture write a line that describes it:",
        )
        + "\n"
        + line(f"{news}: …")
        + "\n"
        + line(f"{alt}: …"),
        gettext(lang, "Change a page, news or an event; or begin one that is not there yet:")
        + "\n"
        + "\n".join(line(f"{edit} {one}") for one in ("page:about", "news:we-won", "event:rally")),
        gettext(lang, "See what there is:") + "\n" + line(vocabulary.shown(words, "list", lang)),
        gettext(lang, "Or do all of this in the browser:"),
        richtext.button(
            gettext(lang, "Edit the site"), f"{editing.config.url}/edit/{editing.union}/"
        ),
        kind=editing.kind,
    )


def spent(editing: Editor) -> Letter:
    """The token is used or over."""
    lang = editing.lang
    said = gettext(
        lang,
        "This was published already, or it is too old. Nothing has changed now. To "
        "change the page, ask for its text again.",
    )
    return _letter(editing, gettext(lang, "Nothing to publish"), said, kind="")


def dropped(editing: Editor) -> Letter:
    """The draft is gone."""
    lang = editing.lang
    said = gettext(lang, "It was dropped. The site is as it was.")
    return _letter(editing, gettext(lang, "Dropped"), said, kind="")


def link(office: Office, union: str, to: str, lang: str, found: str, *, kind: str) -> Letter:
    """The way into the editor in the browser."""
    said = gettext(
        lang,
        "This link lets you edit the site, once, within half an hour. If you did not ask for "
        "it, do nothing.",
    )
    return Letter(
        kind=kind,
        to=to,
        lang=lang,
        subject=gettext(lang, "Edit the site"),
        text=paragraphs([said, richtext.button(gettext(lang, "Edit the site"), found)]),
        sender=f"{PREFIX}-{union}",
        name=union,
        standalone=True,
    )


def stranger(office: Office, union: str, to: str, lang: str) -> Letter:
    """Only editors may."""
    said = gettext(
        lang,
        "The editors of this site write to this address. You are not among them, or you write from "
        "another address than they know. The people of the hub help:",
    )
    return Letter(
        kind=f"site-stranger:{union}",
        to=to,
        lang=lang,
        subject=gettext(lang, "You cannot edit this site"),
        text=paragraphs([said + "\n" + line(office.address("postmaster"))]),
        sender=f"{PREFIX}-{union}",
        name=office.config.name,
    )


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


def _with_text(
    editing: Editor,
    subject: str,
    path: str,
    found: str,
    token: str,
    *parts: str,
    more: tuple[Attached, ...] = (),
) -> Letter:
    days = ngettext(
        editing.lang,
        "The answer must reach us within %(num)s day.",
        "The answer must reach us within %(num)s days.",
        MODERATE.days,
    )
    letter = _letter(
        editing,
        subject,
        *parts,
        days,
        kind=editing.kind,
        reply_to=f"{PREFIX}-{editing.union}+{token}",
    )
    whole = f"{letter.text}\n{richtext.literal(mail.framed(path, found))}"
    return replace(letter, text=whole, attached=(_file(_name(path), found), *more), plain=True)


def _letter(editing: Editor, subject: str, *parts: str, kind: str, reply_to: str = "") -> Letter:
    site = editing.look.site
    return Letter(
        kind=kind,
        to=editing.to,
        lang=editing.lang,
        subject=subject,
        text=paragraphs(parts),
        sender=f"{PREFIX}-{editing.union}",
        name=site.title_in(editing.lang) if site else editing.union,
        reply_to=reply_to,
    )


def _address(editing: Editor) -> str:
    return editing.office.address(f"{PREFIX}-{editing.union}")


def _file(name: str, found: str) -> Attached:
    return Attached("text/markdown; charset=utf-8", found.replace("\n", "\r\n").encode(), name)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _rows(names: Sequence[str]) -> str:
    return "\n".join(line(name) for name in names)


def _placed(lang: str, fault: Finding) -> str:
    if not fault.line:
        return fault.said
    return gettext(lang, "Line %(line)s: %(fault)s", line=str(fault.line), fault=fault.said)


def _as_seen(editing: Editor, path: str, body: str) -> str:
    """The text as it will be read, as plain text; drawn by what draws the page."""
    base = f"{editing.config.url}/unions/{editing.union}/"
    return hypertext.to_text(markup.render_page(body, resolve=lambda link: base + link))
