"""Which parts of a shown text are words of the query; the page's script marks the same
(`themes/solicomm/static/search/marking.js`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from solicomm_build.features.search.engine import analyser


def marked(
    text: str, terms: Collection[str], languages: Sequence[str]
) -> Iterator[tuple[str, bool]]:
    """The text in order, in parts, each with whether it is marked."""
    at = 0
    for word in analyser.WORD.finditer(text):
        yield text[at : word.start()], False
        at = word.end()
        for run, is_cjk in analyser.pieces(word[0]):
            if is_cjk:
                yield from _characters(run, terms)
            else:
                yield run, _is_wanted(run, terms, languages)
    yield text[at:], False


def _is_wanted(run: str, terms: Collection[str], languages: Sequence[str]) -> bool:
    for word in analyser.words(analyser.normalise(run)):
        for piece, _ in analyser.pieces(word):
            script = analyser.language_of(piece, "")
            tried = [script] if script else ["", *languages]
            if any(analyser.stem(piece, lang) in terms for lang in tried):
                return True
    return False


def _characters(run: str, terms: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Two neighbours that are a term are marked, both."""
    for number, character in enumerate(run):
        before, after = run[number - 1 : number], run[number + 1 : number + 2]
        yield character, before + character in terms or character + after in terms
