"""The pages that the server makes about writing: the form as it was filled in, with what is wrong;
a preview; what became of a text. Plain HTML that needs no script.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from starlette.responses import Response

from solicomm_build.features.writing.places import Place
from solicomm_build.features.writing.showing import Outcome
from solicomm_build.features.writing.written import Written
from solicomm_build.foundation.i18n import format_size, gettext
from solicomm_build.foundation.types import public_id
from solicomm_build.message.address import mask
from solicomm_build.message.text import markdown
from solicomm_build.message.text.typed import from_typed
from solicomm_build.post.conference import Conference
from solicomm_build.web.dress.missing import closed
from solicomm_build.web.mine import typed
from solicomm_build.web.plainpage import page
from solicomm_build.web.signedin import Session

_MOST_QUOTED = 600  # characters of the post that is answered


def body_html(text: str) -> str:
    """The text as its post will show it."""
    html = markdown.render(from_typed(mask(text)))
    return f'<div class="body" dir="auto">{html}</div>'


def title(place: Place, lang: str) -> str:
    """What a page about writing there is called."""
    if place.topic:
        said = place.title or gettext(lang, "(no subject)")
        return gettext(lang, "Answer in “%(title)s”", title=said)
    return gettext(lang, "Ask in “%(title)s”", title=place.conference.title_in(lang))


def form(
    place: Place,
    lang: str,
    domain: str,
    written: Written,
    session: Session | None,
    *,
    wrong: Iterable[str] = (),
    status: int = 200,
    preview: bool = False,
) -> Response:
    """The form as it was filled in, with the files that are kept for it (keeping.py)."""
    said = place.title if place.topic else place.conference.title_in(lang)
    back = f'<p class="crumbs"><a href="{place.url}"><bdi>{escape(said)}</bdi></a></p>'
    told = "".join(f"<p><strong>{escape(one)}</strong></p>" for one in wrong)
    inside = back + (f'<div role="alert">{told}</div>' if told else "")
    if preview:
        inside += _preview(written, lang)
    elif place.to:
        inside += _quoted(place)
    if written.files and not written.kept:
        again = gettext(lang, "Please choose your files again: browsers let nobody do it for you.")
        inside += f"<p><strong>{escape(again)}</strong></p>"
    inside += _fields(place, lang, written, session) + _beside(place, lang, domain)
    return page(lang, title(place, lang), inside, status)


def _preview(written: Written, lang: str) -> str:
    head = escape(gettext(lang, "This is how it will look"))
    named = f"<p><bdi>{escape(written.name)}</bdi></p>" if written.name else ""
    return f"<article><h2>{head}</h2>{named}{body_html(written.text)}</article>"


def _quoted(place: Place) -> str:
    text = markdown.text_of_html(markdown.render(place.body[: 4 * _MOST_QUOTED])).strip()
    text = text if len(text) <= _MOST_QUOTED else text[:_MOST_QUOTED].rstrip() + "…"
    lines = "<br>".join(escape(line) for line in text.split("\n") if line.strip())
    named = f"<p><bdi>{escape(place.author)}</bdi></p>"
    return f'<blockquote class="cite" dir="auto">{named}{lines}</blockquote>'


def _fields(place: Place, lang: str, written: Written, session: Session | None) -> str:
    rows = []
    if place.topic is None:
        rows.append(
            _line("subject", gettext(lang, "Subject"), written.subject, "text", needed=True)
        )
    label = escape(gettext(lang, "Text"))
    rows.append(
        f'<p><label>{label}<br><textarea name="text" rows="8" dir="auto">\n'
        f"{escape(written.text)}</textarea></label></p>"
    )
    if session is not None:
        who = gettext(lang, "You are signed in as %(address)s.", address=session.member.address)
        rows.append(f"<p>{escape(who)}</p>")
    if session is None or not session.member.name:
        rows.append(
            _line("name", gettext(lang, "Your name"), written.name, "text", "name", needed=True)
        )
    if session is None:
        address = gettext(lang, "Your e-mail address")
        rows.append(_line("email", address, written.email, "email", "email", needed=True))
    if written.kept:
        rows.append(_kept(written, lang))
    files = escape(gettext(lang, "Pictures, sound, files"))
    rows.append(f'<p><label>{files}<br><input type="file" name="file" multiple></label></p>')
    if place.to:
        rows.append(f'<input type="hidden" name="to" value="{place.to}">')
    send, look = escape(gettext(lang, "Send")), escape(gettext(lang, "Preview"))
    rows.append(
        f'<p><button type="submit">{send}</button> '
        f'<button type="submit" name="preview" value="1">{look}</button></p>'
    )
    kind = 'method="post" enctype="multipart/form-data"'
    return f'<form class="write" {kind} action="{place.url}">{"".join(rows)}</form>'


def _kept(written: Written, lang: str) -> str:
    """The files that are here already: each may be left out."""
    head = escape(gettext(lang, "These files are here and go along:"))
    rows = "".join(
        f'<label><input type="checkbox" name="keep{place}" value="1" checked>'
        f" <bdi>{escape(one.name)}</bdi> <small>{format_size(lang, len(one.payload))}</small>"
        "</label><br>"
        for place, one in enumerate(written.files)
    )
    token = f'<input type="hidden" name="kept" value="{escape(written.kept)}">'
    return f"<fieldset><legend>{head}</legend>{rows}{token}</fieldset>"


def _line(
    name: str, label: str, value: str, kind: str, known: str = "off", *, needed: bool = False
) -> str:
    way = ' dir="ltr"' if kind == "email" else ' dir="auto"'
    must = " required" if needed else ""
    return (
        f'<p><label>{escape(label)}<br><input name="{name}" type="{kind}" value="{escape(value)}"'
        f'{way} autocomplete="{known}" maxlength="254"{must}></label></p>'
    )


def _beside(place: Place, lang: str, domain: str) -> str:
    """The way by mail, which stays."""
    local, query = place.conference.id, ""
    if place.topic:
        local += f"+t-{place.topic}"
        query = f"?subject={quote(f'Re: {place.title}', safe='')}"
        if place.to:
            own = public_id(f"{place.to}@post.solicomm.invalid")
            query += f"&In-Reply-To={quote(f'<{own}>', safe='')}"
    address = f"{local}@{domain}"
    said = escape(gettext(lang, "Or write by mail, to this address:"))
    link = escape(f"mailto:{quote(address, safe='@+')}{query}")
    return f'<p>{said} <a href="{link}"><bdi dir="ltr">{escape(address)}</bdi></a></p>'


def became(outcome: Outcome, place_url: str, conference: Conference, lang: str) -> Response:
    """What became of a text that is not on its page within the time that somebody waits."""
    link = f'<p><a href="{place_url}">{escape(conference.title_in(lang))}</a></p>'
    if outcome.what == "held":
        text = gettext(
            lang,
            "Your text has come. The people who look after this place read it first. When one of "
            "them lets it in, it is on the page, and you get a mail.",
        )
    else:
        text = gettext(lang, "Your text has come. It is there in a moment:")
    return page(lang, gettext(lang, "Thank you"), f"<p data-sent>{escape(text)}</p>{link}")


def asked(lang: str) -> Response:
    """What everybody sees who is not signed in, whoever the address belongs to."""
    texts = (
        gettext(
            lang,
            "Thank you. Your text waits for you: in a few minutes you get a mail with a button. "
            "Press it, look at your text once more, and it is posted.",
        ),
        gettext(
            lang,
            "We write once an hour at most. If you got such a mail within this hour, its button "
            "shows you this text as well. No mail? Look into the folder for spam.",
        ),
    )
    inside = "".join(f"<p data-sent>{escape(text)}</p>" for text in texts)
    return page(lang, gettext(lang, "Look into your mail"), inside)


def told(lang: str, text: str, status: int) -> Response:
    """One sentence."""
    return page(lang, gettext(lang, "Write here"), f"<p>{escape(text)}</p>", status)


def nowhere(lang: str, text: str, words: str) -> Response:
    """Where there is nothing for who asks; with the words that came, to be copied."""
    copy = typed.shown(lang, {"text": words})
    inside = f"<p>{escape(text)}</p>" + (closed(lang) + copy if copy else "")
    return page(lang, gettext(lang, "Write here"), inside, 404)


def files_html(names: Iterable[tuple[str, int]], lang: str) -> str:
    """The names and sizes of files; they are no links, since nobody has looked at them."""
    rows = "".join(
        f"<li><bdi>{escape(name)}</bdi> <small>{format_size(lang, size)}</small></li>"
        for name, size in names
    )
    return f"<ul>{rows}</ul>" if rows else ""
