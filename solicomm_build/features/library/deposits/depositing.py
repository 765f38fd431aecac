"""Documents handed in by mail: `<library>+deposit@`. The files are read before the roster is held.

mail → received (reads the files, keeps the deposit, or why not) → deposited (letters, tokens)
answer with a token → answered: the sender is known now, and the card corrected
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from solicomm_build.desk import proving, tokens
from solicomm_build.desk.commands import ANSWER
from solicomm_build.desk.documents import Documents
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardstore import CardStore, held
from solicomm_build.features.library.cards.entry import Entry, Provenance
from solicomm_build.features.library.cards.shelving import (
    MAX_FILE,
    Incoming,
    Looked,
    Shelved,
    derived_files,
    look,
    read_files,
)
from solicomm_build.features.library.deposits import (
    again,
    depositform,
    depositguesses,
    depositletters,
    enclosures,
    proposing,
    reviewing,
)
from solicomm_build.features.library.deposits.deeds import filing
from solicomm_build.features.library.deposits.deliveries import Deliveries, unproven
from solicomm_build.features.library.deposits.deposits import (
    ASKED,
    WAITING,
    WITHDRAWN,
    Deposit,
    Deposits,
    Facts,
    decided,
)
from solicomm_build.features.library.deposits.libraryletters import library_letter, spent
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home
from solicomm_build.git.reader import Reader
from solicomm_build.message.address import is_valid
from solicomm_build.post.store.room import MB, Room, places

_OF_SENDER, _OF_PLACE, _OF_ALL = 200 * MB, 400 * MB, 1000 * MB
"""Octets of files that are kept in a day: of one mailbox, from one place, of all the unproven."""


def received(office: Office, case: Case, documents: Documents) -> None:
    """Keeps the files of a mail that hands some in as a deposit; changes nothing else. Safe to call
    twice. Raises NotYet until they are read."""
    if case.tag or case.automatic or elsewhere.of(office.config, "libraries", case.library):
        return
    card, words = _corrected(case)
    has_some = bool(case.message.attachments) or bool(card)
    if _refused(office, case) or not has_some or not is_valid(case.author):
        return
    is_open = reviewing.rules(office, case.library).deposit == "open"
    if case.proof is None and (case.web or not is_open):
        return  # nothing is read before it is proved whose it is
    who = case.author if case.proven else unproven(case.author)
    if _known(office, case) or not _may_hand_in(office, case, who):
        return
    if card:
        _propose(office, case, card, words)
        return
    whose = case.author if case.proven else case.envelope.peer or who
    shelved, notes = _read(office, case, documents.facts(case.cause, whose, _files(office, case)))
    if not shelved:
        lost = any(note.startswith(("refused:", "large:", "left:")) for note in notes)
        raw = case.message.raw if lost else b""
        Deposits(office.config).refuse(_key(case), case.author, notes, raw)
        return
    made, _ = derived_files(shelved)
    notes += [f"scan:{one.file.name}" for one in shelved if one.facts.scan]
    notes += [f"unread:{one.file.name}" for one in shelved if one.facts.fault]
    entry, guessed, bad = _card(office, case, shelved)
    entry = replace(entry, files=tuple(one.file for one in (*shelved, *made)))
    facts = Facts(
        case.library,
        case.author,
        _lang(office, case),
        clock.now().isoformat(),
        WAITING if case.proven else ASKED,
        tuple(guessed),
        (*notes, *bad),
    )
    Deposits(office.config).put(facts, entry, [*shelved, *made])


def _corrected(case: Case) -> tuple[str, str]:
    """The card that a mail without files proposes to correct, and the word about it."""
    is_deposit = enclosures.are_there(case.message)
    return ("", "") if is_deposit else depositform.corrected(case.message.text)


def _propose(office: Office, case: Case, card: str, words: str) -> None:
    """Keeps a proposal to correct a card, or that there is no such card."""
    is_public = reviewing.rules(office, case.library).visibility != "members"
    may_look = is_public or (case.proof is not None and reviewing.is_member(office, case.proof))
    seen = proposing.target(office.config, case.library, card) if may_look else None
    if seen is None:
        Deposits(office.config).refuse(_key(case), case.author, [f"gone:{card}"], b"")
        return
    said = depositform.read(case.message.text)
    entry, bad = proposing.drafted(seen, _key(case), said, clock.now())
    facts = Facts(
        case.library,
        case.author,
        _lang(office, case),
        clock.now().isoformat(),
        WAITING if case.proven else ASKED,
        notes=tuple(f"bad:{key}:{said[key][:200]}" for key in bad),
        corrects=seen.entry.key,
        base=seen.blob,
        words=words,
    )
    Deposits(office.config).put(facts, entry, ())


def _known(office: Office, case: Case) -> bool:
    """Whether the files of this mail were read before."""
    deposits = Deposits(office.config)
    return deposits.get(_key(case)) is not None or deposits.refused(_key(case)) is not None


def _may_hand_in(office: Office, case: Case, who: str) -> bool:
    """Whether `who` may hand in once more today, and there is room for it; it counts then."""
    if not _has_room(office, case):
        return False
    counts = Deliveries(office.config.private / "deliveries.sqlite", office.key)
    most = office.config.limits.deposits_a_day
    try:
        return counts.hand_in(who, case.cause, clock.now(), most=most)
    finally:
        counts.close()


def _has_room(office: Office, case: Case) -> bool:
    """Whether the files have room for a day: for what one mailbox sends, for what comes from one
    place on the network, and for what nobody has proved to have sent."""
    room = Room(office.config.state / "room-desk.sqlite", office.key)
    where = places(
        case.author,
        case.envelope.peer,
        office.config.fronts,
        of_sender=_OF_SENDER,
        of_place=_OF_PLACE,
        of_all=_OF_ALL,
    )
    if case.proven:
        where = {name: most for name, most in where.items() if name.startswith("from ")}
    else:
        where = {f"unproven {name}": most for name, most in where.items()}
    octets = sum(len(one.payload) for one in case.message.attachments)
    try:
        return room.take(where, octets, case.cause, clock.now())
    finally:
        room.close()


def _files(office: Office, case: Case) -> dict[str, Callable[[], Looked]]:
    """The files that are looked into, by their SHA-256."""
    some, most = enclosures.of(case.message)[: depositletters.MOST_FILES], _largest(office)
    found: dict[str, Callable[[], Looked]] = {}
    for one in some:
        if 0 < len(one.payload) <= most:
            sha256 = hashlib.sha256(one.payload).hexdigest()
            found.setdefault(sha256, partial(look, Incoming(one.name, one.payload)))
    return found


def _read(
    office: Office, case: Case, facts: Mapping[str, Looked]
) -> tuple[list[Shelved], list[str]]:
    """The files that can be taken, and why the others cannot: `kind:name[:id]`."""
    found: list[Shelved] = []
    notes: list[str] = []
    key = _key(case)
    store = CardStore(office.config, case.library)
    is_public = reviewing.rules(office, case.library).visibility != "members"
    may_look = is_public or (case.proof is not None and reviewing.is_member(office, case.proof))
    names, enclosed = set[str](), enclosures.of(case.message)
    with CardIndex(office.config) as index, Reader(store.repo) as reader:
        index.follow(case.library, reader)
        for number, one in enumerate(enclosed[: depositletters.MOST_FILES]):
            name = one.name if one.name not in names else f"{number + 1}-{one.name}"
            names.add(name)
            if len(one.payload) > (most := _largest(office)):
                notes.append(f"large:{name}:{most >> 20} MB")
                continue
            if one.payload and hashlib.sha256(one.payload).hexdigest() not in facts:
                notes.append(f"left:{name}")
                continue
            try:
                (read_one,) = read_files(
                    [Incoming(name, one.payload, "main" if not found else "annex")], facts
                )
            except ContentError:
                notes.append(f"refused:{name}")
                continue
            sha256 = read_one.file.sha256
            if not read_one.is_safe:
                notes.append(f"dirty:{name}")
            if known := held(index, case.library, read_one):
                notes.append(f"known:{name}:" + (f"lib:{known[0]}" if may_look else ""))
            elif Deposits(office.config).holding(case.library, sha256, but=key):
                notes.append(f"known:{name}:")
            elif not any(read_one.file.name == other.file.name for other in found):
                found.append(read_one)
            else:
                file = replace(read_one.file, name=f"{number + 1}-{read_one.file.name}"[:100])
                found.append(replace(read_one, file=file))
    notes += [f"left:{one.name}" for one in enclosed[depositletters.MOST_FILES :]]
    return found, notes


def _largest(office: Office) -> int:
    """The octets that one file may have."""
    return min(MAX_FILE, office.config.limits.library_push_bytes)


def _card(office: Office, case: Case, shelved: list[Shelved]) -> tuple[Entry, list[str], list[str]]:
    """The draft card, the keys that were guessed, and a note on each value that cannot be taken."""
    main = shelved[0]
    message = case.message
    said = depositform.read(message.text, message.subject)
    seen = depositform.guessed_in(message.field(depositform.GUESSED_FIELD) or "", said)
    said = {key: value for key, value in said.items() if key not in seen}
    text = main.facts.text or message.text
    stem = main.file.name.rpartition(".")[0]
    guessed = depositguesses.guesses(text, stem, main.facts.title, clock.now())
    said_lang = main.facts.lang.replace("_", "-").partition("-")[0]
    guessed.setdefault("language", said_lang or message.language or "en")
    guessed |= seen
    entry, known, bad = depositform.drafted(
        f"lib:{_key(case)}", stem, said, guessed, Provenance(via="mail", at=clock.now())
    )
    return entry, list(known), [f"bad:{key}:{said[key][:200]}" for key in bad]


def _key(case: Case) -> str:
    return Deposits.key_of(case.cause, case.envelope.received_at)


def _lang(office: Office, case: Case) -> str:
    if case.proven:
        return office.language_of(case.author, "", hint=case.said)
    return office.language(case)


def _refused(office: Office, case: Case) -> bool:
    """Whether the library takes nothing from this author. Who is not proved is asked, and is
    refused nothing that depends on who he is."""
    rules = reviewing.rules(office, case.library)
    if rules.deposit == "open" or case.proof is None:
        return False
    if rules.deposit == "curators":
        return all(case.proof != one.address for one in reviewing.reviewers(office, case.library))
    return not reviewing.is_member(office, case.proof)


def deposited(office: Office, case: Case) -> Plan:
    """What a mail to the deposit address leads to: the answer, and mail to the reviewers."""
    if case.tag:
        return _answered(office, case)
    to = case.author
    if case.mute or not is_valid(to):
        return NOTHING
    if home := elsewhere.of(office.config, "libraries", case.library):
        return _elsewhere(office, case, to, home)
    is_open = reviewing.rules(office, case.library).deposit == "open"
    has_some = bool(case.message.attachments) or bool(_corrected(case)[0])
    if case.proof is None and has_some and (case.web or not is_open):
        return proving.first(office, case)
    lang = _lang(office, case)
    title = ANSWER.sub("", case.message.subject) or case.library
    found = Deposits(office.config).get(_key(case))
    if found is None:
        return _not_taken(office, case, to, lang, title)
    if found.facts.state == WAITING:
        return depositletters.answer(office, found, lang) + reviewing.told(office, found)
    return depositletters.answer(office, found, lang)


def _elsewhere(office: Office, case: Case, to: str, home: Home) -> Plan:
    """The library is a copy: where documents are handed in. One letter a day for a mailbox."""
    lang = _lang(office, case)
    if not office.within(case, to, f"elsewhere:{case.library}"):
        return NOTHING
    title = ANSWER.sub("", case.message.subject) or case.library
    made = library_letter(
        office,
        case.library,
        "library/not-taken",
        to,
        lang,
        title=title,
        why="elsewhere",
        home=home.name,
        url=home.url,
    )
    return Plan(letters=(made,))


def _not_taken(office: Office, case: Case, to: str, lang: str, title: str) -> Plan:
    has_some = bool(case.message.attachments) or bool(_corrected(case)[0])
    why = "closed" if _refused(office, case) else "" if has_some else "no-file"
    notes: Sequence[str] | None = () if why else Deposits(office.config).refused(_key(case))
    if notes is None:
        return _enough(office, case, to, lang, title)
    joins = office.open_lists()[:10] if why == "closed" else []
    made = library_letter(
        office,
        case.library,
        "library/not-taken",
        to,
        lang,
        kind=f"deposit:{_key(case)}",
        title=title,
        why=why,
        joins=[(office.address(f"{one.id}-join"), one.title_in(lang)) for one in joins],
        kept=any(note.startswith(("refused:", "large:", "left:")) for note in notes),
        **depositletters.noted(office, case.library, lang, notes),
    )
    return Plan(letters=(made,))


def _enough(office: Office, case: Case, to: str, lang: str, title: str) -> Plan:
    """No more today; said once a day."""
    made = library_letter(
        office,
        case.library,
        "library/enough",
        to,
        lang,
        kind=f"deposits:{case.library}",
        title=title,
        room=_has_room(office, case),
        most=office.config.limits.deposits_a_day,
    )
    return Plan(letters=(made,))


def _answered(office: Office, case: Case) -> Plan:
    """The sender's answer: it proves the address, and corrects the card."""
    found = tokens.found(office, case.tag)
    deposit = None
    if found is not None and found[1].action == "deposit":
        deposit = again.own(office.config, found[1])
    if deposit is None or deposit.facts.state not in (ASKED, WAITING):
        return spent(office, case.library, case.tag, "deposit")
    lang = deposit.facts.lang
    if again.is_taken_back(case.message.text):
        return _taken_back(deposit, office)
    if not _may_hand_in(office, case, deposit.key):
        return _enough(office, case, deposit.facts.author, lang, "")
    said = depositform.read(case.message.text)
    entry, bad = depositform.filled(deposit.entry, said)
    was_asked = deposit.facts.state == ASKED
    facts = replace(
        deposit.facts,
        state=WAITING,
        notes=tuple(f"bad:{key}:{said[key][:200]}" for key in bad),
        guesses=tuple(key for key in deposit.facts.guesses if key not in said),
    )
    if is_new := was_asked or bool(said):  # reviewers have as long for it as at first
        facts = replace(facts, told=())
    after = Deposit(deposit.key, facts, entry)
    deed = filing(deposit.key, facts, entryfile.encode(entry).decode())
    plan = Plan(deeds=(deed,), subject="Correct a deposit")
    if not case.web:  # the page says it
        plan += depositletters.answer(office, after, lang)
    return plan + (reviewing.told(office, after) if is_new else NOTHING)


def _taken_back(deposit: Deposit, office: Office) -> Plan:
    """Its files go; who looked at it need not any more."""
    facts = decided(deposit.facts, WITHDRAWN, "sender")
    plan = Plan(deeds=(filing(deposit.key, facts),), subject="Take a deposit back")
    plan += again.taken_back(office, deposit)
    told = reviewing.needless(office, deposit, "") if deposit.facts.told else NOTHING
    return plan + told
