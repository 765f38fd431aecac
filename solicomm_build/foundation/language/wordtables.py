"""Words that people write, in several languages: read from the `words.yaml` beside the code that
understands them (docs/howto/translator.md#words-that-people-write).

A file holds tables, a table languages, a language what each entry is called there: one word, or a
list of them whose first is the one that letters show. A table without entries holds a list a
language. A language may leave entries out; none has one that English lacks. A file is read when
its first word is asked for, and once; nothing is read when a module is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TypeAlias, TypeVar, cast

from solicomm_build.foundation import yamlsafe
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.language import languagetag
from solicomm_build.foundation.yamlsafe import Node

FILE = "words.yaml"
ENGLISH = "en"

Words: TypeAlias = Mapping[str, Mapping[str, tuple[str, ...]]]
"""What an entry is called: by its name, then by language; the first word is the one shown."""
Phrases: TypeAlias = Mapping[str, tuple[str, ...]]
"""Words by language."""

K = TypeVar("K")
V = TypeVar("V")


class Lazy(Mapping[K, V]):
    """A mapping that is made when it is first looked into, and then kept."""

    def __init__(self, make: Callable[[], Mapping[K, V]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[K, V]:
        return self._make()

    def __getitem__(self, key: K) -> V:
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._made

    def __iter__(self) -> Iterator[K]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def table(module: str, name: str) -> Words:
    """The table `name` of the words beside a module, whose `__file__` is given. Raises ContentError
    when it is looked into and the file has a fault, naming the line."""
    return Lazy(lambda: _by_entry(_read(_beside(module))[name]))


def phrases(module: str, name: str) -> Phrases:
    """The same of a table that has no entries, but a list a language."""
    return Lazy(lambda: {lang: words[""] for lang, words in _read(_beside(module))[name].items()})


def meanings(words: Words, fold: Callable[[str], str]) -> Mapping[str, tuple[str, str]]:
    """(entry, language) of every word, by the word as `fold` gives it: what tells the meaning of
    what somebody wrote. Of words with two meanings the last counts."""
    return Lazy(
        lambda: {
            fold(word): (name, lang)
            for name, by_language in words.items()
            for lang, those in by_language.items()
            for word in those
        }
    )


def known(words: Callable[[], Phrases], fold: Callable[[str], str] = str) -> Mapping[str, str]:
    """The language of every word of a list, by the word as `fold` gives it."""
    return Lazy(lambda: {fold(one): lang for lang, those in words().items() for one in those})


def shown(words: Words, name: str, lang: str) -> str:
    """What an entry is called in a language; in English where it has no name of its own."""
    return in_language(words[name], lang)


def in_language(by_language: Phrases, lang: str) -> str:
    """The first word of a language, else of English (of the first one, where that is not there)."""
    return (by_language.get(lang) or next(iter(by_language.values())))[0]


def every(by_language: Phrases) -> tuple[str, ...]:
    """The words of all languages."""
    return tuple(word for words in by_language.values() for word in words)


def check(path: Path) -> None:
    """Raises ContentError for the first fault of a file of words, with its line."""
    _read(path)


def _beside(module: str) -> Path:
    return Path(module).with_name(FILE)


def _by_entry(languages: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Words:
    return {
        entry: {lang: words[entry] for lang, words in languages.items() if entry in words}
        for entry in languages[ENGLISH]
    }


@cache
def _read(path: Path) -> Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]:
    """Words by table, language and entry; the entry of a list is the empty string."""
    return _File(path).tables()


class _File:
    """One file while it is read."""

    def __init__(self, path: Path) -> None:
        self._name = str(path)
        self._node, self._lines = yamlsafe.load_marked(path.read_bytes(), file=self._name)

    def tables(self) -> dict[str, dict[str, dict[str, tuple[str, ...]]]]:
        return {name: self._languages(name, node) for name, node in self._mapping(self._node)}

    def _languages(self, name: str, node: Node) -> dict[str, dict[str, tuple[str, ...]]]:
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for lang, entries in self._mapping(node, name):
            at = (name, lang)
            if not languagetag.TAG.fullmatch(lang):
                self._refuse(at, f"{lang!r} is no language", "Write its tag, such as sw")
            found[lang] = self._entries(entries, at)
            if not found[lang].keys() <= {""} and ENGLISH not in found:
                self._refuse(at, "English does not come first", "Begin the table with en")
            for entry in found[lang].keys() - next(iter(found.values())).keys():
                self._refuse(
                    (*at, entry) if entry else at,
                    f"English has no entry {entry!r}" if entry else "English has entries here",
                    "Write it as English does",
                )
        return found

    def _entries(self, node: Node, at: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        if not isinstance(node, dict):
            return {"": self._words(node, at)}
        return {entry: self._words(words, (*at, entry)) for entry, words in node.items()}

    def _words(self, node: Node, at: tuple[str, ...]) -> tuple[str, ...]:
        words: list[str] = []
        for word in node if isinstance(node, list) else [node]:
            if not isinstance(word, str) or not word.strip():
                self._refuse(at, "there is no word", "Write one, or a list such as [one, two]")
            elif word in words:
                self._refuse(at, f"{word!r} is here twice", "Remove one")
            else:
                words.append(word)
        return tuple(words)

    def _mapping(self, node: Node, *at: str) -> Iterator[tuple[str, Node]]:
        if not isinstance(node, dict) or not node:
            self._refuse(at, "there is nothing to read", "Write table, language, entry: words")
        return iter(cast("dict[str, Node]", node).items())

    def _refuse(self, at: tuple[str, ...], fault: str, remedy: str) -> None:
        raise ContentError(fault, file=self._name, line=self._lines.get(at, 1), remedy=remedy)
