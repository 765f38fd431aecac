"""What follows a union that gets another id, or goes."""

from __future__ import annotations

from collections.abc import Callable

from solicomm_build.features.sites import drafts
from solicomm_build.features.sites.siteaddress import PREFIX
from solicomm_build.features.sites.values import site
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import domains
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import placeid
from solicomm_build.git.repo import HEADS, open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.memberstore import OPERATOR, changing
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore

PLACES_OF = {"unions": ("contacts/%s.json", "site-drafts/%s")}


def _site(config: Config, kind: str, old: str, new: str) -> None:
    """Its domains, whom lists trust, and its drafts: each is a branch with settings of its own."""
    if kind != "unions":
        return
    domains.rename(config, old, new)
    drafts.rename(config, old, new)
    _trust(config, *(f"{PREFIX}-{name}@{config.domain}" for name in (old, new)))
    path = config.unions / f"{new}.git"
    if path.is_dir():
        repo = open_repo(path)
        for branch in drafts.branches(repo):
            placeid.change(repo, site.FILE, "union", (old, new), f"{HEADS}{branch}")


def _trust(config: Config, old: str, new: str) -> None:
    """Lists to which its news go without waiting take them from its new address as well."""

    def is_new(roster: Roster, name: str) -> bool:
        return roster.standing_at(name, old) == "trusted" != roster.standing_at(name, new)

    _say(config, new, "trusted", is_new, "Trust a site by its new address")


def _end(config: Config, kind: str, name: str) -> None:
    """No list trusts its address any more, and its drafts' addresses are given to nobody."""
    if kind != "unions":
        return
    drafts.forget_all(config, name)
    address = f"{PREFIX}-{name}@{config.domain}"

    def is_said(roster: Roster, name: str) -> bool:
        return bool(roster.standing_at(name, address))

    _say(config, address, "", is_said, "Trust a site no more, for it is gone")


def _say(
    config: Config,
    address: str,
    standing: str,
    is_wanted: Callable[[Roster, str], bool],
    subject: str,
) -> None:
    """Gives an address this standing in all lists where that is wanted."""
    lists = sorted(path.stem for path in config.conferences.glob("*.git"))
    store = RosterStore.of(config)
    try:
        with changing(config):
            roster, now = store.roster(), clock.now()
            events = [
                rosterevents.standing(name, address, standing, at=now, by=OPERATOR)
                for name in lists
                if is_wanted(roster, name)
            ]
            if events:
                store.append(events, at=now, subject=subject)
    finally:
        store.close()


RENAME = _site
END = _end
