"""The pages of the editor: HTML without a script that it needs, in the editor's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from starlette.responses import Response

from solicomm_build.features.sites.editing.editingform import FIELDS
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, pgettext
from solicomm_build.web import plainpage

_EXAMPLE = re.compile(r"\d{4}-[\d:T+-]+")


@dataclass(slots=True)
class Form:
    """The form of one text: where it lies (empty: not yet), what it was made of, what is wrong."""

    union: str
    kind: str
    path: str
    base: str
    lang: str
    languages: Sequence[str]
    values: Mapping[str, str]
    media: Sequence[str]
    mark: str
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    others: Sequence[tuple[int, str]] = ()
    theirs: str | None = None
    preview: str = ""
    note: str = ""


def labels(lang: str) -> dict[str, str]:
    """How the fields are called."""
    return {
        "title": escape(gettext(lang, "Title")),
        "date": _isolated(escape(gettext(lang, "Day, as in 2026-10-03"))),
        "author": escape(gettext(lang, "Written by")),
        "summary": escape(gettext(lang, "In a sentence or two")),
        "tags": escape(gettext(lang, "Themes, with commas between")),
        "image": escape(gettext(lang, "Picture above")),
        "alt": escape(gettext(lang, "What the picture shows")),
        "status": escape(gettext(lang, "Who may see it")),
        "starts": _isolated(escape(gettext(lang, "Begins, as in 2026-12-05T14:00:00+03:00"))),
        "ends": escape(gettext(lang, "Ends")),
        "place": escape(gettext(lang, "Place")),
        "online": escape(gettext(lang, "Address of the meeting online")),
    }


def _isolated(label: str) -> str:
    """A label whose example is read from the left also among words that are not."""
    return _EXAMPLE.sub(r'<bdi dir="ltr">\g<0></bdi>', label)


def page(lang: str, title: str, inside: str, status: int = 200) -> Response:
    """A whole page; `title` is plain text, `inside` HTML."""
    more = '<script src="/edit/preview.js" defer></script>\n'
    return plainpage.page(lang, title, inside, status, style="/edit/page.css", more=more)


def login(
    lang: str, union: str, wrong: str = "", status: int = 200, sites: Sequence[str] = ()
) -> Response:
    """The ways in: signed in as a member, by the token, by a link that comes by mail. Without a
    union the last asks which of `sites` is meant."""
    place = f"/edit/{union}/" if union else "/edit/"
    alert = f'<p role="alert"><strong>{wrong}</strong></p>' if wrong else ""
    sign_in = escape(gettext(lang, "Sign in with your address"))
    which = "" if union else _choice(escape(gettext(lang, "Site")), "site", sites, "")
    inside = (
        f"{alert}<p>" + escape(gettext(lang, "This is for the editors of the site.")) + "</p>"
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


def said(lang: str, title: str, text: str, status: int = 200, back: str = "") -> Response:
    """A page of one sentence."""
    link = (
        f'<p><a href="{escape(back)}">' + escape(gettext(lang, "Back")) + "</a></p>" if back else ""
    )
    return page(lang, title, f"<p>{text}</p>{link}", status)


def contents(
    lang: str,
    union: str,
    title: str,
    rows: Mapping[str, Sequence[tuple[str, str]]],
    mark: str,
    note: str = "",
) -> Response:
    """What there is, and what can be added."""
    heads = {
        "pages": (escape(gettext(lang, "Pages")), escape(gettext(lang, "Add a page"))),
        "news": (escape(gettext(lang, "News")), escape(gettext(lang, "Add news"))),
        "events": (escape(gettext(lang, "Events")), escape(gettext(lang, "Add an event"))),
    }
    inside = f'<p role="status"><strong>{note}</strong></p>' if note else ""
    for kind, (head, add) in heads.items():
        items = "".join(
            f'<li><a href="text?path={escape(path)}">{escape(name or path)}</a> '
            f"<small><bdi>{escape(path)}</bdi></small></li>"
            for path, name in rows[kind]
        )
        inside += f'<h2>{head}</h2><p><a class="b" href="text?new={kind}">{add}</a></p>'
        inside += f"<ul>{items}</ul>"
    inside += (
        "<h2>"
        + escape(gettext(lang, "Settings"))
        + f'</h2><p><a href="text?path=site.yaml">site.yaml</a></p>'
        f'<p><a href="/unions/{escape(union)}/">'
        + escape(gettext(lang, "See the site"))
        + "</a></p>"
    )
    inside += leaving(lang, "leave", mark)
    return page(lang, title, inside)


def leaving(lang: str, action: str, mark: str) -> str:
    """The button that ends a session of the editor's own."""
    out = escape(gettext(lang, "Log out"))
    return f'<form method="post" action="{action}">{_mark(mark)}<button>{out}</button></form>'


def text(lang: str, form: Form, status: int = 200) -> Response:
    """The form of a text."""
    title = form.values.get("title", "") or escape(gettext(lang, "A new text"))
    inside = (
        '<p><a href="./">'
        + escape(gettext(lang, "Back to all pages"))
        + f"</a></p>{_alerts(lang, form)}"
    )
    inside += '<form method="post" action="text" enctype="multipart/form-data">'
    hidden = {"path": form.path, "base": form.base, "kind": form.kind}
    inside += _mark(form.mark) + "".join(_hidden(name, value) for name, value in hidden.items())
    if "source" in form.values:
        inside += _area(
            escape(gettext(lang, "The whole file")), "source", form.values["source"], 24
        )
    else:
        if not form.path and len(form.languages) > 1:
            inside += _choice(escape(gettext(lang, "Language")), "lang", form.languages, form.lang)
        inside += "".join(_field(lang, form, name) for name in FIELDS[form.kind])
        inside += _area(escape(gettext(lang, "Text")), "text", form.values.get("text", ""), 18)
        inside += f"<p><small>{_hints(lang)}</small></p>"
        inside += _upload(lang)
    inside += (
        '<p class="row"><button name="do" value="save">'
        + escape(gettext(lang, "Publish"))
        + "</button> "
        '<button name="do" value="preview">' + escape(gettext(lang, "Preview")) + "</button></p>"
    )
    if form.path and form.kind != "site":
        inside += (
            '<p class="row"><label><input type="checkbox" name="sure" value="yes"> '
            + escape(gettext(lang, "Yes, take this page away"))
            + "</label> "
            '<button name="do" value="delete">'
            + escape(gettext(lang, "Take away"))
            + "</button></p>"
        )
    inside += f'</form><section id="preview" aria-live="polite">{_preview(lang, form)}</section>'
    return page(lang, title, inside, status)


def fragment(lang: str, html: str) -> Response:
    """The preview alone, for the script."""
    text_ = f'<!doctype html><title>.</title><section id="preview">{html}</section>'
    return Response(text_, 200, {"cache-control": "no-store"}, media_type="text/html")


def drawn(lang: str, html: str) -> str:
    """A rendered text under its heading."""
    return "<h2>" + escape(gettext(lang, "Preview")) + f'</h2><div class="seen">{html}</div>'


def _preview(lang: str, form: Form) -> str:
    return drawn(lang, form.preview) if form.preview else ""


def _alerts(lang: str, form: Form) -> str:
    found = f'<p role="status"><strong>{form.note}</strong></p>' if form.note else ""
    if form.theirs is not None:
        told = escape(
            gettext(
                lang,
                "Somebody else changed this page while you were at it. Below is the page as it is "
                "now. Put both together in your text; Publish then writes over it.",
            )
        )
        found += f'<p role="alert"><strong>{told}</strong></p>'
        found += (
            f'<textarea readonly rows="12" aria-label="{told}">{escape(form.theirs)}</textarea>'
        )
    if form.faults or form.others:
        rows = "".join(f"<li>{_at(lang, number)}{escape(one)}</li>" for number, one in form.others)
        told = escape(gettext(lang, "Not published: something is not right yet."))
        found += f'<div role="alert"><p><strong>{told}</strong></p><ul>{rows}</ul></div>'
    return found


def _at(lang: str, number: int) -> str:
    if not number:
        return ""
    return escape(gettext(lang, "Line %(line)s:", line=i18n.format_number(lang, number))) + " "


def _field(lang: str, form: Form, name: str) -> str:
    label, value = labels(lang)[name], form.values.get(name, "")
    wrong = "".join(
        f'<br><strong class="wrong">{escape(one)}</strong>' for one in form.faults.get(name, ())
    )
    if name == "summary":
        return _area(label + wrong, name, value, 3)
    if name == "status":
        words = {
            "published": escape(pgettext(lang, "who sees a text", "Everybody")),
            "draft": escape(gettext(lang, "Nobody yet")),
        }
        return _choice(label + wrong, name, tuple(words), value, words)
    if name == "image":
        files = ["", *form.media]
        alt = _line(labels(lang)["alt"], "alt", form.values.get("alt", ""))
        return _choice(label + wrong, name, files, value) + alt
    return _line(label + wrong, name, value, needed=name in ("title", "date", "starts"))


def _line(label: str, name: str, value: str, *, needed: bool = False) -> str:
    ltr = ' dir="ltr"' if name in ("date", "starts", "ends", "online") else ' dir="auto"'
    star = " required" if needed else ""
    return (
        f'<p><label>{label}<br><input name="{name}" value="{escape(value)}" maxlength="500"{ltr}'
        f"{star}></label></p>"
    )


def _area(label: str, name: str, value: str, rows: int) -> str:
    return (
        f'<p><label>{label}<br><textarea name="{name}" rows="{rows}" dir="auto">\n{escape(value)}'
        "</textarea></label></p>"
    )


def _choice(
    label: str,
    name: str,
    options: Sequence[str],
    value: str,
    words: Mapping[str, str] | None = None,
) -> str:
    rows = "".join(
        f'<option value="{escape(one)}"{" selected" if one == value else ""}>'
        f"{(words or {}).get(one) or escape(one.removeprefix('media/')) or '–'}</option>"
        for one in options
    )
    return f'<p><label>{label}<br><select name="{name}">{rows}</select></label></p>'


def _upload(lang: str) -> str:
    return (
        "<fieldset><legend>" + escape(gettext(lang, "Add a picture to the text")) + "</legend>"
        "<p><label>" + escape(gettext(lang, "Picture")) + "<br>"
        '<input type="file" name="picture" accept="image/png,image/jpeg,image/webp,image/gif">'
        "</label></p>"
        + _line(escape(gettext(lang, "What the picture shows")), "picture_alt", "")
        + '<p><button name="do" value="picture">'
        + escape(gettext(lang, "Add"))
        + "</button></p></fieldset>"
    )


def _hints(lang: str) -> str:
    return escape(
        gettext(
            lang,
            "An empty line begins a paragraph. **bold**, ## heading, - list, [words](page:about) "
            "for a link.",
        )
    )


def _mark(mark: str) -> str:
    return _hidden("mark", mark)


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


CSS = """\
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 1rem auto; padding: 0 1rem 4rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin-top: 2rem; }
input:not([type="checkbox"]), select, textarea {
  font: inherit; width: 100%; box-sizing: border-box; padding: 0.5rem; min-height: 44px; }
fieldset { border: 1px solid; margin: 1rem 0; }
button, a.b { font: inherit; padding: 0.5rem 1.2rem; min-height: 44px; cursor: pointer; }
a.b { display: inline-block; border: 1px solid; min-height: 0; }
li { padding: 0.3rem 0; overflow-wrap: anywhere; } small { font-size: 0.85rem; }
.wrong, [role="alert"] { color: light-dark(#a40000, #ff9d9d); }
.seen { border: 1px solid; padding: 0 1rem; overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
"""

SCRIPT = """\
// Draws the preview anew while somebody writes; without it, the button does.
(() => {
  const form = document.querySelector("form[action=text]");
  const place = document.getElementById("preview");
  if (!form || !place || !form.elements.text) return;
  let timer, asked;
  const draw = () => {
    if (asked) asked.abort();
    asked = new XMLHttpRequest();
    asked.open("POST", "text");
    asked.responseType = "document";
    asked.onload = event => {
      const drawn = event.target.response && event.target.response.getElementById("preview");
      if (drawn && event.target.status === 200) place.replaceChildren(...drawn.childNodes);
    };
    const sent = new FormData(form);
    sent.delete("picture");
    sent.set("do", "draw");
    asked.send(sent);
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(draw, 700); });
})();
"""
