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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.sites import drafts, siteedits
from solicomm_build.features.sites.editing import editingform as forms
from solicomm_build.features.sites.editing import entering, moving, picturenames
from solicomm_build.features.sites.editing.editingsession import Session, Sessions, spoken
from solicomm_build.features.sites.editing.entering import Entering, ended, foreign, nothing
from solicomm_build.features.sites.siteedits import Changed, Edit, Look, Refused, Saved
from solicomm_build.features.sites.studio import (
    draftdesk,
    naming,
    pictures,
    seeing,
    sitepage,
    textpage,
    when,
)
from solicomm_build.features.sites.studio.listing import items, language_of, translations
from solicomm_build.features.sites.studio.textpage import Form
from solicomm_build.features.sites.values import siteedit, sitefiles
from solicomm_build.features.sites.values.site import MEDIA
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ConflictError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid
from solicomm_build.post.editorial import markup
from solicomm_build.web.headers import FILE_POLICY
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.posted import is_own

_MOST = 500
"""Texts of one kind that the list shows at once."""


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
        lang, note = spoken(session.grant.lang, request), ""
        if request.query_params.get("made"):
            note = gettext(lang, "The site is made. Replace the sample texts, one after the other.")
        asked = request.query_params.get("after", "")
        after = int(asked) if asked.isdecimal() and len(asked) < 7 else 0
        return await asyncio.to_thread(self._contents, session, lang, escape(note), (), after)

    # -- the list and the texts -----------------------------------------------------------------

    def _contents(
        self, session: Session, lang: str, note: str, hints: Sequence[str] = (), after: int = 0
    ) -> Response:
        look = siteedits.look(self._config, session.union)
        rows, left = {}, dict[str, int]()
        for kind in ("pages", "news", "events"):
            every = look.texts(kind)
            paths, left[kind] = every[after : after + _MOST], len(every) - after - _MOST
            blobs = siteedits.read(self._config, look.union, [look.files[path] for path in paths])
            rows[kind] = items(kind, dict(zip(paths, blobs, strict=True)), look.lang)
        drafts = draftdesk.every(self._config, session.union)
        more = (session, note, hints, after + _MOST, left)
        return sitepage.contents(self._config, lang, look, rows, drafts, *more)

    async def text(self, request: Request) -> Response:
        """One text: shown on GET; drawn, given a picture, kept, published or taken away on POST."""
        union = request.path_params["union"]
        session = await asyncio.to_thread(self._sessions.of, request, union)
        is_sent = request.method == "POST"
        if session is None and not is_sent:
            return self._entering.door(wanted_language(request), union)
        form = await forms.sent(request) if is_sent else forms.Sent({})
        written = forms.typed(form) if is_own(request) else ""
        if session is None:
            lang = wanted_language(request)
            return self._entering.door(lang, union, ended(lang, written), 403, written)
        lang = spoken(session.grant.lang, request)
        if not is_sent:
            asked = dict(list(request.query_params.items())[:6])
            return await asyncio.to_thread(self._shown, session, lang, asked)
        if not is_own(request) or not session.is_marked(form.get("mark")):
            return foreign(lang, written)
        try:
            return await asyncio.to_thread(self._done, session, lang, form)
        except (SoliCommError, OSError) as error:
            return entering.failed(lang, written, error)

    async def drop(self, request: Request) -> Response:
        """Ends a draft."""
        union = request.path_params["union"]
        session = await asyncio.to_thread(self._sessions.of, request, union)
        if session is None:
            return self._entering.door(wanted_language(request), union, status=403)
        lang, form = spoken(session.grant.lang, request), await forms.sent(request)
        if not is_own(request) or not session.is_marked(form.get("mark")):
            return foreign(lang)
        name, tip = form.get("draft"), Oid(form.get("tip")) if form.get("tip") else None
        gone = await asyncio.to_thread(draftdesk.drop, self._config, union, name, tip)
        kept = gettext(
            lang,
            "Somebody else kept this draft anew meanwhile, so it stays. Look at it before you drop "
            "it.",
        )
        note = escape(gettext(lang, "The draft is gone.") if gone else kept)
        return await asyncio.to_thread(self._contents, session, lang, note)

    def _shown(self, session: Session, lang: str, asked: Mapping[str, str]) -> Response:
        look = siteedits.look(self._config, session.union)
        new, path = asked.get("new", ""), asked.get("path", "")
        if asked.get("draft"):
            found = draftdesk.find(self._config, look.union, asked["draft"])
            return self._of_draft(session, lang, look, found) if found else nothing(lang)
        if new in ("pages", "news", "events"):
            return self._begun(session, lang, look, new, asked)
        if path not in look.files or sitefiles.place(path) in ("", "media"):
            return nothing(lang)
        oid = look.files[path]
        values = forms.fields_of(path, self._read(look, oid))
        form = self._form(session, lang, look, sitefiles.place(path), path, str(oid), values)
        return textpage.text(lang, form)

    def _begun(
        self, session: Session, lang: str, look: Look, new: str, asked: Mapping[str, str]
    ) -> Response:
        """A new text: empty, or one that is there to be translated."""
        kind = next(name for name, folder in siteedit.KINDS.items() if folder == new)
        like, tongue = asked.get("like", ""), asked.get("in", "")
        if like in look.files and sitefiles.place(like) == new and naming.may_be(look, tongue):
            values = forms.fields_of(like, self._read(look, look.files[like]))
            original, kept = values.get("text", ""), {"date", "starts", "ends", "starts_time"}
            kept |= {"ends_time", "zone", "image", "place", "online", "author", "status"}
            values = {name: one for name, one in values.items() if name in kept}
            form = self._form(session, lang, look, new, "", "", values | {"lang": tongue})
            return textpage.text(lang, replace(form, like=like, original=original))
        text = siteedit.first_text(kind, "", clock.now().date())
        values = forms.fields_of(f"{new}/x.md" if new != "news" else "news/2026/x.md", text)
        if new == "events":
            values["zone"] = when.zone(self._config.timezone, clock.now())
        return textpage.text(lang, self._form(session, lang, look, new, "", "", values))

    def _of_draft(
        self, session: Session, lang: str, look: Look, found: draftdesk.Opened, note: str = ""
    ) -> Response:
        values = forms.fields_of(found.path, found.text)
        kind, base = sitefiles.place(found.path), str(found.base or "")
        form = self._form(session, lang, look, kind, found.path, base, values)
        media = sorted({*form.media, *(one.path for one in found.pictures if one.data)})
        made = replace(form, draft=found.name, held=str(found.held), note=note, media=media)
        return textpage.text(lang, made)

    def _read(self, look: Look, oid: Oid) -> str:
        (blob,) = siteedits.read(self._config, look.union, [oid])
        return siteedit.text_of(blob)

    def _form(
        self,
        session: Session,
        lang: str,
        look: Look,
        kind: str,
        path: str,
        base: str,
        values: Mapping[str, str],
    ) -> Form:
        media = sorted(
            p for p in look.files if sitefiles.place(p) == "media" and pictures.type_of(p)
        )
        same = translations(look.files, path) if path else []
        own = values.get("lang") or (language_of(path, look.lang) if path else look.lang)
        return Form(
            union=look.union,
            kind=kind,
            path=path,
            base=base,
            lang=own,
            languages=look.site.languages if look.site else (look.lang,),
            values=values,
            media=media,
            mark=session.mark,
            others_like={language_of(one, look.lang): one for one in same},
            nav=sitepage.tabs(self._config, lang, look.union, "text"),
        )

    def _done(self, session: Session, lang: str, sent: forms.Sent) -> Response:
        """What a form asks for, done."""
        look = siteedits.look(self._config, session.union)
        path, kind = sent.get("path"), sent.get("kind")
        if kind not in forms.FIELDS or (path and sitefiles.place(path) != kind):
            return nothing(lang)
        base = Oid(sent.get("base")) if sent.get("base") else None
        before = ""
        if base is not None and look.files.get(path) == base:
            before = self._read(look, base)
        form = self._form(session, lang, look, kind, path, sent.get("base"), dict(sent.fields))
        form = replace(form, like=sent.get("like"), draft=sent.get("draft"), held=sent.get("held"))
        do, more = sent.get("do"), list[Edit]()
        if do in ("save", "keep") and (sent.upload or sent.large):
            there = draftdesk.find(self._config, look.union, form.draft) if form.draft else None
            names = [one.path for one in there.pictures] if there else []
            sent, more, wrong = picturenames.brought(self._config, lang, look, sent, names)
            if wrong:
                return textpage.text(lang, replace(form, note=escape(wrong)), 422)
            form = replace(form, note=escape(pictures.choose(lang)))  # where it is not taken
        where = path or naming.new_path(kind, sent, look)
        text = forms.file_of(where, before, sent)
        where = where if path else naming.twin(self._config, look, where, text)
        to = siteedit.of_year(where, sent.get("date").strip(), look.files)
        if do == "draw":
            return textpage.fragment(self._seen(lang, look, to, text))
        if do == "delete":
            return self._taken_away(session, lang, form, base, sent)
        if do == "picture" or (sent.upload and not more):
            return self._picture(session, lang, form, look, sent)
        edit = Edit(where if base else to, text.encode(), base)
        if do == "keep" and kind != "site":
            return self._kept(session, lang, form, look, edit, *more)
        if do != "save":
            drawn = self._seen(lang, look, to, text)
            return textpage.text(lang, replace(form, preview=drawn))
        return self._save(session, lang, form, edit, to, *more)

    def _kept(
        self, session: Session, lang: str, form: Form, look: Look, edit: Edit, *more: Edit
    ) -> Response:
        """Keeps a draft, and says where it is seen."""
        there = draftdesk.find(self._config, look.union, form.draft) if form.draft else None
        along = [*(there.pictures if there else ()), *more]
        try:
            name = draftdesk.keep(
                self._config,
                look.union,
                session.grant,
                edit,
                along,
                name=form.draft,
                held=form.held,
            )
        except (Refused, Changed, ConflictError) as error:
            return self._not_saved(session, lang, form, edit, error)
        found = draftdesk.find(self._config, look.union, name)
        if found is None:  # nothing differs from what is on the site
            return self._contents(
                session, lang, escape(gettext(lang, "It is on the site already."))
            )
        address = self._config.url + drafts.address(self._config, look.union, name)
        told = escape(gettext(lang, "Kept as a draft. Whoever has this link sees it for 30 days:"))
        link = f'<a href="{escape(address)}"><bdi dir="ltr">{escape(address)}</bdi></a>'
        return self._of_draft(session, lang, look, found, f"{told} {link}")

    def _save(
        self, session: Session, lang: str, form: Form, edit: Edit, to: str = "", *more: Edit
    ) -> Response:
        """Publishes, from now on at `to`, and `more` with it; what stands in the way is shown in
        the form, with all that was written."""
        verb = "Take away" if edit.data is None else "Edit" if edit.base else "Add"
        there = draftdesk.find(self._config, form.union, form.draft) if form.draft else None
        if there and str(there.held) != form.held and there.text.encode() != edit.data:
            return self._not_saved(session, lang, form, edit, Changed([edit.path]))
        along = [*(there.pictures if there and edit.data is not None else ()), *more]
        try:
            moved = moving.moved(edit, to or edit.path)
            edits = picturenames.beside(self._config, form.union, [*along, *moved])
            saved = self._commit(session, edits, f"{verb} {siteedit.called(edit.path)}")
        except (Refused, Changed, ConflictError) as error:
            if isinstance(error, Refused):  # which speaks of the file as it would be
                edit = replace(edit, path=to or edit.path)
            return self._not_saved(session, lang, form, edit, error)
        if there is not None:
            draftdesk.drop(self._config, form.union, there.name, there.tip)
        note = gettext(lang, "Published. In a moment it is on the site.")
        if edit.data is None:
            note = gettext(lang, "It was taken away.")
        elif form.values.get("status") == "draft":
            note = textpage.unseen(lang)
        hints = forms.hints(lang, to or edit.path, edit.data or b"", saved.notes)
        return self._contents(session, lang, escape(note), hints)

    def _not_saved(
        self, session: Session, lang: str, form: Form, edit: Edit, error: SoliCommError
    ) -> Response:
        """The form with what is wrong, or with what somebody else wrote."""
        if isinstance(error, Refused):
            faults, others = forms.at_fields(edit.path, (edit.data or b"").decode(), error.faults)
            return textpage.text(lang, replace(form, faults=faults, others=others), 422)
        look = siteedits.look(self._config, session.union)
        path = siteedit.now_at(edit.path, look.files)
        oid = look.files.get(path)
        there = draftdesk.find(self._config, look.union, form.draft) if form.draft else None
        if there is not None and str(there.held) != form.held:
            form = replace(form, held=str(there.held), theirs=there.text)
            return textpage.text(lang, form, 409)
        shown = self._read(look, oid) if oid else ""
        form = replace(form, path=path, base=str(oid or ""), theirs=shown)
        return textpage.text(lang, form, 409)

    def _taken_away(
        self, session: Session, lang: str, form: Form, base: Oid | None, sent: forms.Sent
    ) -> Response:
        if sent.get("sure") != "yes" or base is None or form.kind == "site":
            note = escape(gettext(lang, "Tick the box as well, so that nothing goes by mistake."))
            return textpage.text(lang, replace(form, note=note), 422)
        return self._save(session, lang, form, Edit(form.path, None, base))

    def _picture(
        self, session: Session, lang: str, form: Form, look: Look, sent: forms.Sent
    ) -> Response:
        """A picture into media at once, and into the text of the form; of a draft into the draft
        alone."""
        octets, wrong = pictures.made(lang, sent)
        if octets is None or sent.upload is None:
            return textpage.text(lang, replace(form, note=escape(wrong)), 422)
        there = draftdesk.find(self._config, look.union, form.draft) if form.draft else None
        if there is not None:
            path = pictures.path(sent.upload, [*look.files, *(one.path for one in there.pictures)])
            fields = {**sent.fields, "text": pictures.inserted(sent, path)[0], "picture_alt": ""}
            text = forms.file_of(there.path, there.text, replace(sent, fields=fields))
            form = replace(form, values=fields)
            edit = Edit(there.path, text.encode(), there.base)
            return self._kept(session, lang, form, look, edit, Edit(path, octets))
        path = pictures.path(sent.upload, look.files)
        try:
            self._commit(session, [Edit(path, octets)], f"Add {path}")
        except (Refused, Changed, ConflictError) as error:
            return textpage.text(lang, replace(form, others=[(0, error.public)]), 422)
        written, at_end = pictures.inserted(sent, path)
        values = {**form.values, "text": written, "picture_alt": ""}
        note = (
            gettext(lang, "The picture is at the end of the text.")
            if at_end
            else gettext(lang, "The picture is in the text, where you were.")
        )
        made = replace(form, values=values, media=[*form.media, path], note=escape(note))
        return textpage.text(lang, made)

    def _commit(self, session: Session, edits: list[Edit], subject: str) -> Saved:
        config, union = self._config, session.union
        return siteedits.save_of_browser(config, union, session.grant, edits, subject)

    def _seen(self, lang: str, look: Look, path: str, text: str) -> str:
        """The page as it will be, else the text alone."""
        found = seeing.frame(self._config, lang, look.union, path, text)
        return found or textpage.drawn(lang, self._drawn(look, path, text))

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
        if session is None or not MEDIA.fullmatch(path) or not pictures.type_of(path):
            return nothing(wanted_language(request))
        look = await asyncio.to_thread(siteedits.look, self._config, union)
        if path not in look.files:
            return nothing(wanted_language(request))
        (blob,) = await asyncio.to_thread(siteedits.read, self._config, union, [look.files[path]])
        headers = {"cache-control": "private, max-age=60", "content-security-policy": FILE_POLICY}
        return Response(blob, 200, headers, media_type=pictures.type_of(path))
