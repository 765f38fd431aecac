"""A form as the fields of an HTML form, which work without JavaScript. Pure.

One text for the built page and for the page that the web server makes when something is wrong. All
that a form or a person wrote is escaped; only tags of ours are in it. A list has as many rows as
were filled in, and some empty ones. What the browser sends is read by `written`, which makes lines
as a mail has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from solicomm_build.features.forms.values import formmail, formvalues, isic
from solicomm_build.features.forms.values.form import Field, Form
from solicomm_build.features.forms.values.formmail import Written
from solicomm_build.features.forms.values.formvalues import Registry
from solicomm_build.features.forms.values.formwords import Wrong
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext

FILES = "file"
"""The field of a page with the documents that go with a form."""
_EMPTY_ROWS = 3
_NO_PARTS = str.maketrans(";؛", ",،")
"""What divides the parts of a row in a mail is in no part of it."""
_MODES = {"integer": "numeric", "number": "decimal"}


def fields_html(
    form: Form,
    lang: str,
    registry: Registry,
    written: Written | None = None,
    faults: Mapping[str, Wrong] | None = None,
) -> str:
    """All fields, with what was written and what is wrong with it."""
    parts = []
    for one in form.fields:
        texts = (written or {}).get(one.key, [])
        fault = (faults or {}).get(one.key)
        said = formvalues.said(fault, form, lang) if fault else ""
        parts.append(_field(form, one, lang, registry, texts, said))
    parts.append(_corrects(lang, (written or {}).get("corrects", []), (faults or {})))
    return "\n".join(parts)


def _field(
    form: Form, one: Field, lang: str, registry: Registry, texts: list[str], fault: str
) -> str:
    hint = _hint(form, one, lang)
    told = [f"h-{one.key}"] if hint else []
    told += [f"e-{one.key}"] if fault else []
    more = f' aria-describedby="{" ".join(told)}"' if told else ""
    more += ' aria-invalid="true"' if fault else ""
    label = f"<bdi>{escape(one.label_in(lang))}</bdi>"
    mark = (
        ' <span class="meta">(' + escape(gettext(lang, "needed")) + ")</span>"
        if one.required
        else ""
    )
    hint = f'<p class="meta" id="h-{one.key}">{escape(hint)}</p>' if hint else ""
    wrong = f'<p class="wrong" id="e-{one.key}"><strong>{escape(fault)}</strong></p>'
    wrong = wrong if fault else ""
    if one.type == "list":
        inside = _rows(one, lang, registry, texts)
        return (
            f'<fieldset class="field"{more}><legend>{label}{mark}</legend>{hint}{wrong}'
            f"{inside}</fieldset>"
        )
    text = texts[0] if texts else ""
    if one.type == "boolean":
        inside = _yes_no(one, lang, text)
        return (
            f'<fieldset class="field"{more}><legend>{label}{mark}</legend>{hint}{wrong}'
            f"{inside}</fieldset>"
        )
    control = _control(one, f"f-{one.key}", one.key, lang, registry, text, more)
    control += _files(one, lang) if one.type == "library" else ""
    return (
        f'<div class="field"><label for="f-{one.key}">{label}{mark}</label>{hint}{wrong}'
        f"{control}</div>"
    )


def _hint(form: Form, one: Field, lang: str) -> str:
    said = [one.hint_in(lang)]
    if one.type == "library":
        said.append(gettext(lang, "Choose the document, or write its number: lib:2026-7QK3XA2M"))
    if one.type == "money":
        said.append(formmail.kind_hint(one, lang))
    said += formmail.conditions(form, one, lang)
    return " ".join(filter(None, said))


def _control(
    one: Field, ident: str, name: str, lang: str, registry: Registry, text: str, more: str
) -> str:
    needed = " required" if one.required and not one.when else ""
    head = f'id="{ident}" name="{name}"{needed}{more}'
    if one.type == "longtext":
        return (
            f'<textarea {head} rows="5" maxlength="{one.longest}" dir="auto">'
            f"\n{escape(text)}</textarea>"
        )
    if one.type in ("choice", "country", "isic4"):
        return _select(one, head, lang, text)
    if one.type == "date":
        return f'<input {head} type="date" value="{escape(text)}">'
    if one.type in _MODES:
        mode = _MODES[one.type]
        return f'<input {head} type="text" inputmode="{mode}" dir="ltr" value="{escape(text)}">'
    extra, data = "", ""
    if one.type == "registry" and registry:
        names = sorted(
            {
                titles.get(lang) or next(iter(titles.values()), key)
                for key, titles in registry.items()
            }
        )
        options = "".join(f'<option value="{escape(title)}"></option>' for title in names)
        extra, data = f' list="l-{ident}"', f'<datalist id="l-{ident}">{options}</datalist>'
    longest = 40 if one.type == "money" else one.longest
    value = f'value="{escape(text)}" maxlength="{longest}"'
    return f'<input {head} type="text" dir="auto" {value}{extra}>{data}'


def has_files(form: Form) -> bool:
    """Whether documents go with this form."""
    return any(one.type == "library" for one in form.fields)


def _files(one: Field, lang: str) -> str:
    """Where documents are chosen, or dragged to; they go with the answer like those of a mail."""
    label = escape(gettext(lang, "The document"))
    return (
        f'<p><label for="d-{one.key}">{label}</label> '
        f'<input id="d-{one.key}" name="{FILES}" type="file" multiple></p>'
    )


def _select(one: Field, head: str, lang: str, text: str) -> str:
    if one.type == "choice":
        found = [(word, one.option_in(word, lang)) for word in one.options]
    elif one.type == "isic4":
        found = [(code, f"{code} · {isic.name(code, lang)}") for code in isic.SECTIONS]
    else:
        codes = sorted(i18n.countries())
        found = sorted(
            ((code, i18n.country_name(code, lang)) for code in codes),
            key=lambda pair: i18n.sort_key(pair[1]),
        )
    known = {word for word, _ in found}
    if text and text not in known:
        found.insert(0, (text, text))
    rows = ['<option value="">–</option>']
    for word, label in found:
        chosen = " selected" if word == text else ""
        rows.append(f'<option value="{escape(word)}"{chosen}>{escape(label)}</option>')
    return f"<select {head}>{''.join(rows)}</select>"


def _yes_no(one: Field, lang: str, text: str) -> str:
    rows = []
    for word, label in (("true", "yes"), ("false", "no")):
        chosen = " checked" if word == text else ""
        said = escape(gettext(lang, "yes") if label == "yes" else gettext(lang, "no"))
        rows.append(
            f'<label class="choice"><input type="radio" name="{one.key}" value="{word}"{chosen}> '
            f"{said}</label>"
        )
    return "".join(rows)


def _rows(one: Field, lang: str, registry: Registry, texts: list[str]) -> str:
    """A table of inputs; each has its column's heading as its name."""
    heads = "".join(
        f'<th scope="col" id="c-{one.key}-{part.key}"><bdi>{escape(part.label_in(lang))}</bdi></th>'
        for part in one.of
    )
    count = min(one.rows, max(len(texts) + 1, _EMPTY_ROWS))
    body = []
    for number in range(count):
        cells = (texts[number] if number < len(texts) else "").split(";")
        inputs = []
        for at, part in enumerate(one.of):
            name = f"{one.key}.{number}.{part.key}"
            text = cells[at].strip() if at < len(cells) else ""
            label = f' aria-labelledby="c-{one.key}-{part.key}"'
            bare = Field(part.key, part.type, part.label, options=part.options)
            inputs.append(
                f"<td>{_control(bare, f'f-{name}', name, lang, registry, text, label)}</td>"
            )
        body.append(f"<tr>{''.join(inputs)}</tr>")
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _corrects(lang: str, texts: list[str], faults: Mapping[str, Wrong]) -> str:
    fault = faults.get("corrects")
    label = escape(gettext(lang, "Corrects report"))
    hint = escape(gettext(lang, "Only if this replaces an earlier report of yours: its number."))
    wrong = f'<p class="wrong"><strong>{escape(fault.said(lang))}</strong></p>' if fault else ""
    value = escape(texts[0] if texts else "")
    return (
        f'<div class="field"><label for="f-corrects-report">{label}</label>'
        f'<p class="meta" id="h-corrects-report">{hint}</p>{wrong}<input id="f-corrects-report" '
        f'name="corrects-report" type="text" dir="ltr" value="{value}" maxlength="40" '
        'aria-describedby="h-corrects-report"></div>'
    )


def written(form: Form, sent: Mapping[str, str]) -> dict[str, list[str]]:
    """What a browser sent, as the texts behind the labels; nothing else is taken."""
    found: dict[str, list[str]] = {}
    for one in form.fields:
        if one.type == "list":
            rows = []
            for number in range(one.rows):
                cells = [sent.get(f"{one.key}.{number}.{part.key}", "") for part in one.of]
                if any(cell.strip() for cell in cells):
                    rows.append("; ".join(cell.translate(_NO_PARTS).strip() for cell in cells))
            if rows:
                found[one.key] = rows
        else:
            text = formvalues.clean(sent.get(one.key, ""), lines=one.type == "longtext")
            if text:
                found[one.key] = [text]
    return found
