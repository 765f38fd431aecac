"""`/edit/<union>/`: a site is edited in the browser, by forms that need no JavaScript.

    GET  /edit/<union>/               the list of what there is, or the way in (entering.py)
    GET, POST /edit/<union>/text      one text: preview, picture, publish, take away
    GET  /edit/<union>/media/<file>   a picture as the repository has it, for the preview

Every change is a commit by the editor's name through the gate (features/sites/siteedits.py): what
it refuses is shown beside the field or with its line, and what was written stays in the form. A
page that somebody else changed meanwhile is shown as it is now; nothing is written over unseen.
Pictures are made anew in a child.
"""

from __future__ import annotations

import asyncio
import functools
from dataclasses import replace
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.extraction import photo
from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.editing import editingform as forms
from solicomm_build.features.sites.editing import editingpages as pages
from solicomm_build.features.sites.editing.editingpages import Form
from solicomm_build.features.sites.editing.editingsession import Session, Sessions
from solicomm_build.features.sites.editing.entering import Entering, foreign, nothing
from solicomm_build.features.sites.siteedits import Changed, Edit, Look, Refused
from solicomm_build.features.sites.values import siteedit, sitefiles
from solicomm_build.features.sites.values.site import MEDIA
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import ConflictError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid
from solicomm_build.post.editorial import markup
from solicomm_build.web.headers import FILE_POLICY
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.posted import is_own

_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
}


class Editing:
    """The editor of one hub's sites. What it does on the disk it does in threads."""

    def __init__(self, config: Config, sessions: Sessions, entering: Entering) -> None:
        self._config, self._sessions, self._entering = config, sessions, entering

    async def home(self, request: Request) -> Response:
        """The list, or the way in."""
        union = request.path_params["union"]
        if not siteedits.exists(self._config, union):
            return nothing(wanted_language(request))
        if request.method == "POST":
            return await self._entering.asked(request, union)
        session = await asyncio.to_thread(self._sessions.of, request, union)
        if session is None:
            return self._entering.door(wanted_language(request), union)
        return await asyncio.to_thread(self._contents, session, _lang(session, request), "")

    # -- the list and the texts -----------------------------------------------------------------

    def _contents(self, session: Session, lang: str, note: str) -> Response:
        look = siteedits.look(self._config, session.union)
        rows: dict[str, list[tuple[str, str]]] = {}
        for kind in ("pages", "news", "events"):
            paths = look.texts(kind)[:500]
            blobs = siteedits.read(self._config, look.union, [look.files[path] for path in paths])
            rows[kind] = [
                (path, siteedit.title_of(blob)) for path, blob in zip(paths, blobs, strict=True)
            ]
        title = look.site.title_in(lang) if look.site else look.union
        return pages.contents(lang, look.union, title, rows, session.mark, note)

    async def text(self, request: Request) -> Response:
        """One text: shown on GET; drawn, given a picture, published or taken away on POST."""
        union = request.path_params["union"]
        session = await asyncio.to_thread(self._sessions.of, request, union)
        if session is None:
            status = 403 if request.method == "POST" else 200
            return self._entering.door(wanted_language(request), union, status=status)
        lang = _lang(session, request)
        if request.method != "POST":
            query = request.query_params
            act = functools.partial(
                self._shown, session, lang, query.get("path", ""), query.get("new", "")
            )
            return await asyncio.to_thread(act)
        form = await forms.sent(request)
        if not is_own(request) or not session.is_marked(form.get("mark")):
            return foreign(lang)
        return await asyncio.to_thread(self._done, session, lang, form)

    def _shown(self, session: Session, lang: str, path: str, new: str) -> Response:
        look = siteedits.look(self._config, session.union)
        if new in ("pages", "news", "events"):
            kind = next(name for name, folder in siteedit.KINDS.items() if folder == new)
            text = siteedit.first_text(kind, "", clock.now().date())
            values = forms.fields_of(f"{new}/x.md" if new != "news" else "news/2026/x.md", text)
            return pages.text(lang, self._form(session, look, new, "", "", values))
        if path not in look.files or sitefiles.place(path) in ("", "media"):
            return nothing(lang)
        oid = look.files[path]
        (blob,) = siteedits.read(self._config, look.union, [oid])
        values = forms.fields_of(path, blob.decode("utf-8", "replace"))
        form = self._form(session, look, sitefiles.place(path), path, str(oid), values)
        return pages.text(lang, form)

    def _form(
        self, session: Session, look: Look, kind: str, path: str, base: str, values: dict[str, str]
    ) -> Form:
        media = sorted(p for p in look.files if sitefiles.place(p) == "media" and _type(p))
        return Form(
            union=look.union,
            kind=kind,
            path=path,
            base=base,
            lang=values.get("lang", look.lang),
            languages=look.site.languages if look.site else (look.lang,),
            values=values,
            media=media,
            mark=session.mark,
        )

    def _done(self, session: Session, lang: str, sent: forms.Sent) -> Response:
        """What a form asks for, done."""
        look = siteedits.look(self._config, session.union)
        path, kind = sent.get("path"), sent.get("kind")
        if kind not in forms.FIELDS or (path and sitefiles.place(path) != kind):
            return nothing(lang)
        where = path or _new_path(kind, sent, look)
        base = Oid(sent.get("base")) if sent.get("base") else None
        before = ""
        if base is not None and look.files.get(path) == base:
            before = siteedits.read(self._config, look.union, [base])[0].decode("utf-8", "replace")
        text = forms.file_of(where, before, sent)
        form = self._form(session, look, kind, path, sent.get("base"), dict(sent.fields))
        do = sent.get("do")
        if do == "draw":
            return pages.fragment(lang, pages.drawn(lang, self._drawn(look, where, text)))
        if do == "delete":
            return self._taken_away(session, lang, form, base, sent)
        if do == "picture":
            return self._picture(session, lang, form, look, sent)
        if do != "save":
            return pages.text(lang, replace(form, preview=self._drawn(look, where, text)))
        return self._save(session, lang, form, Edit(where, text.encode(), base))

    def _save(self, session: Session, lang: str, form: Form, edit: Edit) -> Response:
        """Publishes; what stands in the way is shown in the form, with all that was written."""
        text = (edit.data or b"").decode()
        verb = "Take away" if edit.data is None else "Edit" if edit.base else "Add"
        try:
            self._commit(session, [edit], f"{verb} {siteedit.called(edit.path)}")
        except Refused as refused:
            faults, others = forms.at_fields(edit.path, text, refused.faults)
            return pages.text(lang, replace(form, faults=faults, others=others), 422)
        except (Changed, ConflictError):
            look = siteedits.look(self._config, session.union)
            oid = look.files.get(edit.path)
            theirs = siteedits.read(self._config, look.union, [oid])[0] if oid else b""
            shown = theirs.decode("utf-8", "replace")
            form = replace(form, path=edit.path, base=str(oid or ""), theirs=shown)
            return pages.text(lang, form, 409)
        gone = edit.data is None
        note = (
            escape(gettext(lang, "It was taken away."))
            if gone
            else escape(gettext(lang, "Published. In a moment it is on the site."))
        )
        return self._contents(session, lang, note)

    def _taken_away(
        self, session: Session, lang: str, form: Form, base: Oid | None, sent: forms.Sent
    ) -> Response:
        if sent.get("sure") != "yes" or base is None or form.kind == "site":
            note = escape(gettext(lang, "Tick the box as well, so that nothing goes by mistake."))
            return pages.text(lang, replace(form, note=note), 422)
        return self._save(session, lang, form, Edit(form.path, None, base))

    def _picture(
        self, session: Session, lang: str, form: Form, look: Look, sent: forms.Sent
    ) -> Response:
        """A picture into media at once, and into the text of the form."""
        alt = " ".join(sent.get("picture_alt").split()).replace("[", "(").replace("]", ")")
        if sent.upload is None or not alt:
            note = escape(
                gettext(
                    lang,
                    "Choose a picture, and describe it for people who cannot see it.",
                )
            )
            return pages.text(lang, replace(form, note=note), 422)
        octets = photo.remade(sent.upload.octets)
        if octets is None:
            note = escape(
                gettext(lang, "This picture cannot be read. Save it as PNG, JPEG or WebP.")
            )
            return pages.text(lang, replace(form, note=note), 422)
        stem = sent.upload.name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
        path = siteedit.free_media(siteedit.slug(stem, "picture"), look.files)
        try:
            self._commit(session, [Edit(path, octets)], f"Add {path}")
        except (Refused, Changed, ConflictError) as error:
            return pages.text(lang, replace(form, others=[(0, error.public)]), 422)
        added = sent.get("text").rstrip("\n") + f"\n\n![{alt}]({path})\n"
        values = {**form.values, "text": added}
        note = escape(gettext(lang, "The picture is at the end of the text."))
        return pages.text(lang, replace(form, values=values, media=[*form.media, path], note=note))

    def _commit(self, session: Session, edits: list[Edit], subject: str) -> None:
        siteedits.save_of_browser(self._config, session.union, session.grant, edits, subject)

    def _drawn(self, look: Look, path: str, text: str) -> str:
        """The text as the page will show it, by what draws the page."""
        if sitefiles.place(path) == "site":
            return ""
        _, body = siteedit.parts(text)

        def resolve(link: str) -> str | None:
            if link.startswith("media/") and link in look.files:
                return f"/edit/{look.union}/{link}"
            return f"/unions/{look.union}/"

        return markup.render_page(body, resolve=resolve)

    async def media(self, request: Request) -> Response:
        """A picture of the site for the preview."""
        union, path = request.path_params["union"], f"media/{request.path_params['file']}"
        session = await asyncio.to_thread(self._sessions.of, request, union)
        if session is None or not MEDIA.fullmatch(path) or not _type(path):
            return nothing(wanted_language(request))
        look = await asyncio.to_thread(siteedits.look, self._config, union)
        if path not in look.files:
            return nothing(wanted_language(request))
        (blob,) = await asyncio.to_thread(siteedits.read, self._config, union, [look.files[path]])
        headers = {"cache-control": "private, max-age=60", "content-security-policy": FILE_POLICY}
        return Response(blob, 200, headers, media_type=_type(path))


async def style(request: Request) -> Response:
    """The pages' style sheet."""
    headers = {"cache-control": "public, max-age=3600"}
    return Response(pages.CSS, media_type="text/css", headers=headers)


async def script(request: Request) -> Response:
    """The pages' script, which nothing depends on."""
    headers = {"cache-control": "public, max-age=3600"}
    return Response(pages.SCRIPT, media_type="text/javascript", headers=headers)


def _new_path(kind: str, sent: forms.Sent, look: Look) -> str:
    """Where a new text lies: named by its title, news in the year of its day."""
    day = sent.get("date").strip()
    year = day[:4] if day[:4].isdigit() else f"{clock.now():%Y}"
    folder = f"news/{year}" if kind == "news" else kind
    known = look.site.languages if look.site else (look.lang,)
    lang = sent.get("lang") if sent.get("lang") in known else look.lang
    name = siteedit.slug(sent.get("title"), f"{kind}-{clock.now():%Y-%m-%d}")
    return siteedit.free(folder, name, lang, look.files)


def _type(path: str) -> str:
    return _TYPES.get(path.rpartition(".")[2], "")


def _lang(session: Session, request: Request) -> str:
    spoken = session.grant.lang.partition("-")[0]
    return spoken if spoken in i18n.LANGUAGES else wanted_language(request)
