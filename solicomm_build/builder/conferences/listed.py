"""Parts of a conference (parts.py) whose pages are there in every language of the hub, and those
that list what has a folder each in the conference's repository, such as polls:

    /conferences/<id>/<folder>/             all of them
    /conferences/<id>/<folder>/<one>/       one

Such pages are a function of the files below the folder and never of the clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any, ClassVar

from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.post.pages import Page


class InLanguages:
    """Pages in every language, which depend on no calendar."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.repo, self.facts = around.sources, around.repo, around.facts
        self.languages, self.env, self.section = around.languages, around.env, around.section

    def period(self) -> str:
        """None."""
        return ""

    def renewed(self) -> Iterator[Planned | str]:
        """Nothing."""
        return iter(())

    def at(self, url: str, lang: str) -> str:
        """The address of a page's version in `lang`; the first language has no prefix."""
        return url if lang == self.languages[0] else f"/{lang}{url}"

    def page(
        self,
        kind: str,
        url: str,
        lang: str,
        title: str,
        key: str,
        facts: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
        description: str = "",
    ) -> Page:
        """The version in `lang` of the page at `url` (without a prefix)."""
        return Page(
            self.at(url, lang),
            kind,
            self.section,
            lang,
            title,
            key,
            LazyFacts(facts) if callable(facts) else facts,
            alternates=tuple((one, self.at(url, one)) for one in self.languages),
            description=description,
            indexed=self.facts.indexed,
        )


class Listed(InLanguages):
    """Pages of what has a folder each. `named` fits the names of these folders, `one` is the kind
    of the page of one."""

    folder: ClassVar[str]
    named: ClassVar[re.Pattern[str]]
    one: ClassVar[str]

    def title(self, lang: str) -> str:
        """What the list is called."""
        raise NotImplementedError

    def read(self, reader: Reader, identifier: str) -> Any:
        """The files of one, or None. May raise SoliCommError."""
        raise NotImplementedError

    def single(self, identifier: str, tree: str, lang: str) -> Page:
        """The page of one; `tree` is the object id of its folder."""
        raise NotImplementedError

    def beside(self, identifier: str) -> Iterable[str]:
        """Addresses of files of one that are no pages."""
        return ()

    def file(self, url: str, identifier: str, tree: str) -> Page:
        """Such a file."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """Where they are listed."""
        return f"{self.facts.url}{self.folder}/"

    def links(self, lang: str) -> Iterable[tuple[str, str]]:
        """The list, once there is one."""
        if self.trees:
            yield self.title(lang), self.at(self.url, lang)

    def everything(self) -> Iterator[Planned | str]:
        """All of them."""
        yield from self._pages(self.trees)

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """Those that new commits touched, and the list."""
        start = f"{self.folder}/"
        named = {path.split("/")[1] for path in touched.paths if path.startswith(start)}
        trees = self.trees
        for identifier in sorted(filter(self.named.fullmatch, named - trees.keys())):
            yield from self.beside(identifier)
            for lang in self.languages:
                yield self.at(f"{self.url}{identifier}/", lang)
        named |= self.changed_with(touched)
        if named:
            yield from self._pages({one: trees[one] for one in sorted(named & trees.keys())})

    def changed_with(self, touched: Touched) -> set[str]:
        """Those that show more than their files, of which new commits touched something."""
        return set()

    @cached_property
    def trees(self) -> dict[str, str]:
        """Those there are, by name, with the object ids of their folders: asked once a build."""
        entries = self.sources.reader(self.repo).tree(MAIN, self.folder)
        return {item.path: str(item.oid) for item in entries if self.named.fullmatch(item.path)}

    def load(self, identifier: str) -> Any:
        """The files of one; None where they cannot be read."""
        try:
            return self.read(self.sources.reader(self.repo), identifier)
        except SoliCommError:
            return None

    def _pages(self, trees: Mapping[str, str]) -> Iterator[Planned | str]:
        for identifier, tree in trees.items():
            for url in self.beside(identifier):
                yield Planned(url, self.section, 0, partial(self.file, url, identifier, tree))
        for lang in self.languages:
            for identifier, tree in trees.items():
                url = self.at(f"{self.url}{identifier}/", lang)
                yield Planned(url, self.section, 0, partial(self.single, identifier, tree, lang))
            url = self.at(self.url, lang)
            yield Planned(url, self.section, 1, partial(self._list, lang)) if self.trees else url

    def _list(self, lang: str) -> Page:
        key = digest(self.env, self.folder, lang, self.facts, self.trees)

        def facts() -> Mapping[str, Any]:
            found = ((one, self.load(one)) for one in self.trees)
            rows = [(self.at(f"{self.url}{one}/", lang), files) for one, files in found if files]
            return {"conference": self.facts, self.folder: rows}

        return self.page(self.folder, self.url, lang, self.title(lang), key, facts)
