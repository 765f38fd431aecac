"""The e-library by mail: `get`, `find`, `new`, `list`, `limit` to `<library>-request@`.

Only an author who is proven gets anything; any other is asked first, by a mail whose answer has a
token. A day's octets and answers are counted for each address
(features/library/deposits/deliveries.py), so that nobody makes us flood anybody (RFC 3834 2).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from solicomm_build.desk import tokens, vocabulary
from solicomm_build.desk.commands import ANSWER, lines
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.plan import NOTHING, Attached, Case, Plan
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import datetime_of
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry, File
from solicomm_build.features.library.catalogue import published, title_of
from solicomm_build.features.library.deposits import lookups, reviewing
from solicomm_build.features.library.deposits.deliveries import Deliveries
from solicomm_build.features.library.deposits.libraryletters import library_letter, spent
from solicomm_build.features.library.deposits.lookups import Work
from solicomm_build.features.library.exchange import binding
from solicomm_build.foundation import clock
from solicomm_build.foundation.language import wordtables
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.address import is_valid
from solicomm_build.people import token
from solicomm_build.people.proof import by_token

COMMANDS: vocabulary.Words = wordtables.Lazy(
    lambda: {
        "get": vocabulary.COMMANDS["get"],
        "find": {**vocabulary.COMMANDS["search"], "en": ("find", "search")},
        "help": vocabulary.COMMANDS["help"],
        **wordtables.table(__file__, "commands"),
    }
)
_COMMANDS = vocabulary.meanings(COMMANDS)
_TEXT = wordtables.known(lambda: vocabulary.VALUES["plain"], vocabulary.plain)
_PAGES = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")
_SIZE = re.compile(r"(\d{1,6})\s*([km]?)b?", re.IGNORECASE)
_MOST = 10
_CODED = 4 / 3 * 78 / 76  # base64 and its line ends


def posted(office: Office, case: Case) -> Plan | None:
    """What a mail to the hub itself leads to that asks for a document first; None for any other."""
    library = _meant(office, case)
    return requested(office, replace(case, library=library)) if library else None


def _meant(office: Office, case: Case) -> str:
    """The library whose document a mail to the hub itself asks for first; empty for none."""
    for row in (ANSWER.sub("", case.message.subject), *lines(case.message.text)):
        found = _command(row)
        card = entries.entry_id(found[1][0]) if found and found[0] == "get" and found[1] else None
        if card:
            known = office.libraries()
            return (
                next((one for one in known if _has(office, one, card[4:])), known[0])
                if known
                else ""
            )
    return ""


def _has(office: Office, library: str, key: str) -> bool:
    with Reader(open_repo(office.config.library_repo(library))) as reader:
        return reader.oid_at(MAIN, entries.path(key)) is not None


def requested(office: Office, case: Case) -> Plan:
    """What a mail to the request address of a library leads to."""
    rows = [ANSWER.sub("", case.message.subject), *lines(case.message.text)]
    if case.tag:
        found = tokens.found(office, case.tag)
        if found is None or found[1].action != "library":
            return spent(office, case.library, case.tag, "library")
        rows = [str(row) for row in found[1].data.get("rows", ())]
        proven = case.as_proven(by_token(found[1]))
        lang = str(found[1].data.get("lang", ""))  # an answer without words has no language
        return _carried_out(office, proven, rows, lang) + Plan(events=(tokens.used(found[0]),))
    if not case.proven:
        return _asked(office, case, [row for row in rows if _command(row)][:_MOST])
    return NOTHING if case.mute else _carried_out(office, case, rows)


def _asked(office: Office, case: Case, rows: list[str]) -> Plan:
    """Nobody vouches for the author: the address is asked, once a day."""
    if case.mute or not is_valid(case.author) or office.is_ours(case.author):
        return NOTHING
    lang = office.language(case)
    kind = f"library:{case.library}"
    if not rows or not office.may(case, case.author, kind):
        return NOTHING
    text = token.fresh()
    event = tokens.given(
        text, "library", "", case.author, days=CONFIRM, data={"rows": rows, "lang": lang}
    )
    letter = library_letter(
        office,
        case.library,
        "library/ask",
        case.author,
        lang,
        kind=kind,
        reply_to=f"{case.library}-get+{text}",
        rows=[row[:200] for row in rows],
    )
    return Plan((event,), (), (letter,), "Ask: library")


def _command(row: str) -> tuple[str, list[str]] | None:
    words = row.split()
    known = _COMMANDS.get(vocabulary.plain(words[0]).strip(":.,")) if words else None
    return (known[0], words[1:]) if known and len(row) <= 200 else None


def _carried_out(office: Office, case: Case, rows: list[str], lang: str = "") -> Plan:
    """The commands one after the other; one letter tells, and one more for each file."""
    config = office.config
    lang = office.language_of(case.author, "", lang, hint=case.said)
    if case.proof is None or not reviewing.may_look(office, case.library, case.proof):
        return _members_only(office, case, lang)
    counts = Deliveries(config.private / "deliveries.sqlite", office.key)
    store = CardStore(config, case.library)
    wished = list(dict.fromkeys(row for row in rows if _command(row)))[:_MOST] or ["help"]
    try:
        with CardIndex(config) as index, Reader(store.repo) as reader:
            index.follow(case.library, reader)
            limit = counts.limit(case.author) or config.limits.message_bytes // 2
            work = Work(office, case, store, index, counts, lang, limit)
            for row in sorted(wished, key=lambda row: (_command(row) or ("",))[0] != "limit"):
                name, words = _command(row) or ("help", [])
                _DO[name](work, words)
    finally:
        counts.close()
    return _letters(work, wished)


def _members_only(office: Office, case: Case, lang: str) -> Plan:
    """A library for members says nothing to others: not what it has, nor what it has not."""
    name, kind = "library/members-only", f"library:{case.library}:closed"
    letter = library_letter(office, case.library, name, case.author, lang, kind=kind)
    return Plan(letters=(letter,))


def _letters(work: Work, rows: list[str]) -> Plan:
    mark = hashlib.sha256("\n".join(rows).encode("utf-8", "replace")).hexdigest()[:12]
    to, library, office = work.case.author, work.case.library, work.office
    say = partial(library_letter, office, library)
    found = [
        say("library/document", to, work.lang, attached=(part,), title=title, name=part.name)
        for title, part in work.files
    ]
    if work.said:
        kind = f"library:{library}:{mark}"
        words = {one: vocabulary.shown(COMMANDS, one, work.lang) for one in COMMANDS}
        plain = vocabulary.shown(vocabulary.VALUES, "plain", work.lang)
        words["text"] = "text" if work.lang == "en" else plain
        facts = {"said": work.said, "words": words, "library": library}
        found.append(say("library/answer", to, work.lang, kind=kind, **facts))
    return Plan(letters=tuple(found))


def _get(work: Work, words: list[str]) -> None:
    """`get lib:… [text | page 3-9 | epub | file NAME]`."""
    key = (entries.entry_id(words[0]) or "")[4:] if words else ""
    if words and (words[0] == "*" or vocabulary.is_all(words[0])):
        work.say("all", page=work.url())
        return
    row = work.index.row(work.case.library, key) if key else None
    if row is None or row.status != "published":
        work.say("missing", name=" ".join(words)[:80])
        return
    entry = work.store.read(key)
    if refused := _closed(work, entry):
        work.say(refused, title=entry.title_in(work.lang), date=entry.rights.until)
        return
    _pick(work, entry, [vocabulary.plain(word) for word in words[1:]])


def _is_member(work: Work) -> bool:
    return work.case.proof is not None and reviewing.is_member(work.office, work.case.proof)


def _closed(work: Work, entry: Entry) -> str:
    """Why this author may not have the files; empty when he may."""
    if entry.rights.access == "embargo":
        return "embargo"
    return "" if entry.rights.access == "open" or _is_member(work) else "closed"


def _pick(work: Work, entry: Entry, words: list[str]) -> None:
    title = entry.title_in(work.lang)
    first = words[0] if words else ""
    pages = next((m for m in map(_PAGES.fullmatch, words) if m), None)
    if pages and first != "file":
        text = _text(work, entry)
        low, high = int(pages[1]), int(pages[2] or pages[1])
        chosen = text.split("\f")[low - 1 : high] if text and low else []
        if not any(part.strip() for part in chosen):
            work.say("no-text", title=title)
            return
        _send_text(work, entry, "\f".join(chosen), f"-{low}-{high}")
    elif first in _TEXT:
        _whole_text(work, entry)
    elif first == "epub":
        _book(work, entry)
    elif first == "file" and len(words) > 1:
        _send(work, entry, next((f for f in entry.files if f.name == words[1]), None))
    else:
        _send(work, entry, entry.main_file)


def _book(work: Work, entry: Entry) -> None:
    """The EPUB among the files, else the one that is made of a text in Markdown."""
    kind = "application/epub+zip"
    file, main = next((f for f in entry.files if f.type == kind), None), entry.main_file
    text = work.store.octets(entry, main) if main and main.type == "text/markdown" else None
    if file is not None or main is None or text is None:
        _send(work, entry, file)
        return
    rules = reviewing.rules(work.office, work.case.library)
    row = work.index.row(work.case.library, entry.key)
    stamp = datetime_of(row.stamp) if row else clock.now()
    found = {f.name: work.store.octets(entry, f) for f in entry.files}
    present = {name: data for name, data in found.items() if data is not None}
    shows = {f.name for f in entry.files if f.type in binding.PICTURES}
    pictures = {name: data for name, data in present.items() if name in shows}
    card = published(work.office.config, rules.id, title_of(rules), entry, present, stamp)
    lang = (entry.languages or rules.languages)[0]
    book = binding.bound(card, text, pictures, lang)
    _hand_over(work, entry, Attached(kind, book, f"{main.name.rpartition('.')[0]}.epub"))


def _send(work: Work, entry: Entry, file: File | None) -> None:
    """A file as it is."""
    data = work.store.octets(entry, file) if file else None
    if file is None or data is None:
        work.say("no-file", title=entry.title_in(work.lang))
    else:
        _hand_over(work, entry, Attached(file.type, data, file.name))


def _hand_over(work: Work, entry: Entry, part: Attached) -> None:
    """Octets as they are, or the text when they are more than this author's mails may be."""
    title, octets = entry.title_in(work.lang), len(part.octets)
    if octets * _CODED <= work.limit:
        _attach(work, entry, part)
    elif _text(work, entry):
        work.say("as-text", title=title, size=f"{octets // 1024 + 1} kB")
        _whole_text(work, entry)
    else:
        work.say("large", title=title, page=work.url(entry.key))


def _text(work: Work, entry: Entry) -> str:
    file = next((f for f in entry.files if f.role == "text"), None)
    main = entry.main_file
    if file is None and main is not None and main.type.startswith("text/"):
        file = main
    data = work.store.octets(entry, file) if file else None
    return data.decode("utf-8", "replace") if data else ""


def _whole_text(work: Work, entry: Entry) -> None:
    text = _text(work, entry)
    if text:
        _send_text(work, entry, text, "")
        return
    work.say("no-text", title=entry.title_in(work.lang))


def _send_text(work: Work, entry: Entry, text: str, mark: str) -> None:
    """A text in as many mails as the author's limit makes of it."""
    stem = (entry.main_file.name if entry.main_file else entry.key).rpartition(".")[0] or entry.key
    octets, size = text.encode(), max(1000, int(work.limit / _CODED))
    parts = [octets[at : at + size] for at in range(0, len(octets), size)]
    for number, part in enumerate(parts, 1):
        count = f"-{number}" if len(parts) > 1 else ""
        if not _attach(
            work, entry, Attached("text/plain; charset=utf-8", part, f"{stem}{mark}{count}.txt")
        ):
            return


def _attach(work: Work, entry: Entry, part: Attached) -> bool:
    """Puts a file into a letter, unless the author had enough today."""
    most = work.office.config.limits.delivery_bytes
    name = f"{work.case.cause}/{len(work.files)}"
    if work.counts.allow(work.case.author, len(part.octets), name, clock.now(), most=most):
        work.files.append((f"{entry.title_in(work.lang)} ({part.name})", part))
        return True
    if not any(said["what"] == "enough" for said in work.said):
        work.say("enough", page=work.url(entry.key))
    return False


def _limit(work: Work, words: list[str]) -> None:
    match = _SIZE.fullmatch("".join(words))
    if match is None:
        _help(work, [])
        return
    size = int(match[1]) * {"": 1, "k": 1024, "m": 1024 * 1024}[match[2].lower()]
    work.limit = min(max(size, 20_000), work.office.config.limits.message_bytes)
    work.counts.set_limit(work.case.author, work.limit)
    work.say("limit", size=f"{work.limit // 1024} kB")


def _help(work: Work, words: list[str]) -> None:
    work.say("help")


_DO: dict[str, Callable[[Work, list[str]], None]] = {
    "get": _get,
    "find": lookups.find,
    "new": lookups.newest,
    "list": lookups.by_subject,
    "limit": _limit,
    "help": _help,
}
