"""`/edit/<union>/settings`, `look` and `menu`: a site's settings as forms, with the page as it will
be. Each save is one commit through the gate; what it finds stands beside the field it is about.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.extraction import photo
from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.editing import editingform as forms
from solicomm_build.features.sites.editing import editingpages as pages
from solicomm_build.features.sites.editing import entering
from solicomm_build.features.sites.editing.editingsession import Session, Sessions, spoken
from solicomm_build.features.sites.editing.entering import Entering, ended, foreign, nothing
from solicomm_build.features.sites.siteedits import Changed, Edit, Finding, Look, Refused
from solicomm_build.features.sites.studio import pictures, seeing, settingsform, sitepage
from solicomm_build.features.sites.studio.listing import language_of
from solicomm_build.features.sites.studio.settingsform import Shown
from solicomm_build.features.sites.values import siteedit, sitefiles, siteyaml
from solicomm_build.features.sites.values.site import FILE
from solicomm_build.foundation.errors import ConflictError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.posted import is_own

_OID = re.compile(r"[0-9a-f]{40,64}")
_CODE = re.compile(r"`([a-z_.\d]+)")
_TEXTS = ("title", "description", "languages", "email", "phone", "address", "country", "how")
_LOOKS = ("accent", "logo", "dark", "preset")
_PARTS = ("to", "menu", "type", "page", "count", "ids")
_FIELDS = frozenset(_TEXTS + _LOOKS + _PARTS)
"""The keys that the forms show, as a fault may name them in any language."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the forms: how it is shown, and what it means."""

    shown: Callable[[Shown], str]
    meant: Callable[[Mapping[str, str], Shown], dict[str, Node]]


_KINDS = {
    "settings": _Kind(settingsform.settings, settingsform.settings_of),
    "look": _Kind(settingsform.look, settingsform.look_of),
    "menu": _Kind(settingsform.menu, settingsform.menu_of),
}


class Settings:
    """The forms of one hub's sites."""

    def __init__(self, config: Config, sessions: Sessions, entering: Entering) -> None:
        self._config, self._sessions, self._entering = config, sessions, entering

    async def answer(self, request: Request) -> Response:
        """A form; POST saves it, or shows the page as it would be."""
        union, name = request.path_params["union"], request.url.path.rpartition("/")[2]
        session = await asyncio.to_thread(self._sessions.of, request, union)
        is_sent = request.method == "POST"
        sent = await forms.sent(request) if is_sent else forms.Sent({})
        written = _written(sent) if is_own(request) else ""
        if session is None:
            lang, status = wanted_language(request), 403 if is_sent else 200
            return self._entering.door(lang, union, ended(lang, written), status, written)
        lang = spoken(session.grant.lang, request)
        if not is_sent:
            return await asyncio.to_thread(self._asked, session, lang, name)
        if not is_own(request) or not session.is_marked(sent.get("mark")):
            return foreign(lang, written)
        try:
            return await asyncio.to_thread(self._done, session, lang, name, sent)
        except (SoliCommError, OSError) as error:
            return entering.failed(lang, written, error)

    def _asked(
        self, session: Session, lang: str, name: str, note: str = "", hints: Sequence[str] = ()
    ) -> Response:
        look = siteedits.look(self._config, session.union)
        if FILE not in look.files:
            return nothing(lang)
        text = self._read(look)
        try:
            values = siteyaml.read(text)
        except SoliCommError:  # somebody broke it by git: it is mended as a file
            return pages.said(
                lang,
                gettext(lang, "Settings"),
                escape(gettext(lang, "The settings cannot be read. Mend them as a file.")),
                back=f"/edit/{look.union}/text?path={FILE}",
            )
        base = str(look.files[FILE])
        shown = self._shown(lang, look, values)
        return self._page(session, lang, name, base, shown, note=note, hints=hints)

    def _done(self, session: Session, lang: str, name: str, sent: forms.Sent) -> Response:
        look = siteedits.look(self._config, session.union)
        text, before = self._read(look), self._seen(look, sent.get("base"))
        current = str(look.files.get(FILE, ""))
        base = sent.get("base") if before else current
        extra: list[Edit] = []
        try:
            now = siteyaml.read(text)
            shown = self._shown(lang, look, siteyaml.read(before) if before else now)
            meant = _KINDS[name].meant(sent.fields, shown)
            typed = replace(shown, values={**shown.values, **meant})
            if sent.large:
                wrong = gettext(
                    lang, "That is too large: %(size)s at most.", size=pictures.most(lang)
                )
                return self._page(session, lang, name, base, typed, wrong=[wrong], status=413)
            if name == "look" and sent.upload is not None:
                octets = photo.remade(sent.upload.octets)
                if octets is None:
                    wrong = gettext(
                        lang, "This picture cannot be read. Save it as PNG, JPEG or WebP."
                    )
                    return self._page(session, lang, name, base, typed, wrong=[wrong], status=422)
                path = pictures.path(sent.upload, look.files)
                extra = [Edit(path, octets)]
                meant = settingsform.look_of(sent.fields, shown, path)
            wanted, twice = siteyaml.merged(shown.values, now, meant)
            made = siteyaml.changed(text, wanted)
        except SoliCommError as error:
            return pages.said(lang, gettext(lang, "Settings"), escape(error.public), 422)
        typed = replace(shown, values={**shown.values, **meant})
        if sent.get("do") == "preview":
            drawn = seeing.frame(self._config, lang, look.union, FILE, made)
            none = gettext(lang, "The page cannot be shown now. Save, or try again in a moment.")
            drawn = drawn or f'<p role="alert">{escape(none)}</p>'
            return self._page(session, lang, name, base, typed, drawn=drawn)
        if twice:
            both = replace(shown, values={**now, **wanted})
            return self._clash(session, lang, name, current, both, twice)
        edits = [*extra, Edit(FILE, made.encode(), look.files[FILE])]
        try:
            saved = siteedits.save_of_browser(
                self._config, look.union, session.grant, edits, f"Set {name} of the site"
            )
        except Refused as refused:
            faults, others = _beside(refused.faults)
            bad = replace(typed, faults=faults)
            return self._page(session, lang, name, base, bad, wrong=others, status=422)
        except (Changed, ConflictError):
            told = gettext(
                lang,
                "Somebody else changed the settings at this moment. Yours stand below: press Save "
                "once more.",
            )
            return self._page(session, lang, name, base, typed, wrong=[told], status=409)
        note = gettext(lang, "Saved. In a moment it is on the site.")
        return self._asked(session, lang, name, note, [_in_file(one) for one in saved.notes])

    def _clash(
        self, session: Session, lang: str, name: str, base: str, both: Shown, twice: Sequence[str]
    ) -> Response:
        """What somebody else has set meanwhile, but for what is set otherwise here."""
        told = gettext(
            lang,
            "Somebody else changed the same settings since you opened this page (%(keys)s). "
            "Yours stand below: press Save once more to have them, or load the page again.",
            keys=", ".join(twice),
        )
        return self._page(session, lang, name, base, both, wrong=[told], status=409)

    def _seen(self, look: Look, base: str) -> str:
        """The settings as they were when the form was opened; "" when that cannot be told."""
        if look.tip is None or not _OID.fullmatch(base) or look.files.get(FILE) == base:
            return ""
        with contextlib.suppress(SoliCommError):
            (blob,) = siteedits.read(self._config, look.union, [Oid(base)])
            return blob.decode("utf-8", "replace")
        return ""

    def _read(self, look: Look) -> str:
        if FILE not in look.files:
            return ""
        (blob,) = siteedits.read(self._config, look.union, [look.files[FILE]])
        return blob.decode("utf-8", "replace")

    def _shown(self, lang: str, look: Look, values: Mapping[str, Node]) -> Shown:
        paths = look.texts("pages")[:500]
        blobs = siteedits.read(self._config, look.union, [look.files[path] for path in paths])
        titles: dict[str, str] = {}
        ranks: dict[str, int] = {}
        tongues = [lang, look.lang]
        for path, blob in zip(paths, blobs, strict=True):
            slug = sitefiles.slug_of(path)
            rank = tongues.index(own) if (own := language_of(path, look.lang)) in tongues else 99
            if rank < ranks.get(slug, 100):
                titles[slug], ranks[slug] = siteedit.title_of(blob) or slug, rank
        media = sorted(
            path
            for path in look.files
            if sitefiles.place(path) == "media"
            and path.endswith((".png", ".jpg", ".jpeg", ".webp", ".gif"))
        )
        return Shown(lang, values, titles, media)

    def _page(
        self,
        session: Session,
        lang: str,
        name: str,
        base: str,
        shown: Shown,
        *,
        note: str = "",
        hints: Sequence[str] = (),
        wrong: Sequence[str] = (),
        drawn: str = "",
        status: int = 200,
    ) -> Response:
        """The form; `base` is the file of which its values are, but for those that were typed."""
        titles = {
            "settings": gettext(lang, "Settings"),
            "look": gettext(lang, "Look"),
            "menu": gettext(lang, "Menu and first page"),
        }
        inside = sitepage.tabs(self._config, lang, session.union, name)
        inside += f'<p role="status"><strong>{escape(note)}</strong></p>' if note else ""
        inside += sitepage.better(lang, hints)
        if wrong or shown.faults:
            told = escape(gettext(lang, "Not saved: something is not right yet."))
            rows = "".join(f"<li>{escape(one)}</li>" for one in wrong)
            inside += f'<div role="alert"><p><strong>{told}</strong></p><ul>{rows}</ul></div>'
        save, see = escape(gettext(lang, "Save")), escape(gettext(lang, "Preview"))
        inside += (
            f'<div class="st-two"><form method="post" action="/edit/{session.union}/{name}" '
            f'enctype="multipart/form-data">{pages.marked(session.mark)}'
            f"{pages.hidden('base', base)}"
            f'{_KINDS[name].shown(shown)}<p class="row"><button name="do" value="save">{save}'
            f'</button> <button name="do" value="preview" class="quiet">{see}</button></p></form>'
            f'<section id="preview" class="st-side" aria-live="polite">{drawn}</section></div>'
        )
        if name == "settings":
            whole = escape(gettext(lang, "All settings as a file"))
            inside += f'<p><a href="/edit/{session.union}/text?path={FILE}">{whole}</a></p>'
        answer = pages.page(lang, titles[name], inside, status)
        answer.headers["content-security-policy"] = seeing.POLICY
        return answer


def _written(sent: forms.Sent) -> str:
    """What somebody wrote into the fields, beside words that were only chosen."""
    return "\n\n".join(value for value in sent.fields.values() if len(value.split()) > 1)


def _beside(faults: Sequence[Finding]) -> tuple[dict[str, list[str]], list[str]]:
    """What is wrong, by the key that it names; and what names none."""
    by_key: dict[str, list[str]] = {}
    others: list[str] = []
    for fault in faults:
        words = [one for code in _CODE.findall(fault.said) for one in reversed(code.split("."))]
        key = next((one for one in words if one in _FIELDS), "")
        if key:
            by_key.setdefault(key, []).append(fault.said)
        others.append(_in_file(fault))
    return by_key, others


def _in_file(found: Finding) -> str:
    """What was found, with the file that it is about where that is not the settings."""
    return found.said if found.file in ("", FILE) else f"{found.file}: {found.said}"
