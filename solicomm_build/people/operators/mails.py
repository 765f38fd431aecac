"""Which of the hub's mails to its operators each of them wants: `private/operators.json`.

    all ─ urgent ones only ─ none

Choosing less than all takes another operator who gets all, so somebody always does. Where that one
is gone meanwhile, what nobody wants goes to all of them: nothing is told to nobody.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people.operators.operator import Operator

ALL, URGENT, NONE = "all", "urgent", "none"
CHOICES = (ALL, URGENT, NONE)
FILE = "operators.json"
"""Below `private/`: an object of choices other than `all`, by member number, or by address of an
operator in hub.yaml who is no member."""


def read(config: Config) -> Mapping[str, str]:
    """The choices that are kept. What cannot be read counts as `all`."""
    try:
        kept = json.loads((config.private / FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    found = kept.items() if isinstance(kept, dict) else ()
    return {name: choice for name, choice in found if choice in (URGENT, NONE)}


def chosen(kept: Mapping[str, str], one: Operator) -> str:
    """What an operator chose."""
    return kept.get(_name(one), ALL)


def told(
    kept: Mapping[str, str], people: Sequence[Operator], *, urgent: bool
) -> tuple[Operator, ...]:
    """Who of all operators gets a mail: who wants such ones; all of them when nobody does."""
    enough = (ALL, URGENT) if urgent else (ALL,)
    return tuple(one for one in people if chosen(kept, one) in enough) or tuple(people)


def may_choose(
    kept: Mapping[str, str], people: Sequence[Operator], one: Operator, choice: str
) -> bool:
    """Whether somebody else gets all, so that this one may get less."""
    others = (other for other in people if _name(other) != _name(one))
    return choice == ALL or any(chosen(kept, other) == ALL for other in others)


def text(kept: Mapping[str, str], people: Sequence[Operator], one: Operator, choice: str) -> str:
    """The file with one more choice, and none of who is no operator any more."""
    after = {**kept, _name(one): choice}
    here = {_name(other) for other in (*people, one)}
    left = {name: said for name, said in after.items() if name in here and said != ALL}
    return _encoded(left)


def names_of(kept: Mapping[str, str], number: int, addresses: Collection[str]) -> frozenset[str]:
    """Under which names a person's choice is kept: a member's number (0 for none), addresses."""
    return frozenset(kept) & {str(number), *map(key, addresses)}


def without(config: Config, names: Collection[str]) -> None:
    """Forgets choices. Durable on return; the caller holds the roster."""
    left = {name: said for name, said in read(config).items() if name not in names}
    safeio.write_atomic(config.private / FILE, _encoded(left).encode(), mode=0o600)


def _encoded(kept: Mapping[str, str]) -> str:
    return json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _name(one: Operator) -> str:
    return str(one.number) if one.number else key(one.address)
