"""The page of what is kept on a phone. Its words are all here; what it shows its script fills in,
from the phone alone: the hub does not know what anybody keeps."""

from __future__ import annotations

import json
from html import escape
from typing import NamedTuple

from starlette.responses import Response

from solicomm_build.features.offline import scripts
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.plainpage import page

SIZES = (5, 20, 50, 200)
"""Megabytes that a place may have; 20 hold two thousand topics without their files."""
_CHOSEN = 20


class Wanted(NamedTuple):
    """The place that somebody wants to keep, and what it is called."""

    place: str
    title: str


def shown(lang: str, wanted: Wanted | None) -> Response:
    """The page, with the form to keep a place where one is named."""
    inside = _cannot(lang) + f'<div data-part="can">{_can(lang, wanted)}</div>'
    words = escape(json.dumps(_words(lang), ensure_ascii=False))
    inside += f'<template data-part="words">{words}</template>'
    head = (
        '<link rel="manifest" href="/manifest.webmanifest">\n'
        f'<script src="{scripts.PAGE}" defer></script>\n'
    )
    title = gettext(lang, "Kept on this phone")
    return page(lang, title, f'<div data-offline data-lang="{lang}">{inside}</div>', more=head)


def _cannot(lang: str) -> str:
    without = gettext(
        lang, "To keep pages on this phone, scripts must be on. All pages work without it."
    )
    old = gettext(
        lang,
        "This browser cannot keep pages: it is too old, it is a private window, or this address "
        "does not begin with https. Everything else works as it did.",
    )
    return (
        f"<noscript><p>{escape(without)}</p></noscript>"
        f'<p data-part="cannot" role="status" hidden>{escape(old)}</p>'
    )


def _can(lang: str, wanted: Wanted | None) -> str:
    parts = [_form(lang, wanted) if wanted else _hint(lang)]
    parts.append('<p data-part="told" role="status" hidden></p>')
    wrote, send = escape(gettext(lang, "What you wrote")), escape(gettext(lang, "Send now"))
    parts.append(
        f'<section data-part="outbox" hidden><h2>{wrote}</h2><ul class="rows" data-part="texts">'
        '</ul><p><button type="button" data-part="sendall" hidden>'
        f"{send}</button></p></section>"
    )
    head = escape(gettext(lang, "To read without a connection"))
    parts.append(
        f'<section data-part="kept" hidden><h2>{head}</h2>'
        '<ul class="rows" data-part="places"></ul></section>'
    )
    parts.append(_honest(lang))
    return "".join(parts)


def _hint(lang: str) -> str:
    text = gettext(
        lang,
        "Open a conference, a library or a site while there is a connection, and press Keep on "
        "this phone there. Then you read it, and write in it, where there is none.",
    )
    return f"<p>{escape(text)}</p>"


def _form(lang: str, wanted: Wanted) -> str:
    size = gettext(lang, "%(num)s MB")
    options = "".join(
        f'<option value="{one}"{_selected(one)}>{size % {"num": one}}</option>' for one in SIZES
    )
    most = escape(gettext(lang, "How much room it may take"))
    files = escape(gettext(lang, "With files that people attached"))
    search = escape(gettext(lang, "With the search of the whole hub, if it fits"))
    label = escape(gettext(lang, "Keep on this phone"))
    newest = escape(gettext(lang, "The newest comes first; what does not fit is left out."))
    return (
        f'<form data-part="wanted" data-place="{escape(wanted.place)}">'
        f'<h2><bdi>{escape(wanted.title)}</bdi></h2><p class="field"><label>{most}<br>'
        f'<select name="most">{options}</select></label></p><p>{newest}</p><fieldset>'
        f'<label><input type="checkbox" name="files"> {files}</label>'
        f'<label><input type="checkbox" name="search" checked> {search}</label></fieldset>'
        f"<p><button disabled>{label}</button></p></form>"
    )


def _selected(size: int) -> str:
    return " selected" if size == _CHOSEN else ""


def _honest(lang: str) -> str:
    """What stays on the phone, and the way to have nothing there."""
    facts = (
        gettext(lang, "Only pages that everybody may read are kept. What is for members is not."),
        gettext(
            lang,
            "What you write without a connection waits here with the name and address you typed, "
            "until it is sent. Each text is sent once.",
        ),
        gettext(
            lang,
            "Whoever holds this phone and opens this browser can read all of it. What is taken "
            "away from the hub stays here until this phone is connected again.",
        ),
        gettext(lang, "The hub does not learn what you keep. The phone may delete it to get room."),
    )
    rows = "".join(f"<li>{escape(one)}</li>" for one in facts)
    gone = gettext(
        lang,
        "This takes away the pages that were kept, texts that wait, drafts, and what you have read "
        "and chosen here. It cannot be taken back. You stay signed in.",
    )
    every = escape(gettext(lang, "Forget everything"))
    head = escape(gettext(lang, "What stays on this phone"))
    return (
        f"<section><h2>{head}</h2><ul>{rows}</ul>"
        f'<p data-part="room"></p><details><summary>{every}</summary><p>{escape(gone)}</p>'
        '<p data-part="lost" class="wrong"></p>'
        f'<p><button type="button" data-part="forget" disabled>{every}</button></p>'
        "</details></section>"
    )


def _words(lang: str) -> dict[str, object]:
    """What the script says; `{n}` and `{m}` stand for what it knows."""
    state = {
        "sending": gettext(lang, "Waits for a connection"),
        "waits": gettext(lang, "Waits for a connection"),
        "draft": gettext(lang, "You wanted to look at it first. Send it, or take it away."),
        "refused": gettext(lang, "The hub did not take it. Look what is wrong."),
        "sent": gettext(lang, "Sent"),
        "asks": gettext(lang, "Sent. Look into your mail: its button posts the text."),
        "send": gettext(lang, "Send"),
        "right": gettext(lang, "Look at it"),
        "remove": gettext(lang, "Take away"),
        "place": gettext(lang, "Where it belongs"),
        "lost": gettext(lang, "Texts that were not sent yet and would be lost: {n}"),
    }
    keeping = {
        "kb": gettext(lang, "%(num)s KB") % {"num": "{n}"},
        "mb": gettext(lang, "%(num)s MB") % {"num": "{n}"},
        "gb": gettext(lang, "%(num)s GB") % {"num": "{n}"},
        "files": gettext(lang, "Files: {n}"),
        "room": gettext(lang, "It takes {n} here. There is room for {m} more."),
        "search": gettext(lang, "Search"),
        "renew": gettext(lang, "Renew"),
        "begins": gettext(lang, "It begins…"),
        "doing": gettext(lang, "{n} of {m} files. You may leave this page and go on later."),
        "whole": gettext(lang, "Kept: {n}. It is renewed by itself when there is a connection."),
        "part": gettext(lang, "The connection was lost, so a part is missing. Press Renew later."),
        "full": gettext(
            lang,
            "There is no more room on this phone. What is here stays; take something away, or "
            "choose less room.",
        ),
        "large": gettext(lang, "This does not fit into the room that you chose: {n}"),
        "gone": gettext(lang, "Not everybody may read this place, so it cannot be kept here."),
        "failed": gettext(lang, "This did not work. Is there a connection? Try again in a moment."),
        "forgotten": gettext(lang, "Forgotten. Nothing of this hub is kept here any more."),
    }
    worker = {
        "asOf": gettext(lang, "No connection: this is what was kept here. It is as of {n}."),
        "missing": gettext(
            lang,
            "There is no connection, and this page is not kept on this phone. Here is what is:",
        ),
        "noLine": gettext(lang, "There is no connection now."),
        "waits": gettext(
            lang, "There is no connection. Your text waits here and is sent when there is one."
        ),
        "full": gettext(
            lang,
            "There is no connection, and no room on this phone to keep your text. Go back: it is "
            "still in the form.",
        ),
    }
    return {**state, **keeping, "worker": worker}
