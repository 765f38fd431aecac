"""The forms of a conference: a page to fill one in, and what all answers show together.

    /conferences/<id>/forms/<form>/           what it is, how to send it, the form; in each language
    /conferences/<id>/forms/<form>/table/     newest reports, counts, medians; in each language
    /conferences/<id>/forms/<form>/table.csv  all reports; also .json and .sqlite
    /conferences/<id>/forms/<form>/schema.json  JSON Schema of an answer

Pages are a function of the form's file and of the posts that answer it. An answer whose values do
not fit its form's version is left out, whoever wrote the post. A form that is no more in force has
no page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from solicomm_build.builder.conferences.listed import InLanguages
from solicomm_build.builder.conferences.lookup import moment
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.features.forms import formstore
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formtable, formvalues
from solicomm_build.features.forms.values.form import Form
from solicomm_build.features.forms.values.formsqlite import sqlite_of
from solicomm_build.features.forms.values.formtable import Report, Table
from solicomm_build.features.forms.values.formvalues import Values
from solicomm_build.git.repo import MAIN
from solicomm_build.post.pages import Page

VERSION = "2"
"""Part of every file's key: raise it when the files of the same reports become others."""
_ROWS = (
    "SELECT a.mid, p.topic, p.time, a.data, p.blob, m.target FROM answer a"
    " JOIN post p ON p.conf=a.conf AND p.mid=a.mid"
    " LEFT JOIN moved m ON m.conf=p.conf AND m.tid=p.topic"
    " WHERE a.conf=? AND a.form=? AND p.hidden<>1 ORDER BY p.time, p.mid"
)
_REFS = (
    "SELECT DISTINCT json_extract(data, '$.form') FROM answer WHERE conf=? AND form=? ORDER BY 1"
)
_FILES = {"csv": formtable.csv_of, "json": formtable.json_of, "sqlite": sqlite_of}


class FormPages(InLanguages):
    """Plans the pages of a conference's forms: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.settings, self._neighbours = around.settings, around.neighbours
        self._moved = around.rows.moved
        self._tables: dict[str, Table] = {}
        self._answered_by: dict[str, list[tuple[str, str]]] = {}

    def links(self, lang: str) -> Iterable[tuple[str, str]]:
        """Each form, by its title."""
        for name, (form, _) in self._forms.items():
            yield form.title_in(lang), self.at(self._url(name), lang)

    def period(self) -> str:
        """Which of the conferences that topics moved to are shown."""
        to = {one for _, one in self._moved()} if self.settings.forms else ()
        return digest(sorted(filter(self._is_shown, to))) if to else ""

    def renewed(self) -> Iterator[Planned | str]:
        """The tables."""
        for name in self._forms:
            yield from self._reports(name)

    def everything(self) -> Iterator[Planned | str]:
        """All of them."""
        for name in self._forms:
            yield from self._form(name)
            yield from self._reports(name)

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The tables of forms whose answers changed; a form's own page changes with the settings,
        which make everything anew."""
        if not self._forms:
            return
        named = {forms.parse_path(path).partition("@")[0] for path in touched.paths}
        for name in self._forms:
            if name in named:
                yield from self._form(name)
        for name in sorted(self._forms.keys() & (named | self._answered(touched.tids))):
            yield from self._reports(name)

    def _answered(self, tids: Iterable[str]) -> set[str]:
        """The forms that posts of these stored threads answer."""
        found = self.sources.db.execute(
            "SELECT DISTINCT a.form FROM answer a JOIN post p ON p.conf=a.conf AND p.mid=a.mid"
            " WHERE p.conf=? AND p.tid IN (SELECT value FROM json_each(?))",
            (self.facts.id, json.dumps(sorted(tids))),
        )
        return {form for (form,) in found}

    @cached_property
    def _forms(self) -> dict[str, tuple[Form, str]]:
        """The forms in force by id, with the object ids of their files."""
        if not self.settings.forms:
            return {}
        reader, found = self.sources.reader(self.repo), {}
        for name, ref in forms.in_force(self.settings.forms).items():
            oid, form = reader.oid_at(MAIN, forms.path(ref)), formstore.read(reader, ref)
            if oid is not None and form is not None:
                found[name] = (form, str(oid))
        return found

    def _url(self, name: str) -> str:
        return f"{self.facts.url}forms/{name}/"

    # -- the form -------------------------------------------------------------------------------

    def _form(self, name: str) -> Iterator[Planned | str]:
        url = self._url(name)
        for lang in self.languages:
            yield Planned(self.at(url, lang), self.section, 1, partial(self._form_page, name, lang))
        yield Planned(f"{url}schema.json", self.section, 0, partial(self._schema, name))

    def _form_page(self, name: str, lang: str) -> Page:
        form, oid = self._forms[name]
        url = self._url(name)
        key = digest(self.env, "form", lang, self.facts, oid, self.settings.home)
        facts = {
            "conference": self.facts,
            "form": form,
            "table": self.at(f"{url}table/", lang) if "table" in form.outputs else "",
            "schema": f"{url}schema.json",
            "action": self.at(url, lang),
            "is_elsewhere": self.settings.home != "" and form.asks_in_private,
            "is_open": self.settings.visibility in ("public", "unlisted"),
        }
        title = form.title_in(lang)
        return self.page("form", url, lang, title, key, facts, form.description_in(lang))

    def _schema(self, name: str) -> Page:
        form, oid = self._forms[name]
        text = json.dumps(formtable.json_schema(form), ensure_ascii=False, indent=1) + "\n"
        url = f"{self._url(name)}schema.json"
        key = digest("form_schema", VERSION, oid)
        facts = {"octets": text.encode("utf-8", "replace")}
        return Page(url, "octets", self.section, self.facts.lang, form.title_in("en"), key, facts)

    # -- the reports ----------------------------------------------------------------------------

    def _reports(self, name: str) -> Iterator[Planned | str]:
        form, _ = self._forms[name]
        url = self._url(name)
        for kind in _FILES:
            if kind in form.outputs:
                make = partial(self._file, name, kind)
                yield Planned(f"{url}table.{kind}", self.section, 0, make)
        if "table" in form.outputs:
            for lang in self.languages:
                address = self.at(f"{url}table/", lang)
                yield Planned(address, self.section, 1, partial(self._table_page, name, lang))

    def _rows(self, name: str) -> list[tuple[str, str, int, str, str]]:
        """The answers that are shown: of those that were moved to another conference the ones that
        everybody may read there."""
        found = self.sources.db.execute(_ROWS, (self.facts.id, name)).fetchall()
        return [row[:5] for row in found if row[5] is None or self._is_shown(row[5])]

    def _is_shown(self, conference: str) -> bool:
        return self.sources.called(conference) in self._neighbours

    def _key(self, name: str, *more: str) -> str:
        rows = [(mid, topic, time, blob) for mid, topic, time, _, blob in self._rows(name)]
        forms_ = self._forms[name][1], self._versions(name)
        return digest(self.env, VERSION, *forms_, self.facts, *more, rows)

    def _versions(self, name: str) -> list[tuple[str, str]]:
        """The versions of a form that answers name, each with the object id of its file."""
        if name not in self._answered_by:
            refs = self.sources.db.execute(_REFS, (self.facts.id, name)).fetchall()
            oid_at = self.sources.reader(self.repo).oid_at
            self._answered_by[name] = [(ref, str(oid_at(MAIN, forms.path(ref)))) for (ref,) in refs]
        return self._answered_by[name]

    def _file(self, name: str, kind: str) -> Page:
        form, _ = self._forms[name]
        url = f"{self._url(name)}table.{kind}"
        key = self._key(name, "form_file", kind, self.sources.config.url)

        def facts() -> Mapping[str, Any]:
            return {"octets": _FILES[kind](self._table(name))}

        title = form.title_in(self.facts.lang)
        return Page(url, "octets", self.section, self.facts.lang, title, key, LazyFacts(facts))

    def _table_page(self, name: str, lang: str) -> Page:
        form, _ = self._forms[name]
        url = self._url(name)

        def facts() -> Mapping[str, Any]:
            return {
                "conference": self.facts,
                "form": form,
                "form_url": self.at(url, lang),
                "table": self._table(name),
                "base": self.sources.config.url,
                "files": [f"{url}table.{kind}" for kind in _FILES if kind in form.outputs],
            }

        key = self._key(name, "form_table", lang)
        return self.page("form_table", f"{url}table/", lang, form.title_in(lang), key, facts)

    def _table(self, name: str) -> Table:
        """All answers that fit, read once in this process."""
        if name not in self._tables:
            form, _ = self._forms[name]
            versions: dict[str, Form | None] = {form.ref: form}
            found = (self._report(form, versions, row) for row in self._rows(name))
            self._tables[name] = formtable.of_reports(form, (one for one in found if one))
        return self._tables[name]

    def _report(
        self, form: Form, versions: dict[str, Form | None], row: tuple[str, str, int, str, str]
    ) -> Report | None:
        mid, topic, time, data, _ = row
        answer = json.loads(data)
        ref = answer["form"]
        if ref not in versions:
            versions[ref] = formstore.read(self.sources.reader(self.repo), ref)
        own = versions[ref]
        values = formvalues.checked(own, answer["values"]) if own else None
        if own is None or values is None:
            return None
        url = f"{self.sources.config.url}{self.facts.url}t/{topic}/#{mid}"
        kept = _still_asked(form, own, values)
        day = f"{moment(time):%Y-%m-%d}"
        return Report(mid, url, day, kept, answer["replaces"], answer["names"])


def _still_asked(form: Form, own: Form, values: Values) -> Values:
    """The values of fields that the form in force has, too, and shows."""
    if own is form:
        return formvalues.public_part(form, values)
    kept: Values = {}
    for key, value in values.items():
        one, before = form.get(key), own.get(key)
        if one and before and key in form.public and one.type == before.type:
            kept[key] = value
    return formvalues.public_part(form, formvalues.checked(form, kept) or {})
