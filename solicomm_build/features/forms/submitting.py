"""`POST /conferences/<id>/forms/<form>/`: a form that was filled in on its page.

Looked at at once: what is wrong comes back as the same form with a word beside each line. What is
right becomes a mail to `<id>-form@` in the desk's spool, with the lines that a mail would have and
the documents that were chosen; the desk then asks the address whether it sent that
(features/forms/formfilling.py). Nothing is kept here. The
answer is the same for members and strangers. How many there may be says web/asking.py; a field that
people do not see tells programs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.forms import formaddress, formstore
from solicomm_build.features.forms.values import formhtml, formmail
from solicomm_build.features.forms.values.form import Form
from solicomm_build.features.forms.values.formmail import Filled
from solicomm_build.features.forms.values.formvalues import Registry
from solicomm_build.features.forms.values.formwords import Wrong
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.foundation.oneline import LONGEST_NAME, one_line
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people.address import local_part
from solicomm_build.post.conference import Conference
from solicomm_build.web import formdata, givenaddress
from solicomm_build.web.asking import FORM, Asking
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.formdata import Sent
from solicomm_build.web.mine.typed import still_there
from solicomm_build.web.plainpage import page, wanted_language

_BODY = 512 * 1024  # octets
_MOST_FILES = 20


class Forms:
    """Takes what is sent to these addresses. Close it."""

    def __init__(self, config: Config, asking: Asking | None = None) -> None:
        self._config = config
        self._post = DeskPost(config)
        self._asking = asking or Asking(config)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def answer(self, request: Request) -> Response:
        """What comes of a form that was filled in: thanks, or the form again."""
        name, wanted = request.path_params["conference"], request.path_params["form"]
        found = await asyncio.to_thread(formstore.of_conference, self._config, name)
        lang = request.path_params.get("lang", "")
        if found is None or found[0].visibility not in ("public", "unlisted"):
            return _nothing(lang or wanted_language(request))
        conference, forms = found
        lang = lang or next((tag for tag in conference.languages if tag in i18n.LANGUAGES), "en")
        form = forms.get(wanted)
        if form is None or lang not in i18n.LANGUAGES:
            return _nothing(lang)
        many = gettext(
            lang,
            "There were too many requests. Please try again in an hour, or send the form by mail.",
        )
        if not self._asking.may_read(FORM, request):
            return _told(lang, form, f"{many} {still_there(lang)}", 429)
        most = self._most(form)
        read = formdata.sieved if most else formdata.sent
        sent = await read(request, _BODY + most)
        if sent is None or len(sent.files) > _MOST_FILES:
            much = gettext(
                lang, "That was too much at once. Please shorten it, or send it by mail."
            )
            return _told(lang, form, f"{much} {still_there(lang)}", 413)
        registry = await asyncio.to_thread(formstore.registry, self._config)
        return await self._filled(request, conference, form, registry, lang, sent, many)

    def _most(self, form: Form) -> int:
        """Octets that the files of a form may have together: what fits into a mail, where base64
        makes 4 of 3."""
        return self._config.limits.message_bytes * 18 // 25 if formhtml.has_files(form) else 0

    async def _filled(
        self,
        request: Request,
        conference: Conference,
        form: Form,
        registry: Registry,
        lang: str,
        sent: Sent,
        many: str,
    ) -> Response:
        thanks = gettext(
            lang,
            "Thank you. In a few minutes you get a mail that shows what you wrote. Answer it, or "
            "open the link in it; only then is it published.",
        )
        if sent.get("from-url"):
            return _told(lang, form, thanks)
        written = formhtml.written(form, sent.fields)
        corrects = sent.get("corrects-report").strip()[:80]
        text, filled = await asyncio.to_thread(_read, form, lang, registry, written, corrects)
        address = givenaddress.read(sent.get("from-address"))
        author = one_line(sent.get("from-name"), LONGEST_NAME)
        is_address = givenaddress.is_good(address)
        shown = {**written, "corrects": [corrects]}
        own = (address, author, is_address)
        names = [one.name for one in sent.files] + [name for name, _ in sent.large]
        if sent.large:
            size = i18n.format_size(lang, self._most(form))
            large = gettext(lang, "The files are too large: together at most %(size)s.", size=size)
            facts = (filled.faults, own, names)
            return _again(form, lang, registry, shown, *facts, said=large, status=413)
        if filled.faults or filled.unknown or not filled.values or not (is_address and author):
            return _again(form, lang, registry, shown, filled.faults, own, names)
        if not self._asking.may(FORM, request, address):
            if self._asking.is_of_day(FORM, request, address):
                many = _tomorrow(lang)
            return _again(form, lang, registry, shown, {}, own, names, said=many, status=429)
        to = local_part(conference.id, formaddress.FORM)
        files = [(one.name, one.octets) for one in sent.files if formhtml.has_files(form)]
        await self._post.put(to, Mailbox(author, address), lang, text, files=files)
        return _told(lang, form, thanks)


def _read(
    form: Form, lang: str, registry: Registry, written: Mapping[str, list[str]], corrects: str
) -> tuple[str, Filled]:
    """The lines that a mail would have, and what they say. Not in the loop that serves others."""
    text = formmail.template(form, lang, registry, written, corrects=corrects)
    return text, formmail.read(form, text, registry)


def _again(
    form: Form,
    lang: str,
    registry: Registry,
    written: Mapping[str, list[str]],
    faults: Mapping[str, Wrong],
    own: tuple[str, str, bool],
    files: Sequence[str] = (),
    *,
    said: str = "",
    status: int = 422,
) -> Response:
    """The form as it was filled in, with what is wrong, or what is `said` in place of how much that
    is. Browsers let nobody fill in files again."""
    address, author, is_address = own
    fields = formhtml.fields_html(form, lang, registry, written, faults)
    count = len(faults) + (not is_address) + (not author)
    told = ngettext(
        lang,
        "%(num)s line is not right yet. What is wrong stands above it.",
        "%(num)s lines are not right yet. What is wrong stands above them.",
        max(1, count),
    )
    bad = givenaddress.wrong(address, lang)
    no_name = gettext(lang, "This is missing") if not author else ""
    again = gettext(lang, "Please choose your files again: %(files)s", files=", ".join(files))
    more = f"<p><strong>{escape(again)}</strong></p>" if files else ""
    kind = ' enctype="multipart/form-data"' if formhtml.has_files(form) else ""
    inside = (
        f'<p role="alert"><strong>{escape(said or told)}</strong></p>{more}'
        f'<form class="form" method="post"{kind}>'
        + fields
        + _own("from-address", gettext(lang, "Your e-mail address"), address, "email", bad)
        + _own("from-name", gettext(lang, "Your name"), author, "text", no_name)
        + '<p><button type="submit">'
        + escape(gettext(lang, "Send"))
        + "</button></p></form>"
    )
    return page(lang, form.title_in(lang), inside, status)


def _tomorrow(lang: str) -> str:
    return gettext(
        lang, "There were too many requests. Please try again tomorrow, or send the form by mail."
    )


def _own(name: str, label: str, value: str, kind: str, wrong: str) -> str:
    fault = f'<p class="wrong" id="e-{name}"><strong>{escape(wrong)}</strong></p>' if wrong else ""
    told = f' aria-invalid="true" aria-describedby="e-{name}"' if wrong else ""
    return (
        f'<div class="field"><label for="f-{name}">{escape(label)}</label>{fault}'
        f'<input id="f-{name}" name="{name}" type="{kind}" required value="{escape(value)}" '
        f'maxlength="254"{told}></div>'
    )


def _told(lang: str, form: Form, text: str, status: int = 200) -> Response:
    return page(lang, form.title_in(lang), f"<p>{escape(text)}</p>", status)


def _nothing(lang: str) -> Response:
    shown = lang if lang in i18n.LANGUAGES else "en"
    text = gettext(shown, "There is no such form.")
    return page(shown, gettext(shown, "Forms"), f"<p>{escape(text)}</p>", 404)
