"""The form of a text: its fields read from a file of the site, and the file made of them again.

Keys that the form does not know, and what it cannot show, stay in the file as they were. A file
whose front matter cannot be read, and `site.yaml`, is shown as it is, in one field (`source`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from solicomm_build.features.sites.siteedits import Finding
from solicomm_build.features.sites.studio import when
from solicomm_build.features.sites.values import siteedit, sitefiles
from solicomm_build.foundation import yamlsafe
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.yamlsafe import quote
from solicomm_build.web import formdata

MOST = 12 * 1024 * 1024
"""Octets of a form with a picture."""
FIELDS = {
    "pages": ("title", "summary", "image", "status"),
    "news": ("title", "date", "author", "summary", "tags", "image", "status"),
    "events": ("title", "starts", "ends", "place", "online", "summary", "image", "status"),
    "site": (),
}
"""The fields of each kind of file, in the form's order."""
_MOST_HINTS = 10


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it was sent."""

    fields: Mapping[str, str]
    upload: Upload | None = None
    large: int = 0
    """The octets of a file that was left out, since it is too large."""

    def get(self, name: str) -> str:
        """A field; empty when it was not sent."""
        return self.fields.get(name, "")


async def sent(request: Request) -> Sent:
    """What a form holds, without a file that is too large; nothing when the rest is too much or
    cannot be read, or when the client left."""
    found = await formdata.sieved(request, MOST)
    if found is None:
        return Sent({})
    upload = next((Upload(one.name, one.octets) for one in reversed(found.files)), None)
    return Sent(found.fields, upload, next((size for _, size in found.large), 0))


def typed(form: Sent) -> str:
    """What somebody wrote into the form of a text, to be shown where it is not taken."""
    return "\n\n".join(
        form.get(name) for name in ("title", "summary", "source", "text") if form.get(name).strip()
    )


def fields_of(path: str, text: str) -> dict[str, str]:
    """The fields of a file; only `source` when it cannot be taken apart."""
    kind = sitefiles.place(path)
    rows, body = siteedit.parts(text)
    if kind == "site" or not text.startswith("---\n"):
        return {"source": text}
    try:
        values = yamlsafe.load(siteedit.front(rows))
    except SoliCommError:
        return {"source": text}
    if not isinstance(values, dict):
        values = {}
    found = {"text": body.strip("\n") + "\n" if body.strip() else ""}
    for name in FIELDS[kind]:
        value = values.get(name, "")
        if name == "image" and isinstance(value, dict):
            found["image"], found["alt"] = str(value.get("file", "")), str(value.get("alt", ""))
            found["alt_none"] = "1" if value.get("decorative") == "true" else ""
        elif isinstance(value, list):
            found[name] = ", ".join(str(one) for one in value)
        else:
            found[name] = str(value)
    return when.apart(found) if kind == "events" else found


def file_of(path: str, before: str, form: Sent) -> str:
    """The file that a form means; what the form does not know, and fields that say what they said,
    are as in `before`."""
    if "source" in form.fields:
        return form.get("source").strip("\n") + "\n"
    rows, _ = siteedit.parts(before)
    said = fields_of(path, before)
    for name in FIELDS[sitefiles.place(path)]:
        row = _row(name, form.fields)
        if name not in rows or "source" in said or row != _row(name, said):
            rows[name] = row
    return siteedit.joined(rows, "\n" + form.get("text").strip("\n") + "\n")


def _row(name: str, fields: Mapping[str, str]) -> str:
    """A field as YAML, on one line."""
    text = fields.get(name, "")
    value = " ".join(text.split()) if name != "summary" else text.strip()
    if name == "image":
        return _image(value, fields.get("alt", "").strip(), fields.get("alt_none") == "1")
    if name in when.MOMENTS:
        value = when.together(name, fields)
    elif name == "tags":
        words = [word.strip() for word in value.split(",") if word.strip()]
        return f"[{', '.join(quote(word) for word in words)}]" if words else ""
    elif name == "status" and value == "published":
        return ""
    return siteedit.scalar(value) if value else ""


def _image(file: str, alt: str, plain: bool) -> str:
    if not file:
        return ""
    if plain and not alt:
        return f"{{file: {siteedit.scalar(file)}, decorative: true}}"
    said = siteedit.scalar(alt) if alt else quote("")
    return f"{{file: {siteedit.scalar(file)}, alt: {said}}}"


def at_fields(
    path: str, text: str, faults: Sequence[Finding]
) -> tuple[dict[str, list[str]], list[tuple[int, str]]]:
    """Faults by the field they belong to, and those of the text by their line in it (0: none)."""
    by_field: dict[str, list[str]] = {}
    others: list[tuple[int, str]] = []
    lines = text.split("\n")
    end = next((n for n, row in enumerate(lines[1:], 2) if row == "---"), 0)
    for fault in faults:
        key = ""
        if fault.file == path and 1 < fault.line < end:
            above = (row.partition(":")[0] for row in lines[fault.line - 1 : 0 : -1])
            key = next((one for one in above if one in FIELDS[sitefiles.place(path)]), "")
        if key:
            by_field.setdefault(key, []).append(fault.said)
        elif fault.file == path and fault.line > end:
            others.append((max(fault.line - end - 1, 0), fault.said))
        else:
            others.append((0, f"{fault.file}: {fault.said}" if fault.file else fault.said))
    return by_field, others


def hints(lang: str, path: str, data: bytes, notes: Sequence[Finding]) -> list[str]:
    """What could be better in a file that was saved, each in words with its line of the text."""
    by_field, others = at_fields(path, data.decode("utf-8", "replace"), notes[:_MOST_HINTS])
    found = [said for some in by_field.values() for said in some]
    for line, said in others:
        row = gettext(lang, "Line %(line)s: %(fault)s", line=str(line), fault=said)
        found.append(row if line else said)
    return found
