"""The form of one text, with what is wrong beside its fields and the page as it will be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from starlette.responses import Response

from solicomm_build.features.sites.editing import editingpages as pages
from solicomm_build.features.sites.editing.editingform import FIELDS
from solicomm_build.features.sites.editing.editingpages import area, choice, hidden, line
from solicomm_build.features.sites.studio import when
from solicomm_build.features.sites.studio.seeing import POLICY
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, pgettext


@dataclass(slots=True)
class Form:
    """The form of one text: where it lies (empty: not yet), what it was made of, what is wrong.
    `like` is the text that this one translates, `draft` the draft that it stands in, `held` its
    blob there."""

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
    like: str = ""
    original: str = ""
    draft: str = ""
    held: str = ""
    others_like: Mapping[str, str] = field(default_factory=dict)
    nav: str = ""


_ENTER = (
    '<button name="do" value="enter" class="st-enter" tabindex="-1" aria-hidden="true"></button>'
)
"""What Enter in a field of one line presses, the first button of the form (HTML 4.10.21.2): the
preview. Else it would be the one that adds a picture."""

_MORE = ("author", "summary", "tags", "image", "status")
"""Fields that stand below the text: most texts do without."""


def labels(lang: str) -> dict[str, str]:
    """How the fields are called."""
    return {
        "title": gettext(lang, "Title"),
        "date": gettext(lang, "Day"),
        "author": gettext(lang, "Written by"),
        "summary": gettext(lang, "In a sentence or two"),
        "tags": gettext(lang, "Themes, with commas between"),
        "image": gettext(lang, "Picture above"),
        "alt": gettext(lang, "What the picture shows"),
        "status": gettext(lang, "Who may see it"),
        "starts": gettext(lang, "Begins"),
        "ends": gettext(lang, "Ends"),
        "place": gettext(lang, "Place"),
        "online": gettext(lang, "Address of the meeting online"),
    }


def unseen(lang: str) -> str:
    """What is said of a text that was saved and is not on the site."""
    who, nobody = labels(lang)["status"], gettext(lang, "Nobody on the site yet")
    return f"{who}: {nobody}"


def text(lang: str, form: Form, status: int = 200) -> Response:
    """The form of a text, and beside it the page."""
    title = form.values.get("title", "") or gettext(lang, "A new text")
    here = f"/edit/{form.union}/text"
    inside = form.nav + _versions(lang, form) + _alerts(lang, form)
    inside += f'<div class="st-two"><form class="text" method="post" action="{here}"'
    inside += ' enctype="multipart/form-data">'
    kept = {
        "path": form.path,
        "base": form.base,
        "kind": form.kind,
        "like": form.like,
        "draft": form.draft,
        "held": form.held,
        "at": "",
    }
    inside += pages.marked(form.mark) + "".join(hidden(name, one) for name, one in kept.items())
    if "source" in form.values:
        whole = escape(gettext(lang, "The whole file"))
        inside += area(whole, "source", form.values["source"], 24)
    else:
        inside += _ENTER + _fields(lang, form)
    inside += _buttons(lang, form) + "</form>"
    inside += f'<section id="preview" class="st-side" aria-live="polite">{form.preview}</section>'
    answer = pages.page(lang, title, inside + "</div>", status)
    answer.headers["content-security-policy"] = POLICY
    return answer


def fragment(html: str) -> Response:
    """The preview alone, for the script."""
    text_ = f'<!doctype html><title>.</title><section id="preview">{html}</section>'
    return Response(text_, 200, {"cache-control": "no-store"}, media_type="text/html")


def drawn(lang: str, html: str) -> str:
    """A rendered text under its heading."""
    head = escape(gettext(lang, "Preview"))
    return f'<h2>{head}</h2><div class="seen">{html}</div>'


def _fields(lang: str, form: Form) -> str:
    found = ""
    if not form.path and not form.like and len(form.languages) > 1:
        words = {one: escape(i18n.language_name(one, lang)) for one in form.languages}
        label = escape(gettext(lang, "Language"))
        found += choice(label, "lang", form.languages, form.lang, words)
    elif not form.path:
        found += hidden("lang", form.lang)
    names = FIELDS[form.kind]
    found += "".join(_field(lang, form, name) for name in names if name not in _MORE)
    if form.original:
        head = escape(gettext(lang, "The text that you translate"))
        found += f'<details open class="st-theirs"><summary>{head}</summary>'
        found += f'<p dir="auto">{escape(form.original).replace(chr(10), "<br>")}</p></details>'
    value, wrong = form.values.get("text", ""), _wrong(form, "text")
    words = {
        "tools": gettext(lang, "Tools for the text"),
        "bold": gettext(lang, "Bold"),
        "italic": gettext(lang, "Emphasis"),
        "heading": gettext(lang, "Heading"),
        "list": gettext(lang, "List"),
        "quote": gettext(lang, "Quotation"),
        "link": gettext(lang, "Link"),
        "picture": gettext(lang, "Picture"),
    }
    said = "".join(f' data-{name}="{escape(word)}"' for name, word in words.items())
    found += area(escape(gettext(lang, "Text")) + wrong, "text", value, 18, said)
    found += f"<p><small>{_hints(lang)}</small></p>" + _upload(lang)
    more = [name for name in names if name in _MORE]
    is_draft = form.values.get("status") == "draft"
    is_open = " open" if is_draft or any(form.faults.get(name) for name in more) else ""
    head = escape(gettext(lang, "More: summary, picture above, who may see it"))
    inside = "".join(_field(lang, form, name) for name in more)
    return found + f"<details{is_open}><summary>{head}</summary>{inside}</details>"


def _buttons(lang: str, form: Form) -> str:
    words = {
        "save": gettext(lang, "Publish"),
        "preview": gettext(lang, "Preview"),
        "keep": gettext(lang, "Keep as a draft"),
    }
    if form.kind == "site":
        del words["keep"]
    rows = " ".join(
        f'<button name="do" value="{name}"{"" if name == "save" else quiet}>{escape(word)}</button>'
        for name, word in words.items()
        for quiet in (' class="quiet"',)
    )
    found = f'<p class="row">{rows}</p>'
    if "keep" in words:
        told = gettext(
            lang, "A draft is seen by nobody but whom you give its link, for thirty days."
        )
        found += f"<p><small>{escape(told)}</small></p>"
    if form.path and form.base and form.kind != "site":
        sure = escape(gettext(lang, "Yes, take this page away"))
        away = escape(gettext(lang, "Take away"))
        found += (
            f'<p class="row"><label><input type="checkbox" name="sure" value="yes"> {sure}</label> '
            f'<button name="do" value="delete" class="quiet">{away}</button></p>'
        )
    return found


def _versions(lang: str, form: Form) -> str:
    """The same thing in its other languages."""
    if len(form.others_like) < 2:
        return ""
    rows = "".join(
        f'<a href="/edit/{form.union}/text?path={escape(path)}"'
        f"{' aria-current=page' if path == form.path else ''}>"
        f"{escape(i18n.language_name(tag, lang))}</a>"
        for tag, path in form.others_like.items()
    )
    label = escape(gettext(lang, "Languages"))
    return f'<nav class="langs" aria-label="{label}">{rows}</nav>'


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


def _wrong(form: Form, name: str) -> str:
    return "".join(
        f'<br><strong class="wrong">{escape(one)}</strong>' for one in form.faults.get(name, ())
    )


def _field(lang: str, form: Form, name: str) -> str:
    value = form.values.get(name, "")
    label = escape(labels(lang)[name]) + _wrong(form, name)
    if name == "summary":
        return area(label, name, value, 3)
    if name == "status":
        words = {
            "published": escape(pgettext(lang, "who sees a text", "Everybody")),
            "draft": escape(gettext(lang, "Nobody on the site yet")),
        }
        return choice(label, name, tuple(words), value, words)
    if name == "image":
        known = ["", *form.media, *([value] if value not in form.media else [])]
        return choice(label, name, list(dict.fromkeys(known)), value) + _alt(lang, form)
    if name in when.MOMENTS:
        return _moment(lang, form, name, label)
    type_ = "date" if name == "date" and _is_day(value) else "text"
    return line(label, name, value, type_=type_, needed=name in ("title", "date"))


def _alt(lang: str, form: Form) -> str:
    plain = " checked" if form.values.get("alt_none") else ""
    only = escape(gettext(lang, "It only decorates"))
    return line(escape(labels(lang)["alt"]), "alt", form.values.get("alt", "")) + (
        f'<p><label><input type="checkbox" name="alt_none" value="1"{plain}> {only}</label></p>'
    )


def _moment(lang: str, form: Form, name: str, label: str) -> str:
    """A day with its hour, and once the difference from UTC."""
    value = form.values.get(name, "")
    hour = escape(gettext(lang, "At what time (empty: all day)"))
    zone = ""
    if name == "starts":
        word = escape(gettext(lang, "Hours ahead of UTC"))
        own = form.values.get("zone", "+00:00")
        zone = choice(word, "zone", when.offsets(own), own)
    day = line(
        label, name, value, type_="date" if _is_day(value) else "text", needed=name == "starts"
    )
    time = line(hour, f"{name}_time", form.values.get(f"{name}_time", ""), type_="time")
    return f'<div class="st-when">{day}{time}{zone}</div>'


def _is_day(value: str) -> bool:
    """Whether a field for days can show it: a browser would lose what is none."""
    return not value or (len(value) == 10 and value[:4].isdigit() and value[4] == "-")


def _upload(lang: str) -> str:
    only = escape(gettext(lang, "It only decorates"))
    return (
        "<fieldset><legend>" + escape(gettext(lang, "Add a picture to the text")) + "</legend>"
        "<p><label>" + escape(gettext(lang, "Picture")) + "<br>"
        '<input type="file" name="picture" accept="image/png,image/jpeg,image/webp,image/gif">'
        "</label></p>"
        + line(escape(labels(lang)["alt"]), "picture_alt", "")
        + f'<p><label><input type="checkbox" name="picture_none" value="1"> {only}</label></p>'
        + '<p><button name="do" value="picture" class="quiet">'
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
