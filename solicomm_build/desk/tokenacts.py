"""What each kind of token allows, by its action.

The table is filled by confirming.py, which knows the features. A command (`confirm TOKEN`) needs
it too, and is itself something that a token may allow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from solicomm_build.desk import tokens
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.proof import by_token

Act: TypeAlias = Callable[[Office, Case, str, TokenFacts], Plan]
"""What is done with a good token: its digest and what it is for."""

ACTS: dict[str, Act] = {}


def done(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """What a good token allows, and the token used."""
    act = ACTS.get(facts.action)
    if act is None:
        return NOTHING
    proven = replace(case.as_proven(by_token(facts)), conference=facts.conference)
    return act(office, proven, digest, facts) + Plan(events=(tokens.used(digest),))
