"""The pages on which a document is handed in: choose a file, look at its card, thanks.

Everything that a person or a file wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from starlette.responses import Response

from solicomm_build.features.library.catalogue import title_of
from solicomm_build.features.library.deposits import cardfields
from solicomm_build.features.library.library import Library
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.web.plainpage import page
from solicomm_build.web.signedin import Session

ACCEPT = ".pdf,.epub,.txt,.md,.html,.htm,.csv,.rtf,.odt,.ods,.odp,.docx,.xlsx,image/*,audio/*"
"""What a browser offers to choose; what is taken the octets decide."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows: of which library, in which language and to whom; the files that wait, by
    their names and token; the fields as they are, which of them are guesses, and what is wrong."""

    lang: str
    library: str
    settings: Library
    mail: str
    session: Session | None
    token: str = ""
    names: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    address: str = ""

    def having(self, **more: Any) -> Shown:
        """The same with other facts."""
        return replace(self, **more)

    @property
    def title(self) -> str:
        """The library's name."""
        texts = self.settings.title
        return texts.get(self.lang) or title_of(self.settings)


def choose(shown: Shown, *, missing: bool = False, refused: str = "") -> Response:
    """The first page: which document?"""
    lang, wrong = shown.lang, ""
    if missing:
        wrong = gettext(lang, "Please choose a file first.")
    if refused:
        wrong = gettext(
            lang,
            "We could not take this file. It is empty, damaged, or no PDF, EPUB, text, web page, "
            "office text, picture or recording:",
        )
        wrong += f" {refused}"
    button = gettext(lang, "Go on")
    kept = "".join(_hidden(key, value) for key, value in shown.values.items() if value)
    kept += _hidden("email", shown.address) + _hidden("name", shown.name)
    inside = (
        f"{_alert(wrong)}<p>{_library(shown)}</p>{_form(shown)}{_file(shown)}{kept}"
        f'<p><button type="submit">{escape(button)}</button></p></form>{_by_mail(shown)}'
    )
    return page(lang, _heading(lang), inside, 422 if wrong else 200)


def check(shown: Shown, *, gone: bool = False, status: int = 200) -> Response:
    """The second page: is the card right?"""
    lang, wrong = shown.lang, ""
    if shown.faults:
        count = len(shown.faults)
        wrong = ngettext(
            lang,
            "%(num)s line is not right yet. What is wrong stands above it.",
            "%(num)s lines are not right yet. What is wrong stands above them.",
            count,
        )
    elif gone:
        wrong = gettext(
            lang, "The file is not here any more; we keep it for an hour. Please choose it again."
        )
    elif status != 200:
        wrong = gettext(lang, "Please press the button once more.")
    inside = _alert(wrong) + _card(shown, gone=gone)
    return page(lang, _heading(lang), inside, 410 if gone else status)


def thanks(shown: Shown, address: str) -> Response:
    """The last page: what happens now."""
    lang = shown.lang
    if shown.session:
        texts = [
            gettext(lang, "Thank you. Your document is with those who look after the library."),
            gettext(
                lang,
                "A mail to %(address)s shows the card; answer it to correct something. You hear "
                "from us when it is decided.",
                address=address,
            ),
        ]
    else:
        texts = [
            gettext(
                lang,
                "Thank you. In a few minutes you get a mail at %(address)s. Press its button; only "
                "then is your document handed in.",
                address=address,
            ),
            gettext(lang, "No mail? Look into the folder for spam."),
        ]
    links = [
        (f"/libraries/{shown.library}/deposit/", gettext(lang, "Hand in another document")),
        (f"/libraries/{shown.library}/", shown.title),
    ]
    inside = "".join(f"<p>{escape(text)}</p>" for text in texts)
    inside += "".join(
        f'<p><a href="{url}"><bdi>{escape(text)}</bdi></a></p>' for url, text in links
    )
    return page(lang, gettext(lang, "Thank you"), inside)


def nothing(lang: str) -> Response:
    """There is no such library."""
    lang = lang if lang in i18n.LANGUAGES else "en"
    return page(lang, _heading(lang), _text(gettext(lang, "There is no such library.")), 404)


def foreign(shown: Shown) -> Response:
    """Another site sent this."""
    text = gettext(shown.lang, "This did not come from our page. Nothing was done.")
    return page(shown.lang, _heading(shown.lang), _text(text) + _by_mail(shown), 403)


def too_many(shown: Shown) -> Response:
    """So many requests are not taken; what was written is shown once more."""
    text = gettext(
        shown.lang,
        "There were too many requests. Please try again in an hour, or hand it in by mail.",
    )
    inside = _card(shown) if shown.token else _by_mail(shown)
    return page(shown.lang, _heading(shown.lang), _alert(text) + inside, 429)


def too_much(shown: Shown, most: int) -> Response:
    """Files that are larger than we take here."""
    text = gettext(
        shown.lang,
        "That was too much at once: all files together may have %(size)s. Hand in a smaller one, "
        "or several one after the other.",
        size=i18n.format_size(shown.lang, most),
    )
    again = (
        f'<p><a href="/libraries/{shown.library}/deposit/">{escape(_heading(shown.lang))}</a></p>'
    )
    return page(shown.lang, _heading(shown.lang), _alert(text) + again, 413)


# -- pieces -----------------------------------------------------------------------------------


def _heading(lang: str) -> str:
    return gettext(lang, "Hand in a document")


def _link(url: str, text: str) -> str:
    return f'<p><a href="{url}"><bdi>{escape(text)}</bdi></a></p>'


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _alert(text: str) -> str:
    return f'<p class="wrong" role="alert"><strong>{escape(text)}</strong></p>' if text else ""


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">' if value else ""


def _form(shown: Shown) -> str:
    action = f"/{shown.lang}/libraries/{shown.library}/deposit/"
    return f'<form class="form" method="post" enctype="multipart/form-data" action="{action}">'


def _library(shown: Shown) -> str:
    """Which library, and who may hand in."""
    link = f'<a href="/libraries/{shown.library}/"><bdi>{escape(shown.title)}</bdi></a>'
    who = {
        "open": "",
        "members": gettext(
            shown.lang, "Only people who are on one of our lists may hand in documents here."
        ),
        "curators": gettext(
            shown.lang, "Only those who look after this library may hand in documents here."
        ),
    }[shown.settings.deposit]
    return f"{link}. {escape(who)}" if who else link


def _by_mail(shown: Shown) -> str:
    """The address, to be copied; it stays the way without a page."""
    said = gettext(shown.lang, "Or send it by mail, with the document attached, to:")
    address = escape(shown.mail)
    return f'<p>{escape(said)} <a href="mailto:{address}"><bdi dir="ltr">{address}</bdi></a></p>'


def _file(shown: Shown, *, again: bool = False) -> str:
    """The field for files: browsers let people drag them onto it."""
    lang = shown.lang
    label = escape(gettext(lang, "The document"))
    hint = escape(
        gettext(
            lang,
            "A PDF, EPUB, office text, picture, recording or other text. Several files of one "
            "document together: the main one first.",
        )
    )
    needed = "" if again else " required"
    return (
        f'<div class="field"><label for="f-file">{label}</label><p class="meta" id="h-file">{hint}'
        f'</p><input id="f-file" name="file" type="file" multiple accept="{ACCEPT}"{needed} '
        'aria-describedby="h-file"></div>'
    )


def _files(shown: Shown) -> str:
    names = ", ".join(f"<bdi>{escape(name)}</bdi>" for name in shown.names)
    said = escape(gettext(shown.lang, "Files"))
    return f"<p>{said}: {names}</p>"


def _card(shown: Shown, *, gone: bool = False) -> str:
    """The form with the card."""
    lang = shown.lang
    rows = [_form(shown), _hidden("chosen", shown.token)]
    if shown.session:
        rows.append(_hidden("mark", shown.session.mark))
    rows.append(_file(shown) if gone else _files(shown))
    if shown.guessed:
        said = gettext(
            lang,
            "We looked into the document. Please correct what we guessed; a question mark "
            "follows it.",
        )
        rows.append(_text(said))
    rows.append(cardfields.html(lang, shown.values, shown.guessed, shown.faults))
    rows.append(_whose(shown))
    button = escape(gettext(lang, "Hand it in"))
    rows.append(f'<p><button type="submit">{button}</button></p></form>')
    calm = gettext(
        lang,
        "Somebody who looks after the library decides whether it is published. What is kept is a "
        "copy that does not say who made it, or where and on which machine.",
    )
    return "".join(rows) + _text(calm)


def _whose(shown: Shown) -> str:
    """Who hands it in: who is signed in, or a name and an address."""
    lang = shown.lang
    if shown.session:
        address = shown.session.member.address
        return _text(gettext(lang, "You are signed in as %(address)s.", address=address))
    rows = []
    for name, kind, label, value in (
        ("name", "text", gettext(lang, "Your name"), shown.name),
        ("email", "email", gettext(lang, "Your e-mail address"), shown.address),
    ):
        wrong = shown.faults.get(name, "")
        side = "ltr" if kind == "email" else "auto"
        more = cardfields.told(name, "", wrong)
        control = (
            f'<input id="f-{name}" name="{name}" type="{kind}" required maxlength="254" '
            f'dir="{side}" autocomplete="{name}" value="{escape(value)}"{more}>'
        )
        rows.append(cardfields.framed(name, label, "", wrong, control))
    return "".join(rows)
