"""What a person handed in to libraries; cards that were published stay, and are named."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import Any

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.deposits import curators
from solicomm_build.features.library.deposits.deliveries import Deliveries
from solicomm_build.features.library.deposits.deposits import PUBLISHED, Deposits
from solicomm_build.features.library.handin import FOLDER
from solicomm_build.foundation import keys, safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.address import key
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking
from solicomm_build.web.uploads import chosen

_CARD = "library-card:"


def _deposits(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    """Documents that the person handed in."""
    return [
        {
            "key": one.key,
            "library": one.facts.library,
            "at": one.facts.at,
            "state": one.facts.state,
            "title": dict(one.entry.title),
            "text": one.facts.text,
        }
        for one in Deposits(config).all()
        if key(one.facts.author) in addresses
    ]


def _refused(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    """Mails with documents of which nothing was taken: why, and how large the
    mail is that is kept for two weeks."""
    deposits = Deposits(config)
    paths = {path for one in addresses for path in deposits.of(one)}
    found = []
    for path in sorted(paths):
        if (path / "notes.json").is_file():
            said = safeio.facts_of(path / "notes.json")
            facts = {"at": said["at"], "notes": said["notes"]}
            if (mail := path / "mail.eml").is_file():
                facts["octets"] = mail.stat().st_size
            found.append(facts)
    return found


def _names(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> Iterator[str]:
    """The cards that were published of what the person handed in: nothing says so later."""
    for name, facts in Deposits(config).facts():
        if facts.state == PUBLISHED and key(facts.author) in map(key, addresses):
            yield f"{_CARD}{facts.library}/{facts.corrects or name}"


def _stays(config: Config, addresses: Collection[str], named: Collection[str]) -> Iterator[str]:
    """Cards that are published still, and libraries whose settings name the person."""
    for one in named:
        library, _, card = one.removeprefix(_CARD).partition("/")
        if one.startswith(_CARD) and _is_shown(config, library, card):
            yield (
                f"the library {library} shows lib:{card}, which the person handed in or put right."
                " Where that has to go: solicomm library withdraw"
            )
    for path in sorted(config.libraries.glob("*.git")):
        if curators.rules(config, path.stem).names(*addresses):
            yield (
                f"library.yaml of {path.stem} names the person under `curators`. Take the address"
                " out there"
            )


def _is_shown(config: Config, library: str, card: str) -> bool:
    """Also where the library was removed and can come back."""
    places = (config.library_repo(library), removed.repository(config, "libraries", library))
    path = next((one for one in places if one.is_dir()), None)
    if path is None:
        return False
    with Reader(open_repo(path)) as reader, contextlib.suppress(SoliCommError):
        where = entries.path(card)
        blob = reader.at(MAIN, where)
        return blob is not None and entryfile.decode(blob, where).status != "withdrawn"
    return True


def _keeps(config: Config, address: str) -> bool:
    return bool(Deposits(config).of(address))


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    """Deposits, mails that were refused, and how much was handed out to an address."""
    deposits = Deposits(config)
    deposits.sweep()
    found = deposits.of(gone.address) if gone.address else []
    found += [
        path.parent
        for path in deposits.refused_mails()
        if path.parent not in found and gone.bears(path.read_bytes())
    ]
    taking.folders("private/deposits", found)
    counts = config.private / "deliveries.sqlite"
    if gone.address and counts.exists():
        base = Deliveries(counts, keys.token_key(config.keys))
        base.forget(gone.address)
        base.close()


def _over(config: Config) -> None:
    """Files that were chosen and not handed in, and what a kill left of what was."""
    chosen.sweep(config, FOLDER)
    Deposits(config).sweep()


FACTS = {"deposits": _deposits, "refused_documents": _refused}
NAMES = (_names,)
STAYS = (_stays,)
KEEPS = (_keeps,)
ERASE = _erase
OVER = (_over,)
