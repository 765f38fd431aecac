"""What editors of sites sent by mail and did not publish yet, and whose address a form for joining
sends to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from solicomm_build.features.sites import drafts, sitecontacts
from solicomm_build.features.sites.editing import sitedrafts
from solicomm_build.features.sites.sitecontacts import Contact
from solicomm_build.features.sites.values import site as sites
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import HEADS, MAIN, Repo, open_repo
from solicomm_build.message.address import key
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking

PENDING = (sitedrafts.PENDING,)


def _of(config: Config, addresses: Collection[str]) -> Iterator[tuple[str, Contact]]:
    """The unions whose contact somebody is, or is asked to be."""
    wanted = frozenset(map(key, addresses)) - {""}
    for union, known in sitecontacts.every(config):
        if wanted & {key(known.agreed), key(known.asked)}:
            yield union, known


def _told(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    found = []
    for union, known in _of(config, addresses):
        state = "agreed" if key(known.agreed) in map(key, addresses) else "asked"
        found.append({"union": union, "state": state})
    return found


def _keeps(config: Config, address: str) -> bool:
    return any(_of(config, (address,))) or any(_naming(config, address))


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    """Nothing that people write goes there any more; the site is asked about its contact anew, but
    for who goes, whom its settings may name still."""
    if not gone.address:
        return
    if config.unions.is_dir():
        sitecontacts.begin(config)  # or what an older hub's sites name would be agreed after this
    known = dict(_of(config, (gone.address,)))
    for union in {*known, *_naming(config, gone.address)}:
        one = known.get(union) or sitecontacts.read(config, union)
        if one.is_damaged or one.was_erased(gone.address):
            continue
        agreed, asked = (
            "" if key(said) == key(gone.address) else said for said in (one.agreed, one.asked)
        )
        site = sitecontacts.site_of(config, union)
        is_named = site is not None and key(site.contact.email) == key(gone.address)
        erased = sitecontacts.erased(gone.address) if is_named else one.erased
        sitecontacts.write(config, union, Contact(agreed, asked, erased=erased))
        taking.counted("private/contacts", 1)


def _naming(config: Config, address: str) -> Iterator[str]:
    """The unions whose sites name somebody as their contact."""
    for union in sitecontacts.unions(config):
        site = sitecontacts.site_of(config, union)
        if site is not None and site.contact.email and key(site.contact.email) == key(address):
            yield union


def _stays(config: Config, addresses: Collection[str], _named: Collection[str]) -> Iterator[str]:
    """The files of sites that name somebody, which are their editors' to change: also in drafts,
    and of sites that were removed and can come back."""
    words = "|".join(re.escape(one.lower()) for one in addresses)
    sought = re.compile(rf"(?<![\w.+-])(?:{words})(?![\w-]|\.\w)")
    sites_ = [(union, config.union_repo(union)) for union in sitecontacts.unions(config)]
    gone = [(f"{path.stem} (removed)", path) for path in removed.repositories(config, "unions")]
    for union, path in [*sites_, *gone] if words else ():
        repo = open_repo(path)
        named = _names_in(repo, MAIN, sought) if repo.ref() is not None else []
        for draft in drafts.branches(repo):
            own = _names_in(repo, f"{HEADS}{draft}", sought)
            named += [f"{one} in the draft {draft}" for one in own if one not in named]
        if named:
            yield (
                f"the site of {union} names the address: {', '.join(named)}. Have its editors take"
                " it out there"
            )


def _names_in(repo: Repo, branch: str, sought: re.Pattern[str]) -> list[str]:
    """The files of a branch in which somebody is named."""
    with Reader(repo) as reader:
        texts = [
            (one.path, one.oid)
            for one in reader.each_file(branch)
            if one.path == sites.FILE or one.path.endswith(".md")
        ]
        blobs = reader.blobs(oid for _, oid in texts)
        return [
            path
            for (path, _), blob in zip(texts, blobs, strict=True)
            if sought.search(blob.decode("utf-8", "replace").lower())
        ]


FACTS = {"contacts": _told}
KEEPS = (_keeps,)
ERASE = _erase
STAYS = (_stays,)
