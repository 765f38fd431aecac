"""Tokens for the pages of a document, given to somebody who is signed in, as letters give them.

They allow what the letter's token allows, to the same address, for as long (reviewing.py,
again.py). The one that was given here before for the same page ends, so that pressing often leaves
one.
"""

from __future__ import annotations

from typing import Any

from solicomm_build.desk import tokens
from solicomm_build.desk.office import MODERATE
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import token
from solicomm_build.people.memberstore import changing
from solicomm_build.people.rosterstore import RosterStore

_FROM = {"given": "page"}


def give(config: Config, action: str, address: str, **data: Any) -> str:
    """A new token for a page, `review` or `deposit`. Blocking: it is a commit in the roster."""
    text, now = token.fresh(), clock.now()
    said = data | _FROM
    event = tokens.given(text, action, "", address, days=MODERATE, data=said)
    with changing(config):
        store = RosterStore.of(config)
        try:
            before = [
                tokens.used(digest)
                for digest, one in store.roster().tokens.facts.given_for(action)
                if (one.address, dict(one.data)) == (address, said) and not one.used
            ]
            store.append([*before, event], at=now, subject="Open a document's page", source="web")
        finally:
            store.close()
    return text
