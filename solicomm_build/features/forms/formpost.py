"""An answer to a form as the mail that becomes its post: a text for people, and the fields.

The mail is from the author to the conference, as if the author had written it; only the public
fields are in it. Pure.
"""

from __future__ import annotations

from datetime import datetime

from solicomm_build.features.forms.formstore import PrivateAnswer, Submission
from solicomm_build.features.forms.values import formanswer, formvalues
from solicomm_build.features.forms.values.form import Field, Form
from solicomm_build.features.forms.values.formanswer import Answer
from solicomm_build.features.forms.values.formvalues import Registry, Row, Values
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, post_id
from solicomm_build.message.compose import date_field, file_part, message, multipart, text_part
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.post.conference import Conference


def post_of(
    config: Config,
    conference: Conference,
    form: Form,
    values: Values,
    submission: Submission,
    registry: Registry,
    *,
    message_id: str,
    corrected: PrivateAnswer | None,
) -> Item:
    """The mail, for spool/in."""
    lang = conference.languages[0]
    public = formvalues.public_part(form, values)
    when, to = datetime.fromisoformat(submission.at), f"{conference.id}@{config.domain}"
    title = formvalues.title(form, values, lang, registry) or form.title_in(lang)
    head = [
        mailbox_field("From", submission.name, submission.author),
        header_field("To", to),
        header_field("Subject", title),
        date_field(when),
        header_field("Message-ID", f"<{message_id}>"),
        header_field("Content-Language", lang),
    ]
    if corrected is not None:
        head += [
            header_field("In-Reply-To", f"<{corrected.message_id}>"),
            header_field("References", f"<{corrected.message_id}>"),
        ]
    named = [public.get(one.key, "") for one in form.fields if one.type == "registry"]
    names = {
        str(union): next(iter(titles.values()), str(union))
        for union in named
        if (titles := registry.get(str(union)))
    }
    answer = Answer(form.ref, public, corrected.mid if corrected else "", names)
    text = readable(form, public, lang, registry)
    if corrected is not None:
        text = gettext(lang, "This corrects an earlier report.") + "\n\n" + text
    foot = gettext(lang, "Number of this report: %(number)s", number=str(post_id(message_id))[:10])
    where = f"{config.url}/conferences/{conference.id}/forms/{form.id}/"
    if conference.has_pages:
        foot += "\n" + gettext(lang, "All reports:") + f" {where}table/"
    parts = [
        text_part(f"{form.title_in(lang)}\n\n{text}\n\n{foot}\n"),
        file_part(formanswer.TYPE, formanswer.NAME, formanswer.encode(answer)),
        *(file_part(kind, name, octets) for name, kind, octets in submission.attached),
    ]
    raw = message(head, multipart("mixed", parts, seed=message_id))
    return Item(Envelope(submission.author, (to,), when, ours=True), raw)


def readable(form: Form, values: Values, lang: str, registry: Registry) -> str:
    """The fields for people: a line each, long texts as paragraphs, a line for each row."""
    short, long = [], []
    for one in form.fields:
        value = values.get(one.key)
        label = one.label_in(lang)
        if isinstance(value, list):
            rows = [f"  {_row(one, row, lang, registry)}" for row in value]
            short.append("\n".join([f"{label}:", *rows]))
        elif value and one.type == "longtext":
            long.append(f"{label}:\n{value}")
        elif value:
            short.append(f"{label}: {formvalues.shown(one, value, lang, registry)}")
    return "\n\n".join(["\n".join(short), *long]).strip()


def _row(one: Field, row: Row, lang: str, registry: Registry) -> str:
    cells = [
        f"{part.label_in(lang)}: {formvalues.shown(part, row[part.key], lang, registry)}"
        for part in one.of
        if part.key in row
    ]
    return "; ".join(cells)
