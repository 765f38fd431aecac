"""`/edit/<union>/history`: what changed on a site, in words, each change with *Undo*.

To undo is one more commit by the editor, through the gate like any other: the files of that change
as they were before it. A file that was changed again since is left alone, and the editor is told
which; nothing is lost either way, and what was undone can be undone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.sites import siteedits, undo
from solicomm_build.features.sites.editing import editingform as forms
from solicomm_build.features.sites.editing import editingpages as pages
from solicomm_build.features.sites.editing.editingsession import Session, Sessions, spoken
from solicomm_build.features.sites.editing.entering import Entering, foreign
from solicomm_build.features.sites.siteedits import Changed, Edit, Look, Refused
from solicomm_build.features.sites.studio import sitepage
from solicomm_build.features.sites.undo import Step
from solicomm_build.features.sites.values import siteedit, sitefiles
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import ConflictError, HubError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.posted import is_own

_SHOWN = 50
"""Changes on the page."""
_FILES = 5
"""Files of one change that are named."""


class History:
    """The pages of what changed."""

    def __init__(self, config: Config, sessions: Sessions, entering: Entering) -> None:
        self._config, self._sessions, self._entering = config, sessions, entering

    async def answer(self, request: Request) -> Response:
        """The list; POST undoes one change."""
        union = request.path_params["union"]
        session = await asyncio.to_thread(self._sessions.of, request, union)
        if session is None:
            status = 403 if request.method == "POST" else 200
            return self._entering.door(wanted_language(request), union, status=status)
        lang = spoken(session.grant.lang, request)
        if request.method != "POST":
            return await asyncio.to_thread(self._shown, session, lang)
        form = await forms.sent(request)
        if not is_own(request) or not session.is_marked(form.get("mark")):
            return foreign(lang)
        return await asyncio.to_thread(self._undone, session, lang, form.get("commit"))

    def _shown(
        self, session: Session, lang: str, note: str = "", wrong: str = "", status: int = 200
    ) -> Response:
        look = siteedits.look(self._config, session.union)
        repo = open_repo(self._config.union_repo(session.union))
        steps = undo.steps(repo, look.tip, _SHOWN) if look.tip else []
        names = self._titles(look, steps)
        last = len(steps) - 1 if len(steps) < _SHOWN else -1  # the first commit of all
        rows = "".join(
            _row(lang, session, look, step, names, undoable=number != last)
            for number, step in enumerate(steps)
        )
        inside = f'<p role="status"><strong>{escape(note)}</strong></p>' if note else ""
        inside += f'<div role="alert"><p>{escape(wrong)}</p></div>' if wrong else ""
        inside += sitepage.tabs(self._config, lang, session.union, "history")
        inside += f'<ol class="items">{rows}</ol>'
        return pages.page(lang, gettext(lang, "What changed"), inside, status)

    def _titles(self, look: Look, steps: list[Step]) -> Mapping[str, str]:
        """The titles of the files that these changes touched, those that are still there."""
        touched = {path for step in steps for path in step.files[:_FILES]}
        texts = [
            path
            for path in sorted(touched & look.files.keys())
            if sitefiles.place(path) in ("pages", "news", "events")
        ]
        blobs = siteedits.read(self._config, look.union, [look.files[path] for path in texts])
        return {path: siteedit.title_of(blob) for path, blob in zip(texts, blobs, strict=True)}

    def _undone(self, session: Session, lang: str, word: str) -> Response:
        repo = open_repo(self._config.union_repo(session.union))
        try:
            commit = undo.named(repo, word)
            edits = reverse(self._config, session.union, commit)
            if not edits:
                raise HubError(gettext(lang, "There is nothing left of this change to undo."))
            siteedits.save_of_browser(
                self._config, session.union, session.grant, edits, f"Undo {commit[:10]}"
            )
        except Changed as changed:
            files = ", ".join(changed.paths)
            wrong = gettext(
                lang,
                "Nothing was undone: %(files)s was changed again since. Undo the newer change "
                "first, or edit the text.",
                files=files,
            )
            return self._shown(session, lang, wrong=wrong, status=409)
        except Refused as refused:
            faults = refused.faults
            why = " ".join(f"{one.file}: {one.said}" if one.file else one.said for one in faults)
            wrong = gettext(lang, "Nothing was undone: %(why)s", why=why)
            return self._shown(session, lang, wrong=wrong, status=422)
        except (ConflictError, SoliCommError) as error:
            return self._shown(session, lang, wrong=error.public, status=409)
        note = gettext(lang, "Undone. In a moment the site is as it was before that change.")
        return self._shown(session, lang, note=note)


def reverse(config: Config, union: str, commit: Oid) -> list[Edit]:
    """The edits that take a change back: each file that it touched as it was before. Raises Changed
    when one of them is another by now, HubError when nothing was before."""
    repo = open_repo(config.union_repo(union))
    (step,) = undo.steps(repo, commit, 1)
    before = undo.parent(repo, commit)
    if before is None:
        raise HubError(f"{union}: there is nothing before the first change")
    tip = repo.ref() or commit
    edits, changed = [], []
    with Reader(repo) as reader:
        for path in step.files:
            old, new, now = (reader.oid_at(rev, path) for rev in (before, commit, tip))
            if now == old:
                continue
            if now != new:
                changed.append(path)
            edits.append(Edit(path, reader.blob(old) if old else None, now))
    if changed:
        raise Changed(changed)
    return edits


def _row(
    lang: str,
    session: Session,
    look: Look,
    step: Step,
    names: Mapping[str, str],
    *,
    undoable: bool,
) -> str:
    date = step.dated(clock.now())
    when = escape(i18n.format_datetime(lang, date)) if date else ""
    name = f"<bdi>{escape(step.name)}</bdi>"
    files = ", ".join(_file(lang, look, path, names) for path in step.files[:_FILES])
    if len(step.files) > _FILES:
        more = i18n.format_number(lang, len(step.files) - _FILES)
        files += " " + escape(gettext(lang, "and %(number)s more", number=more))
    button = ""
    if undoable:
        word = escape(gettext(lang, "Undo"))
        label = escape(gettext(lang, "Undo the change of %(day)s", day=when)) if when else word
        button = (
            f'<form method="post" action="/edit/{session.union}/history">'
            f"{pages.marked(session.mark)}{pages.hidden('commit', step.oid)}"
            f'<button class="quiet" aria-label="{label}">{word}</button></form>'
        )
    said = escape(_words(lang, step.subject))
    meta = f"{name} · {when}" if when else name
    return f'<li>{said} {files}<span class="meta">{meta}</span>{button}</li>'


def _words(lang: str, subject: str) -> str:
    """What was done, in words, where we know it; else as it was written."""
    verb = subject.partition(" ")[0]
    known = {
        "Edit": gettext(lang, "Changed:"),
        "Add": gettext(lang, "New:"),
        "Take": gettext(lang, "Taken away:"),
        "Undo": gettext(lang, "Taken back:"),
        "Go": gettext(lang, "Earlier state:"),
        "Set": gettext(lang, "Settings changed:"),
    }
    return known.get(verb, f"{subject}:")


def _file(lang: str, look: Look, path: str, names: Mapping[str, str]) -> str:
    kind = sitefiles.place(path)
    if path not in look.files:
        return f'<bdi dir="ltr">{escape(path)}</bdi>'
    if kind == "site":
        word = escape(gettext(lang, "Settings"))
        return f'<a href="/edit/{look.union}/settings">{word}</a>'
    if kind in ("pages", "news", "events"):
        title = names.get(path) or path
        return (
            f'<a href="/edit/{look.union}/text?path={escape(path)}"><bdi>{escape(title)}</bdi></a>'
        )
    return f'<bdi dir="ltr">{escape(path)}</bdi>'
