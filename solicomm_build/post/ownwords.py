"""What the author of a mail wrote himself, without what his program and his manners add. Pure.

Commands, votes, decisions, forms and news are read from that: not from the mail that is quoted, the
line that leads to it, a signature, or a telephone's last line. Greeting and sign-off (`Saludos,
Rosa`; `Grace`) are an author's words, but no command: who reads commands takes them off as well.
Nothing is taken off that could be a command: callers say what one is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.text import oldthread

SENT_FROM = wordtables.phrases(__file__, "sent-from")
"""How telephones end a mail without the line `-- `."""

_FOLDED = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي", "ـ": "", "ё": "е", "’": "'"}
)

CLOSINGS = wordtables.phrases(__file__, "closings")
"""How people end a mail in six languages; a name may follow."""

GREETINGS = wordtables.phrases(__file__, "greetings")
"""How people begin one; a name or two may follow."""

_SEPARATOR = re.compile(r"-{5}.*|_{10,}|\*{10,}")
_HEADERS = re.compile(r"\*?(?:from|de|von|from|от|من)\*?\s?:\*?\s+\S.*", re.IGNORECASE)
_SECOND = re.compile(
    r"\*?(?:sent|date|envoyé|enviado|enviada|fecha|data|отправлено|дата|تاريخ|أرسلت)\*?\s?:",
    re.IGNORECASE,
)
_WROTE = re.compile(r"\b(?:wrote|écrit|escribió|escreveu|написал|написала|пишет|schrieb)\b|كتب")
_BEGINS = re.compile(
    r"(?:on|le|el|em|am|il|op|den|dne|w dniu|в|пн|вт|ср|чт|пт|сб|вс|في|بتاريخ|mon|tue|wed|thu|fri"
    r"|sat|sun)\b|\d",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[>\s]*+\*?[^\W\d_][^:：]{0,30}[:：]\*?\s*+\S.*")
_FEWEST_LABELS = 3
_LONGEST_LABELLED = 500  # characters


def plain(text: str) -> str:
    """A word as it is compared: lower case, without accents and vowel signs."""
    if text.isascii():
        return text.lower()
    split = unicodedata.normalize("NFKD", text.lower().translate(_FOLDED))
    return "".join(c for c in split if unicodedata.category(c) not in ("Mn", "Cf"))


_CLOSINGS = wordtables.known(lambda: CLOSINGS, plain)
_GREETINGS = wordtables.known(lambda: GREETINGS, plain)


@cache
def _sent_from() -> tuple[tuple[str, ...], int, frozenset[str]]:
    """How telephones end a mail, as it is compared, of how much of a row that can be told, and the
    letters that they begin with."""
    phrases = tuple(dict.fromkeys(map(plain, wordtables.every(SENT_FROM))))
    return phrases, 4 * max(map(len, phrases)), frozenset(phrase[0] for phrase in phrases)


_ENDS = " \t\"'«»„“”.,;:!?،؛؟*_-–—~()"
_LONGEST_CLOSING, _MOST_AFTER = 60, 4
_WORD = re.compile(r"[^\W\d_]+")

IsCommand = Callable[[str], bool]


def _no_command(row: str) -> bool:
    return False


def rows(
    text: str, *, beyond_quotes: bool = False, is_command: IsCommand = _no_command
) -> list[str]:
    """The author's rows, without white space at their ends, up to a signature, a telephone's last
    line or the first quotation; with `beyond_quotes` also those between quotations. The line that
    leads to a quotation goes with it, unless it `is_command`."""
    found: list[str] = []
    quoted, lines = False, text.split("\n")
    for number, row in enumerate(lines):
        bare = row.strip()
        if not bare:
            found.append("")
            continue
        if _is_end(row, bare) or _is_header(lines, number):
            break
        if bare.startswith((">", "|")):
            if not quoted:
                del found[_before_attribution(found, is_command) :]
            if not beyond_quotes:
                break
            quoted = True
            continue
        quoted = False
        found.append(row.rstrip())
    return found


def before_signature(text: str) -> list[str]:
    """All rows but a signature and a telephone's last line: of a text that may have quotations and
    rules of its own, such as news in Markdown."""
    found: list[str] = []
    for row in text.split("\n"):
        if row.rstrip() == "--" or _is_sent_from(row.strip()):
            break
        found.append(row.rstrip())
    return found


def without_signoff(
    found: list[str], names: Iterable[str] = (), *, is_command: IsCommand = _no_command
) -> list[str]:
    """The rows without what ends a mail: a closing with a name behind or below it, or the author's
    name alone (`names` as `names_of` gives them). A row that `is_command` ends the search."""
    known, last = frozenset(names), _last(found, len(found))
    first, place = len(found), last
    for _ in range(_MOST_AFTER):
        row = found[place].strip() if place >= 0 else ""
        if not row or len(row) > _LONGEST_CLOSING or is_command(row):
            break
        if _is_closing(row) or (place == last and _is_name(row, known)):
            first = place
        place = _last(found, place)
    return found[: _last(found, first) + 1]


def without_greeting(found: list[str]) -> list[str]:
    """The rows without `Hello Grace,` above them, where something follows."""
    filled = [number for number, row in enumerate(found) if row.strip()]
    if len(filled) > 1 and _starts(plain(found[filled[0]]).strip(_ENDS), _GREETINGS, 3):
        return found[filled[1] :]
    return found


def without_attribution(found: list[str], is_command: IsCommand) -> list[str]:
    """The rows without `On 3 March, Ana wrote:` at their end, which may take three of them."""
    return found[: _before_attribution(found, is_command)]


def _before_attribution(found: list[str], is_command: IsCommand) -> int:
    """How many rows there are without it."""
    end = _last(found, len(found)) + 1
    if not end or not _leads(found[end - 1].strip()) or is_command(found[end - 1].strip()):
        return end
    start = end - 1
    while start and end - start < 3:
        before, whole = found[start - 1].strip(), " ".join(found[start:end]).strip()
        if not before or is_command(before) or not _goes_on(before, whole):
            break
        start -= 1
    return _last(found, start) + 1


def labelled(found: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where three rows with labels or more (`Od:`, `Wysłano:`, `Do:`) stand together, as programs
    put them above a letter that is answered, in any language: the first, and that after the last.
    Also where an author wrote such rows himself."""
    first = 0
    for number, row in enumerate([*found, ""]):
        if is_label(row):
            continue
        if number - first >= _FEWEST_LABELS:
            yield first, number
        first = number + 1


def is_label(row: str) -> bool:
    """Whether a row may be one of those that programs put above a letter, such as `Do: Mo`."""
    return len(row) <= _LONGEST_LABELLED and _LABEL.fullmatch(row) is not None


def before_letter(
    found: list[str], token: str, *, is_command: IsCommand = _no_command
) -> list[str]:
    """The rows before a letter of ours, where a program put it below the answer in a form that
    nobody knows: it names whom it went to, and has the `token` by which that one decides. It begins
    at the latest with that, or with the labels (`Od:`, `Wysłano:`, `Do:`) that programs put above a
    letter, the first of which is no row that `is_command`."""
    has_token = (n for n, row in enumerate(found) if n and token and token in row.lower())
    end = next(has_token, None)
    if end is None:
        return found
    runs = ((start + 1, stop - 1) for start, stop in labelled(found[1:]))
    begins = (n for start, stop in runs for n in range(start, min(stop, end + 1)))
    return found[: next((n for n in begins if not is_command(found[n])), end)]


def names_of(authors: Iterable[Mailbox]) -> frozenset[str]:
    """The words by which authors may sign: of the names and the local parts of their addresses."""
    words: set[str] = set()
    for one in authors:
        text = f"{one.name} {one.addr_spec.rpartition('@')[0]}".replace(".", " ")
        words.update(_WORD.findall(plain(text.replace("_", " "))))
    return frozenset(words)


def _last(found: list[str], before: int) -> int:
    """The last row before this one that is not blank; -1 for none."""
    place = before - 1
    while place >= 0 and not found[place].strip():
        place -= 1
    return place


def _is_end(row: str, bare: str) -> bool:
    if bare[0] in "-_*" and (row.rstrip() == "--" or _SEPARATOR.fullmatch(bare)):
        return True
    return _is_sent_from(bare)


def _is_sent_from(row: str) -> bool:
    """Whether a telephone says so; of a row so much is looked at as its longest phrase has, with
    accents and vowel signs."""
    phrases, longest, letters = _sent_from()
    if row[:1].isascii() and row[:1].lower() not in letters:
        return False
    return plain(row[:longest]).startswith(phrases)


def _is_header(lines: list[str], number: int) -> bool:
    """Whether another mail begins here by its header or by "On … wrote:", as some programs put it
    above a quotation without marks."""
    is_labelled = ":" in lines[number] and _HEADERS.fullmatch(lines[number].strip()[:300])
    if is_labelled and any(_SECOND.match(row.strip()) for row in lines[number + 1 : number + 3]):
        return True
    return oldthread.begins(lines, number)


def _is_closing(row: str) -> bool:
    return _starts(plain(row).strip(_ENDS), _CLOSINGS, _MOST_AFTER)


def _starts(text: str, phrases: Iterable[str], most: int) -> bool:
    """Whether a text is one of these phrases, with a few words and no digit behind it."""
    for phrase in phrases:
        rest = text.removeprefix(phrase)
        if rest == text or (rest and rest[0].isalnum()) or any(c.isdigit() for c in rest):
            continue
        if len(rest.split()) <= most:
            return True
    return False


def _is_name(row: str, names: frozenset[str]) -> bool:
    words = _WORD.findall(plain(row))
    return 0 < len(words) <= 4 and not any(c.isdigit() for c in row) and words[0] in names


def _leads(row: str) -> bool:
    """Whether a row may lead to a quotation, or be the end of one that does."""
    if not row.endswith((":", "：")):
        return False
    return bool(_WROTE.search(row.lower())) or "@" in row or any(c.isdigit() for c in row)


def _goes_on(before: str, whole: str) -> bool:
    """Whether what leads to a quotation began in the row before."""
    balanced = whole.count("<") == whole.count(">")
    if balanced and _BEGINS.match(whole):
        return False
    broken = not balanced or whole.startswith("<")
    return broken or bool(_BEGINS.match(before) and any(c.isdigit() for c in before))
