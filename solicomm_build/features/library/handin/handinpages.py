"""The pages on which a document is handed in: choose it, look at its card, thanks.

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
from solicomm_build.git.elsewhere import Home
from solicomm_build.web.plainpage import page
from solicomm_build.web.signedin import Session
from solicomm_build.web.uploads.chosen import MOST_FILES

ACCEPT = ".pdf,.epub,.txt,.md,.html,.htm,.csv,.rtf,.odt,.ods,.odp,.docx,.xlsx,image/*,audio/*"
"""What a browser offers to choose; what is taken the octets decide."""
FIRST, LOOK = "first", "look"
"""The field of the first page, where the document says what is empty; and its second button."""


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


def elsewhere(shown: Shown, home: Home) -> Response:
    """The library is a copy: where documents are handed in."""
    said = gettext(
        shown.lang, "This is a copy to read. Its home, where documents are handed in, is:"
    )
    link = f'<a href="{escape(home.url)}"><bdi>{escape(home.name)}</bdi></a>'
    return page(shown.lang, _heading(shown.lang), f"<p>{escape(said)} {link}</p>", 409)


def choose(shown: Shown, *, missing: bool = False, refused: str = "") -> Response:
    """The first page: which document?"""
    lang, wrong = shown.lang, ""
    if missing:
        wrong = gettext(lang, "Please choose a file first.")
    if refused:
        wrong = _refused(lang, refused)
    fold = escape(gettext(lang, "Say what it is, if you like"))
    calm = escape(
        gettext(
            lang,
            "What you leave empty we look for in the document. You can correct it afterwards.",
        )
    )
    fields = cardfields.html(lang, shown.values, (), shown.faults, may_be_empty=True)
    is_open = " open" if any(shown.values.values()) else ""
    look = escape(gettext(lang, "Look at its card first"))
    rows = [
        _alert(wrong),
        f"<p>{_library(shown)}</p>",
        _how(shown),
        _form(shown),
        f'<input type="hidden" name="{FIRST}" value="1">',
        _mark(shown),
        _file(shown),
        _whose(shown),
        f"<details{is_open}><summary>{fold}</summary><p>{calm}</p>{fields}</details>",
        f'<p><button type="submit">{escape(_submit(lang))}</button> ',
        f'<button class="quiet" type="submit" name="do" value="{LOOK}" formnovalidate>',
        f"{look}</button></p></form>",
        _decided(lang),
        _by_mail(shown),
    ]
    return page(lang, _heading(lang), "".join(rows), 422 if wrong else 200)


def check(
    shown: Shown, *, gone: bool = False, refused: str = "", left: str = "", status: int = 200
) -> Response:
    """The second page: is the card right? `refused` are files that no library takes, `left` those
    that were too many; neither are among those kept."""
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
    elif refused or left:
        said = (_refused(lang, refused) if refused else "", _left(lang, left) if left else "")
        wrong, status = " ".join(filter(None, said)), 422
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
        links = [("/members/documents/", gettext(lang, "Look at the card"))]
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
        links = []
    links += [
        (f"/libraries/{shown.library}/deposit/", gettext(lang, "Hand in another document")),
        (f"/libraries/{shown.library}/", shown.title),
    ]
    inside = "".join(map(_text, texts)) + "".join(_link(url, text) for url, text in links)
    return page(lang, gettext(lang, "Thank you"), inside)


def nothing(lang: str) -> Response:
    """There is no such library."""
    lang = lang if lang in i18n.LANGUAGES else "en"
    return page(lang, _heading(lang), _text(gettext(lang, "There is no such library.")), 404)


def foreign(shown: Shown) -> Response:
    """Another site sent this."""
    text = gettext(shown.lang, "This did not come from our page. Nothing was done.")
    return page(shown.lang, _heading(shown.lang), _text(text) + _by_mail(shown), 403)


def too_many(shown: Shown, *, of_day: bool = False) -> Response:
    """So many requests, in an hour or a day, are not taken; what was written is shown again."""
    text = gettext(
        shown.lang,
        "There were too many requests. Please try again in an hour, or hand it in by mail.",
    )
    if of_day:
        text = gettext(
            shown.lang,
            "There were too many requests. Please try again tomorrow, or hand it in by mail.",
        )
    inside = _card(shown) if shown.token else _by_mail(shown)
    return page(shown.lang, _heading(shown.lang), _alert(text) + inside, 429)


def too_much(shown: Shown, most: int) -> Response:
    """Files that are larger than we take here."""
    text = gettext(
        shown.lang,
        "That was too much at once: all files together may have %(size)s. Go back: what you wrote "
        "is still in the form. Hand in a smaller one, or several one after the other.",
        size=i18n.format_size(shown.lang, most),
    )
    again = (
        f'<p><a href="/libraries/{shown.library}/deposit/">{escape(_heading(shown.lang))}</a></p>'
    )
    return page(shown.lang, _heading(shown.lang), _alert(text) + again, 413)


# -- pieces -----------------------------------------------------------------------------------


def _heading(lang: str) -> str:
    return gettext(lang, "Hand in a document")


def _submit(lang: str) -> str:
    return gettext(lang, "Hand it in")


def _refused(lang: str, names: str) -> str:
    said = gettext(
        lang,
        "We could not take this file. It is empty, damaged, or no PDF, EPUB, text, web page, "
        "office text, picture or recording:",
    )
    return f"{said} {names}"


def _left(lang: str, names: str) -> str:
    said = gettext(
        lang,
        "We take %(num)s files at once, so these were left out. Please hand them in afterwards:",
        num=MOST_FILES,
    )
    return f"{said} {names}"


def _decided(lang: str) -> str:
    """What happens to a document that was handed in."""
    calm = gettext(
        lang,
        "Somebody who looks after the library decides whether it is published. What is kept is a "
        "copy that does not say who made it, or where and on which machine.",
    )
    return _text(calm)


def _mark(shown: Shown) -> str:
    return _hidden("mark", shown.session.mark) if shown.session else ""


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
    who = who_may(shown.settings.deposit, shown.lang)
    return f"{link}. {escape(who)}" if who else link


def who_may(deposit: str, lang: str) -> str:
    """Who may hand in where the settings say `deposit`, as a sentence; "" for everybody."""
    return {
        "open": "",
        "members": gettext(
            lang, "Only people who are on one of our lists may hand in documents here."
        ),
        "curators": gettext(
            lang, "Only those who look after this library may hand in documents here."
        ),
    }[deposit]


def _how(shown: Shown) -> str:
    """How it goes, step by step."""
    lang = shown.lang
    steps = [gettext(lang, "Choose the document and press the button below.")]
    if not shown.session:
        steps.append(gettext(lang, "A mail comes. Press its button, look at the card and say yes."))
    steps.append(
        gettext(lang, "Somebody who looks after the library decides. You hear of it by mail.")
    )
    return f"<ol>{''.join(f'<li>{escape(one)}</li>' for one in steps)}</ol>"


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
    rows = [_form(shown), _hidden("chosen", shown.token), _mark(shown)]
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
    rows.append(f'<p><button type="submit">{escape(_submit(lang))}</button></p></form>')
    return "".join(rows) + _decided(lang)


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
