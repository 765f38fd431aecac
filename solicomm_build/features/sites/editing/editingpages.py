"""The plain parts of the editor's pages: ways in, answers, fields. HTML without a script that it
needs, in the editor's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.foundation import data
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web import plainpage

_HEAD = (
    '<link rel="stylesheet" href="/edit/studio.css">\n'
    '<script src="/edit/studio.js" defer></script>\n'
)


def page(lang: str, title: str, inside: str, status: int = 200) -> Response:
    """A whole page; `title` is plain text, `inside` HTML."""
    return plainpage.page(lang, title, inside, status, style="/edit/page.css", more=_HEAD)


def login(
    lang: str,
    union: str,
    wrong: str = "",
    status: int = 200,
    sites: Sequence[str] = (),
    written: str = "",
) -> Response:
    """The ways in: signed in as a member, by the token, by a link that comes by mail. Without a
    union the last asks which of `sites` is meant. What was `written` meanwhile is shown above."""
    place = f"/edit/{union}/" if union else "/edit/"
    alert = f'<p role="alert"><strong>{wrong}</strong></p>' if wrong else ""
    sign_in = escape(gettext(lang, "Sign in with your address"))
    which = "" if union else choice(escape(gettext(lang, "Site")), "site", sites, "")
    inside = (
        f"{alert}{typed(lang, written)}<p>"
        + escape(gettext(lang, "This is for the editors of the site."))
        + "</p>"
        f'<p><a class="b" href="/login/?to={escape(place)}">{sign_in}</a></p>'
        "<p>"
        + escape(gettext(lang, "That is for members of this hub. Who is none has a token:"))
        + "</p>"
        f'<form method="post" action="{escape(place)}"><p><label>'
        + escape(gettext(lang, "Your token"))
        + "<br>"
        '<input type="password" name="token" autocomplete="current-password" dir="ltr">'
        "</label></p><p><button>" + escape(gettext(lang, "Begin")) + "</button></p></form>"
        "<p>"
        + escape(gettext(lang, "No token at hand? We send a link to the address you write from:"))
        + "</p>"
        f'<form method="post" action="{escape(place)}">{which}<p><label>'
        + escape(gettext(lang, "Your e-mail address"))
        + "<br>"
        '<input type="email" name="address" autocomplete="email" dir="ltr"></label></p>'
        "<p><button>" + escape(gettext(lang, "Send the link")) + "</button></p></form>"
    )
    return page(lang, gettext(lang, "Edit the site"), inside, status)


def entrance(lang: str) -> Response:
    """The question behind a link from a mail: programs that check mail open links, too."""
    button = '<form method="post"><button>' + escape(gettext(lang, "Begin")) + "</button></form>"
    return page(lang, gettext(lang, "Edit the site"), button)


def typed(lang: str, text: str) -> str:
    """What somebody typed, to copy; nothing where that is nothing."""
    label = escape(gettext(lang, "What you typed, to copy:"))
    rows = f'<textarea readonly rows="8" dir="auto">\n{escape(text)}</textarea>'
    return f'<p class="field"><label>{label}<br>{rows}</label></p>' if text else ""


def said(
    lang: str, title: str, text: str, status: int = 200, back: str = "", more: str = ""
) -> Response:
    """A page of one sentence, and `more` HTML."""
    link = (
        f'<p><a href="{escape(back)}">' + escape(gettext(lang, "Back")) + "</a></p>" if back else ""
    )
    return page(lang, title, f"<p>{text}</p>{more}{link}", status)


def leaving(lang: str, action: str, mark: str) -> str:
    """The button that ends a session of the editor's own."""
    out = escape(gettext(lang, "Log out"))
    button = f'<button class="quiet">{out}</button>'
    return f'<form method="post" action="{action}">{marked(mark)}{button}</form>'


def line(
    label: str, name: str, value: str, *, type_: str = "text", needed: bool = False, more: str = ""
) -> str:
    """A field of one line below its label, which is HTML."""
    ltr = ' dir="ltr"' if type_ != "text" or name == "online" else ' dir="auto"'
    star = " required" if needed else ""
    kind = f' type="{type_}"' if type_ != "text" else ""
    return (
        f'<p class="field"><label>{label}<br><input{kind} name="{name}" value="{escape(value)}" '
        f'maxlength="500"{ltr}{star}{more}></label></p>'
    )


def area(label: str, name: str, value: str, rows: int, more: str = "") -> str:
    """A field of several lines below its label, which is HTML."""
    return (
        f'<p class="field"><label>{label}<br><textarea name="{name}" rows="{rows}" dir="auto"'
        f"{more}>\n{escape(value)}</textarea></label></p>"
    )


def choice(
    label: str,
    name: str,
    options: Sequence[str],
    value: str,
    words: Mapping[str, str] | None = None,
) -> str:
    """A choice below its label; `words` are HTML and say what the options mean."""
    rows = "".join(
        f'<option value="{escape(one)}"{" selected" if one == value else ""}>'
        f"{(words or {}).get(one) or escape(one.removeprefix('media/')) or '–'}</option>"
        for one in options
    )
    return f'<p class="field"><label>{label}<br><select name="{name}">{rows}</select></label></p>'


def marked(mark: str) -> str:
    """What shows that a form is of ours."""
    return hidden("mark", mark)


def hidden(name: str, value: str) -> str:
    """A field that nobody sees."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


async def part(request: Request) -> Response:
    """The pages' style sheets and their script, which nothing depends on."""
    name = request.url.path.rpartition("/")[2]
    headers = {"cache-control": "public, max-age=3600"}
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    return Response(data.beside(__file__, name), media_type=kind, headers=headers)
