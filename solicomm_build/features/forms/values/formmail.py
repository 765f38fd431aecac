"""A form as a text that is filled in and sent back: `Label: value` lines. Pure.

    Form: collective-agreement@1

    # The union that signed. Needed.
    Union: Hogar Digno

    # One line for each; in this order: year; rise in %; lump sum
    Wage rise: 2026; 3.5; 500 EUR
    Wage rise: 2027; 3
    ####

Lines that begin with `# ` or `!!` explain and are passed over; `####`, a sign-off or a signature
ends the form.
Labels are understood in all languages of the form at once, whatever quotes them. What belongs to a
long text and looks like something else has `| ` before it. `read` gives back what `template` was
made of, for all valid values in every language.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formvalues, isic
from solicomm_build.features.forms.values.form import RESERVED, Field, Form
from solicomm_build.features.forms.values.formending import QUOTED, without_ending
from solicomm_build.features.forms.values.formvalues import Registry, Row, Values
from solicomm_build.features.forms.values.formwords import Wrong, folded
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.language import wordtables

END = "####"
Written = Mapping[str, "list[str]"]
"""What stands behind each label, by key; a list has a text for each row."""

_COLON = re.compile("[:：]")
_LONGEST_LABEL = 90
_MOST_UNKNOWN = 30  # lines that are sent back with a guess at what was meant
_NEEDS_MARK = re.compile(r"\s|[|>]|# |#$|!!|####|-- ?$|$")
_REPORT = re.compile(r"[a-z2-7]{6,32}\Z")
_CORRECTS = wordtables.known(lambda: RESERVED["corrects"], folded)
_FORM = wordtables.known(lambda: RESERVED["form"], folded)
_MOST_BACK = 20_000
_WIDTH = 70


@dataclass
class Filled:
    """An answer as it was read. `values` are those that are right; `written` is all that was
    written, for sending it back; `faults` say by key what is wrong, `unknown` lines have a label
    that the form has not, `left` belong to no line. `corrects` is the beginning of a report's id.
    """

    values: Values = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, Wrong] = field(default_factory=dict)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    corrects: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it can be taken as it is."""
        return not self.faults and not self.unknown and bool(self.values)


# -- writing ----------------------------------------------------------------------------------


def template(
    form: Form,
    lang: str,
    registry: Registry,
    written: Written | None = None,
    *,
    faults: Mapping[str, Wrong] | None = None,
    unknown: Iterable[tuple[str, str]] = (),
    corrects: str = "",
) -> str:
    """The form in a language, empty or with what was written, and what is wrong with it."""
    faults = faults or {}
    parts = [f"{wordtables.shown(RESERVED, 'form', lang)}: {form.ref}"]
    for line, near in unknown:
        label = line.partition(":")[0].strip()
        fault = gettext(lang, "There is no line “%(label)s” in this form.", label=label)
        if near and (meant := form.get(near)):
            label = meant.label_in(lang)
            fault += " " + gettext(lang, "Did you mean “%(label)s”?", label=label)
        parts.append(f"!! {fault}\n{line}")
    for one in form.fields:
        rows = [f"!! {formvalues.said(faults[one.key], form, lang)}"] if one.key in faults else []
        rows += _hints(form, one, lang)
        rows += _lines(form, one, (written or {}).get(one.key, []), lang)
        parts.append("\n".join(rows))
    label = wordtables.shown(RESERVED, "corrects", lang)
    hint = gettext(lang, "Only if this replaces an earlier report of yours: its number.")
    rows = [f"!! {faults['corrects'].said(lang)}"] if "corrects" in faults else []
    parts.append("\n".join([*rows, *_comment([hint]), f"{label}: {corrects}".rstrip(), END]))
    return "\n\n".join(parts) + "\n"


def _lines(form: Form, one: Field, written: list[str], lang: str) -> list[str]:
    label = one.label_in(lang)
    rows = []
    for text in written or [""]:
        first, *rest = text[:_MOST_BACK].split("\n")
        rows.append(f"{label}: {first}".rstrip())
        rows += [f"| {row}".rstrip() if _is_other(form, row) else row for row in rest]
    return rows


def _is_other(form: Form, row: str) -> bool:
    """Whether a line of a long text would be taken for something else."""
    label, _ = labelled(row) or ("", "")
    if _NEEDS_MARK.match(row) or not label:
        return _NEEDS_MARK.match(row) is not None
    return bool(_key(form, label)) or folded(label) in {**_FORM, **_CORRECTS}


def _hints(form: Form, one: Field, lang: str) -> list[str]:
    said = [one.hint_in(lang)]
    said.append(kind_hint(one, lang))
    if one.required:
        said.append(gettext(lang, "Needed."))
    return _comment([*said, *conditions(form, one, lang)])


def conditions(form: Form, one: Field, lang: str) -> Iterator[str]:
    """On which other answers a field depends, and that it is not public, as sentences."""
    for key, words in one.when:
        other = form.get(key)
        if other is not None:
            values = ", ".join(formvalues.shown(other, word, lang, {}) for word in words)
            label = other.label_in(lang)
            yield gettext(lang, "Only if “%(label)s” is: %(values)s.", label=label, values=values)
    if one.key not in form.public:
        yield gettext(lang, "Not public: only moderators see this.")


def kind_hint(one: Field, lang: str) -> str:
    """How a field of this type is written; empty for what goes without saying."""
    match one.type:
        case "date":
            return gettext(lang, "Year, month, day: 2026-04-30.")
        case "money":
            return gettext(lang, "With the currency: 1250 EUR.")
        case "boolean":
            return gettext(lang, "Yes or no.")
        case "country":
            return gettext(lang, "Its name, or two letters such as KE.")
        case "choice":
            words = "; ".join(one.option_in(word, lang) for word in one.options)
            return gettext(lang, "One of: %(words)s.", words=words)
        case "isic4":
            words = "; ".join(f"{code} {isic.name(code, lang)}" for code in isic.SECTIONS)
            return gettext(lang, "A letter, or an ISIC code: %(words)s.", words=words)
        case "list":
            words = "; ".join(part.label_in(lang) for part in one.of)
            return gettext(lang, "A line for each, in this order: %(words)s.", words=words)
        case "library":
            return gettext(lang, "Attach the document to your mail.")
    return ""


def _comment(said: Iterable[str]) -> list[str]:
    text = " ".join(filter(None, said))
    rows = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"# {row}" for row in rows]


def written(form: Form, values: Values, lang: str, registry: Registry) -> dict[str, list[str]]:
    """Values as they stand in a template."""
    found: dict[str, list[str]] = {}
    for one in form.fields:
        value = values.get(one.key)
        if isinstance(value, str):
            found[one.key] = [formvalues.written(one, value, lang, registry)]
        elif value:
            found[one.key] = [_row(one, row, lang, registry) for row in value]
    return found


def _row(one: Field, row: Row, lang: str, registry: Registry) -> str:
    cells = [
        formvalues.written(part, row[part.key], lang, registry) if part.key in row else ""
        for part in one.of
    ]
    return "; ".join(cells).rstrip("; ") or "; ".join(cells)


# -- reading ----------------------------------------------------------------------------------


def labelled(row: str) -> tuple[str, str] | None:
    """The label of a line and what stands behind its colon, or None when it begins with none. Only
    as much is looked at as a label may have, however long the line is."""
    row = row.lstrip()
    colon = _COLON.search(row, 0, 2 * _LONGEST_LABEL)
    label = row[: colon.start()].rstrip() if colon else ""
    if colon is None or not label or len(label) > _LONGEST_LABEL:
        return None
    return label, row[colon.end() :].lstrip()


def named(text: str, subject: str) -> tuple[str, int]:
    """(id, version) of the form that a mail is about; version 0 when it says none, and an empty id
    when it names no form at all."""
    for line in text.split("\n"):
        label, value = labelled(QUOTED.sub("", line)) or ("", "")
        if label and folded(label) in _FORM:
            found = forms.parse_ref(value.strip())
            if found:
                return found
    for word in re.findall(r"[a-z0-9@-]+", subject.lower()):
        found = forms.parse_ref(word)
        if found:
            return found
    word = subject.strip().lower().partition(" ")[0]
    return (word, 0) if re.fullmatch(r"[a-z][a-z0-9-]{0,27}", word) else ("", 0)


def language_of(text: str) -> str:
    """The language of the template that an answer was written into, by its first line; empty when
    it has none, or one that several languages share."""
    for line in text.split("\n"):
        label, value = labelled(QUOTED.sub("", line)) or ("", "")
        if label and forms.parse_ref(value.strip()):
            word, labels = label.strip(" *_"), RESERVED["form"].items()
            exact = [tag for tag, names in labels if word in names]
            found = exact or [tag for tag, names in labels if folded(word) in map(folded, names)]
            return found[0] if len(found) == 1 else ""
    return ""


def is_answer(form: Form, text: str) -> bool:
    """Whether a mail fills the form in: it has something behind a label."""
    return any(any(texts) for texts in read(form, text, {}).written.values())


def read(form: Form, text: str, registry: Registry, names: Iterable[str] = ()) -> Filled:
    """What a mail says, in whatever language its labels are. `names` are those its author may sign
    with (post/ownwords.py)."""
    filled = Filled()
    reading = _Reading(form, filled)
    lines = text.replace("\r\n", "\n").split("\n")
    for line in without_ending(lines, lambda row: _is_ours(form, row), _is_end, names):
        if not reading.line(line):
            break
    for one in form.fields:
        found = reading.found.get(one.key, [])
        _settle(one, [("".join(pieces), quoted) for pieces, quoted in found], filled, registry)
    if not filled.faults:
        filled.faults = formvalues.check(form, filled.values)
    else:
        filled.faults |= {
            key: fault
            for key, fault in formvalues.check(form, filled.values).items()
            if key not in filled.faults
        }
    return filled


class _Reading:
    """The lines of one answer, one after the other. `found` has by key (pieces of text, quoted)."""

    def __init__(self, form: Form, filled: Filled) -> None:
        self._form, self._filled = form, filled
        self.found: dict[str, list[tuple[list[str], bool]]] = {}
        self._current: Field | None = None
        self._began = False
        self._blank = 0

    def line(self, line: str) -> bool:
        """Takes a line; False when the form ends there."""
        row = QUOTED.sub("", line)
        quoted = row != line
        if _is_end(row) or (row.rstrip() == "--" and self._began):
            return not self._began
        if row.startswith(("# ", "!!")) or row.rstrip() == "#":
            self._blank = 0
            return True
        if row.startswith("|"):
            self._go_on(row[1:].removeprefix(" "), marked=True)
        elif not row.strip():
            self._blank += 1
        else:
            self._text(row, quoted)
        return True

    def _text(self, row: str, quoted: bool) -> None:
        label, value = labelled(row) or ("", "")
        word = folded(label)
        key = _key(self._form, label) if label else ""
        if label and word in _FORM and forms.parse_ref(value.strip()):
            self._begin(None)
        elif label and word in _CORRECTS:
            self._begin(None)
            self._corrects(value.strip())
        elif key:
            one = self._form.get(key)
            self._begin(one)
            self.found.setdefault(key, []).append((list(filter(None, [value.strip()])), quoted))
        elif self._began and label and not self._takes_all() and len(word.split()) <= 6:
            if len(self._filled.unknown) < _MOST_UNKNOWN:
                self._filled.unknown.append((row.strip()[:300], _nearest(self._form, word)))
            self._current = None
        else:
            self._go_on(row, quoted=quoted)

    def _begin(self, one: Field | None) -> None:
        self._current, self._began, self._blank = one, True, 0

    def _takes_all(self) -> bool:
        """Whether whatever comes belongs to the field before: a long text goes on and on."""
        return self._current is not None and self._current.type == "longtext"

    def _corrects(self, text: str) -> None:
        if text:
            match = _REPORT.search(text.rstrip()[-32:].lower())
            self._filled.corrects = match[0] if match else text[:80]

    def _go_on(self, row: str, *, marked: bool = False, quoted: bool = False) -> None:
        """A line without a label of its own."""
        one, blank, self._blank = self._current, self._blank, 0
        if one is None:
            if self._began and row.strip():
                self._filled.left.append(row.strip()[:300])
            return
        parts = self.found[one.key]
        pieces, _ = parts[-1]
        if one.type == "list" and not marked:
            parts.append(([row.strip()], quoted))
        elif one.type == "longtext" and pieces:
            pieces.append("\n" * (1 if marked else 1 + blank) + row)
        elif not pieces:
            pieces += filter(None, [row if one.type == "longtext" else row.strip()])
        elif one.type in ("text", "registry") and not blank:
            pieces.append(f" {row.strip()}")
        else:
            self._current = None
            self._filled.left.append(row.strip()[:300])


def _settle(one: Field, found: list[tuple[str, bool]], filled: Filled, registry: Registry) -> None:
    """The value of a field from all that stands behind its label: what the author wrote himself
    counts before what his mail program quoted."""
    own = [text for text, quoted in found if text and not quoted]
    texts = own or [text for text, quoted in found if text]
    if not texts:
        return
    if one.type != "list":
        texts = list(dict.fromkeys(texts))
    filled.written[one.key] = texts
    try:
        if one.type == "list":
            rows = formvalues.read_rows(one, [_cells(one, text) for text in texts], registry)
            if rows:
                filled.values[one.key] = rows
        elif len(texts) > 1:
            raise Wrong("twice")
        elif value := formvalues.read(one, texts[0], registry):
            filled.values[one.key] = value
    except Wrong as wrong:
        filled.faults[one.key] = wrong


def _cells(one: Field, text: str) -> Row:
    cells = re.split("[;؛]", text)
    if len(cells) > len(one.of) and any(cell.strip() for cell in cells[len(one.of) :]):
        raise Wrong("parts")
    return {part.key: cell.strip() for part, cell in zip(one.of, cells, strict=False)}


def _is_end(row: str) -> bool:
    return row.startswith(END)


def _is_ours(form: Form, row: str) -> bool:
    """Whether a line is one of the form's own, or goes on with a marked one."""
    if row.startswith(("|", "# ", "!!", END)):
        return True
    label, value = labelled(row) or ("", "")
    if not label:
        return False
    named = folded(label) in _FORM and forms.parse_ref(value.strip()) is not None
    return named or folded(label) in _CORRECTS or bool(_key(form, label))


def _key(form: Form, label: str) -> str:
    return form.words.get(folded(label), "")


def _nearest(form: Form, word: str) -> str:
    near = difflib.get_close_matches(word, list(form.words), 1, 0.7)
    return form.words[near[0]] if near else ""
